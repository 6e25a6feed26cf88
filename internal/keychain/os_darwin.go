package keychain

// osItems are the items of the operating system's keychain.
type osItems = securityItems

// securityPath is the command line program of the macOS keychain.
const securityPath = "/usr/bin/security"

func newOSItems(o Options) *osItems { return &securityItems{o: o, program: securityPath} }

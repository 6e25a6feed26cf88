package keychain

// osItems are the items of the operating system's keychain.
type osItems = securityItems

func newOSItems(o Options) *osItems { return &securityItems{o: o, program: securityPath} }

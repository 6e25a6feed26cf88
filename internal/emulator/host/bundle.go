package host

import (
	"bytes"
	"os"

	"github.com/ciam-cli/ciam/internal/files"
)

// Bundle writes to path certificates, PEM, and then the authority's: for clients
// that take one file in place of what they trust otherwise.
func (c *CA) Bundle(path string, certificates ...[]byte) error {
	var b bytes.Buffer
	for _, pem := range certificates {
		b.Write(pem)
		b.WriteByte('\n')
	}
	b.Write(c.PEM())
	return files.Replace(path, b.Bytes(), files.ReplaceOptions{Fixed: true, Cached: true})
}

// SystemBundle is the file with the certificate authorities that this system
// trusts, "" where there is none (Windows keeps them elsewhere).
func SystemBundle() string {
	for _, path := range []string{
		"/etc/ssl/certs/ca-certificates.crt",                // Debian, Ubuntu, Arch, Alpine
		"/etc/pki/tls/certs/ca-bundle.crt",                  // Fedora, RHEL
		"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // RHEL 7 and later
		"/etc/ssl/ca-bundle.pem",                            // openSUSE
		"/etc/ssl/cert.pem",                                 // macOS, BSD
	} {
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path
		}
	}
	return ""
}

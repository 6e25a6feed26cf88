package host

import (
	"bytes"
	"context"
	"os"

	"github.com/ciam-cli/ciam/internal/files"
)

// Bundle writes to path certificates, PEM, and then those of the file of an
// authority: for clients that take one file in place of what they trust otherwise.
func Bundle(path string, certificates []byte, caFile string) error {
	own, err := files.Read(context.Background(), caFile, files.Options{Limit: maxPEM})
	if err != nil {
		return err
	}
	b := bytes.NewBuffer(bytes.Clone(certificates))
	b.WriteByte('\n')
	b.Write(own)
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

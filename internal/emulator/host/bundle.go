package host

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// maxBundle bounds a file of certificates; a system's has 200 KB.
const maxBundle = 8 << 20

// Bundle writes to path the certificates of files, PEM, and then the authority's:
// for clients that take one file in place of what they trust otherwise.
func (c *CA) Bundle(path string, files ...string) error {
	var b bytes.Buffer
	for _, name := range files {
		data, err := readLimited(name, maxBundle)
		if err != nil {
			return fmt.Errorf("certificates to trust: %w", err)
		}
		b.Write(data)
		b.WriteByte('\n')
	}
	b.Write(c.PEM())
	return WriteFile(path, b.Bytes())
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

// errTooLarge reports a file over its limit.
var errTooLarge = errors.New("larger than expected")

func readLimited(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%s: %w (%d MiB)", path, errTooLarge, limit>>20)
	}
	return data, err
}

package host

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"github.com/ciam-cli/ciam/internal/files"
)

const (
	caLife    = 365 * 24 * time.Hour
	caRenewal = 60 * 24 * time.Hour // before its end; a server that runs longer than that has to be restarted
	caWait    = 10 * time.Second    // for another process that makes the authority
	maxPEM    = 64 << 10            // of the authority's own file, which has 2 KB

	keyFile  = "authority.pem"
	certFile = "ca.pem"
)

// errAuthority reports an authority file that cannot be used; a new one takes its place.
var errAuthority = errors.New("no usable certificate authority")

// CA is the certificate authority of the emulators of one user. It is safe for
// concurrent use.
type CA struct {
	dir  string
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

// OpenCA returns the authority kept in dir and makes it, or renews it two months
// before its end, when it has to. It may vouch for localhost, ciamlogin.com, the
// loopback addresses and names, which may be addresses too. For a name that is
// new to it, its certificate is made again with the same key, so that what it has
// signed stays good. A key that others could read is replaced. Several processes
// may call it at once.
func OpenCA(dir string, names []string, now time.Time) (*CA, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("folder of the emulator's certificate authority: %w", err)
	}
	lock := flock.New(filepath.Join(dir, "authority.lock"), flock.SetPermissions(0o600))
	ctx, cancel := context.WithTimeout(context.Background(), caWait)
	defer cancel()
	if ok, err := lock.TryLockContext(ctx, 5*time.Millisecond); err != nil || !ok {
		return nil, fmt.Errorf("lock of the emulator's certificate authority in %s: %w", dir, err)
	}
	defer lock.Unlock()
	c := &CA{dir: dir}
	err := c.load()
	switch {
	case errors.Is(err, errAuthority), errors.Is(err, fs.ErrNotExist):
		err = c.make(names, now)
	case err == nil && c.due(names, now):
		err = c.renew(names, now)
	case err == nil:
		err = c.publish()
	}
	if err != nil {
		return nil, fmt.Errorf("the emulator's certificate authority in %s: %w", dir, err)
	}
	return c, nil
}

// CAFile is where OpenCA(dir) puts the authority's certificate, PEM.
func CAFile(dir string) string { return filepath.Join(dir, certFile) }

// File is the absolute path of the certificate, PEM.
func (c *CA) File() string { return CAFile(c.dir) }

// PEM is the certificate.
func (c *CA) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.cert.Raw})
}

// load reads key and certificate, which are one file so that they always belong
// together. It returns errAuthority for what cannot be used.
func (c *CA) load() error {
	path := filepath.Join(c.dir, keyFile)
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("%w: others may have read its key", errAuthority)
	}
	data, err := files.Read(context.Background(), path, files.Options{Limit: maxPEM, Empty: true})
	var wrong *files.Error
	switch {
	case errors.As(err, &wrong):
		return fmt.Errorf("%w: %w", errAuthority, err)
	case err != nil:
		return err
	}
	kb, rest := pem.Decode(data)
	cb, _ := pem.Decode(rest)
	if kb == nil || cb == nil {
		return errAuthority
	}
	parsed, err := x509.ParsePKCS8PrivateKey(kb.Bytes)
	key, ok := parsed.(*ecdsa.PrivateKey)
	if err != nil || !ok {
		return errAuthority
	}
	cert, err := x509.ParseCertificate(cb.Bytes)
	if err != nil || !key.PublicKey.Equal(cert.PublicKey) {
		return errAuthority
	}
	c.key, c.cert = key, cert
	return nil
}

// due reports whether the certificate ends soon, has not begun (the clock was
// wrong when it was made), or does not cover a name.
func (c *CA) due(names []string, now time.Time) bool {
	return now.Before(c.cert.NotBefore) || now.After(c.cert.NotAfter.Add(-caRenewal)) ||
		slices.ContainsFunc(names, func(name string) bool { return !c.covers(name) })
}

// covers reports whether the authority may vouch for a name or an address.
func (c *CA) covers(name string) bool {
	if ip := net.ParseIP(name); ip != nil {
		return slices.ContainsFunc(c.cert.PermittedIPRanges, func(r *net.IPNet) bool { return r.Contains(ip) })
	}
	name = strings.ToLower(name)
	return slices.ContainsFunc(c.cert.PermittedDNSDomains, func(p string) bool { return name == p || strings.HasSuffix(name, "."+p) })
}

func (c *CA) make(names []string, now time.Time) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	c.key, c.cert = key, nil
	return c.renew(names, now)
}

// permitted are what the authority may vouch for: what it could before, and names.
func (c *CA) permitted(names []string) (domains []string, ranges []*net.IPNet) {
	domains = []string{"localhost", "ciamlogin.com"}
	ranges = []*net.IPNet{{IP: net.IPv4(127, 0, 0, 0).To4(), Mask: net.CIDRMask(8, 32)}, {IP: net.IPv6loopback, Mask: net.CIDRMask(128, 128)}}
	if c.cert != nil {
		domains, ranges = append(domains, c.cert.PermittedDNSDomains...), append(ranges, c.cert.PermittedIPRanges...)
	}
	for _, name := range names {
		ip := net.ParseIP(name)
		if v4 := ip.To4(); v4 != nil {
			ip = v4
		}
		if ip == nil {
			domains = append(domains, strings.ToLower(name))
		} else {
			ranges = append(ranges, &net.IPNet{IP: ip, Mask: net.CIDRMask(8*len(ip), 8*len(ip))})
		}
	}
	slices.Sort(domains)
	slices.SortFunc(ranges, func(a, b *net.IPNet) int { return strings.Compare(a.String(), b.String()) })
	return slices.Compact(domains), slices.CompactFunc(ranges, func(a, b *net.IPNet) bool { return a.String() == b.String() })
}

// renew makes the certificate for the key and keeps both.
func (c *CA) renew(names []string, now time.Time) error {
	public, err := x509.MarshalPKIXPublicKey(&c.key.PublicKey)
	if err != nil {
		return err
	}
	id := sha256.Sum256(public)
	domains, ranges := c.permitted(names)
	template := &x509.Certificate{
		// The name tells one authority from another in a client's list; it stays with the key.
		Subject:      pkix.Name{CommonName: "ciam emulator CA " + hex.EncodeToString(id[:4]), Organization: []string{"for tests on this machine only"}},
		SerialNumber: serial(),
		NotBefore:    now.Add(-time.Hour), NotAfter: now.Add(caLife),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage:                    x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		ExtKeyUsage:                 []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		SubjectKeyId:                id[:20],
		PermittedDNSDomainsCritical: true,
		PermittedDNSDomains:         domains,
		PermittedIPRanges:           ranges,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &c.key.PublicKey, c.key)
	if err != nil {
		return err
	}
	if c.cert, err = x509.ParseCertificate(der); err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(c.key)
	if err != nil {
		return err
	}
	both := append(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), c.PEM()...)
	if err := files.Replace(filepath.Join(c.dir, keyFile), both, files.ReplaceOptions{Fixed: true, Private: true}); err != nil {
		return err
	}
	return c.publish()
}

// publish puts the certificate where clients are told to find it.
func (c *CA) publish() error {
	if old, err := files.Read(context.Background(), c.File(), files.Options{Limit: maxPEM}); err == nil && string(old) == string(c.PEM()) {
		return nil
	}
	return files.Replace(c.File(), c.PEM(), files.ReplaceOptions{Fixed: true})
}

// serial is a random serial number of 127 bits (RFC 5280 section 4.1.2.2).
func serial() *big.Int {
	b := make([]byte, 16)
	rand.Read(b)
	b[0] = b[0]&0x7f | 0x40 // positive, and never zero
	return new(big.Int).SetBytes(b)
}

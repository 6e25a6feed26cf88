package host

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"net"
	"slices"
	"sync"
	"time"
)

const (
	leafLife    = 7 * 24 * time.Hour
	leafRenewal = leafLife / 2
)

// leaves hands out the server's certificate and makes a new one in time. Its key
// is in memory only.
type leaves struct {
	ca    *CA
	names func() []string // of the tenants as they are now, and of the host
	now   func() time.Time

	mu      sync.Mutex
	current *tls.Certificate
	covers  []string
}

// config is the TLS configuration of a server on these certificates.
func (l *leaves) config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: l.get}
}

func (l *leaves) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	now := l.now()
	names := slices.DeleteFunc(l.names(), func(n string) bool { return !l.ca.covers(n) }) // one name too many spoils the certificate
	l.mu.Lock()
	defer l.mu.Unlock()
	if c := l.current; c != nil && slices.Equal(names, l.covers) && !now.Before(c.Leaf.NotBefore) && now.Before(c.Leaf.NotAfter.Add(-leafRenewal)) {
		return c, nil
	}
	c, err := l.ca.issue(names, now)
	if err == nil {
		l.current, l.covers = c, names
	}
	return c, err
}

// issue makes a key and a certificate for localhost, the loopback addresses, and names, which may be addresses too.
func (c *CA) issue(names []string, now time.Time) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial(),
		Subject:      pkix.Name{CommonName: "ciam emulator"},
		NotBefore:    now.Add(-time.Hour), NotAfter: now.Add(leafLife),
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:              []string{"localhost"},
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	if template.NotAfter.After(c.cert.NotAfter) {
		template.NotAfter = c.cert.NotAfter
	}
	der, err := x509.CreateCertificate(rand.Reader, template, c.cert, &key.PublicKey, c.key)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, nil
}

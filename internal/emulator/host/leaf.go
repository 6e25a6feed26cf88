package host

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"net"
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
	ca      *CA
	domains []string
	now     func() time.Time

	mu      sync.Mutex
	current *tls.Certificate
}

// config is the TLS configuration of a server on these certificates.
func (l *leaves) config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: l.get}
}

func (l *leaves) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if c := l.current; c != nil && !now.Before(c.Leaf.NotBefore) && now.Before(c.Leaf.NotAfter.Add(-leafRenewal)) {
		return c, nil
	}
	c, err := l.ca.issue(l.domains, now)
	if err == nil {
		l.current = c
	}
	return c, err
}

// issue makes a key and a certificate for localhost, the loopback addresses, *.ciamlogin.com and domains.
func (c *CA) issue(domains []string, now time.Time) (*tls.Certificate, error) {
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
		DNSNames:              append([]string{"localhost", "*.ciamlogin.com"}, domains...),
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
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

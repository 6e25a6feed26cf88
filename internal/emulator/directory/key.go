package directory

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// keyBits is the size of a signing key, as the real service uses.
const keyBits = 2048

// ErrKey reports a signing key in the document that cannot be used.
var ErrKey = errors.New("signing key is not an RSA key of at least 2048 bits with its certificate, both PEM")

// GenerateKey makes a signing key with a self-signed certificate (the published
// key's thumbprint needs one). It takes some 100 ms of processor time.
func GenerateKey(now time.Time) (Key, error) {
	priv, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return Key{}, fmt.Errorf("generate signing key: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return Key{}, fmt.Errorf("generate certificate serial: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "Emulated token signing key"},
		NotBefore:    now.Add(-24 * time.Hour), NotAfter: now.AddDate(20, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &priv.PublicKey, priv)
	if err != nil {
		return Key{}, fmt.Errorf("create signing certificate: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(priv)
	if err != nil {
		return Key{}, fmt.Errorf("encode signing key: %w", err)
	}
	return Key{
		PrivateKey:  string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
		Certificate: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})),
		CreatedAt:   now.UTC().Truncate(time.Second),
	}, nil
}

// Parse decodes the key; the error is ErrKey, wrapped.
func (k Key) Parse() (*rsa.PrivateKey, *x509.Certificate, error) {
	kb, _ := pem.Decode([]byte(k.PrivateKey))
	cb, _ := pem.Decode([]byte(k.Certificate))
	if kb == nil || cb == nil {
		return nil, nil, fmt.Errorf("%w: no PEM block", ErrKey)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(kb.Bytes)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: private key is not PKCS #8", ErrKey)
	}
	priv, ok := parsed.(*rsa.PrivateKey)
	if !ok || priv.N.BitLen() < keyBits {
		return nil, nil, fmt.Errorf("%w: wrong type or size", ErrKey)
	}
	cert, err := x509.ParseCertificate(cb.Bytes)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: certificate cannot be read", ErrKey)
	}
	if pub, ok := cert.PublicKey.(*rsa.PublicKey); !ok || !pub.Equal(&priv.PublicKey) {
		return nil, nil, fmt.Errorf("%w: certificate belongs to another key", ErrKey)
	}
	return priv, cert, nil
}

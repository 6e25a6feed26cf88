package directory

import (
	"crypto/rsa"
	"crypto/x509"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/jws"
)

// ErrKey reports a signing key in the document that cannot be used.
var ErrKey = jws.ErrKey

// GenerateKey makes a signing key; see jws.Generate.
func GenerateKey(now time.Time) (Key, error) {
	p, err := jws.Generate(now)
	return NewKey(p, now), err
}

// NewKey is a pair as the document keeps it.
func NewKey(p jws.Pair, now time.Time) Key {
	return Key{PrivateKey: p.PrivateKey, Certificate: p.Certificate, CreatedAt: now.UTC().Truncate(time.Second)}
}

// Pair is the key as package jws knows it.
func (k Key) Pair() jws.Pair { return jws.Pair{PrivateKey: k.PrivateKey, Certificate: k.Certificate} }

// Parse decodes the key; the error is ErrKey, wrapped.
func (k Key) Parse() (*rsa.PrivateKey, *x509.Certificate, error) { return k.Pair().Decode() }

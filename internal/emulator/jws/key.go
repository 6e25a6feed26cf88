package jws

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" // x5t is a SHA-1 by definition (RFC 7517 section 4.8)
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// KeyBits is the size of a signing key, as the real service uses.
const KeyBits = 2048

// ErrKey reports a signing key that cannot be used.
var ErrKey = errors.New("signing key is not an RSA key of at least 2048 bits with its certificate, both PEM")

// Pair is a signing key as it is kept: RSA, PKCS #8 and X.509, both PEM.
type Pair struct{ PrivateKey, Certificate string }

// Key is a signing key ready for use.
type Key struct {
	ID          string // kid and x5t
	Certificate *x509.Certificate
	signer      jose.Signer
}

// Generate makes a signing key with a self-signed certificate (the published
// key's thumbprint needs one). It takes some 100 ms of processor time.
func Generate(now time.Time) (Pair, error) {
	priv, err := rsa.GenerateKey(rand.Reader, KeyBits)
	if err != nil {
		return Pair{}, fmt.Errorf("generate signing key: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return Pair{}, fmt.Errorf("generate certificate serial: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "Emulated token signing key"},
		NotBefore:    now.Add(-24 * time.Hour), NotAfter: now.AddDate(20, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &priv.PublicKey, priv)
	if err != nil {
		return Pair{}, fmt.Errorf("create signing certificate: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(priv)
	if err != nil {
		return Pair{}, fmt.Errorf("encode signing key: %w", err)
	}
	return Pair{
		PrivateKey:  string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
		Certificate: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})),
	}, nil
}

// Decode reads the pair; the error is ErrKey, wrapped.
func (p Pair) Decode() (*rsa.PrivateKey, *x509.Certificate, error) {
	kb, _ := pem.Decode([]byte(p.PrivateKey))
	cb, _ := pem.Decode([]byte(p.Certificate))
	if kb == nil || cb == nil {
		return nil, nil, fmt.Errorf("%w: no PEM block", ErrKey)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(kb.Bytes)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: private key is not PKCS #8", ErrKey)
	}
	priv, ok := parsed.(*rsa.PrivateKey)
	if !ok || priv.N.BitLen() < KeyBits {
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

// Key makes the pair ready for use; the error is ErrKey, wrapped.
func (p Pair) Key() (*Key, error) {
	priv, cert, err := p.Decode()
	if err != nil {
		return nil, err
	}
	sum := sha1.Sum(cert.Raw)
	kid := base64.RawURLEncoding.EncodeToString(sum[:])
	signer, err := jose.NewSigner(
		jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: priv, KeyID: kid}},
		(&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return nil, fmt.Errorf("signer: %w", err)
	}
	return &Key{ID: kid, Certificate: cert, signer: signer}, nil
}

// Sign signs a payload, RS256.
func (k *Key) Sign(payload []byte) (string, error) {
	signed, err := k.signer.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("sign token: %w", err)
	}
	return signed.CompactSerialize()
}

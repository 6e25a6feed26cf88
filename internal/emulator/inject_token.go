package emulator

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// strangerID is a tenant and an app that do not exist here.
const strangerID = "99999999-9999-4999-8999-999999999999"

// TokenFaults are the values of Fault.Token, each something that whoever checks
// a token has to refuse:
//
//   - wrong_key: signed with a key other than the published one of its kid
//   - unknown_kid: signed with a key that is not published
//   - alg_none: not signed (RFC 8725 section 2.1)
//   - hs256: signed with the public key as a shared secret (RFC 8725 section 2.1)
//   - wrong_audience, wrong_issuer, wrong_nonce: for, from, or asked by another;
//     a token without a nonce has none to be wrong
//   - expired, not_yet_valid: an hour too late, an hour too early
//   - array_audience: the right audience, as an array (allowed by RFC 7519
//     section 4.1.3, and not what the service sends)
func TokenFaults() []string {
	return []string{"wrong_key", "unknown_kid", "alg_none", "hs256", "wrong_audience", "wrong_issuer", "wrong_nonce", "expired", "not_yet_valid", "array_audience"}
}

// strangeKey is a signing key that no tenant publishes. It is made when a fault
// first wants it, which takes some 100 ms.
type strangeKey struct {
	once sync.Once
	key  *rsa.PrivateKey
	err  error
}

func (k *strangeKey) get() (*rsa.PrivateKey, error) {
	k.once.Do(func() { k.key, k.err = rsa.GenerateKey(rand.Reader, 2048) })
	return k.key, k.err
}

// spoil makes the JWT of a planned token fault.
func (s *signers) spoil(ctx context.Context, tenantID string, c claims, how string) (string, error) {
	keys, err := s.keys(ctx, tenantID)
	if err != nil {
		return "", err
	}
	c.spoil(how, s.now())
	payload, err := c.MarshalJSON()
	if err != nil {
		return "", err
	}
	good := keys[0]
	switch how {
	case "alg_none":
		return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + base64.RawURLEncoding.EncodeToString(payload) + ".", nil
	case "hs256":
		der, err := x509.MarshalPKIXPublicKey(good.cert.PublicKey)
		if err != nil {
			return "", fmt.Errorf("encode public key: %w", err)
		}
		secret := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
		return compact(jose.HS256, jose.JSONWebKey{Key: secret, KeyID: good.kid}, payload)
	case "wrong_key", "unknown_kid":
		key, err := s.strange.get()
		if err != nil {
			return "", fmt.Errorf("generate key: %w", err)
		}
		kid := good.kid
		if how == "unknown_kid" {
			kid = "unknown-" + good.kid
		}
		return compact(jose.RS256, jose.JSONWebKey{Key: key, KeyID: kid}, payload)
	}
	jws, err := good.signer.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("sign token: %w", err)
	}
	return jws.CompactSerialize()
}

func compact(alg jose.SignatureAlgorithm, key jose.JSONWebKey, payload []byte) (string, error) {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return "", fmt.Errorf("signer: %w", err)
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("sign token: %w", err)
	}
	return jws.CompactSerialize()
}

// spoil changes the claims for the faults that are in them.
func (c *claims) spoil(how string, now time.Time) {
	switch how {
	case "wrong_audience":
		c.set("aud", strangerID)
	case "array_audience":
		c.set("aud", []any{c.get("aud")})
	case "wrong_issuer":
		c.set("iss", "https://"+strangerID+".ciamlogin.com/"+strangerID+"/v2.0")
	case "wrong_nonce":
		if nonce, _ := c.get("nonce").(string); nonce != "" {
			c.set("nonce", "not-"+strings.ToValidUTF8(nonce, "?"))
		}
	case "expired":
		c.set("iat", now.Add(-3*time.Hour).Unix())
		c.set("nbf", now.Add(-3*time.Hour).Unix())
		c.set("exp", now.Add(-time.Hour).Unix())
	case "not_yet_valid":
		c.set("nbf", now.Add(time.Hour).Unix())
		c.set("exp", now.Add(3*time.Hour).Unix())
	}
}

func (c claims) get(name string) any {
	for _, cl := range c {
		if cl.name == name {
			return cl.value
		}
	}
	return nil
}

package jws

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// strangerID is a tenant and an app that do not exist here.
const strangerID = "99999999-9999-4999-8999-999999999999"

// Faults are the ways to spoil a token, each something that whoever checks it
// has to refuse:
//
//   - wrong_key: signed with a key other than the published one of its kid
//   - unknown_kid: signed with a key that is not published
//   - alg_none: not signed (RFC 8725 section 2.1); it names the good key, as a
//     forger would, and so does the next
//   - hs256: signed with the public key as a shared secret (RFC 8725 section 2.1)
//   - wrong_audience, wrong_issuer, wrong_nonce: for, from, or asked by another;
//     a token without a nonce has none to be wrong
//   - expired, not_yet_valid: an hour too late, an hour too early
//   - wrong_tenant: tid is another tenant's, the issuer is right
//   - missing_scp: neither scp nor roles, so good for nothing
//   - array_audience: the right audience, as an array (allowed by RFC 7519
//     section 4.1.3, and not what the service sends)
func Faults() []string {
	return []string{"wrong_key", "unknown_kid", "alg_none", "hs256", "wrong_audience", "wrong_issuer", "wrong_nonce", "expired", "not_yet_valid", "wrong_tenant", "missing_scp", "array_audience"}
}

// strangeKey is a signing key that no tenant publishes. It is made when it is
// first wanted, which takes some 100 ms.
type strangeKey struct {
	once sync.Once
	key  *rsa.PrivateKey
	err  error
}

func (k *strangeKey) get() (*rsa.PrivateKey, error) {
	k.once.Do(func() { k.key, k.err = rsa.GenerateKey(rand.Reader, KeyBits) })
	return k.key, k.err
}

// Spoil makes a JWT of a payload with one of Faults.
func (r *Keyring) Spoil(ctx context.Context, tenant string, p Payload, how string) (string, error) {
	keys, err := r.Keys(ctx, tenant)
	if err != nil {
		return "", err
	}
	payload, err := p.Spoilt(how, r.now()).MarshalJSON()
	if err != nil {
		return "", err
	}
	good := keys[0]
	switch how {
	case "alg_none":
		header, err := json.Marshal(map[string]string{"alg": "none", "kid": good.ID, "typ": "JWT"})
		if err != nil {
			return "", fmt.Errorf("encode header: %w", err)
		}
		return base64.RawURLEncoding.EncodeToString(header) + "." + base64.RawURLEncoding.EncodeToString(payload) + ".", nil
	case "hs256":
		der, err := x509.MarshalPKIXPublicKey(good.Certificate.PublicKey)
		if err != nil {
			return "", fmt.Errorf("encode public key: %w", err)
		}
		secret := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
		return compact(jose.HS256, jose.JSONWebKey{Key: secret, KeyID: good.ID}, payload)
	case "wrong_key", "unknown_kid":
		key, err := r.strange.get()
		if err != nil {
			return "", fmt.Errorf("generate key: %w", err)
		}
		kid := good.ID
		if how == "unknown_kid" {
			kid = "unknown-" + good.ID
		}
		return compact(jose.RS256, jose.JSONWebKey{Key: key, KeyID: kid}, payload)
	}
	return good.Sign(payload)
}

func compact(alg jose.SignatureAlgorithm, key jose.JSONWebKey, payload []byte) (string, error) {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, (&jose.SignerOptions{}).WithType("JWT").WithHeader("kid", key.KeyID))
	if err != nil {
		return "", fmt.Errorf("signer: %w", err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("sign token: %w", err)
	}
	return signed.CompactSerialize()
}

// Spoilt is a payload with the changes of one of Faults that are in the claims.
func (p Payload) Spoilt(how string, now time.Time) Payload {
	p = slices.Clone(p)
	switch how {
	case "wrong_audience":
		p.Set("aud", strangerID)
	case "array_audience":
		p.Set("aud", []any{p.Get("aud")})
	case "wrong_issuer":
		p.Set("iss", "https://"+strangerID+".ciamlogin.com/"+strangerID+"/v2.0")
	case "wrong_tenant":
		p.Set("tid", strangerID)
	case "missing_scp":
		p.Drop("scp")
		p.Drop("roles")
	case "wrong_nonce":
		if nonce, _ := p.Get("nonce").(string); nonce != "" {
			p.Set("nonce", "not-"+strings.ToValidUTF8(nonce, "?"))
		}
	case "expired":
		p.Set("iat", now.Add(-3*time.Hour).Unix())
		p.Set("nbf", now.Add(-3*time.Hour).Unix())
		p.Set("exp", now.Add(-time.Hour).Unix())
	case "not_yet_valid":
		p.Set("nbf", now.Add(time.Hour).Unix())
		p.Set("exp", now.Add(3*time.Hour).Unix())
	}
	return p
}

package jws

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// MaxSize bounds a token or an assertion that is looked at, in bytes.
const MaxSize = 16 << 10

// Why a JWT is not accepted.
var (
	ErrNotJWT     = errors.New("not a JWT signed with an accepted algorithm")
	ErrUnknownKey = errors.New("signed with a key that is not published")
	ErrSignature  = errors.New("the signature does not fit the key")
	ErrUntimely   = errors.New("not within its time")
)

// Received is the payload of a JWT from outside, in the claims that somebody here reads.
type Received struct {
	Issuer    string   `json:"iss"`
	Subject   string   `json:"sub"`
	Audience  Audience `json:"aud"`
	Expiry    float64  `json:"exp"`
	NotBefore float64  `json:"nbf"`
	ID        string   `json:"jti"`

	// Of access tokens.
	AppID  string   `json:"azp"`
	Object string   `json:"oid"`
	Tenant string   `json:"tid"`
	SID    string   `json:"sid"`
	Scopes string   `json:"scp"`
	Roles  []string `json:"roles"`
	Kind   string   `json:"idtyp"`
	Issued float64  `json:"iat"`
}

// Audience reads both forms of aud (RFC 7519 section 4.1.3).
type Audience []string

// UnmarshalJSON implements json.Unmarshaler.
func (a *Audience) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*a = Audience{one}
		return nil
	}
	var many []string
	if err := json.Unmarshal(b, &many); err != nil {
		return err
	}
	*a = many
	return nil
}

// First is the audience when there is one only, else "".
func (a Audience) First() string {
	if len(a) != 1 {
		return ""
	}
	return a[0]
}

// Read reads a JWT without judging it: the signature is not checked yet. Only
// the algorithms given are accepted, so neither none nor a shared secret is
// (RFC 8725 section 3.1). The error is ErrNotJWT.
func Read(raw string, algorithms ...jose.SignatureAlgorithm) (*jose.JSONWebSignature, Received, error) {
	var c Received
	if len(raw) > MaxSize {
		return nil, c, ErrNotJWT
	}
	signed, err := jose.ParseSignedCompact(raw, algorithms)
	if err != nil {
		return nil, c, ErrNotJWT
	}
	if err := json.Unmarshal(signed.UnsafePayloadWithoutVerification(), &c); err != nil {
		return nil, c, ErrNotJWT
	}
	return signed, c, nil
}

// Timely reports whether exp and nbf allow the token now. exp is required.
func (c Received) Timely(now time.Time, skew time.Duration) bool {
	t, s := float64(now.Unix()), skew.Seconds()
	return c.Expiry > 0 && t < c.Expiry+s && c.NotBefore <= t+s
}

// Open verifies that a JWT is a token of a tenant: signed with one of its
// published keys, its tid, within its time. It does not judge the audience.
// The errors are ErrNotJWT, ErrUnknownKey, ErrSignature, ErrUntimely, and those
// of Keys.
func (r *Keyring) Open(ctx context.Context, tenant, raw string, now time.Time) (Received, error) {
	signed, c, err := Read(raw, jose.RS256)
	if err != nil {
		return c, err
	}
	keys, err := r.Keys(ctx, tenant)
	if err != nil {
		return c, err
	}
	found := false
	for _, k := range keys {
		if k.ID != signed.Signatures[0].Header.KeyID {
			continue
		}
		found = true
		if _, err := signed.Verify(k.Certificate.PublicKey); err != nil {
			return c, ErrSignature
		}
	}
	switch {
	case !found, c.Tenant != tenant:
		return c, ErrUnknownKey
	case !c.Timely(now, 0):
		return c, ErrUntimely
	}
	return c, nil
}

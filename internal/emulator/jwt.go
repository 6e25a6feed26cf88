package emulator

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// maxJWT bounds a token or an assertion that is looked at, in bytes.
const maxJWT = 16 << 10

// clockSkew is how far a client's clock may be off.
const clockSkew = 5 * time.Minute

var (
	errNotJWT     = errors.New("not a JWT signed with an accepted algorithm")
	errUnknownKey = errors.New("signed with a key that is not published")
	errSignature  = errors.New("the signature does not fit the key")
)

// received is the payload of a JWT from outside, in the claims that somebody here reads.
type received struct {
	Issuer    string   `json:"iss"`
	Subject   string   `json:"sub"`
	Audience  audience `json:"aud"`
	Expiry    float64  `json:"exp"`
	NotBefore float64  `json:"nbf"`
	ID        string   `json:"jti"`

	// Of access tokens.
	AppID  string  `json:"azp"`
	Object string  `json:"oid"`
	Tenant string  `json:"tid"`
	SID    string  `json:"sid"`
	Scopes string  `json:"scp"`
	Kind   string  `json:"idtyp"`
	Issued float64 `json:"iat"`
}

// audience reads both forms of aud (RFC 7519 section 4.1.3).
type audience []string

// UnmarshalJSON implements json.Unmarshaler.
func (a *audience) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*a = audience{one}
		return nil
	}
	var many []string
	if err := json.Unmarshal(b, &many); err != nil {
		return err
	}
	*a = many
	return nil
}

// first is the audience when there is one only, else "".
func (a audience) first() string {
	if len(a) != 1 {
		return ""
	}
	return a[0]
}

// openJWT reads a JWT without judging it: the signature is not checked yet.
// Only the algorithms given are accepted, so neither none nor a shared secret
// is (RFC 8725 section 3.1).
func openJWT(raw string, algorithms ...jose.SignatureAlgorithm) (*jose.JSONWebSignature, received, error) {
	var c received
	if len(raw) > maxJWT {
		return nil, c, errNotJWT
	}
	jws, err := jose.ParseSignedCompact(raw, algorithms)
	if err != nil {
		return nil, c, errNotJWT
	}
	if err := json.Unmarshal(jws.UnsafePayloadWithoutVerification(), &c); err != nil {
		return nil, c, errNotJWT
	}
	return jws, c, nil
}

// timely reports whether exp and nbf allow the token now. exp is required.
func (c received) timely(now time.Time, skew time.Duration) bool {
	t, s := float64(now.Unix()), skew.Seconds()
	return c.Expiry > 0 && t < c.Expiry+s && c.NotBefore <= t+s
}

// openOwn verifies that a JWT is an access token of this tenant: signed with one
// of its published keys, of this tenant, within its time. It does not judge the
// audience. The errors are errNotJWT, errUnknownKey, errSignature, errUntimely.
func (x *exchange) openOwn(raw string) (received, error) {
	jws, c, err := openJWT(raw, jose.RS256)
	if err != nil {
		return c, err
	}
	keys, err := x.signers.keys(x.r.Context(), x.tenant.ID)
	if err != nil {
		return c, err
	}
	found := false
	for _, k := range keys {
		if k.kid != jws.Signatures[0].Header.KeyID {
			continue
		}
		found = true
		if _, err := jws.Verify(k.cert.PublicKey); err != nil {
			return c, errSignature
		}
	}
	switch {
	case !found:
		return c, errUnknownKey
	case c.Tenant != x.tenant.ID:
		return c, errUnknownKey
	case !c.timely(x.now, 0):
		return c, errUntimely
	}
	return c, nil
}

var errUntimely = errors.New("not within its time")

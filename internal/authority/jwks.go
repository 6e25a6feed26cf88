package authority

import (
	"context"
	"crypto"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/ciam-cli/ciam/internal/strictjson"
)

const (
	maxKeys    = 50
	maxKid     = 512
	minRSABits = 2048
	maxRSABits = 8192 // a larger modulus only serves to keep the verifier busy
)

// keySet is a JSON Web Key Set (RFC 7517, section 5), reduced to keys that may verify RS256.
type keySet struct {
	Keys []jwk `json:"keys"`
}

type jwk struct {
	Kty    string   `json:"kty"`
	Use    string   `json:"use,omitempty"`
	KeyOps []string `json:"key_ops,omitempty"`
	Alg    string   `json:"alg,omitempty"`
	Kid    string   `json:"kid"`
	N      string   `json:"n"`
	E      string   `json:"e"`
	// Issuer is Microsoft's own member: for whose tokens the key is.
	Issuer string `json:"issuer,omitempty"`

	key *rsa.PublicKey
}

// parseJWKS reads the key set of the tenant tid. Keys of another type, use, operation or algorithm, of another tenant,
// without a kid, or too short are left out, as RFC 7517 asks; more than 50 keys, two different keys under one kid, a
// member that is there twice, or no usable key at all refuse the whole set.
// Certificates (x5c) are not looked at: trust comes from where the set was fetched.
func parseJWKS(data []byte, tid string) (*keySet, error) {
	const expected = "a JSON Web Key Set"
	o, err := strictjson.Parse(data)
	if err != nil {
		return nil, untrusted("keys", expected, "something that "+err.Error())
	}
	var keys []json.RawMessage
	if raw := o.Get("keys"); raw != nil && json.Unmarshal(raw, &keys) != nil {
		return nil, untrusted("keys", expected, strictjson.Kind(raw)+" in place of the list of keys")
	}
	if len(keys) > maxKeys {
		return nil, untrusted("keys", fmt.Sprintf("at most %d keys", maxKeys), fmt.Sprint(len(keys)))
	}
	set := &keySet{Keys: []jwk{}}
	for _, raw := range keys {
		var k jwk
		if strictjson.Unmarshal(raw, &k) != nil || !k.usable(tid) {
			continue
		}
		switch other := set.find(k.Kid); {
		case other == nil:
			set.Keys = append(set.Keys, k)
		case !other.Equal(k.key):
			return nil, untrusted("keys", "one key per kid", "two for "+k.Kid)
		}
	}
	if len(set.Keys) == 0 {
		return nil, untrusted("keys", fmt.Sprintf("at least one RSA signing key of the tenant of %d bits or more with a kid", minRSABits),
			fmt.Sprintf("none among %d", len(keys)))
	}
	return set, nil
}

// KeyFile is a key set that a person handed over, in place of the tenant's address.
type KeyFile struct{ set *keySet }

// ParseKeyFile reads a JSON Web Key Set as that of the tenant tid, by the rules for one that the tenant sends.
// Its error is an *UntrustedMetadataError.
func ParseKeyFile(data []byte, tid string) (KeyFile, error) {
	set, err := parseJWKS(data, tid)
	return KeyFile{set}, err
}

// Key returns the public key with that kid, else ErrUnknownKey.
func (f KeyFile) Key(_ context.Context, kid string) (crypto.PublicKey, error) {
	if key := f.set.find(kid); key != nil {
		return key, nil
	}
	return nil, fmt.Errorf("%q in the file: %w", shorten(kid), ErrUnknownKey)
}

// usable decodes the key and reports whether it may verify RS256 for the tenant tid.
func (k *jwk) usable(tid string) bool {
	if len(k.KeyOps) > 0 && !slices.Contains(k.KeyOps, "verify") || foreign(k.Issuer, tid) {
		return false
	}
	if k.Kty != "RSA" || k.Use != "" && k.Use != "sig" || k.Alg != "" && k.Alg != "RS256" || k.Kid == "" || len(k.Kid) > maxKid {
		return false
	}
	n, err := base64.RawURLEncoding.Strict().DecodeString(k.N)
	if err != nil || len(n) > maxRSABits/8+1 {
		return false
	}
	e, err := base64.RawURLEncoding.Strict().DecodeString(k.E)
	if err != nil || len(e) > 4 {
		return false
	}
	key := &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}
	if bits := key.N.BitLen(); bits < minRSABits || bits > maxRSABits || key.N.Bit(0) == 0 || key.E < 3 || key.E&1 == 0 || key.E > 1<<31-1 {
		return false
	}
	k.key = key
	return true
}

// foreign reports whether the issuer of a key names a tenant, and another one than tid. Which host Microsoft writes
// there for an external tenant is not documented, so it is not looked at; neither is {tenantid}, which means any.
func foreign(issuer, tid string) bool {
	for part := range strings.FieldsFuncSeq(issuer, func(c rune) bool { return c == '/' || c == '.' || c == ':' }) {
		if isGUID(part) && !strings.EqualFold(part, tid) {
			return true
		}
	}
	return false
}

// find returns the key with that kid, or nil.
func (s *keySet) find(kid string) *rsa.PublicKey {
	for i := range s.Keys {
		if s.Keys[i].Kid == kid {
			return s.Keys[i].key
		}
	}
	return nil
}

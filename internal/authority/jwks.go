package authority

import (
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
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
	Kty string `json:"kty"`
	Use string `json:"use,omitempty"`
	Alg string `json:"alg,omitempty"`
	Kid string `json:"kid"`
	N   string `json:"n"`
	E   string `json:"e"`

	key *rsa.PublicKey
}

// parseJWKS reads a key set. Keys of another type, use or algorithm, without a kid, or too short are left out, as RFC 7517
// asks; more than 50 keys, two different keys under one kid, or no usable key at all refuse the whole set.
// Certificates (x5c) are not looked at: trust comes from where the set was fetched.
func parseJWKS(data []byte) (*keySet, error) {
	var doc struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		return nil, untrusted("keys", "a JSON Web Key Set", "something else")
	}
	if len(doc.Keys) > maxKeys {
		return nil, untrusted("keys", fmt.Sprintf("at most %d keys", maxKeys), fmt.Sprint(len(doc.Keys)))
	}
	set := &keySet{Keys: []jwk{}}
	for _, raw := range doc.Keys {
		var k jwk
		if json.Unmarshal(raw, &k) != nil || !k.usable() {
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
		return nil, untrusted("keys", fmt.Sprintf("at least one RSA signing key of %d bits or more with a kid", minRSABits),
			fmt.Sprintf("none among %d", len(doc.Keys)))
	}
	return set, nil
}

// usable decodes the key and reports whether it may verify RS256.
func (k *jwk) usable() bool {
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

// find returns the key with that kid, or nil.
func (s *keySet) find(kid string) *rsa.PublicKey {
	for i := range s.Keys {
		if s.Keys[i].Kid == kid {
			return s.Keys[i].key
		}
	}
	return nil
}

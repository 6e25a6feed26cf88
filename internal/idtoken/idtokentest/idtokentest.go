// Package idtokentest has ID tokens as an attacker would make them. Each is named, and says which checks must refuse it.
// It is for _test files only: idtoken verifies them, and so does a library that nobody here wrote.
package idtokentest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"sync"
	"time"

	"github.com/ciam-cli/ciam/internal/clocktest"
)

// What a good token says.
const (
	TenantID = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
	ClientID = "00001111-aaaa-2222-bbbb-3333cccc4444"
	Issuer   = "https://" + TenantID + ".ciamlogin.com/" + TenantID + "/v2.0"
	Nonce    = "nonce-of-this-sign-in"
	Kid      = "key-1"
)

// Case is a token and what becomes of it.
type Case struct {
	Name  string // unique
	Token string
	Fails string // the failing checks in their order, comma separated; "" for a token that has to be accepted
}

// The tenant's key, and one of somebody else.
var (
	key      = sync.OnceValue(newKey)
	otherKey = sync.OnceValue(newKey)
)

func newKey() *rsa.PrivateKey { return must(rsa.GenerateKey(rand.Reader, 2048)) }

// Key is the public key that the tenant's key set has as Kid.
func Key() *rsa.PublicKey { return &key().PublicKey }

// JWKS is the tenant's key set.
func JWKS() []byte {
	return must(json.Marshal(object{"keys": []object{publicJWK(Key())}}))
}

func publicJWK(k *rsa.PublicKey) object {
	return object{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": Kid, "n": b64(k.N.Bytes()), "e": "AQAB"}
}

// Now is the time that the tokens are made for.
func Now() time.Time { return clocktest.Now() }

// Cases returns all of them, the accepted ones first. Their time is Now.
func Cases() []Case {
	var all []Case
	for _, group := range []func() []Case{good, algorithms, macs, keys, headers, forms, parts, payloads, signatures, forgeries, times, audiences, issuers, identities, tenants} {
		all = append(all, group()...)
	}
	return all
}

type object = map[string]any

// drop as a value takes a member away.
var drop = struct{}{}

func header() object { return object{"typ": "JWT", "alg": "RS256", "kid": Kid} }

func claims() object {
	now := clocktest.Now()
	return object{
		"ver": "2.0", "iss": Issuer, "sub": "pairwise-subject", "aud": ClientID, "tid": TenantID, "nonce": Nonce,
		"exp": now.Add(time.Hour).Unix(), "iat": now.Unix(), "nbf": now.Unix(),
		"name": "Ada Example", "preferred_username": "ada@example.com", "oid": "aaaaaaaa-0000-1111-2222-bbbbbbbbbbbb",
	}
}

func with(base, changes object) object {
	out := maps.Clone(base)
	for name, v := range changes {
		if v == drop {
			delete(out, name)
		} else {
			out[name] = v
		}
	}
	return out
}

// signed is a token with these changes, signed by the tenant.
func signed(headerChanges, claimChanges object) string {
	return sign(text(with(header(), headerChanges)), text(with(claims(), claimChanges)), key())
}

// sign signs the bytes of header and payload as they are.
func sign(header, payload string, k *rsa.PrivateKey) string {
	return signParts(b64([]byte(header)), b64([]byte(payload)), k)
}

// signParts signs two parts that need not be base64url.
func signParts(header, payload string, k *rsa.PrivateKey) string {
	input := header + "." + payload
	return input + "." + b64(rs256(input, k))
}

func rs256(input string, k *rsa.PrivateKey) []byte {
	sum := sha256.Sum256([]byte(input))
	return must(rsa.SignPKCS1v15(nil, k, crypto.SHA256, sum[:]))
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func text(v any) string { return string(must(json.Marshal(v))) }

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// claimCases makes a case of each value that a claim is given.
func claimCases(claim, fails string, values []named) []Case {
	var cases []Case
	for _, v := range values {
		cases = append(cases, Case{claim + " " + v.name, signed(nil, object{claim: v.value}), fails})
	}
	return cases
}

// headerCases makes a case of each value that a member of the header is given.
func headerCases(member, fails string, values []named) []Case {
	var cases []Case
	for _, v := range values {
		cases = append(cases, Case{"header " + member + " " + v.name, signed(object{member: v.value}, nil), fails})
	}
	return cases
}

type named struct {
	name  string
	value any
}

// otherKinds are values of every JSON type but a string's.
func otherKinds() []named {
	return []named{
		{"missing", drop}, {"null", nil}, {"a number", 1}, {"true", true}, {"false", false},
		{"an empty list", []string{}}, {"an object", object{"a": 1}},
	}
}

// raw is JSON as it stands.
func raw(s string) json.RawMessage { return json.RawMessage(s) }

package authority

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

func newKey(bits int) *rsa.PublicKey {
	k, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		panic(err)
	}
	return &k.PublicKey
}

var (
	testKey  = sync.OnceValue(func() *rsa.PublicKey { return newKey(2048) })
	otherKey = sync.OnceValue(func() *rsa.PublicKey { return newKey(2048) })
)

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// testJWK is a key as Entra publishes it.
func testJWK(kid string, k *rsa.PublicKey) members {
	return members{"kty": "RSA", "use": "sig", "kid": kid, "x5t": kid, "n": encode(k.N.Bytes()), "e": encode(big.NewInt(int64(k.E)).Bytes()),
		"x5c": []string{"AAAA"}, "issuer": guidTestIssuer}
}

func change(k members, changes members) members {
	k = maps.Clone(k)
	maps.Copy(k, changes)
	maps.DeleteFunc(k, func(_ string, v any) bool { return v == nil })
	return k
}

func jwks(keys ...any) string {
	if keys == nil {
		keys = []any{}
	}
	b, err := json.Marshal(members{"keys": keys})
	if err != nil {
		panic(err)
	}
	return string(b)
}

func TestParseJWKS(t *testing.T) {
	good := testJWK("key-1", testKey())
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := ec.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	var many []any
	for i := range 51 {
		many = append(many, testJWK(fmt.Sprint("key-", i), testKey()))
	}
	even := new(big.Int).Sub(testKey().N, big.NewInt(1))
	for _, tt := range []struct {
		name, set, kids, says string // kids: comma separated, of the usable keys; says: of the refusal
	}{
		{"one", jwks(good), "key-1", ""},
		{"two", jwks(good, testJWK("key-2", otherKey())), "key-1,key-2", ""},
		{"no use", jwks(change(good, members{"use": nil})), "key-1", ""},
		{"alg RS256", jwks(change(good, members{"alg": "RS256"})), "key-1", ""},
		{"leading zero", jwks(change(good, members{"n": encode(append([]byte{0}, testKey().N.Bytes()...))})), "key-1", ""},
		{"the same twice", jwks(good, good), "key-1", ""},
		{"fifty", jwks(many[:50]...), "", "-"},
		{"others are left out", jwks(good,
			change(good, members{"kid": "a", "use": "enc"}), change(good, members{"kid": "b", "alg": "RS512"}), change(good, members{"kid": nil}),
			change(good, members{"kid": ""}), change(good, members{"kid": 5}), change(good, members{"kid": strings.Repeat("k", 513)}),
			members{"kty": "EC", "kid": "c", "crv": "P-256", "x": encode(point[1:33]), "y": encode(point[33:])},
			members{"kty": "oct", "kid": "d", "k": "AAAA"}, "text", 5, nil, members{}), "key-1", ""},
		{"key_ops with verify", jwks(change(good, members{"key_ops": []string{"sign", "verify"}})), "key-1", ""},
		{"other key_ops are left out", jwks(good, change(good, members{"kid": "a", "key_ops": []string{"encrypt", "wrapKey"}}), change(good, members{"kid": "b", "key_ops": "verify"}),
			change(good, members{"kid": "c", "key_ops": []string{"VERIFY"}})), "key-1", ""},
		{"an issuer at Microsoft's other host", jwks(change(good, members{"issuer": "https://login.microsoftonline.com/" + testTenant + "/v2.0"})), "key-1", ""},
		{"an issuer in upper case", jwks(change(good, members{"issuer": strings.ToUpper(guidTestIssuer)})), "key-1", ""},
		{"an issuer for any tenant", jwks(change(good, members{"issuer": "https://login.microsoftonline.com/{tenantid}/v2.0"})), "key-1", ""},
		{"no issuer", jwks(change(good, members{"issuer": nil})), "key-1", ""},
		{"keys of other tenants are left out", jwks(good, change(good, members{"kid": "a", "issuer": "https://" + otherTenant + ".ciamlogin.com/" + otherTenant + "/v2.0"}),
			change(good, members{"kid": "b", "issuer": "https://login.microsoftonline.com/" + otherTenant + "/v2.0"}),
			change(good, members{"kid": "c", "issuer": "https://" + testTenant + ".ciamlogin.com/" + strings.ToUpper(otherTenant) + "/v2.0"}),
			change(good, members{"kid": "d", "issuer": []string{guidTestIssuer}})), "key-1", ""},
		{"names in other case are others", jwks(good, change(good, members{"kid": nil, "KID": "a"}), change(good, members{"kid": "b", "n": nil, "N": good["n"]}),
			change(good, members{"kid": "c", "USE": "enc", "Key_Ops": []string{"encrypt"}})), "key-1,c", ""},
		{"only another tenant's", jwks(change(good, members{"issuer": "https://" + otherTenant + ".ciamlogin.com/" + otherTenant + "/v2.0"})), "", "none among 1"},
		{"keys under another name", strings.Replace(jwks(good), `"keys"`, `"KEYS"`, 1), "", "none among 0"},
		{"keys twice", `{"keys":[],` + jwks(good)[1:], "", `member \"keys\" twice`},
		{"a kid twice", strings.Replace(jwks(good), `"kid"`, `"kid":"x","kid"`, 1), "", `member \"kid\" twice`},
		{"weak keys are left out", jwks(good, testJWK("w", newKey(1024)), testJWK("x", &rsa.PublicKey{N: new(big.Int).Rsh(testKey().N, 1), E: 65537}),
			testJWK("y", &rsa.PublicKey{N: new(big.Int).SetBit(big.NewInt(1), 8192, 1), E: 65537})), "key-1", ""},
		{"broken numbers are left out", jwks(good, change(good, members{"kid": "a", "n": ""}), change(good, members{"kid": "b", "e": ""}),
			change(good, members{"kid": "c", "e": encode([]byte{1})}), change(good, members{"kid": "d", "e": encode([]byte{1, 0, 0})}),
			change(good, members{"kid": "e", "e": encode([]byte{1, 0, 0, 0, 1})}), change(good, members{"kid": "f", "e": encode([]byte{0xff, 0xff, 0xff, 0xff})}),
			change(good, members{"kid": "j", "e": encode([]byte{1, 0, 0, 0, 0, 0, 1, 0, 1})}), // 65537 when cut to 64 bits
			change(good, members{"kid": "g", "n": good["n"].(string) + "=="}), change(good, members{"kid": "h", "n": encode(even.Bytes())}),
			change(good, members{"kid": "i", "n": "!" + good["n"].(string)[1:]})), "key-1", ""},
		{"two keys of one kid", jwks(good, testJWK("key-1", otherKey())), "", "two for key-1"},
		{"too many", jwks(many...), "", "at most 50 keys"},
		{"none", jwks(), "", "none among 0"},
		{"none usable", jwks(change(good, members{"use": "enc"})), "", "none among 1"},
		{"no keys", `{}`, "", "none among 0"},
		{"keys is null", `{"keys":null}`, "", "none among 0"},
		{"keys is an object", `{"keys":{}}`, "", "JSON Web Key Set"},
		{"not json", `{"keys":[`, "", "JSON Web Key Set"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			set, err := parseJWKS([]byte(tt.set), testTenant)
			if tt.says != "" && tt.says != "-" {
				var e *UntrustedMetadataError
				if !errors.As(err, &e) || !strings.Contains(err.Error(), tt.says) {
					t.Errorf("got %v, want %q", err, tt.says)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var kids []string
			for _, k := range set.Keys {
				kids = append(kids, k.Kid)
			}
			if got := strings.Join(kids, ","); tt.says == "" && got != tt.kids {
				t.Errorf("got %s, want %s", got, tt.kids)
			}
			again, err := json.Marshal(set)
			if err != nil {
				t.Fatal(err)
			}
			if set2, err := parseJWKS(again, testTenant); err != nil || len(set2.Keys) != len(set.Keys) {
				t.Errorf("what is cached does not read back: %v", err)
			}
		})
	}
}

func TestKeys_Key(t *testing.T) {
	s := newTenant(t)
	now := testNow
	r := resolver(t.TempDir())
	r.Now = func() time.Time { return now }
	md, err := r.Metadata(t.Context(), s.authority(), "")
	if err != nil {
		t.Fatal(err)
	}
	keys := r.Keys(md)
	step := func(what, kid string, wantKey *rsa.PublicKey, wantErr error, requests int32) {
		t.Helper()
		key, err := keys.Key(t.Context(), kid)
		if wantErr != nil && !errors.Is(err, wantErr) || wantErr == nil && (err != nil || !wantKey.Equal(key)) {
			t.Errorf("%s: got %v, %v", what, key, err)
		}
		if got := s.askedJK.Swap(0); got != requests {
			t.Errorf("%s: %d requests, want %d", what, got, requests)
		}
	}
	step("first", "key-1", testKey(), nil, 1)
	step("again", "key-1", testKey(), nil, 0)
	keys = r.Keys(md)
	step("another key set of the same tenant", "key-1", testKey(), nil, 0)

	s.keys = respond(200, jwks(testJWK("key-1", testKey()), testJWK("key-2", otherKey())))
	step("rotated", "key-2", otherKey(), nil, 1)
	step("unknown, just after", "key-3", nil, ErrUnknownKey, 0)
	fresh := &Resolver{CacheDir: r.CacheDir, Now: r.Now}
	keys = fresh.Keys(md)
	step("unknown, in another process", "key-3", nil, ErrUnknownKey, 0)
	step("known, in another process", "key-2", otherKey(), nil, 0)
	now = now.Add(time.Minute - time.Second)
	step("unknown, within the cool-down", "key-3", nil, ErrUnknownKey, 0)
	now = now.Add(time.Second)
	step("unknown, after the cool-down", "key-3", nil, ErrUnknownKey, 1)
	step("and once only", "key-4", nil, ErrUnknownKey, 0)
	now = now.Add(24*time.Hour - time.Second)
	step("within 24 hours", "key-2", otherKey(), nil, 0)
	now = now.Add(time.Second)
	step("after 24 hours", "key-2", otherKey(), nil, 1)
}

func TestKeys_Key_firstUnknown(t *testing.T) {
	s := newTenant(t)
	r := resolver("")
	md, err := r.Metadata(t.Context(), s.authority(), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Keys(md).Key(t.Context(), "key-9"); !errors.Is(err, ErrUnknownKey) {
		t.Errorf("got %v", err)
	}
	if got := s.askedJK.Load(); got != 1 {
		t.Errorf("%d requests, want 1: keys just fetched are not fetched again", got)
	}
	s.keys = respond(200, jwks(testJWK("key-9", testKey())))
	if _, err := r.Keys(md).Key(t.Context(), "key-9"); err != nil {
		t.Errorf("rotation right after the first fetch: %v", err)
	}
}

// TestKeys_Key_otherProcess shows that a refetch by another process is noticed before asking.
func TestKeys_Key_otherProcess(t *testing.T) {
	s := newTenant(t)
	now, dir := testNow, t.TempDir()
	one, two := resolver(dir), resolver(dir)
	one.Now = func() time.Time { return now }
	two.Now = one.Now
	md, err := one.Metadata(t.Context(), s.authority(), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []*Resolver{one, two} {
		if _, err := r.Keys(md).Key(t.Context(), "key-1"); err != nil {
			t.Fatal(err)
		}
	}
	now = now.Add(time.Second)
	s.keys = respond(200, jwks(testJWK("key-2", otherKey())))
	for _, r := range []*Resolver{one, two} {
		if _, err := r.Keys(md).Key(t.Context(), "key-2"); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.askedJK.Load(); got != 2 {
		t.Errorf("%d requests, want 2: one at first and one refetch", got)
	}
}

func TestKeys_Key_answers(t *testing.T) {
	for _, tt := range []struct {
		name    string
		handler http.HandlerFunc
		target  func(error) bool
		says    string
	}{
		{"html", respond(200, "<html>"), is[*UnreachableError], "web page (HTML)"},
		{"500", respond(500, ""), is[*UnreachableError], "has a fault"},
		{"404", respond(404, ""), is[*UnreachableError], "nothing at this address"},
		{"huge", respond(200, strings.Repeat(" ", 1<<20+1)), is[*UnreachableError], "over 1 MB"},
		{"no keys", respond(200, `{"keys":[]}`), is[*UntrustedMetadataError], "none among 0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newTenant(t)
			r := resolver(t.TempDir())
			md, err := r.Metadata(t.Context(), s.authority(), "")
			if err != nil {
				t.Fatal(err)
			}
			s.keys = tt.handler
			if _, err := r.Keys(md).Key(t.Context(), "key-1"); !tt.target(err) || !strings.Contains(err.Error(), tt.says) || errors.Is(err, ErrUnknownKey) {
				t.Errorf("got %v", err)
			}
			s.keys = respond(200, jwks(testJWK("key-1", testKey())))
			if _, err := r.Keys(md).Key(t.Context(), "key-1"); err != nil {
				t.Errorf("a failure was kept: %v", err)
			}
		})
	}
}

func is[T error](err error) bool {
	var target T
	return errors.As(err, &target)
}

func TestKeys_Key_refetchFails(t *testing.T) {
	s := newTenant(t)
	r := resolver(t.TempDir())
	md, err := r.Metadata(t.Context(), s.authority(), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Keys(md).Key(t.Context(), "key-1"); err != nil {
		t.Fatal(err)
	}
	s.keys = respond(503, "")
	if _, err := r.Keys(md).Key(t.Context(), "key-2"); !is[*UnreachableError](err) {
		t.Errorf("got %v", err)
	}
	if _, err := r.Keys(md).Key(t.Context(), "key-1"); err != nil {
		t.Errorf("known keys are lost: %v", err)
	}
	s.keys = respond(200, jwks(testJWK("key-2", otherKey())))
	if _, err := r.Keys(md).Key(t.Context(), "key-2"); err != nil {
		t.Errorf("a failed refetch must not start the cool-down: %v", err)
	}
}

// TestKeys_Key_metadata shows that metadata from the caller is checked again.
func TestKeys_Key_metadata(t *testing.T) {
	s := newTenant(t)
	r := resolver("")
	md, err := r.Metadata(t.Context(), s.authority(), "")
	if err != nil {
		t.Fatal(err)
	}
	md.JWKSURI = "https://evil.example/keys"
	if _, err := r.Keys(md).Key(t.Context(), "key-1"); !is[*UntrustedMetadataError](err) {
		t.Errorf("got %v", err)
	}
	if _, err := r.Keys(Metadata{}).Key(t.Context(), "key-1"); !is[*FormError](err) {
		t.Errorf("got %v", err)
	}
}

func FuzzParseJWKS(f *testing.F) {
	f.Add([]byte(jwks(testJWK("key-1", testKey()))))
	f.Add([]byte(`{"keys":[{"kty":"RSA","kid":"a","n":"AAAA","e":"AQAB"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		set, err := parseJWKS(data, testTenant)
		if err != nil {
			return
		}
		for _, k := range set.Keys {
			if k.key.N.BitLen() < 2048 || k.key.E < 3 || k.Kid == "" || len(set.Keys) > 50 {
				t.Errorf("accepted %+v", k)
			}
		}
	})
}

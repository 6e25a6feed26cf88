package idtoken

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/clocktest"
)

const (
	testTenant = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
	testClient = "00001111-aaaa-2222-bbbb-3333cccc4444"
	testIssuer = "https://" + testTenant + ".ciamlogin.com/" + testTenant + "/v2.0"
	testNonce  = "nonce-of-this-sign-in"
	testKid    = "key-1"
)

var (
	testNow  = clocktest.Now()
	testKey  = sync.OnceValue(func() *rsa.PrivateKey { return must(rsa.GenerateKey(rand.Reader, 2048)) })
	otherKey = sync.OnceValue(func() *rsa.PrivateKey { return must(rsa.GenerateKey(rand.Reader, 2048)) })
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func want() Expectation {
	return Expectation{Issuer: testIssuer, TenantID: testTenant, ClientID: testClient, Nonce: testNonce, Now: testNow}
}

type m = map[string]any

func header() m { return m{"typ": "JWT", "alg": "RS256", "kid": testKid} }

func claims() m {
	return m{
		"ver": "2.0", "iss": testIssuer, "sub": "pairwise-subject", "aud": testClient, "tid": testTenant, "nonce": testNonce,
		"exp": testNow.Add(time.Hour).Unix(), "iat": testNow.Unix(), "nbf": testNow.Unix(),
		"name": "Ada Example", "preferred_username": "ada@example.com", "email": "ada@example.com",
		"oid": "aaaaaaaa-0000-1111-2222-bbbbbbbbbbbb", "sid": "session", "login_hint": "hint",
	}
}

func with(base m, changes m) m {
	out := maps.Clone(base)
	for k, v := range changes {
		if v == nil {
			delete(out, k)
		} else {
			out[k] = v
		}
	}
	return out
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// signRaw signs the bytes of header and payload as they are.
func signRaw(header, payload string, key *rsa.PrivateKey) string {
	signed := b64([]byte(header)) + "." + b64([]byte(payload))
	sum := sha256.Sum256([]byte(signed))
	return signed + "." + b64(must(rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])))
}

func sign(header, payload m, key *rsa.PrivateKey) string {
	return signRaw(string(must(json.Marshal(header))), string(must(json.Marshal(payload))), key)
}

// keySet is a real key set of one key, which counts.
type keySet struct {
	kid   string
	key   crypto.PublicKey
	err   error
	calls int
}

var errNoKey = errors.New("no such key")

func (k *keySet) Key(_ context.Context, kid string) (crypto.PublicKey, error) {
	k.calls++
	if k.err != nil {
		return nil, k.err
	}
	if kid != k.kid {
		return nil, errNoKey
	}
	return k.key, nil
}

func testKeys() *keySet { return &keySet{kid: testKid, key: &testKey().PublicKey} }

func failedNames(e *VerificationError) []string {
	var names []string
	for _, c := range e.Failed() {
		names = append(names, c.Name)
	}
	return names
}

// dated is the pinned time and d, as a message writes it.
func dated(d time.Duration) string { return testNow.Add(d).Format(time.RFC3339) }

func TestVerify(t *testing.T) {
	raw := sign(header(), claims(), testKey())
	keys := testKeys()
	tok, err := Verify(t.Context(), raw, keys, want())
	if err != nil {
		t.Fatal(err)
	}
	if tok.Raw != raw || tok.Issuer != testIssuer || tok.Subject != "pairwise-subject" || tok.Audience != testClient || tok.TenantID != testTenant ||
		tok.ObjectID != "aaaaaaaa-0000-1111-2222-bbbbbbbbbbbb" || tok.Name != "Ada Example" || tok.PreferredUsername != "ada@example.com" ||
		tok.Email != "ada@example.com" || tok.LoginHint != "hint" || tok.SessionID != "session" ||
		!tok.IssuedAt.Equal(testNow) || !tok.NotBefore.Equal(testNow) || !tok.ExpiresAt.Equal(testNow.Add(time.Hour)) {
		t.Errorf("fields are wrong: %s", tok.JSON)
	}
	var names []string
	for _, c := range tok.Checks {
		names = append(names, c.Name)
		if !c.OK || c.Skipped {
			t.Errorf("check %+v of a good token", c)
		}
	}
	order := "form,algorithm,type,header extensions,key id,issuer,audience,tenant,version,nonce,subject,expiry,issued at,not before,signature"
	if got := strings.Join(names, ","); got != order {
		t.Errorf("checks are %s\nwant %s", got, order)
	}
	if keys.calls != 1 {
		t.Errorf("%d keys asked for, want 1", keys.calls)
	}
}

func TestVerify_accepts(t *testing.T) {
	at := func(d time.Duration) int64 { return testNow.Add(d).Unix() }
	for _, tt := range []struct {
		name    string
		header  m
		claims  m
		changed func(*Expectation)
	}{
		{name: "no typ", header: m{"typ": nil}},
		{name: "no nbf", claims: m{"nbf": nil}},
		{name: "azp of this app", claims: m{"azp": testClient}},
		{name: "expired within the leeway", claims: m{"exp": at(-5*time.Minute + time.Second)}},
		{name: "issued ahead within the leeway", claims: m{"iat": at(5 * time.Minute), "nbf": at(5 * time.Minute)}},
		{name: "dates with a fraction", claims: m{"exp": float64(at(time.Hour)) + 0.5}},
		{name: "no nonce asked for", claims: m{"nonce": nil}, changed: func(e *Expectation) { e.Nonce = "" }},
		{name: "the subject of before", changed: func(e *Expectation) { e.Subject = "pairwise-subject" }},
		{name: "hashes of code and token are ignored", claims: m{"at_hash": "x", "c_hash": "y"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := want()
			if tt.changed != nil {
				tt.changed(&e)
			}
			if _, err := Verify(t.Context(), sign(with(header(), tt.header), with(claims(), tt.claims), testKey()), testKeys(), e); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestVerify_refuses names, for each fault of a correctly signed token, exactly the checks that must fail. No key may be asked for.
func TestVerify_refuses(t *testing.T) {
	at := func(d time.Duration) int64 { return testNow.Add(d).Unix() }
	for _, tt := range []struct {
		name    string
		header  m
		claims  m
		changed func(*Expectation)
		fails   string // names of checks, comma separated
		says    string // contained in the message
	}{
		{name: "other issuer", claims: m{"iss": "https://evil.example/v2.0"}, fails: "issuer", says: `got "https://evil.example/v2.0"`},
		{name: "issuer with a slash more", claims: m{"iss": testIssuer + "/"}, fails: "issuer"},
		{name: "no issuer", claims: m{"iss": nil}, fails: "issuer", says: "got nothing"},
		{name: "no issuer expected", claims: m{"iss": ""}, changed: func(e *Expectation) { e.Issuer = "" }, fails: "issuer"},
		{name: "other audience", claims: m{"aud": "99999999-aaaa-2222-bbbb-3333cccc4444"}, fails: "audience", says: `expected "` + testClient + `"`},
		{name: "array of audiences", claims: m{"aud": []string{testClient}}, fails: "audience", says: "got an array of audiences"},
		{name: "audience in other case", claims: m{"aud": strings.ToUpper(testClient)}, fails: "audience"},
		{name: "no client id expected", claims: m{"aud": ""}, changed: func(e *Expectation) { e.ClientID = "" }, fails: "audience"},
		{name: "other azp", claims: m{"azp": "other"}, fails: "authorized party"},
		{name: "azp null", claims: m{"azp": json.RawMessage("null")}, fails: "authorized party"},
		{name: "other tenant", claims: m{"tid": "99999999-0000-cccc-1111-dddd2222eeee"}, fails: "tenant"},
		{name: "no tenant", claims: m{"tid": nil}, fails: "tenant"},
		{name: "no tenant expected", claims: m{"tid": ""}, changed: func(e *Expectation) { e.TenantID = "" }, fails: "tenant"},
		{name: "version 1.0", claims: m{"ver": "1.0"}, fails: "version"},
		{name: "version as number", claims: m{"ver": 2.0}, fails: "version", says: "got a number"},
		{name: "other nonce", claims: m{"nonce": "of-another-sign-in"}, fails: "nonce", says: "another sign-in"},
		{name: "no nonce", claims: m{"nonce": nil}, fails: "nonce", says: "got nothing"},
		{name: "nonce as prefix", claims: m{"nonce": testNonce[:4]}, fails: "nonce"},
		{name: "empty subject", claims: m{"sub": ""}, fails: "subject"},
		{name: "no subject", claims: m{"sub": nil}, fails: "subject"},
		{name: "long subject", claims: m{"sub": strings.Repeat("s", 256)}, fails: "subject"},
		{name: "other subject", changed: func(e *Expectation) { e.Subject = "before" }, fails: "subject"},
		{name: "expired", claims: m{"exp": at(-5 * time.Minute)}, fails: "expiry", says: "clock says " + dated(0)},
		{name: "no expiry", claims: m{"exp": nil}, fails: "expiry", says: "no date but nothing"},
		{name: "expiry as text", claims: m{"exp": "4102444800"}, fails: "expiry"},
		{name: "expiry beyond all calendars", claims: m{"exp": 1e30}, fails: "expiry"},
		{name: "negative expiry", claims: m{"exp": -1}, fails: "expiry"},
		{name: "not yet valid", claims: m{"nbf": at(5*time.Minute + time.Second)}, fails: "not before", says: "clock"},
		{name: "nbf as text", claims: m{"nbf": "now"}, fails: "not before"},
		{name: "issued in the future", claims: m{"iat": at(5*time.Minute + time.Second)}, fails: "issued at", says: "(in 5m1s)"},
		{name: "no iat", claims: m{"iat": nil}, fails: "issued at"},
		{name: "access token", header: m{"typ": "at+jwt"}, fails: "type"},
		{name: "typ as number", header: m{"typ": 1}, fails: "type"},
		{name: "critical extension", header: m{"crit": []string{"exp"}}, fails: "header extensions", says: "got crit"},
		{name: "unencoded payload", header: m{"b64": false}, fails: "header extensions", says: "got b64"},
		{name: "no kid", header: m{"kid": nil}, fails: "key id"},
		{name: "kid as number", header: m{"kid": 1}, fails: "key id"},
		{name: "long kid", header: m{"kid": strings.Repeat("k", 513)}, fails: "key id"},
		{name: "no alg", header: m{"alg": nil}, fails: "algorithm"},
		{name: "several at once, in order", claims: m{"exp": at(-time.Hour), "iss": "x", "aud": "y"}, fails: "issuer,audience,expiry"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := want()
			if tt.changed != nil {
				tt.changed(&e)
			}
			keys := testKeys()
			raw := sign(with(header(), tt.header), with(claims(), tt.claims), testKey())
			tok, err := Verify(t.Context(), raw, keys, e)
			checkRefused(t, tok, err, raw, tt.fails)
			if err != nil && !strings.Contains(err.Error(), tt.says) {
				t.Errorf("message lacks %q: %v", tt.says, err)
			}
			if keys.calls != 0 {
				t.Errorf("%d keys asked for, want none", keys.calls)
			}
		})
	}
}

func checkRefused(t *testing.T, tok *Token, err error, raw, fails string) {
	t.Helper()
	var e *VerificationError
	if !errors.As(err, &e) || tok != nil {
		t.Fatalf("got %v, %v; want a VerificationError and no token", tok, err)
	}
	if got := strings.Join(failedNames(e), ","); got != fails {
		t.Errorf("failed checks: %s\nwant: %s\nin: %v", got, fails, err)
	}
	last := e.Checks[len(e.Checks)-1]
	if fails != "form" && fails != "signature" && (last.Name != "signature" || !last.Skipped || last.OK) {
		t.Errorf("last check is %+v, want a skipped signature", last)
	}
	all := err.Error() + fmt.Sprintf("%+v", e.Checks)
	for part := range strings.SplitSeq(raw, ".") {
		if len(part) > 20 && strings.Contains(all, part) {
			t.Errorf("message holds a part of the token: %s", all)
		}
	}
	if strings.Contains(all, testNonce) {
		t.Errorf("message holds the nonce: %s", all)
	}
}

// TestVerify_algorithms offers tokens whose signature is good by the algorithm that they name.
func TestVerify_algorithms(t *testing.T) {
	key := testKey()
	public := must(x509.MarshalPKIXPublicKey(&key.PublicKey))
	payload := b64(must(json.Marshal(claims())))
	signed := func(alg string) string { return b64(must(json.Marshal(with(header(), m{"alg": alg})))) + "." + payload }
	mac := func(s string) []byte { h := hmac.New(sha256.New, public); h.Write([]byte(s)); return h.Sum(nil) }
	ec := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))

	es256 := signed("ES256")
	digest := sha256.Sum256([]byte(es256))
	r, s, err := ecdsa.Sign(rand.Reader, ec, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	sum512 := sha512.Sum512([]byte(signed("RS512")))
	sum256 := sha256.Sum256([]byte(signed("PS256")))
	for name, raw := range map[string]string{
		"none":             signed("none") + ".",
		"None":             signed("None") + ".",
		"hs256 by the key": signed("HS256") + "." + b64(mac(signed("HS256"))),
		"es256":            es256 + "." + b64(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)),
		"rs512":            signed("RS512") + "." + b64(must(rsa.SignPKCS1v15(nil, key, crypto.SHA512, sum512[:]))),
		"ps256":            signed("PS256") + "." + b64(must(rsa.SignPSS(rand.Reader, key, crypto.SHA256, sum256[:], nil))),
		"rs256 lower case": sign(with(header(), m{"alg": "rs256"}), claims(), key),
	} {
		t.Run(name, func(t *testing.T) {
			keys := testKeys()
			tok, err := Verify(t.Context(), raw, keys, want())
			checkRefused(t, tok, err, raw, "algorithm")
			if keys.calls != 0 {
				t.Error("a key was asked for")
			}
		})
	}
}

func TestVerify_signature(t *testing.T) {
	good := sign(header(), claims(), testKey())
	parts := strings.Split(good, ".")
	forged := parts[0] + "." + b64(must(json.Marshal(with(claims(), m{"name": "Eve"})))) + "." + parts[2]
	other := otherKey()
	embedded := with(header(), m{
		"jwk": m{"kty": "RSA", "kid": testKid, "n": b64(other.N.Bytes()), "e": "AQAB"}, "jku": "https://evil.example/keys",
		"x5u": "https://evil.example/cert", "x5c": []string{"AAAA"},
	})
	small := must(rsa.GenerateKey(rand.Reader, 1024))
	network := &networkError{}
	for _, tt := range []struct {
		name string
		raw  string
		keys KeySet
		says string
		err  error // must be found with errors.Is
	}{
		{name: "of another key", raw: sign(header(), claims(), other), keys: testKeys(), says: "does not match"},
		{name: "of another payload", raw: forged, keys: testKeys(), says: "does not match"},
		{name: "empty", raw: parts[0] + "." + parts[1] + ".", keys: testKeys(), says: "does not match"},
		{name: "of a key the token brings along", raw: sign(embedded, claims(), other), keys: testKeys(), says: "does not match"},
		{name: "of an unknown kid", raw: sign(with(header(), m{"kid": "key-2"}), claims(), testKey()), keys: testKeys(), says: `no key with the id "key-2"`, err: errNoKey},
		{name: "keys out of reach", raw: good, keys: &keySet{err: fmt.Errorf("fetch: %w", network)}, says: "no route", err: network},
		{name: "no key set", raw: good, says: "no keys to check with"},
		{name: "a key of 1024 bits", raw: sign(header(), claims(), small), keys: &keySet{kid: testKid, key: &small.PublicKey}, says: "2048 bits"},
		{name: "a key of no modulus", raw: good, keys: &keySet{kid: testKid, key: &rsa.PublicKey{}}, says: "2048 bits"},
		{name: "a key of nothing", raw: good, keys: &keySet{kid: testKid}, says: "2048 bits"},
		{name: "a key of another kind", raw: good, keys: &keySet{kid: testKid, key: &must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)).PublicKey}, says: "2048 bits"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tok, err := Verify(t.Context(), tt.raw, tt.keys, want())
			checkRefused(t, tok, err, tt.raw, "signature")
			if !strings.Contains(err.Error(), tt.says) {
				t.Errorf("message lacks %q: %v", tt.says, err)
			}
			if tt.err != nil && !errors.Is(err, tt.err) {
				t.Errorf("cause is lost: %v", err)
			}
		})
	}
}

type networkError struct{}

func (*networkError) Error() string { return "no route" }

func TestVerify_form(t *testing.T) {
	h, c := `{"alg":"RS256","kid":"key-1"}`, string(must(json.Marshal(claims())))
	good := signRaw(h, c, testKey())
	parts := strings.Split(good, ".")
	nested := strings.Repeat("[", 40) + strings.Repeat("]", 40)
	spare := []byte(parts[2]) // 256 bytes leave four bits over in the last character
	spare[len(spare)-1]++
	for _, tt := range []struct{ name, raw, says string }{
		{"empty", "", "empty"},
		{"one part", "abc", "got 1"},
		{"four parts", good + ".x", "got 4"},
		{"encrypted", "a.b.c.d.e", "encrypted"},
		{"huge", signRaw(h, `{"x":"`+strings.Repeat("x", 64<<10)+`"}`, testKey()), "at most 65536"},
		{"json serialisation", `{"payload":"x","signatures":[]}`, "got 1"},
		{"padding", parts[0] + "." + parts[1] + "." + parts[2] + "==", "signature is not base64url"},
		{"left-over bits", parts[0] + "." + parts[1] + "." + string(spare), "signature is not base64url"},
		{"line break", parts[0] + "." + parts[1] + "." + parts[2][:10] + "\n" + parts[2][10:], "signature is not base64url"},
		{"standard alphabet", parts[0] + "." + parts[1] + "." + "++//", "signature is not base64url"},
		{"header is not base64url", "!." + parts[1] + "." + parts[2], "header is not base64url"},
		{"header is an array", signRaw(`[]`, c, testKey()), "header is not a JSON object"},
		{"payload is null", signRaw(h, `null`, testKey()), "payload is not a JSON object"},
		{"payload is cut", signRaw(h, `{"a":1`, testKey()), "payload is not JSON"},
		{"payload has a tail", signRaw(h, c+`{}`, testKey()), "payload is more than one JSON value"},
		{"payload is not utf-8", signRaw(h, "{\"a\":\"\xff\"}", testKey()), "payload is not UTF-8"},
		{"claim twice", signRaw(h, c[:len(c)-1]+`,"aud":"`+testClient+`"}`, testKey()), `has the member "aud" twice`},
		{"claim twice, once escaped", signRaw(h, c[:len(c)-1]+`,"a\u0075d":"x"}`, testKey()), `has the member "aud" twice`},
		{"inner member twice", signRaw(h, `{"a":[{"b":1,"b":2}]}`, testKey()), `has the member "b" twice`},
		{"header twice", signRaw(`{"alg":"none","kid":"key-1","alg":"RS256"}`, c, testKey()), `has the member "alg" twice`},
		{"nested deep", signRaw(h, `{"a":`+nested+`}`, testKey()), "is nested more than"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tok, err := Verify(t.Context(), tt.raw, testKeys(), want())
			checkRefused(t, tok, err, tt.raw, "form")
			if !errors.Is(err, ErrMalformed) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want %q", err, tt.says)
			}
			if _, err := Decode(tt.raw); !errors.Is(err, ErrMalformed) {
				t.Errorf("Decode: got %v", err)
			}
		})
	}
	t.Run("names differ in case only", func(t *testing.T) {
		raw := signRaw(h, c[:len(c)-1]+`,"Aud":"x","NONCE":"y","ISS":"z"}`, testKey())
		if _, err := Verify(t.Context(), raw, testKeys(), want()); err != nil {
			t.Error(err)
		}
	})
}

func TestVerificationError_Error(t *testing.T) {
	raw := sign(header(), with(claims(), m{"aud": "someone", "exp": testNow.Add(-time.Hour).Unix()}), testKey())
	_, err := Verify(t.Context(), raw, testKeys(), want())
	got := fmt.Sprint(err)
	wantText := `ID token refused: audience: expected "` + testClient + `", got "someone". ` +
		`expiry: expected a time after ` + dated(-5*time.Minute) + ` (now, with 5 minutes of leeway), got ` + dated(-time.Hour) + ` (1h0m0s ago). ` +
		`This machine's clock says ` + dated(0) + `; if that is wrong, set the clock and sign in again`
	if got != wantText {
		t.Errorf("got  %s\nwant %s", got, wantText)
	}
}

func TestDecode(t *testing.T) {
	payload := `{"z":1,"aud":["a","b"],"exp":"soon","sub":"s", "name":null,"extension_x":{"k":[1,2]}}`
	tok, err := Decode(signRaw(`{"alg":"none"}`, payload, testKey()))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range tok.Claims {
		names = append(names, c.Name+"="+string(c.Value))
	}
	wantNames := []string{`z=1`, `aud=["a","b"]`, `exp="soon"`, `sub="s"`, `name=null`, `extension_x={"k":[1,2]}`}
	if !slices.Equal(names, wantNames) {
		t.Errorf("claims %q, want %q", names, wantNames)
	}
	if string(tok.JSON) != payload {
		t.Errorf("JSON is not the payload byte for byte: %s", tok.JSON)
	}
	if tok.Subject != "s" || tok.Audience != "" || tok.Name != "" || !tok.ExpiresAt.IsZero() || tok.Checks != nil {
		t.Errorf("claims of a wrong type are not zero, or checks are claimed")
	}
}

func TestNumericDate(t *testing.T) {
	for in, want := range map[string]int64{"0": 0, "1795448542": 1795448542, "1795448542.9": 1795448542, "1.795448542e9": 1795448542, "253402300799": 253402300799} {
		if got, ok := numericDate(json.RawMessage(in)); !ok || got.Unix() != want {
			t.Errorf("%s: %v, %v", in, got, ok)
		}
	}
	for _, in := range []string{"", "-1", "-0.5", "253402300800", "1e30", "1e400", `"1"`, "null", "true", "[1]", "{}"} {
		if got, ok := numericDate(json.RawMessage(in)); ok || !got.IsZero() {
			t.Errorf("%s: %v, %v", in, got, ok)
		}
	}
}

func TestToken_redacted(t *testing.T) {
	tok := must(Decode(sign(header(), claims(), testKey())))
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "token", tok, "value", *tok)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "token", tok, "value", *tok)
	out := log.String() + fmt.Sprintf("%v %+v %#v %s %q %x %d", tok, tok, tok, *tok, *tok, tok, *tok) + string(must(json.Marshal(tok)))
	if strings.Contains(out, tok.Raw) || strings.Contains(out, tok.Raw[len(tok.Raw)-40:]) {
		t.Error("the token was printed")
	}
	if !strings.Contains(log.String(), "ID token of") || strings.Contains(log.String(), "Ada") {
		t.Errorf("log: %s", log.String())
	}
}

func FuzzVerify(f *testing.F) {
	f.Add(sign(header(), claims(), testKey()))
	f.Add(signRaw(`{"alg":"RS256","kid":"key-1"}`, `{"aud":["x"],"exp":1e400,"a":{"b":[{}]}}`, testKey()))
	f.Add("a.b.c")
	f.Add(`{"alg":"RS256","kid":"key-1","iss":"` + testIssuer + `","aud":["x"],"exp":1.5e9,"iat":-1,"nested":{"a":[1,{"b":null}],"\u0061":2}}`)
	f.Add(string(must(json.Marshal(with(claims(), header())))))
	good := sign(header(), claims(), testKey())
	f.Fuzz(func(t *testing.T, raw string) {
		fuzzOne(t, raw, good)
		// The same bytes as payload and header, so that the fuzzer reaches behind base64 quickly.
		fuzzOne(t, b64([]byte(raw))+"."+b64([]byte(raw))+".AAAA", good)
	})
}

func fuzzOne(t *testing.T, raw, good string) {
	tok, err := Verify(t.Context(), raw, testKeys(), want())
	if err == nil && raw != good {
		t.Fatalf("verified %q", raw)
	}
	if tok == nil == (err == nil) {
		t.Fatal("token and error, or neither")
	}
	if err != nil && err.Error() == "" {
		t.Fatal("no message")
	}
	if d, err := Decode(raw); err == nil {
		if !json.Valid(d.JSON) {
			t.Fatalf("payload is not JSON: %q", d.JSON)
		}
		for _, c := range d.Claims {
			if !json.Valid(c.Value) {
				t.Fatalf("claim %q is not JSON: %q", c.Name, c.Value)
			}
			Describe(c.Name)
		}
	}
}

package e2e

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const joseTenant = "aaaabbbb-0000-cccc-1111-dddd2222eeee"

// joseToken is a token that both verifiers get to see.
type joseToken struct{ name, token string }

// testVerify has `ciam verify` and jose judge the same tokens, by the same keys, issuer and audiences and with 300 seconds of
// tolerance: whatever ciam passes, jose accepts.
func testVerify(t *testing.T, folder string) {
	key, other := rsaKey(t), rsaKey(t)
	issuer := "https://" + joseTenant + ".ciamlogin.com/" + joseTenant + "/v2.0"
	keys := map[string]any{"keys": []any{map[string]any{"kty": "RSA", "use": "sig", "kid": "key-1",
		"n": base64.RawURLEncoding.EncodeToString(key.N.Bytes()), "e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes())}}}
	keyFile := writeFile(t, "keys.json", keys)
	tokens := joseTokens(t, key, other, issuer)
	var raw []string
	for _, tc := range tokens {
		raw = append(raw, tc.token)
	}
	all := writeFile(t, "tokens.json", map[string]any{"tokens": raw, "keys": keys, "issuer": issuer, "audiences": []string{desktopApp, ordersAPI}})
	var answers []string
	node(t, append(os.Environ(), "TEST_TOKENS="+all), folder, "verify.js").read("answers", &answers)
	if len(answers) != len(tokens) {
		t.Fatalf("%d answers to %d tokens", len(answers), len(tokens))
	}

	p := newProgram(t)
	file := filepath.Join(t.TempDir(), "token.txt")
	passed, accepted := 0, 0
	for i, tc := range tokens {
		if err := os.WriteFile(file, []byte(tc.token), 0o600); err != nil {
			t.Fatal(err)
		}
		r := p.run("verify", file, "--tenant", joseTenant, "--keys", keyFile, "--audience", desktopApp, "--audience", ordersAPI, "-o", "json")
		if answers[i] == "accepted" {
			accepted++
		}
		switch {
		case r.code == 0 && answers[i] != "accepted":
			t.Errorf("%s: ciam passes it, and jose says %s", tc.name, answers[i])
		case r.code == 0:
			passed++
		case answers[i] == "accepted":
			t.Logf("%s: jose alone accepts it; ciam: %s", tc.name, failing(r.stdout, r.stderr))
		}
		if strings.HasPrefix(tc.name, "good") != (r.code == 0) {
			t.Errorf("%s: exit %d\n%s%s", tc.name, r.code, r.stdout, r.stderr)
		}
	}
	if passed < 8 || accepted < passed {
		t.Errorf("%d of %d tokens passed, jose accepted %d", passed, len(tokens), accepted)
	}
	t.Logf("%d tokens: ciam passes %d, jose accepts %d", len(tokens), passed, accepted)
}

// failing are the ids of the checks that do not hold.
func failing(stdout, stderr string) string {
	var v struct {
		Checks []struct{ ID, State string }
	}
	if json.Unmarshal([]byte(stdout), &v) != nil {
		return stderr
	}
	var ids []string
	for _, c := range v.Checks {
		if c.State != "ok" {
			ids = append(ids, c.ID+" "+c.State)
		}
	}
	return strings.Join(ids, ", ")
}

// joseTokens are good tokens and bad ones of each kind.
func joseTokens(t *testing.T, key, other *rsa.PrivateKey, issuer string) []joseToken {
	t.Helper()
	began := time.Now().Unix()
	type m = map[string]any
	id := m{"ver": "2.0", "iss": issuer, "sub": "s", "aud": desktopApp, "tid": joseTenant, "iat": began, "nbf": began, "exp": began + 3600, "name": "Ada"}
	access := m{"aud": ordersAPI, "azp": desktopApp, "azpacr": "0", "scp": "Orders.Read"}
	header := m{"alg": "RS256", "typ": "JWT", "kid": "key-1"}
	with := func(base, changes m) m {
		out := maps.Clone(base)
		maps.Copy(out, changes)
		maps.DeleteFunc(out, func(_ string, v any) bool { return v == nil })
		return out
	}
	access = with(id, access)
	var all []joseToken
	add := func(name string, h, claims m, k *rsa.PrivateKey) {
		all = append(all, joseToken{name, signed(t, h, claims, k)})
	}
	for kind, claims := range map[string]m{"ID token": id, "access token": access} {
		add("good "+kind, header, claims, key)
		add("good "+kind+", no typ", with(header, m{"typ": nil}), claims, key)
		add("good "+kind+", expired within the tolerance", header, with(claims, m{"exp": began - 60}), key) // minutes before it is too late, on a machine under load too
		add("good "+kind+", not yet valid within it", header, with(claims, m{"nbf": began + 280, "iat": began + 280}), key)
		add("good "+kind+", no nbf", header, with(claims, m{"nbf": nil}), key)
		add("good "+kind+", keys of its own", with(header, m{"jku": "https://evil.example/keys", "x5u": "https://evil.example/c"}), claims, key)
		if kind == "access token" {
			add(kind+", another audience", header, with(claims, m{"aud": "x"}), key)
			add(kind+", another key", header, claims, other)
			continue // the other faults are judged alike
		}
		for name, change := range map[string]m{
			"expired": {"exp": began - 310}, "not yet valid": {"nbf": began + 900}, "issued later": {"iat": began + 900}, "no exp": {"exp": nil},
			"exp as text": {"exp": "4102444800"}, "another audience": {"aud": "x"}, "a list of audiences": {"aud": []string{desktopApp, ordersAPI}},
			"another issuer": {"iss": "https://evil.example"}, "issuer with a slash": {"iss": issuer + "/"}, "a list of issuers": {"iss": []string{issuer}},
			"another tenant": {"tid": "x"}, "no tenant": {"tid": nil}, "version 1.0": {"ver": "1.0"}, "no subject": {"sub": nil}, "no iat": {"iat": nil},
		} {
			add(kind+", "+name, header, with(claims, change), key)
		}
		for name, change := range map[string]m{
			"alg none": {"alg": "none"}, "alg HS256": {"alg": "HS256"}, "alg PS256": {"alg": "PS256"}, "no alg": {"alg": nil}, "another kid": {"kid": "x"}, "no kid": {"kid": nil},
			"crit": {"crit": []string{"x"}}, "crit b64": {"crit": []string{"b64"}, "b64": true}, "b64": {"b64": false}, "another typ": {"typ": "logout+jwt"},
		} {
			add(kind+", "+name, with(header, change), claims, key)
		}
		add(kind+", another key", header, claims, other)
		good := signed(t, header, claims, key)
		parts := strings.Split(good, ".")
		for name, token := range map[string]string{
			"padded signature": good + "==", "padded header": parts[0] + "=." + parts[1] + "." + parts[2], "a blank in it": parts[0] + ". " + parts[1] + "." + parts[2],
			"standard alphabet": strings.NewReplacer("-", "+", "_", "/").Replace(good), "a line break in it": good[:50] + "\n" + good[50:], "no signature": parts[0] + "." + parts[1] + ".",
			"left-over bits": leftOver(good), "a fourth part": good + ".x", "two parts": parts[0] + "." + parts[1],
		} {
			if token != good {
				all = append(all, joseToken{kind + ", " + name, token})
			}
		}
	}
	slices.SortFunc(all, func(a, b joseToken) int { return strings.Compare(a.name, b.name) })
	return all
}

// leftOver changes bits of the last letter that no byte is made of: another text of the same signature.
func leftOver(token string) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(letters, token[len(token)-1])
	return token[:len(token)-1] + string(letters[last^1])
}

func signed(t *testing.T, header, claims map[string]any, key *rsa.PrivateKey) string {
	t.Helper()
	part := func(v any) string {
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(data)
	}
	text := part(header) + "." + part(claims)
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func rsaKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func writeFile(t *testing.T, name string, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

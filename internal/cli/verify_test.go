package cli

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" // x5t and with it the kid are a SHA-1 by definition
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/clocktest"
	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// anAPI is an API of the tenant, by client id.
const anAPI = "11112222-bbbb-3333-cccc-4444dddd5555"

var strangersKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// minted is a token in the making.
type minted struct {
	header, claims map[string]any
	stranger       bool
	spoil          func(token string) string
}

func (m *machine) claimsOf(kind string) map[string]any {
	now, tid := m.now(), directory.DefaultTenantID
	c := map[string]any{
		"ver": "2.0", "iss": "https://" + tid + ".ciamlogin.com/" + tid + "/v2.0", "sub": "pairwise", "aud": directory.DefaultPublicApp, "tid": tid,
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Hour).Unix(), "name": "Ada Example", "oid": "bbbbcccc-1111-dddd-2222-eeee3333ffff",
	}
	switch kind {
	case "access":
		maps.Copy(c, map[string]any{"aud": anAPI, "azp": directory.DefaultPublicApp, "azpacr": "0", "scp": "orders.read"})
	case "graph":
		maps.Copy(c, map[string]any{"aud": "00000003-0000-0000-c000-000000000000", "azp": directory.DefaultPublicApp, "azpacr": "0", "scp": "openid profile"})
	}
	return c
}

// mint makes a token as the tenant would, but for what change does to it.
func (m *machine) mint(kind string, change func(*minted)) string {
	m.t.Helper()
	b64 := base64.RawURLEncoding.EncodeToString
	switch kind {
	case "encrypted":
		return b64([]byte(`{"alg":"RSA-OAEP","enc":"A256GCM"}`)) + ".QUFB.QUFB.QUFB.QUFB"
	case "opaque":
		return "1.AbCdEf-refresh_" + strings.Repeat("x", 400)
	}
	key, err := tenantKey()
	if err != nil {
		m.t.Fatal(err)
	}
	private, cert, err := key.Parse()
	if err != nil {
		m.t.Fatal(err)
	}
	print := sha1.Sum(cert.Raw)
	x := minted{header: map[string]any{"alg": "RS256", "typ": "JWT", "kid": b64(print[:])}, claims: m.claimsOf(kind)}
	if change != nil {
		change(&x)
	}
	if x.stranger {
		if private, err = strangersKey(); err != nil {
			m.t.Fatal(err)
		}
	}
	header, err := json.Marshal(x.header)
	if err != nil {
		m.t.Fatal(err)
	}
	claims, err := json.Marshal(x.claims)
	if err != nil {
		m.t.Fatal(err)
	}
	signed := b64(header) + "." + b64(claims)
	sum := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(nil, private, crypto.SHA256, sum[:])
	if err != nil {
		m.t.Fatal(err)
	}
	token := signed + "." + b64(signature)
	if x.spoil != nil {
		token = x.spoil(token)
	}
	return token
}

// tokenFaults are what can be wrong with a token; "" is nothing.
func tokenFaults() map[string]func(*minted) {
	claim := func(name string, value any) func(*minted) {
		return func(x *minted) { x.claims[name] = value }
	}
	return map[string]func(*minted){
		"":               nil,
		"expired":        claim("exp", 1000000000),
		"of the future":  claim("nbf", 4102444800),
		"no subject":     claim("sub", nil),
		"another tenant": func(x *minted) { x.claims["tid"], x.claims["iss"] = "t", "https://evil.example/" },
		"version 1.0":    claim("ver", "1.0"),
		"forged":         func(x *minted) { x.stranger = true },
		"its own keys": func(x *minted) {
			x.stranger, x.header["jku"], x.header["x5u"] = true, "https://evil.example/keys", "https://evil.example/c"
		},
		"an unknown key":  func(x *minted) { x.header["kid"] = "other" },
		"no algorithm":    func(x *minted) { x.header["alg"] = "none" },
		"a claim changed": func(x *minted) { x.spoil = func(t string) string { return reclaimed(t, "Ada Example", "Eve Example") } },
		"padded":          func(x *minted) { x.spoil = func(t string) string { return t + "==" } },
	}
}

// reclaimed is a token with a claim changed after it was signed.
func reclaimed(token, old, new string) string {
	parts := strings.Split(token, ".")
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		panic(err)
	}
	parts[1] = base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(payload), old, new, 1)))
	return strings.Join(parts, ".")
}

// signatureOnly reports whether only the signature can tell that there is a fault.
func signatureOnly(fault string) bool {
	return slices.Contains([]string{"", "forged", "its own keys", "an unknown key", "a claim changed"}, fault)
}

// verifyWay is how verify is asked.
type verifyWay struct {
	args    []string
	prepare func(m *machine)
	code    func(kind, fault string) int
}

// verifyWays are the flags and states, each with the exit code that follows for each kind of token and fault.
func verifyWays(t *testing.T, m *machine) map[string]verifyWay {
	t.Helper()
	keys := filepath.Join(t.TempDir(), "keys.json")
	other := filepath.Join(t.TempDir(), "other.json")
	resp, err := m.tenant.Transport().RoundTrip(mustRequest(t, "https://contoso.ciamlogin.com/"+directory.DefaultTenantID+"/discovery/v2.0/keys"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var set map[string][]map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&set); err != nil {
		t.Fatal(err)
	}
	writeJSON(t, keys, set)
	stranger, err := strangersKey()
	if err != nil {
		t.Fatal(err)
	}
	set["keys"][0]["n"] = base64.RawURLEncoding.EncodeToString(stranger.N.Bytes())
	delete(set["keys"][0], "x5c")
	writeJSON(t, other, set)

	measured := func(kind, fault string) int {
		switch {
		case kind == "encrypted":
			return exitUnexpected
		case kind == "graph" && signatureOnly(fault):
			return exitUnexpected // nobody but Graph can say
		case fault != "":
			return exitUnverified
		}
		return exitOK
	}
	never := func(code int) func(string, string) int { return func(string, string) int { return code } }
	wrongAudience := func(kind, fault string) int {
		if kind == "encrypted" {
			return exitUnexpected
		}
		return exitUnverified
	}
	unreached := func(m *machine) { m.network = unreachable{} }
	cached := func(m *machine) {
		m.stdin = m.mint("id", nil)
		m.must("verify")
		m.network = unreachable{}
		m.clock += 40 * 24 * time.Hour
	}
	return map[string]verifyWay{
		"by the environment": {code: measured},
		"a profile": {prepare: func(m *machine) {
			m.must("profile", "add", "shop", "--tenant", "contoso", "--client-id", directory.DefaultPublicApp, "--scope", "api://"+anAPI+"/orders.read")
			m.env = map[string]string{}
		}, code: measured},
		"by flags": {prepare: func(m *machine) { m.env = map[string]string{} }, args: []string{"--tenant", "contoso", "--client-id", directory.DefaultPublicApp}, code: func(kind, fault string) int {
			if kind == "access" && fault == "" {
				return exitUnexpected // nobody said which API
			}
			return measured(kind, fault)
		}},
		"the tenant by its id": {args: []string{"--tenant", directory.DefaultTenantID}, code: measured},
		"another audience":     {args: []string{"--audience", "api://other"}, code: wrongAudience},
		"two audiences": {args: []string{"--audience", anAPI, "--audience", directory.DefaultPublicApp}, code: func(kind, fault string) int {
			if kind == "graph" {
				return exitUnverified
			}
			return measured(kind, fault)
		}},
		"any tenant":                {args: []string{"--tenant", "any"}, code: never(exitUnexpected)},
		"any tenant, nothing asked": {args: []string{"--tenant", "any", "--audience", anAPI}, prepare: unreached, code: never(exitUnexpected)},
		"no tenant": {prepare: func(m *machine) { m.env = map[string]string{} }, code: func(kind, fault string) int {
			if signatureOnly(fault) || fault == "another tenant" {
				return exitUnexpected
			}
			return measured(kind, fault)
		}},
		"no network":             {prepare: unreached, code: never(exitUnreachable)},
		"offline, nothing kept":  {args: []string{"--offline"}, prepare: unreached, code: never(exitUnreachable)},
		"offline, kept long ago": {args: []string{"--offline"}, prepare: cached, code: measured},
		"keys in a file": {args: []string{"--keys", keys}, prepare: func(m *machine) {
			m.must("profile", "add", "shop", "--tenant", "contoso", "--client-id", directory.DefaultPublicApp, "--scope", "api://"+anAPI+"/orders.read")
			m.env = map[string]string{}
			unreached(m)
		}, code: measured},
		"keys in a file, the tenant by its id": {args: []string{"--keys", keys, "--tenant", directory.DefaultTenantID, "--audience", directory.DefaultPublicApp, "--audience", anAPI}, prepare: unreached, code: func(kind, fault string) int {
			if kind == "graph" {
				return exitUnverified
			}
			return measured(kind, fault)
		}},
		"other keys in a file": {args: []string{"--keys", other, "--tenant", directory.DefaultTenantID}, code: func(kind, fault string) int {
			if kind == "id" || kind == "access" {
				fault = "forged" // what a stranger signed is of this file's key, and the claims are still the tenant's
			}
			return measured(kind, fault)
		}},
	}
}

// TestVerify is the table: kind of token × fault × flag. Whatever comes of it, no request leaves but to the tenant, the
// token is not shown, and a token that passes has every check hold.
func TestVerify(t *testing.T) {
	for name := range verifyWays(t, newMachine(t)) {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t)
			m.env["CIAM_SCOPES"] = "api://" + anAPI + "/orders.read"
			w := verifyWays(t, m)[name]
			if w.prepare != nil {
				w.prepare(m)
			}
			m.answer = func(r *http.Request) *http.Response {
				if !strings.HasSuffix(r.URL.Hostname(), ".ciamlogin.com") {
					t.Errorf("a request to %s", r.URL)
				}
				return nil
			}
			for _, kind := range []string{"id", "access", "graph", "encrypted", "opaque"} {
				for fault, change := range tokenFaults() {
					if fault != "" && (kind == "encrypted" || kind == "opaque") {
						continue
					}
					want := exitUsage
					if kind != "opaque" {
						want = w.code(kind, fault)
					}
					if name == "other keys in a file" && (fault == "forged" || fault == "its own keys") {
						continue // signed by a key of the file
					}
					checkVerify(t, m, kind, fault, m.mint(kind, change), want, w.args)
				}
			}
		})
	}
}

func checkVerify(t *testing.T, m *machine, kind, fault, token string, want int, args []string) {
	t.Helper()
	m.stdin = token + "\n"
	o := m.run(append([]string{"verify", "-o", "json"}, args...)...)
	if o.code != want {
		t.Errorf("%s, %q: exit %d, want %d\n%s%s", kind, fault, o.code, want, o.stdout, o.stderr)
	}
	for part := range strings.SplitSeq(token, ".") {
		if len(part) > 20 && strings.Contains(o.stdout+o.stderr, part) {
			t.Errorf("%s, %q: a part of the token is shown", kind, fault)
		}
	}
	if kind == "opaque" {
		return
	}
	var v verifyJSON
	if err := json.Unmarshal([]byte(o.stdout), &v); err != nil || len(v.Checks) == 0 {
		t.Fatalf("%s, %q: %v in %s", kind, fault, err, o.stdout)
	}
	states := map[string]int{}
	for _, c := range v.Checks {
		states[c.State]++
		if c.State == "fail" && (c.Expected == "" || c.Got == "") {
			t.Errorf("%s, %q: %+v", kind, fault, c)
		}
	}
	if (o.code == 0) != (states["ok"] == len(v.Checks)) || o.code == exitUnverified && states["fail"] == 0 {
		t.Errorf("%s, %q: exit %d with %v", kind, fault, o.code, states)
	}
}

func mustRequest(t *testing.T, url string) *http.Request {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

func writeJSON(t *testing.T, path string, v any) {
	t.Helper()
	data, err := json.Marshal(v)
	if err == nil {
		err = os.WriteFile(path, data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestVerify_input has a token come in every way, with what pasting adds to it, and as what it must not: an argument.
func TestVerify_input(t *testing.T) {
	m := newMachine(t)
	token := m.mint("id", nil)
	file := filepath.Join(t.TempDir(), "token.txt")
	if err := os.WriteFile(file, []byte("\ufeff"+token+"\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		args     []string
		stdin    string
		terminal bool
		code     int
		says     string
	}{
		"a pipe":                   {stdin: token},
		"a pipe by name":           {args: []string{"-"}, stdin: token + "\n"},
		"a file":                   {args: []string{file}},
		"a prompt":                 {terminal: true, stdin: token + "\n", says: "token (not shown): "},
		"nobody to ask":            {terminal: true, args: []string{"--no-input"}, code: exitUsage, says: "`ciam verify -`"},
		"Bearer":                   {stdin: "Bearer " + token, says: `read without "Bearer"`},
		"a header":                 {stdin: "authorization: bearer " + token + "\n", says: `read without "Bearer"`},
		"quotes":                   {stdin: `"` + token + `"` + "\n", says: "read without the quotes"},
		"quotes, Bearer and lines": {stdin: "\n\n  'Bearer " + token + "',\r\n\r\n", says: `read without the line breaks around it and "Bearer" and the quotes`},
		"a line break in it":       {stdin: token[:40] + "\n" + token[40:], code: exitUnverified, says: "form"},
		"an argument":              {args: []string{token}, code: exitUsage, says: "a token is not taken as an argument"},
		"half an argument":         {args: []string{strings.Split(token, ".")[1]}, code: exitUsage, says: "not taken as an argument"},
		"a short one":              {args: []string{"eyJhbGciOiJub25lIn0.e30."}, code: exitUsage, says: "not taken as an argument"},
		"an opaque argument":       {args: []string{m.mint("opaque", nil)}, code: exitUsage, says: "not taken as an argument"},
		"two arguments":            {args: []string{"-", token}, code: exitUsage, says: "takes one file"},
		"no such file":             {args: []string{"token.jwt"}, code: exitUsage, says: "there is no file token.jwt"},
		"a folder":                 {args: []string{t.TempDir()}, code: exitUsage, says: "folder"},
		"nothing":                  {code: exitUsage, says: "empty"},
		"blanks":                   {stdin: " \n\n", code: exitUsage, says: "empty"},
		"words":                    {stdin: "hello world", code: exitUsage, says: "that is no JWT"},
		"too much":                 {stdin: strings.Repeat("A", 2<<20), code: exitUsage, says: "over 1 MB"},
		"a long token":             {stdin: token + strings.Repeat("A", 70000), code: exitUsage, says: "expected at most 65536"},
		"a long token, pasted":     {terminal: true, stdin: "\x1b[200~" + token[:50] + "\r\n" + token[50:] + "\x1b[201~\r"},
		"nothing typed":            {terminal: true, code: exitRefused},
		"too long to paste":        {terminal: true, stdin: "eyJ" + strings.Repeat("A", 20000) + "\n", code: exitUsage, says: "longer than 16 KiB"},
		"keys that are none":       {stdin: token, args: []string{"--keys", file}, code: exitUsage, says: "a JSON Web Key Set"},
		"no keys":                  {stdin: token, args: []string{"--keys", "/nosuch"}, code: exitUsage, says: "/nosuch"},
		"an impossible tenant":     {stdin: token, args: []string{"--tenant", "a b"}, code: exitUsage, says: "tenant"},
		"an unknown tenant":        {stdin: token, args: []string{"--tenant", "nosuchtenant"}, code: exitUnreachable, says: "nosuchtenant"},
		"an impossible app":        {stdin: token, args: []string{"--client-id", "x"}, code: exitUsage, says: "client id"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t)
			m.stdin, m.terminal = row.stdin, row.terminal
			o := m.run(append([]string{"verify"}, row.args...)...)
			if o.code != row.code || !strings.Contains(o.stderr, row.says) || row.code != 0 && row.code != exitUnverified && o.stdout != "" {
				t.Errorf("exit %d, want %d; stderr lacks %q\n%s%s", o.code, row.code, row.says, o.stdout, o.stderr)
			}
			if strings.Contains(o.stderr, token[len(token)-40:]) || strings.Contains(o.stderr, token[30:60]) {
				t.Errorf("the token is shown: %s", o.stderr)
			}
		})
	}
}

// TestVerify_anotherTenant holds a token against the tenant that was named, also where that cannot be asked and the profile's
// could: never against the profile's instead.
func TestVerify_anotherTenant(t *testing.T) {
	m := newCases(t)
	m.signIn(ada)
	m.stdin = m.must("token", "--id-token").stdout
	m.must("verify") // and keeps the keys
	for _, row := range []struct {
		name    string
		network http.RoundTripper
		code    int
	}{{"not reached", unreachable{}, exitUnreachable}, {"asked", nil, exitUnverified}} { // which is remembered
		t.Run(row.name, func(t *testing.T) {
			m.network = row.network
			if o := m.run("verify", "--tenant", "fabrikam", "--client-id", appA); o.code != row.code {
				t.Errorf("exit %d, want %d\n%s%s", o.code, row.code, o.stdout, o.stderr)
			}
			if o := m.run("verify", "--tenant", contosoID); o.code != 0 {
				t.Errorf("the profile's tenant by its id: exit %d\n%s", o.code, o.stderr)
			}
		})
	}
}

// TestVerify_screens are the screens for a person: a token that passes, one for another API, one of nobody's tenant.
func TestVerify_screens(t *testing.T) {
	for _, width := range []int{80, 120} {
		for name, row := range map[string]struct {
			kind  string
			fault func(*minted)
			args  []string
			code  int
		}{
			"passes":  {kind: "id"},
			"another": {kind: "access", args: []string{"--audience", "api://orders"}, code: exitUnverified},
			"graph":   {kind: "graph", code: exitUnexpected},
			"any": {kind: "access", fault: func(x *minted) {
				x.claims["exp"], x.header["jku"] = x.claims["iat"].(int64)-7200, "https://evil.example/keys"
			}, args: []string{"--tenant", "any"}, code: exitUnexpected},
		} {
			m := newMachine(t)
			m.base = clocktest.Now
			m.env["CIAM_SCOPES"] = "api://" + anAPI + "/orders.read"
			m.screen, m.width = true, width
			m.stdin = m.mint(row.kind, func(x *minted) {
				if row.fault != nil {
					row.fault(x)
				}
			})
			key, _ := tenantKey()
			_, cert, err := key.Parse()
			if err != nil {
				t.Fatal(err)
			}
			print := sha1.Sum(cert.Raw)
			o := m.run(append([]string{"verify"}, row.args...)...)
			if o.code != row.code {
				t.Errorf("%s: exit %d, want %d\n%s", name, o.code, row.code, o.stderr)
			}
			shown := strings.ReplaceAll(o.stdout+o.stderr, base64.RawURLEncoding.EncodeToString(print[:]), "KID-OF-27-CHARACTERS-......")
			golden(t, fmt.Sprintf("verify_%s_%d", name, width), shown, 0) // with the hint, which is a command to paste
			fits(t, name, o.stdout, width)
		}
	}
}

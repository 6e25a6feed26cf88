package cli

import (
	"crypto/rsa"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/ciam-cli/ciam/internal/emulator"
	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

const microsoftPage = "https://login.microsoftonline.com"

// graphWay is a way to speak to Graph.
type graphWay struct {
	args []string
	// as prepares for somebody, with permissions of a token that is given.
	as func(m *machine, ms *microsoft, user string, permissions ...string)
	// person acts while the program runs.
	person func(m *machine, keyboard func(string), screen func() string)
	// given has a token, and app acts for itself; else a person signs in.
	given, app bool
}

func graphWays(key *rsa.PrivateKey) map[string]graphWay {
	signsIn := func(m *machine, ms *microsoft, user string, _ ...string) {
		m.visitor.Email, m.open = user, ms.visits
		if user != adminEmail {
			m.visitor.Password = "Correct-Horse-9"
		}
	}
	asDaemon := func(args ...string) []string {
		return append([]string{"--client-credentials", "--client-id", daemonApp}, args...)
	}
	return map[string]graphWay{
		"browser": {as: signsIn},
		"paste": {as: func(m *machine, ms *microsoft, user string, _ ...string) {
			signsIn(m, ms, user)
			m.hasNoBrowser()
			m.terminal, m.screen, m.live = true, true, 80
		}, person: func(m *machine, keyboard func(string), screen func() string) {
			if m.seesText(screen, regexp.MustCompile(`\[Y/n\]`)) != nil {
				keyboard("y\n")
			}
			if at := m.seesText(screen, regexp.MustCompile(`(`+microsoftPage+`/\S+/authorize\?\S+)[\s\S]*address: `)); at != nil {
				keyboard(m.endOf(at[1]) + "\r")
			}
		}},
		"device code": {as: signsIn, args: []string{"--device-code"}, person: func(m *machine, _ func(string), screen func() string) { m.typesCode(screen, microsoftPage) }},
		"stdin": {given: true, args: []string{"--access-token-stdin"}, as: func(m *machine, _ *microsoft, user string, p ...string) {
			m.stdin = "Bearer " + m.accessToken(hereOrigin, user, p...) + "\n"
		}},
		"variable": {given: true, as: func(m *machine, _ *microsoft, user string, p ...string) {
			m.env["CIAM_GRAPH_TOKEN"] = m.accessToken(hereOrigin, user, p...) + "\n"
		}},
		"secret": {app: true, args: asDaemon(), as: func(m *machine, _ *microsoft, _ string, _ ...string) { m.env["CIAM_CLIENT_SECRET"] = daemonSecret }},
		"certificate": {app: true, args: asDaemon(), as: func(m *machine, _ *microsoft, _ string, _ ...string) {
			m.base = time.Now // which MSAL dates the assertion of a certificate by
			m.env["CIAM_CLIENT_CERTIFICATE"] = m.keep("app.pem", pemOf(m.t, certificate(m.t, key), key))
		}},
		"federated": {app: true, args: asDaemon(), as: func(m *machine, _ *microsoft, _ string, _ ...string) {
			m.env["CIAM_CLIENT_ASSERTION_FILE"] = m.keep("assertion", []byte(federated(m, key)))
		}},
	}
}

// keep writes a file of the person's.
func (m *machine) keep(name string, data []byte) string {
	m.t.Helper()
	path := filepath.Join(m.home, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		m.t.Fatal(err)
	}
	return path
}

// federated is a token of another identity provider that the daemon's app trusts.
func federated(m *machine, key *rsa.PrivateKey) string {
	m.t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: "1"}}, nil)
	if err != nil {
		m.t.Fatal(err)
	}
	token, err := jwt.Signed(signer).Claims(map[string]any{"iss": "https://ci.example", "sub": "job", "aud": directory.DefaultFederatedAudience,
		"iat": m.now().Unix(), "nbf": m.now().Unix(), "exp": m.now().Add(5 * time.Minute).Unix()}).Serialize()
	if err != nil {
		m.t.Fatal(err)
	}
	return token
}

// trusting gives the daemon a certificate and a federated credential.
func trusting(t *testing.T, key *rsa.PrivateKey) func(*emulator.Seed) {
	t.Helper()
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "1", Algorithm: "RS256", Use: "sig"}}})
	if err != nil {
		t.Fatal(err)
	}
	return func(s *emulator.Seed) {
		apps := s.Tenants[0].Apps
		app := &apps[len(apps)-1]
		app.KeyCredentials = []directory.KeyCredential{{Certificate: string(pemOf(t, certificate(t, key)))}}
		app.FederatedIdentityCredentials = []directory.FederatedCredential{{Issuer: "https://ci.example", Subject: "job", JWKS: string(set)}}
	}
}

// graphOutcome is a run of the probe: what goes before it, and what comes of it.
type graphOutcome struct {
	args    []string
	user    string   // the administrator where it is ""
	granted []string // to the app, or to the token that is given
	before  func(m *machine)
	code    int
	says    []string // stderr
	stdout  string   // "" leaves it
	forWay  func(w graphWay) bool
}

func signing(w graphWay) bool { return !w.given && !w.app }
func given(w graphWay) bool   { return w.given }
func ofApps(w graphWay) bool  { return w.app }

func graphOutcomes() map[string]graphOutcome {
	who := func(name string) string { return "Contoso as " + name + "\n" }
	fault := func(f emulator.Fault) func(m *machine) {
		return func(m *machine) {
			if _, err := m.tenant.AddFault(f); err != nil {
				m.t.Fatal(err)
			}
		}
	}
	return map[string]graphOutcome{
		"right":         {args: []string{readOrg}, granted: []string{readOrg}, forWay: func(w graphWay) bool { return !w.app }, stdout: who(adminEmail)},
		"right, an app": {args: []string{readOrg}, granted: []string{readOrg}, forWay: ofApps, stdout: who("app " + daemonApp)},
		"twice, and more": {args: []string{readOrg, readOrg, readOrg + " " + writeApps}, granted: []string{readOrg, writeApps},
			forWay: func(w graphWay) bool { return !w.app }, stdout: who(adminEmail) + who(adminEmail) + who(adminEmail)},
		"wider": {args: []string{"Application.Read.All", readOrg}, granted: []string{writeApps, readOrg}, forWay: func(w graphWay) bool { return !signing(w) }},
		"a customer": {args: []string{readOrg}, user: ada, granted: []string{readOrg}, code: exitRefused, forWay: func(w graphWay) bool { return !w.app },
			says: []string{`"customer_signed_in"`, ada + " has no directory role in contoso", "customer", "Roles & admins > Global Reader"}},
		"without the permission": {args: []string{writeFlows}, granted: []string{readOrg}, code: exitRefused, forWay: given,
			says: []string{`"permission_missing"`, "lacks " + writeFlows + "; it has " + readOrg, "leave the token out to sign in"}},
		"an app without the permission": {args: []string{writeFlows}, granted: []string{readOrg}, code: exitRefused, forWay: ofApps,
			says: []string{`"permission_missing"`, "app " + daemonApp + " lacks " + writeFlows, "Application permissions", "Grant admin consent"}},
		"an app without any": {args: []string{readOrg}, code: exitRefused, forWay: ofApps, says: []string{`"permission_missing"`, "no permission of Microsoft Graph"}},
		"expired": {args: []string{readOrg}, granted: []string{readOrg}, code: exitLogin, forWay: given, before: func(m *machine) { m.clock += 2 * time.Hour },
			says: []string{`"graph_token"`, "expired", "az account get-access-token"}},
		"consent refused": {args: []string{readOrg}, code: exitRefused, forWay: signing, before: fault(emulator.Fault{Endpoint: "token", AADSTS: 65004, OAuthError: "access_denied", Count: 9}),
			says: []string{`"consent_refused"`, "`ciam probe " + readOrg + "` and accept", "--client-id"}},
		"consent missing": {args: []string{readOrg}, code: exitRefused, forWay: signing, before: fault(emulator.Fault{Endpoint: "token", AADSTS: 65001, Count: 9}),
			says: []string{`"consent_missing"`, "Cloud Application Administrator"}},
		"an administrator has to consent": {args: []string{readOrg}, code: exitRefused, forWay: signing, before: fault(emulator.Fault{Endpoint: "token", AADSTS: 90094, OAuthError: "access_denied", Count: 9}),
			says: []string{`"consent_missing"`, "Privileged Role Administrator"}},
		"at the page for organizations": {args: []string{readOrg}, code: exitRefused, forWay: signing, before: fault(emulator.Fault{Endpoint: "token", AADSTS: 500208, OAuthError: "invalid_request", Count: 9}),
			says: []string{`"customer_signed_in"`, "Use another account"}},
		"a second factor": {args: []string{readOrg}, code: exitRefused, forWay: signing, before: fault(emulator.Fault{Endpoint: "token", AADSTS: 50076, Count: 9}),
			says: []string{"AADSTS50076", "second factor"}},
		"another tenant": {args: []string{readOrg}, code: exitUnverified, forWay: signing, before: fault(emulator.Fault{Endpoint: "token", Token: "wrong_tenant", Count: 9}),
			says: []string{`"other_tenant"`, "answered for another tenant", directory.DefaultTenantID}},
		"a forged answer": {args: []string{readOrg}, code: exitUnverified, forWay: signing, before: fault(emulator.Fault{Endpoint: "token", Token: "wrong_key", Count: 9}),
			says: []string{`"verification_failed"`}},
		"trouble": {args: []string{readOrg}, code: exitUnreachable, forWay: func(w graphWay) bool { return !w.given }, before: fault(emulator.Fault{Endpoint: "token", Status: 503, Body: "no", Count: 99})},
		"a wrong credential": {args: []string{readOrg}, code: exitRefused, forWay: ofApps, before: fault(emulator.Fault{Endpoint: "token", AADSTS: 7000215, Count: 9}),
			says: []string{"AADSTS7000215"}},
		"signed out meanwhile": {args: []string{readOrg}, granted: []string{readOrg}, code: exitLogin, forWay: func(graphWay) bool { return true },
			before: fault(emulator.Fault{Endpoint: "graph", Status: 401, Body: `{"error":{"code":"InvalidAuthenticationToken","message":"Lifetime validation failed."}}`, ContentType: "application/json", Count: 9}),
			says:   []string{`"graph_token"`, "reading the tenant", "Lifetime validation failed"}},
	}
}

// TestAdministrator_ways is every way to speak to Graph with every outcome that it can have. Nothing is kept of any, and nothing
// secret is said.
func TestAdministrator_ways(t *testing.T) {
	key, err := clientKey()
	if err != nil {
		t.Fatal(err)
	}
	runs := 0
	for way, w := range graphWays(key) {
		for outcome, row := range graphOutcomes() {
			if !row.forWay(w) || way == "device code" && outcome == "trouble" { // which is waited out
				continue
			}
			runs++
			t.Run(way+", "+outcome, func(t *testing.T) {
				m, ms := newMicrosoft(t, "graph.microsoft.com", "login.microsoftonline.com", daemon(row.granted...), trusting(t, key))
				user := row.user
				if user == "" {
					user = adminEmail
				}
				w.as(m, ms, user, row.granted...)
				if row.before != nil {
					row.before(m)
				}
				args := append(append([]string{"probe", "--debug", "--timeout", "20s", "-o", "json"}, w.args...), row.args...)
				o := m.attended(w.person, args...)
				results := ""
				if _, after, ok := strings.Cut(o.stdout, "\n"); ok {
					results = after
				}
				if o.code != row.code || row.stdout != "" && results != row.stdout || row.code != 0 && results != "" {
					t.Errorf("exit %d, want %d; got %q, want %q\n%s", o.code, row.code, results, row.stdout, o.stderr)
				}
				for _, says := range row.says {
					if !strings.Contains(o.stderr, says) && !strings.Contains(unquoted(o.stderr), says) {
						t.Errorf("stderr lacks %q:\n%s", says, o.stderr)
					}
				}
				if row.code == 0 && signing(w) {
					ms.signsInOnce(t, way, len(row.args))
				}
				if n := m.reads.Load() + m.writes.Load() + m.removals.Load(); n != 0 || m.items.Len() != 0 {
					t.Errorf("the keychain was used %d times", n)
				}
				m.keepsQuiet(o)
			})
		}
	}
	t.Logf("%d runs", runs)
}

// unquoted is JSON's text.
func unquoted(text string) string {
	return strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&", `\"`, `"`).Replace(text)
}

// attended is a run that a person attends to, who may type.
func (m *machine) attended(person func(*machine, func(string), func() string), args ...string) outcome {
	if person == nil {
		return m.run(args...)
	}
	if !m.terminal {
		return m.watching(func(screen func() string) { person(m, nil, screen) }, args...)
	}
	keys, keyboard := io.Pipe()
	defer keyboard.Close()
	m.keys = keys
	return m.watching(func(screen func() string) {
		person(m, func(text string) { _, _ = keyboard.Write([]byte(text)) }, screen)
	}, args...)
}

// signsInOnce: one sign-in of the person, and a token request for it and for what more was permitted.
func (ms *microsoft) signsInOnce(t *testing.T, way string, permits int) {
	t.Helper()
	ms.mu.Lock()
	defer ms.mu.Unlock()
	var tokens, codes int
	for _, call := range ms.calls {
		if strings.HasSuffix(call, "/token") {
			tokens++
		}
		if strings.HasSuffix(call, "/devicecode") {
			codes++
		}
	}
	switch want := min(permits, 2); {
	case way == "device code" && (codes != 1 || tokens < want):
		t.Errorf("%d codes and %d token requests, want 1 and %d or more", codes, tokens, want)
	case way != "device code" && tokens != want:
		t.Errorf("%d token requests, want %d", tokens, want)
	case way == "browser" && ms.m.browsers.Load() != 1:
		t.Errorf("the browser was opened %d times", ms.m.browsers.Load())
	}
}

// keepsQuiet: no secret was said, and none is in a file that the program wrote.
func (m *machine) keepsQuiet(o outcome) {
	m.t.Helper()
	secrets := m.tenant.IssuedSecrets()
	tell := func(where, text string) {
		for _, s := range append(secrets, daemonSecret) {
			if len(s) > 8 && strings.Contains(text, s) {
				m.t.Errorf("%s holds a secret", where)
				return
			}
		}
	}
	tell("stdout", o.stdout)
	tell("stderr", o.stderr)
	_ = filepath.WalkDir(m.home, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && filepath.Dir(path) != m.home {
			data, _ := os.ReadFile(path)
			tell(path, string(data))
		}
		return nil
	})
}

package cli

import (
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/clocktest"
	"github.com/ciam-cli/ciam/internal/emulator"
	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/keychain"
	"github.com/ciam-cli/ciam/internal/loopback"
)

// fault is something that is wrong on an otherwise healthy machine.
type fault struct {
	name string
	seed func(*emulator.Seed)
	// wires has the requests go over sockets.
	wires bool
	// fresh has nobody signed in.
	fresh bool
	// base are the states without the fault that differ from a healthy machine's.
	base map[string]string
	// before prepares the machine, with or without the fault; plant is the fault.
	before, plant func(m *machine, w *wires)
	args          []string
	// check is the one that is concerned, state its state, and says what its finding has.
	check, state, says string
	// too is one that cannot look then either, and says so.
	too string
	// cure says that the first command of its next step mends it, with these further arguments.
	cure []string
}

const discoveryPath, keysPath = "/openid-configuration", "/discovery/v2.0/keys"

// faults are planted one at a time.
func faults() []fault {
	return slices.Concat(settingFaults(), systemFaults(), networkFaults(), tenantFaults(), appFaults(), machineFaults(), sessionFaults())
}

func (m *machine) configFile() string {
	return filepath.Join(m.home, "xdg_config_home", "ciam", "config.yaml")
}

// configured replaces text in the configuration.
func configured(from, to string) func(*machine, *wires) {
	return func(m *machine, _ *wires) {
		m.t.Helper()
		data, err := os.ReadFile(m.configFile())
		if err == nil && !strings.Contains(string(data), from) {
			err = fmt.Errorf("no %q in %s", from, data)
		}
		if err == nil {
			err = os.WriteFile(m.configFile(), []byte(strings.Replace(string(data), from, to, 1)), 0o600)
		}
		if err != nil {
			m.t.Fatal(err)
		}
	}
}

func setting(name, value string) func(*machine, *wires) {
	return func(m *machine, _ *wires) { m.env[name] = value }
}

func settingFaults() []fault {
	return []fault{
		{name: "config broken", plant: configured("profiles:", "profiles: ["), check: "config", state: "fail", says: "line"},
		{name: "config of another shape", plant: configured("shop:", "shop: text\n  x:"), check: "config", state: "fail", says: "profiles"},
		{name: "a profile's name in it", plant: configured("  shop:", "  'a b': {tenant: contoso}\n  shop:"), check: "config", state: "warn", says: "a b"},
		{name: "CIAM_CA_FILE missing", plant: setting("CIAM_CA_FILE", "nosuch.pem"), check: "config", state: "fail", says: "CIAM_CA_FILE"},
		{name: "profile missing", args: []string{"-p", "none"}, check: "profile", state: "fail", says: "none"},
		{name: "profile of CIAM_PROFILE missing", plant: setting("CIAM_PROFILE", "none"), check: "profile", state: "fail", says: "CIAM_PROFILE"},
		{name: "current profile missing", plant: configured("current_profile: shop", "current_profile: gone"), check: "profile", state: "fail", says: "gone"},
		{name: "profile without an app", plant: configured("client_id", "client_idea"), check: "profile", state: "fail", says: "--client-id"},
		{name: "client ID that is none", plant: configured(appA, "Enter_the_Application_Id_Here"), check: "profile", state: "fail"},
		{name: "placeholder as tenant", plant: configured("tenant: contoso", "tenant: Enter_the_Tenant_Subdomain_Here"), check: "profile", state: "fail", says: "placeholder"},
		{name: "workforce authority", plant: configured("tenant: contoso", "tenant: https://login.microsoftonline.com/"+contosoID), check: "profile", state: "fail", says: "AADSTS500208"},
		{name: "redirect URI elsewhere", plant: func(m *machine, _ *wires) {
			m.env["CIAM_REDIRECT_URI"] = strings.Replace(m.env["CIAM_REDIRECT_URI"], "localhost", "example.com", 1)
		}, check: "profile", state: "fail", says: "localhost"},
		{name: "secret file missing", plant: configured("    client_id", "    client_secret_file: /nosuch/secret\n    client_id"), check: "profile", state: "fail", says: "secret"},
		{name: "token store unknown", plant: setting("CIAM_TOKEN_STORE", "safe"), check: "profile", state: "fail", says: "safe"},
	}
}

func networkFaults() []fault {
	spoilt := func(edit func(m *machine, c *x509.Certificate)) func(*machine, *wires) {
		return func(m *machine, _ *wires) { m.newWires(func(c *x509.Certificate) { edit(m, c) }) }
	}
	proxy := func(answer http.HandlerFunc) func(*machine, *wires) {
		return func(m *machine, w *wires) {
			w.behind(m, m.serve(answer))
		}
	}
	return []fault{
		{name: "no such host", plant: func(_ *machine, w *wires) {
			w.transport.DialContext = func(context.Context, string, string) (net.Conn, error) {
				return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "contoso.ciamlogin.com", IsNotFound: true}}
			}
		}, check: "dns", state: "fail", says: "contoso.ciamlogin.com"},
		{name: "name server down", plant: func(_ *machine, w *wires) {
			w.transport.DialContext = func(context.Context, string, string) (net.Conn, error) {
				return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "server misbehaving", Name: "contoso.ciamlogin.com", IsTemporary: true}}
			}
		}, check: "dns", state: "fail", says: "looked up"},
		{name: "connection refused", plant: func(m *machine, w *wires) { w.lead(m.nobody()) }, check: "tcp", state: "fail", says: "refused"},
		{name: "nobody answers the connection", plant: func(_ *machine, w *wires) {
			w.transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
				return nil, &net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}
			}
		}, check: "tcp", state: "fail", says: "no connection"},
		{name: "unknown authority", plant: func(_ *machine, w *wires) { w.transport.TLSClientConfig.RootCAs = x509.NewCertPool() }, check: "tls", state: "fail", says: "not trusted"},
		{name: "certificate expired", plant: spoilt(func(m *machine, c *x509.Certificate) {
			c.NotBefore, c.NotAfter = m.now().Add(-48*time.Hour), m.now().Add(-24*time.Hour)
		}), check: "tls", state: "fail", says: "valid from"},
		{name: "certificate ends soon", plant: spoilt(func(m *machine, c *x509.Certificate) { c.NotAfter = m.now().Add(73 * time.Hour) }), check: "tls", state: "warn", says: "in 3 days"},
		{name: "certificate of others", plant: spoilt(func(_ *machine, c *x509.Certificate) { c.DNSNames = []string{"login.example.com"} }), check: "tls", state: "fail", says: "login.example.com"},
		{name: "no TLS there", plant: func(m *machine, w *wires) { w.lead(m.serve(func(http.ResponseWriter, *http.Request) {})) }, check: "tls", state: "fail", says: "TLS"},
		{name: "closed in the handshake", plant: func(m *machine, w *wires) {
			w.lead(m.accept(func(c net.Conn) { _, _ = io.ReadFull(c, make([]byte, 5)); c.Close() }))
		}, check: "tls", state: "fail", says: "closed"},
		{name: "proxy refuses", plant: proxy(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) }), check: "proxy", state: "fail", says: "refused"},
		{name: "proxy wants a password", plant: proxy(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(407) }), check: "proxy", state: "fail", says: "password"},
		{name: "proxy drops", plant: proxy(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }), check: "proxy", state: "fail", says: "closed"},
		{name: "no proxy there", plant: func(m *machine, w *wires) { w.behind(m, m.nobody()) }, check: "proxy", state: "fail", says: "cannot be reached"},
		{name: "proxy's address broken", plant: func(m *machine, w *wires) {
			m.env["HTTPS_PROXY"] = "://u:pw@x"
			w.transport.Proxy = func(*http.Request) (*url.URL, error) { return url.Parse(m.env["HTTPS_PROXY"]) }
		}, check: "proxy", state: "fail", says: "HTTPS_PROXY"},
	}
}

func tenantFaults() []fault {
	planned := func(f emulator.Fault) func(*machine, *wires) {
		return func(m *machine, _ *wires) {
			if _, err := m.tenant.AddFault(f); err != nil {
				m.t.Fatal(err)
			}
		}
	}
	answered := func(path string, status int, kind, body string) func(*machine, *wires) {
		return func(m *machine, _ *wires) { m.answer = m.dated(only(path, page(status, kind, body))) }
	}
	other := "11112222-3333-4444-5555-666677778888"
	return []fault{
		{name: "unknown tenant", plant: configured("tenant: contoso", "tenant: nosuch"), fresh: true, check: "tenant", state: "fail", says: "AADSTS90002"},
		{name: "discovery 404", plant: answered(discoveryPath, 404, "text/plain", "no"), check: "tenant", state: "fail", says: "404"},
		{name: "discovery 503", plant: planned(emulator.Fault{Endpoint: "discovery", Status: 503, Count: 9}), check: "tenant", state: "fail", says: "503"},
		{name: "discovery 429", plant: planned(emulator.Fault{Endpoint: "discovery", Status: 429, RetryAfter: 3600, Count: 9}), check: "tenant", state: "fail", says: "429"},
		{name: "discovery is a web page", plant: answered(discoveryPath, 200, "text/html", "<html>Hotel Wi-Fi"), check: "tenant", state: "fail", says: "web page"},
		{name: "discovery huge", plant: answered(discoveryPath, 200, "application/json", `{"x":"`+strings.Repeat("x", 2<<20)+`"}`), check: "tenant", state: "fail", says: "1 MB"},
		{name: "discovery empty", plant: answered(discoveryPath, 200, "application/json", ""), check: "tenant", state: "fail", says: "empty"},
		{name: "discovery dropped", plant: planned(emulator.Fault{Endpoint: "discovery", DropConnection: true, Count: 9}), wires: true, too: "clock", check: "tenant", state: "fail", says: "closed"},
		{name: "issuer elsewhere", plant: func(m *machine, _ *wires) {
			m.answer = m.dated(m.edited(discoveryPath, "https://"+contosoID+".ciamlogin.com/"+contosoID+"/v2.0", "https://login.microsoftonline.com/"+contosoID+"/v2.0"))
		}, check: "issuer", state: "fail", says: "login.microsoftonline.com"},
		{name: "endpoint elsewhere", plant: func(m *machine, _ *wires) {
			m.answer = m.dated(m.edited(discoveryPath, `"token_endpoint":"https://contoso.ciamlogin.com`, `"token_endpoint":"https://evil.example`))
		}, check: "issuer", state: "fail", says: "evil.example"},
		{name: "another tenant pinned", plant: configured("    client_id", "    tenant_id: "+other+"\n    client_id"), fresh: true, check: "issuer", state: "fail", says: other},
		{name: "issuer of another tenant", plant: func(m *machine, _ *wires) { m.answer = m.dated(m.edited(discoveryPath, contosoID, other)) }, check: "issuer", state: "fail", says: other},
		{name: "no keys", plant: answered(keysPath, 200, "application/json", `{"keys":[]}`), check: "keys", state: "fail", says: "none among 0"},
		{name: "keys of no use", plant: func(m *machine, _ *wires) { m.answer = m.dated(m.edited(keysPath, `"use":"sig"`, `"use":"enc"`)) }, check: "keys", state: "fail", says: "none among 1"},
		{name: "keys 503", plant: planned(emulator.Fault{Endpoint: "keys", Status: 503, Count: 9}), check: "keys", state: "fail", says: "503"},
		{name: "keys are a web page", plant: answered(keysPath, 200, "text/html", "<html>"), check: "keys", state: "fail", says: "web page"},
		{name: "clock 20 minutes slow", plant: func(m *machine, _ *wires) { m.tenant.SetClockOffset(20 * time.Minute) }, check: "clock", state: "fail", says: "slow"},
		{name: "clock 20 minutes fast", plant: func(m *machine, _ *wires) { m.tenant.SetClockOffset(-20 * time.Minute) }, check: "clock", state: "fail", says: "fast"},
		{name: "clock a minute slow", plant: func(m *machine, _ *wires) { m.tenant.SetClockOffset(time.Minute) }, check: "clock", state: "warn", says: "slow"},
		{name: "clock wrong, over sockets", wires: true, plant: func(m *machine, _ *wires) { m.tenant.SetClockOffset(-2 * time.Minute) }, check: "clock", state: "warn", says: "fast"},
	}
}

func appFaults() []fault {
	secret := map[string]string{"secret": "ok", "device-code": "warn", "native": "warn"}
	confidential := func(m *machine, w *wires) {
		m.env["CIAM_REDIRECT_URI"] += "/auth/redirect"
		configured(appA, directory.DefaultConfidentialApp)(m, w)
		m.env["CIAM_CLIENT_SECRET"] = directory.DefaultClientSecret
	}
	app := func(edit func(*directory.App)) func(*emulator.Seed) {
		return func(s *emulator.Seed) { edit(&s.Tenants[0].Apps[0]) }
	}
	probing := map[string]string{"device-code": "ok", "native": "ok"}
	return []fault{
		{name: "unknown app", fresh: true, plant: configured(appA, appC), check: "app", state: "fail", says: "AADSTS700016"},
		{name: "redirect URI of another path", plant: func(m *machine, _ *wires) { m.env["CIAM_REDIRECT_URI"] += "/other" }, check: "redirect-uri", state: "fail", says: "/other is not registered (AADSTS50011)"},
		{name: "redirect URI of another platform's host", seed: app(func(a *directory.App) { a.PublicClient.RedirectURIs = []string{"http://127.0.0.1"} }), fresh: true, check: "redirect-uri", state: "fail", says: "http://localhost is not registered"},
		{name: "unknown API", plant: configured("    client_id", "    scopes: ['api://nosuch/read']\n    client_id"), check: "scope", state: "fail", says: "api://nosuch"},
		{name: "authorize in trouble", plant: func(m *machine, _ *wires) {
			_, _ = m.tenant.AddFault(emulator.Fault{Endpoint: "authorize", OAuthError: "temporarily_unavailable", Count: 9})
		}, check: "scope", state: "unknown", says: "trouble"},
		{name: "wrong secret", base: secret, fresh: true, before: confidential, plant: setting("CIAM_CLIENT_SECRET", "wrong-secret-of-mine"), args: []string{"--probe-app", "secret"}, check: "secret", state: "fail", says: "AADSTS7000215"},
		{name: "secret expired", base: secret, fresh: true, before: confidential, seed: func(s *emulator.Seed) {
			s.Tenants[0].Apps[1].PasswordCredentials[0].EndDateTime = clocktest.Running()().Add(-24 * time.Hour)
		}, args: []string{"--probe-app", "secret"}, check: "secret", state: "fail", says: "AADSTS7000222"},
		{name: "native authentication off", base: probing, seed: app(func(a *directory.App) { a.NativeAuthenticationAPIsEnabled = "" }), args: []string{"--probe-app"}, check: "native", state: "warn", says: "AADSTS70002"},
		{name: "device code off", base: probing, seed: app(func(a *directory.App) {
			a.IsFallbackPublicClient, a.NativeAuthenticationAPIsEnabled = false, ""
			a.Web.RedirectURIs, a.PublicClient.RedirectURIs = a.PublicClient.RedirectURIs, nil
		}), fresh: true, args: []string{"--probe-app", "device-code"}, check: "device-code", state: "warn", says: "AADSTS7000218"},
	}
}

// spoiled is a token store that does something else.
type spoiled struct {
	keychain.Store
	set    error
	get    func(data []byte, err error) ([]byte, error)
	remove error
}

func (s spoiled) Set(ctx context.Context, name string, data []byte) error {
	if s.set != nil {
		return s.set
	}
	return s.Store.Set(ctx, name, data)
}

func (s spoiled) Get(ctx context.Context, name string) ([]byte, error) {
	data, err := s.Store.Get(ctx, name)
	if s.get != nil {
		return s.get(data, err)
	}
	return data, err
}

func (s spoiled) Delete(ctx context.Context, name string) error {
	if err := s.Store.Delete(ctx, name); s.remove == nil || err != nil {
		return err
	}
	return s.remove
}

func machineFaults() []fault {
	store := func(s spoiled) func(*machine, *wires) {
		return func(m *machine, _ *wires) {
			m.wrap = func(inner keychain.Store) keychain.Store { c := s; c.Store = inner; return c }
		}
	}
	unable := func(state keychain.State) error { return &keychain.UnavailableError{State: state, Message: "planted"} }
	taken := func(network, host string) func(*machine, *wires) {
		return func(m *machine, _ *wires) { m.hold(network, host) }
	}
	return []fault{
		{name: "port taken", plant: taken("tcp4", "127.0.0.1"), check: "port", state: "warn", says: "taken"},
		{name: "port taken on [::1] alone", plant: taken("tcp6", "[::1]"), check: "port", state: "warn", says: "taken"},
		{name: "keychain locked", plant: store(spoiled{set: unable(keychain.Locked)}), check: "keychain", state: "fail", says: "planted"},
		{name: "keychain locked, somebody there", before: func(m *machine, _ *wires) { m.terminal = true }, plant: store(spoiled{set: unable(keychain.Locked)}), check: "keychain", state: "warn", says: "password"},
		{name: "keychain absent", plant: store(spoiled{set: unable(keychain.Absent)}), check: "keychain", state: "fail"},
		{name: "keychain full", plant: store(spoiled{set: unable(keychain.Full)}), check: "keychain", state: "fail"},
		{name: "keychain too small", plant: store(spoiled{set: unable(keychain.TooBig)}), check: "keychain", state: "fail"},
		{name: "keychain cuts values", plant: store(spoiled{get: func(data []byte, err error) ([]byte, error) { return data[:len(data)/2], err }}), check: "keychain", state: "fail", says: "does not give back"},
		{name: "keychain forgets", plant: store(spoiled{get: func([]byte, error) ([]byte, error) { return nil, keychain.ErrNotFound }}), check: "keychain", state: "fail", says: "does not give back"},
		{name: "keychain keeps for ever", plant: store(spoiled{remove: unable(keychain.Denied)}), check: "keychain", state: "fail"},
		{name: "BROWSER pointing at nothing", plant: func(m *machine, _ *wires) { delete(m.env, "CIAM_BROWSER"); m.env["BROWSER"] = "/nosuch/browser --new" }, check: "browser", state: "fail", says: "BROWSER"},
		{name: "CIAM_BROWSER unusable", plant: setting("CIAM_BROWSER", "'open quote"), check: "browser", state: "fail", says: "CIAM_BROWSER"},
	}
}

// hold takes the port of CIAM_REDIRECT_URI on one address family.
func (m *machine) hold(network, host string) {
	m.t.Helper()
	u, err := url.Parse(m.env["CIAM_REDIRECT_URI"])
	if err != nil {
		m.t.Fatal(err)
	}
	l, err := net.Listen(network, host+":"+u.Port())
	if err != nil {
		m.t.Skipf("no %s here: %v", network, err)
	}
	m.t.Cleanup(func() { l.Close() })
}

func sessionFaults() []fault {
	return []fault{
		{name: "nobody signed in", plant: func(m *machine, _ *wires) { m.must("logout", "--local") }, check: "session", state: "warn", says: "nobody", cure: []string{}},
		{name: "session unreadable", plant: func(m *machine, _ *wires) { m.items.SetItem("shop", "rubbish") }, check: "session", state: "fail", says: "corrupt", cure: []string{}},
		{name: "session that is none", plant: func(m *machine, _ *wires) { m.put("shop", "rubbish") }, check: "session", state: "fail", cure: []string{}},
		{name: "session of a newer ciam", plant: func(m *machine, _ *wires) { m.put("shop", `{"v":99}`) }, check: "session", state: "fail", says: "newer", cure: []string{}},
		{name: "session expired for good", plant: func(m *machine, _ *wires) {
			record, err := m.record("shop")
			if err != nil {
				m.t.Fatal(err)
			}
			record.Session.MSAL = nil
			m.save("shop", record)
			m.clock += 3 * time.Hour
		}, check: "session", state: "warn", says: "expired", cure: []string{}},
		{name: "another person's session unreadable", before: func(m *machine, _ *wires) {
			m.visitor.Email = bob
			m.newBrowser()
			m.visitor.Email = bob
			m.must("login")
		}, plant: func(m *machine, _ *wires) {
			for _, item := range m.items.Names() {
				if item != "shop" {
					m.items.SetItem(item, "rubbish")
				}
			}
		}, check: "slots", state: "warn", says: ada},
		{name: "list of sessions unreadable", plant: func(m *machine, _ *wires) {
			if err := os.WriteFile(filepath.Join(m.home, "xdg_state_home", "ciam", "sessions.yaml"), []byte("["), 0o600); err != nil {
				m.t.Fatal(err)
			}
		}, check: "slots", state: "warn", says: "list"},
	}
}

// TestDoctor_faults plants one fault after the other: exactly the check that it concerns says so, those that rest on it are
// skipped and name it, and all others say what they said before.
func TestDoctor_faults(t *testing.T) {
	caught := map[string]bool{}
	for _, f := range faults() {
		if caught[f.name] {
			t.Fatalf("two faults are called %q", f.name)
		}
		caught[f.name] = true
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			seed := func(s *emulator.Seed) {
				u := s.Tenants[0].Users[0]
				u.ID, u.Email = strings.Replace(u.ID, "b", "c", 1), bob
				s.Tenants[0].Users = append(s.Tenants[0].Users, u)
			}
			m, w := f.patient(t, seed)
			args := f.args
			if slices.Contains(args, "-p") {
				args = nil
			}
			f.compare(t, m.examine(args...), f.states(), false)
			if f.seed != nil {
				m, w = f.patient(t, seed, f.seed)
			}
			if w != nil {
				w.transport.CloseIdleConnections() // the next run is another process
			}
			if f.plant != nil {
				f.plant(m, w)
			}
			got := m.examine(f.args...)
			f.compare(t, got, f.states(), true)
			if f.cure != nil {
				f.heal(t, m, got[f.check].Next)
			}
		})
	}
	if len(caught) < 24 {
		t.Errorf("%d faults", len(caught))
	}
}

// onWires reports whether the requests go over sockets.
func (f fault) onWires() bool {
	return f.wires || slices.ContainsFunc(networkFaults(), func(n fault) bool { return n.name == f.name })
}

// patient is the machine before the fault.
func (f fault) patient(t *testing.T, seed ...func(*emulator.Seed)) (*machine, *wires) {
	t.Helper()
	m := newPatient(t, f.fresh, seed...)
	var w *wires
	if f.onWires() {
		w = m.newWires()
	}
	if f.before != nil {
		f.before(m, w)
	}
	return m, w
}

// states are those before the fault.
func (f fault) states() map[string]string {
	states := healthy()
	if f.onWires() {
		states["dns"], states["tcp"], states["tls"] = "ok", "ok", "ok"
	}
	if f.fresh {
		states["session"] = "warn"
	}
	maps.Copy(states, f.base)
	return states
}

func (f fault) compare(t *testing.T, got map[string]finding, want map[string]string, planted bool) {
	t.Helper()
	for id, g := range got {
		switch {
		case planted && id == f.check:
			if g.State != f.state || !strings.Contains(g.Found, f.says) {
				t.Errorf("%s: %s, %q; want %s and %q", id, g.State, g.Found, f.state, f.says)
			}
		case planted && g.State == "skipped" && (g.Found == "rests on "+f.check && f.state == "fail" || id == f.too):
		case g.State != want[id]:
			t.Errorf("planted %v: %s is %s (%s); want %s", planted, id, g.State, g.Found, want[id])
		}
	}
	if _, ok := got[f.check]; !ok {
		t.Errorf("%s was not looked at", f.check)
	}
}

// heal runs the last command of a next step, with a person at the browser, after which nothing is wrong.
func (f fault) heal(t *testing.T, m *machine, next string) {
	t.Helper()
	commands := commandsNamed(next)
	if len(commands) == 0 {
		t.Fatalf("no command in %q", next)
	}
	m.must(append(commands[len(commands)-1], f.cure...)...)
	if got := m.examine()[f.check]; got.State != "ok" {
		t.Errorf("after %v: %+v", commands, got)
	}
}

// TestPortResult has what a machine cannot be made to lack for a test.
func TestPortResult(t *testing.T) {
	for _, row := range []struct {
		p           loopback.Ports
		fixed       bool
		state, says string
	}{
		{loopback.Ports{Port: 3000, IPv4: true, IPv6: true}, false, "ok", "3000"},
		{loopback.Ports{Port: 3000, IPv4: true}, false, "warn", "no [::1]"},
		{loopback.Ports{Port: 3000, IPv6: true}, true, "warn", "no 127.0.0.1"},
		{loopback.Ports{Port: 3000, IPv4: true, IPv6: true, Free: 3001, Taken: &loopback.PortError{Port: 3000, Holder: "pid 4711 (node)"}}, false, "warn", "pid 4711 (node)"},
		{loopback.Ports{Port: 3000, IPv4: true, IPv6: true, Free: 3001, Taken: &loopback.PortError{Port: 3000, Holder: "pid 4711 (node)"}}, true, "fail", "pid 4711 (node)"},
	} {
		got := portResult(row.p, row.fixed)
		checkNext(t, finding{"port", string(got.State), got.Found, got.Next})
		if string(got.State) != row.state || !strings.Contains(got.Found, row.says) {
			t.Errorf("%+v, fixed %v: %+v", row.p, row.fixed, got)
		}
	}
}

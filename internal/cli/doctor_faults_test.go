package cli

import (
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/clocktest"
	"github.com/ciam-cli/ciam/internal/emulator"
	"github.com/ciam-cli/ciam/internal/emulator/directory"
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
		{name: "ca_file of the profile missing", plant: configured("    client_id", "    ca_file: /nosuch.pem\n    client_id"), check: "profile", state: "fail", says: "ca_file"},
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
		{name: "proxy's address broken", plant: func(m *machine, _ *wires) {
			m.env["HTTPS_PROXY"], m.transport, m.real = "http://user:SECRET-%zz@127.0.0.1:9", nil, true
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
		{name: "wrong secret", base: secret, fresh: true, before: confidential, plant: setting("CIAM_CLIENT_SECRET", "SECRET-that-is-wrong"), args: []string{"--probe-app", "secret"}, check: "secret", state: "fail", says: "AADSTS7000215"},
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

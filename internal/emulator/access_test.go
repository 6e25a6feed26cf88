package emulator

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

const testControlToken = "0123456789abcdef0123456789abcdef"

// TestControl_token holds every rule of the control area against what a request brings for the token. The token lifts the
// rule of loopback, and no other.
func TestControl_token(t *testing.T) {
	with := newFixture(t, func(o *Options) { o.ControlToken, o.Hosts = testControlToken, []string{"emulator"} })
	without := newFixture(t, func(o *Options) { o.Hosts = []string{"emulator"} })
	bring := map[string]func(*http.Request){
		"nothing":          func(*http.Request) {},
		"the token":        func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+testControlToken) },
		"as a password":    func(r *http.Request) { r.SetBasicAuth("ada", testControlToken) },
		"a wrong token":    func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+strings.ToUpper(testControlToken)) },
		"a longer token":   func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+testControlToken+"0") },
		"an empty token":   func(r *http.Request) { r.Header.Set("Authorization", "Bearer ") },
		"a wrong password": func(r *http.Request) { r.SetBasicAuth(testControlToken, "") },
		"another scheme":   func(r *http.Request) { r.Header.Set("Authorization", "Token "+testControlToken) },
	}
	kind := map[string]int{"the token": tokenRight, "as a password": tokenRight, "nothing": tokenAbsent, "another scheme": tokenAbsent}
	rules := []struct {
		name, method, path string
		change             func(*http.Request)
		absent, right      int // status without the token and with it; a wrong one is always 403
	}{
		{"reading here", "GET", "/users", nil, 200, 200},
		{"changing here", "POST", "/reset", nil, 204, 204},
		{"reading from another machine", "GET", "/users", remote, 403, 200},
		{"changing from another machine", "POST", "/reset", remote, 403, 204},
		{"changing from another machine, a form", "POST", "/reset", func(r *http.Request) { remote(r); r.Header.Set("Content-Type", "application/x-www-form-urlencoded") }, 403, 415},
		{"changing from another machine, by a web page", "DELETE", "/outbox", func(r *http.Request) { remote(r); r.Header.Set("Origin", "https://evil.example") }, 403, 403},
		{"a preflight", "OPTIONS", "/users", func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") }, 403, 403},
		{"through a proxy", "GET", "/users", func(r *http.Request) { r.Header.Set("X-Forwarded-For", "127.0.0.1") }, 403, 200},
		{"changing by a name", "POST", "/reset", func(r *http.Request) { r.Host = "emulator:8765" }, 403, 204},
		{"another host name", "GET", "/users", func(r *http.Request) { r.Host = "evil.example" }, 421, 421},
		{"the page from another machine", "GET", "@/", remote, 403, 200},
		{"the outbox page from another machine", "GET", "/outbox/page", remote, 403, 200},
		{"no such call", "GET", "/nothing", remote, 403, 404},
	}
	for what, give := range bring {
		for _, rule := range rules {
			for server, f := range map[string]*fixture{"with": with, "without": without} {
				want := rule.absent
				if k, ok := kind[what]; server == "with" && ok && k == tokenRight {
					want = rule.right
				} else if server == "with" && !ok && want < 421 {
					want = 403
				}
				path := controlRoot + rule.path
				if p, ok := strings.CutPrefix(rule.path, "@"); ok {
					path = p
				}
				r := httptest.NewRequest(rule.method, path, nil)
				r.Host, r.RemoteAddr = "localhost:4321", "127.0.0.1:9"
				r.Header.Set("Content-Type", "application/json")
				if rule.change != nil {
					rule.change(r)
				}
				give(r)
				w := httptest.NewRecorder()
				f.ServeHTTP(w, r)
				if w.Code != want || strings.Contains(w.Body.String(), testControlToken) {
					t.Errorf("%s, %s, server %s a token: %d, want %d: %s", rule.name, what, server, w.Code, want, w.Body)
				}
			}
		}
	}
}

func remote(r *http.Request) { r.RemoteAddr, r.Host = "192.0.2.1:9", "emulator:8765" }

// TestLanding_asksForToken checks that a browser is asked for the token, and that nothing else is.
func TestLanding_asksForToken(t *testing.T) {
	for _, tc := range []struct {
		token, path, accept string
		want                int
	}{
		{testControlToken, "/", "text/html,*/*;q=0.8", 401},
		{testControlToken, outboxPage, "text/html", 401},
		{testControlToken, "/", "*/*", 403},
		{testControlToken, controlRoot + "/users", "text/html", 403},
		{"", "/", "text/html", 403},
	} {
		f := newFixture(t, func(o *Options) { o.ControlToken, o.Hosts = tc.token, []string{"emulator"} })
		r := httptest.NewRequest("GET", tc.path, nil)
		remote(r)
		r.Header.Set("Accept", tc.accept)
		w := httptest.NewRecorder()
		f.ServeHTTP(w, r)
		if w.Code != tc.want || (w.Header().Get("WWW-Authenticate") != "") != (tc.want == 401) {
			t.Errorf("%+v: %d %v", tc, w.Code, w.Header())
		}
	}
}

func TestServer_hosts(t *testing.T) {
	f := newFixture(t, func(o *Options) {
		o.Hosts = []string{"emulator", "my_service", "192.0.2.10", "2001:db8::1"}
		o.Seed.Tenants[0].CustomDomains = []string{"Login.Contoso.com"}
	})
	for host, known := range map[string]bool{
		"localhost": true, "LOCALHOST:1": true, "127.0.0.9:2": true, "[::1]:3": true, "::1": true, "contoso.ciamlogin.com": true, "login.contoso.com:4": true,
		"emulator": true, "Emulator.:8765": true, "my_service:8765": true, "192.0.2.10:8765": true, "[2001:DB8:0::1]:8765": true, "[::ffff:192.0.2.10]": true,
		"emulator.evil.example": false, "a.emulator": false, "emulato": false, "192.0.2.11": false, "[2001:db8::2]": false, "evil.example": false, "": false,
	} {
		r := httptest.NewRequest("GET", "/contoso/v2.0/.well-known/openid-configuration", nil)
		r.Host = host
		w := httptest.NewRecorder()
		f.ServeHTTP(w, r)
		if (w.Code == 200) != known || !known && w.Code != 421 {
			t.Errorf("Host %q: %d", host, w.Code)
		}
	}
}

// TestControl_ca checks that the certificate is for everybody, since whoever fetches it has nothing to trust by yet.
func TestControl_ca(t *testing.T) {
	ask := func(f *fixture, change func(*http.Request)) (int, string, string) {
		r := httptest.NewRequest("GET", controlRoot+"/ca.pem", nil)
		change(r)
		w := httptest.NewRecorder()
		f.ServeHTTP(w, r)
		return w.Code, w.Header().Get("Content-Type"), w.Body.String()
	}
	f := newFixture(t, func(o *Options) {
		o.CA, o.Hosts, o.ControlToken = func() []byte { return []byte("PEM") }, []string{"emulator"}, testControlToken
	})
	if status, kind, body := ask(f, remote); status != 200 || kind != "application/x-pem-file" || body != "PEM" {
		t.Error(status, kind, body)
	}
	if status, _, _ := ask(f, func(r *http.Request) { r.Host = "evil.example" }); status != 421 {
		t.Error(status)
	}
	plain := newFixture(t, nil)
	if status, _, body := ask(plain, func(r *http.Request) { r.Host = "localhost" }); status != 404 || !strings.Contains(body, "plain http") {
		t.Error(status, body)
	}
}

func TestHostName(t *testing.T) {
	for given, want := range map[string]string{
		"emulator": "emulator", "Emulator.": "emulator", "my_service": "my_service", "a-b.c_d.internal": "a-b.c_d.internal", "xn--bcher-kva.example": "xn--bcher-kva.example",
		"192.0.2.10": "192.0.2.10", "::ffff:192.0.2.10": "192.0.2.10", "2001:DB8::0001": "2001:db8::1", "[2001:db8::1]": "2001:db8::1", "host.docker.internal": "host.docker.internal",
		"": "", "emulator:8765": "", "https://emulator": "", "emulator/": "", "a b": "", "*": "", "*.example.com": "", "0.0.0.0": "", "::": "", "192.0.2.300": "", "fe80::1%eth0": "",
		"-a": "", "a-": "", "a..b": "", "büro": "", strings.Repeat("a", 64): "", "8765": "", "224.0.0.1": "",
	} {
		got, ok := directory.HostName(given)
		if ok != (want != "") || ok && got != want {
			t.Errorf("%q: %q %v, want %q", given, got, ok, want)
		}
	}
}

// TestControl_stop checks that who is asked for the end says so to the program that serves, once.
func TestControl_stop(t *testing.T) {
	asked := 0
	f := newFixture(t, func(o *Options) { o.Stop = func() { asked++ } })
	if status, _ := f.control(t, "GET", "/stop", ""); status != 405 || asked != 0 {
		t.Errorf("%d, asked %d times", status, asked)
	}
	if status, _ := f.control(t, "POST", "/stop", `[1]`); status != 400 || asked != 0 {
		t.Errorf("%d, asked %d times", status, asked)
	}
	if f.must(t, "POST", "/stop", ""); asked != 1 {
		t.Errorf("asked %d times", asked)
	}
	if status, out := newFixture(t, nil).control(t, "POST", "/stop", ""); status != 409 || out["error"].(map[string]any)["code"] != "not_stoppable" {
		t.Errorf("%d %v", status, out)
	}
}

package cli

import (
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/emulator"
	"github.com/ciam-cli/ciam/internal/loopback"
)

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
		got := portResult(row.p, row.fixed, "ciam login -p shop")
		checkNext(t, finding{"port", string(got.State), got.Found, got.Next})
		if string(got.State) != row.state || !strings.Contains(got.Found, row.says) {
			t.Errorf("%+v, fixed %v: %+v", row.p, row.fixed, got)
		}
	}
}

// TestDoctor_docs compares the table of docs/why.md with the checks.
func TestDoctor_docs(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "why.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "| check | looks at | does not hold when |\n")
	var told, there []string
	for line := range strings.Lines(table) {
		if !strings.HasPrefix(line, "|") && strings.TrimSpace(line) != "" {
			break
		}
		if id, _, ok := strings.Cut(strings.TrimPrefix(line, "| `"), "` |"); ok && strings.HasPrefix(line, "| `") {
			told = append(told, id)
		}
	}
	for _, c := range (&diagnosis{}).checks() {
		there = append(there, c.ID)
	}
	if !slices.Equal(told, there) {
		t.Errorf("the page has %v\nthere are   %v", told, there)
	}
}

// TestDoctor_silentTenant has a tenant that begins a sign-in for anybody with any redirect URI: its answers say nothing, and
// nothing is made of them.
func TestDoctor_silentTenant(t *testing.T) {
	m := newPatient(t, true)
	m.env["CIAM_CLIENT_ID"] = appC // which it does not know
	for name, answer := range map[string]func(*http.Request) *http.Response{
		"a page": page(200, "text/html", "<html>Sign in</html>"),
		"on to a page": func(r *http.Request) *http.Response {
			resp := page(302, "text/html", "")(r)
			resp.Header.Set("Location", "https://contoso.ciamlogin.com/signin")
			return resp
		},
	} {
		m.answer = only("/oauth2/v2.0/authorize", answer)
		for _, id := range []string{"app", "redirect-uri", "scope"} {
			if got := m.examine()[id]; got.State != "unknown" {
				t.Errorf("%s: %+v", name, got)
			}
		}
	}
	m.answer = only("/oauth2/v2.0/authorize", page(503, "text/html", "<html>"))
	if got := m.examine()["app"]; got.State != "unknown" || !strings.Contains(got.Found, "503") {
		t.Errorf("in trouble: %+v", got)
	}
}

// TestDoctor_decides has what a sign-in would do, by the decision that it is taken by.
func TestDoctor_decides(t *testing.T) {
	for _, row := range []struct {
		name     string
		env      map[string]string
		terminal bool
		state    string
		says     string
	}{
		{"a browser that was named", map[string]string{"CIAM_BROWSER": ""}, false, "ok", "CIAM_BROWSER names"},
		{"none is wanted", map[string]string{"CIAM_BROWSER": "none"}, true, "ok", "CIAM_BROWSER wants none"},
		{"over SSH", map[string]string{"CIAM_BROWSER": "none", "SSH_CONNECTION": "192.0.2.1 1 192.0.2.2 22"}, true, "ok", "prints an address"},
		{"nobody there", map[string]string{"CIAM_BROWSER": "none"}, false, "warn", "neither a terminal nor a browser"},
	} {
		t.Run(row.name, func(t *testing.T) {
			m := newPatient(t, true)
			m.terminal = row.terminal
			for name, value := range row.env {
				if value != "" {
					m.env[name] = value
				}
			}
			if got := m.examine("browser")["browser"]; got.State != row.state || !strings.Contains(got.Found, row.says) {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// TestDoctor_noProfile: an app that variables name has nothing kept before its first sign-in, which hinders no check.
func TestDoctor_noProfile(t *testing.T) {
	m := newCases(t)
	m.env["CIAM_TENANT"], m.env["CIAM_CLIENT_ID"] = "fabrikam", appC
	if got := m.examine()["secret"]; got.State != "skipped" || !strings.Contains(got.Found, "a public client") {
		t.Errorf("secret: %+v", got)
	}
}

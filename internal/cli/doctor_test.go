package cli

import (
	"maps"
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
		got := portResult(row.p, row.fixed)
		checkNext(t, finding{"port", string(got.State), got.Found, got.Next})
		if string(got.State) != row.state || !strings.Contains(got.Found, row.says) {
			t.Errorf("%+v, fixed %v: %+v", row.p, row.fixed, got)
		}
	}
}

package cli

import (
	"context"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/ciam-cli/ciam/internal/keychain"
)

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
		{name: "BROWSER pointing at nothing", plant: func(m *machine, _ *wires) {
			delete(m.env, "CIAM_BROWSER")
			m.env["BROWSER"] = "/nosuch/browser --cookie=SECRET-of-the-browser"
		}, check: "browser", state: "fail", says: "BROWSER"},
		{name: "CIAM_BROWSER unusable", plant: setting("CIAM_BROWSER", "'open SECRET-quote"), check: "browser", state: "fail", says: "CIAM_BROWSER"},
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
		{name: "session unreadable", plant: func(m *machine, _ *wires) { m.items.SetItem("shop", "SECRET-rubbish") }, check: "session", state: "fail", says: "corrupt", cure: []string{}},
		{name: "session that is none", plant: func(m *machine, _ *wires) { m.put("shop", "SECRET-rubbish") }, check: "session", state: "fail", cure: []string{}},
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
					m.items.SetItem(item, "SECRET-rubbish")
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

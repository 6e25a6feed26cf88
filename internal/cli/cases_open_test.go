package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// newSealed is a machine whose profile shop has a session and a client secret in a sealed file.
func newSealed(t *testing.T) *machine {
	m := newCases(t)
	m.realStores = true
	m.env["CIAM_TOKEN_STORE"], m.env["CIAM_STORE_KEY_FILE"] = "file", m.keyFile("key", 'k')
	m.must("login")
	return m
}

func (m *machine) keyFile(name string, fill byte) string {
	m.t.Helper()
	path := filepath.Join(m.home, name)
	if err := os.WriteFile(path, bytes.Repeat([]byte{fill}, 32), 0o600); err != nil {
		m.t.Fatal(err)
	}
	return path
}

func (m *machine) sealedFile(item string) string {
	return filepath.Join(m.home, "xdg_state_home", "ciam", "tokens", "ciam-"+item+".sealed")
}

// TestCases9_whatCannotBeOpened is the table of that name, for sealed files, which have every state.
func TestCases9_whatCannotBeOpened(t *testing.T) {
	spoil := func(change func([]byte) []byte) func(*machine) {
		return func(m *machine) {
			path := m.sealedFile("shop")
			data, err := os.ReadFile(path)
			if err == nil {
				err = os.WriteFile(path, change(data), 0o600)
			}
			if err != nil {
				m.t.Fatal(err)
			}
		}
	}
	for _, state := range []struct {
		name     string
		spoil    func(*machine)
		login    int  // exit code of `login`
		replaced bool // `login --replace` keeps the old file
		others   int  // exit code of token, whoami, claims
		hint     string
	}{
		{"corrupt", spoil(func(b []byte) []byte { return b[:len(b)/2] }), 0, false, exitStore, "ciam login"},
		{"not a sealed file", spoil(func([]byte) []byte { return []byte("rubbish") }), 0, false, exitStore, "ciam login"},
		{"wrong key file", func(m *machine) { m.env["CIAM_STORE_KEY_FILE"] = m.keyFile("other", 'o') }, exitStore, true, exitStore, "--replace"},
		{"a passphrase in place of the key", func(m *machine) {
			m.env["CIAM_STORE_KEY_FILE"] = ""
			m.terminal, m.stdin = true, strings.Repeat("wrong\n", 9)
		}, exitStore, true, exitStore, "--replace"},
		{"no key at hand", func(m *machine) { m.env["CIAM_STORE_KEY_FILE"] = "" }, exitUsage, false, exitUsage, "CIAM_STORE_KEY_FILE"},
		{"of a newer ciam", spoil(newerSeal), exitStore, true, exitStore, "update ciam"},
	} {
		t.Run(state.name, func(t *testing.T) {
			fresh := func() *machine { m := newSealed(t); state.spoil(m); m.newBrowser(); return m }
			m := fresh()
			before, _ := os.ReadFile(m.sealedFile("shop"))
			for _, args := range [][]string{{"token"}, {"whoami"}, {"claims"}} {
				m.fails(state.others, []string{state.hint}, args...)
			}
			if after, _ := os.ReadFile(m.sealedFile("shop")); !bytes.Equal(after, before) {
				t.Error("a command that only reads has changed the file")
			}
			m = fresh()
			o := m.run("login")
			if o.code != state.login || o.code == 0 && !strings.Contains(o.stderr, "secret kept in it is lost") || o.code == exitStore && !strings.Contains(o.stderr, "ciam login --replace") {
				t.Errorf("login: %+v", o)
			}
			if o.code == 0 {
				m.must("token")
			}
			m = fresh()
			if o := m.run("login", "--replace"); (o.code == 0) != (state.login == 0 || state.replaced) {
				t.Errorf("login --replace: %+v", o)
			}
			_, err := os.Stat(m.sealedFile("shop") + ".replaced")
			if (err == nil) != state.replaced {
				t.Errorf("the old file was kept: %t", err == nil)
			}
			m = fresh()
			m.must("logout", "--local")
			if _, err := os.Stat(m.sealedFile("shop")); err == nil {
				t.Error("logout --local left the file")
			}
		})
	}
}

// newerSeal raises the format number of a sealed file.
func newerSeal(b []byte) []byte {
	b = bytes.Clone(b)
	for i := range min(32, len(b)) { // magic, then the version
		if b[i] < 32 {
			b[i] += 100
			break
		}
	}
	return b
}

// TestCases9_passphrase is asked for three times at a terminal.
func TestCases9_passphrase(t *testing.T) {
	for typed, code := range map[string]int{"right\n": 0, "wrong\nwrong\nright\n": 0, "wrong\nwrong\nwrong\nright\n": exitStore} {
		m := newCases(t)
		m.realStores, m.env["CIAM_TOKEN_STORE"] = true, "file"
		m.terminal, m.stdin = true, "right\n"
		m.must("login")
		m.newBrowser()
		m.stdin = typed
		if o := m.run("login"); o.code != code || strings.Count(o.stderr, "does not open the sealed file") != min(2, strings.Count(typed, "wrong")) {
			t.Errorf("%q: %+v", typed, o)
		}
	}
}

package cli

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestCases11_names is the one rule for names at every door: add, login and the environment.
func TestCases11_names(t *testing.T) {
	refused := map[string]string{
		"demo": "belongs to the embedded tenant", "Demo": "belongs to the embedded tenant", "CON": "device", "nul.txt": "device", "com7": "device", "LPT0": "device", "aux": "device",
		"dot.": "ends with a dot", "SHOP": "letter case only", "Web": "letter case only", "a b": "has ' '", "../x": "has '.'", ".hidden": "has '.'", "a/b": "has '/'", "ä": "has", "_a": "has '_'",
		strings.Repeat("a", 65): "65 characters",
	}
	for name, says := range refused {
		m := newCases(t)
		if o := m.run("profile", "add", name, "--tenant", "fabrikam", "--client-id", appC, "--offline"); o.code != exitUsage || !strings.Contains(o.stderr, says) {
			t.Errorf("profile add %s: %+v", name, o)
		}
		o := m.run("login", "-p", name, "--tenant", "fabrikam", "--client-id", appC)
		if o.code != exitUsage || !strings.Contains(o.stderr, says) && name != "demo" {
			t.Errorf("login -p %s: %+v", name, o)
		}
		m.env["CIAM_PROFILE"] = name
		if o := m.run("login", "--tenant", "fabrikam", "--client-id", appC); o.code != exitUsage || o.stderr == "" {
			t.Errorf("CIAM_PROFILE=%s: %+v", name, o)
		}
		if m.profiles() != bothProfiles || m.items.Len() != 0 || m.browsers.Load() != 0 {
			t.Errorf("%s: %s", name, m.profiles())
		}
	}
	for _, name := range []string{"a", "contoso.test-1_b", "console", "com", "com10", "nullable", strings.Repeat("a", 64)} {
		newCases(t).must("profile", "add", name, "--tenant", "fabrikam", "--client-id", appC, "--offline")
	}
}

// TestCases11_oldNames load with a warning: one bad name must not make the whole configuration unreadable.
func TestCases11_oldNames(t *testing.T) {
	m := newCases(t)
	path := filepath.Join(m.home, "xdg_config_home", "ciam", "config.yaml")
	text := "current_profile: CON\nprofiles:\n  CON: {tenant: contoso, client_id: " + appA + "}\n  con: {tenant: contoso, client_id: " + appB + "}\n  'a b': {tenant: contoso, client_id: " + appB + "}\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" { // where no lock can be called so
		m.must("login")
		m.must("token")
		m.must("token", "-p", "CON")
	}
	o := m.must("profile", "list")
	if !strings.Contains(o.stderr, `profile "a b" is left alone`) || !strings.Contains(o.stderr, `profile "CON": "CON" is the name of a device`) {
		t.Errorf("stderr %s", o.stderr)
	}
	if strings.Count(o.stdout, "\n") != 2 {
		t.Errorf("listed %s", o.stdout)
	}
	if runtime.GOOS != "windows" {
		m.must("profile", "remove", "con")
	}
	if text := m.file("xdg_config_home/ciam/config.yaml"); !strings.Contains(text, "a b") || !strings.Contains(text, "CON") {
		t.Errorf("lost: %s", text)
	}
}

// TestEmptyFlags are a mistake wherever they are: an unset variable in a script is not the absence of the flag.
func TestEmptyFlags(t *testing.T) {
	m := newCases(t).signIn(ada)
	for _, args := range [][]string{
		{"token", "--to-file", ""}, {"token", "--scope", ""}, {"token", "-o", ""}, {"token", "-p", ""}, {"token", "--account", ""}, {"token", "--tenant", ""},
		{"login", "--client-id", ""}, {"login", "--prompt", ""}, {"claims", "--jq", ""}, {"whoami", "--config", ""}, {"exec", "--env-var", "", "--", "true"},
		{"profile", "add", "x", "--tenant", "", "--client-id", appA}, {"token", "--client-secret-file", ""}, {"api", "-H", "", "https://api.example/"},
		{"token", "--to-file="}, {"token", "--token-store", ""},
	} {
		o := m.run(args...)
		if o.code != exitUsage || o.stdout != "" || !strings.Contains(o.stderr, "was given without a value") {
			t.Errorf("%v: %+v", args, o)
		}
	}
	m.answer = only("/orders", page(200, "application/json", `{}`))
	m.must("api", "-d", "", "https://api.example/orders")
}

// TestWithoutHome asks for folders only where they are needed.
func TestWithoutHome(t *testing.T) {
	m := newCases(t)
	m.noHome = true
	for _, args := range [][]string{{"version"}, {"explain", "AADSTS50011"}, {"help", "exit-codes"}, {"profile", "list"}} {
		m.must(args...)
	}
	m.must("demo", "--no-browser")
	m.env = map[string]string{"CIAM_TENANT": "contoso", "CIAM_CLIENT_ID": appA, "CIAM_CLIENT_SECRET": "s"}
	m.answer = only("/oauth2/v2.0/token", page(200, "application/json", `{"token_type":"Bearer","access_token":"for-the-app","expires_in":3599}`))
	if o := m.must("token", "--client-credentials", "--scope", "api://x/.default", "--token-store", "memory"); o.stdout != "for-the-app\n" {
		t.Errorf("%+v", o)
	}
	m.answer, m.env = nil, map[string]string{"CIAM_TENANT": "contoso", "CIAM_CLIENT_ID": appA}
	m.must("login", "--token-store", "memory")
	for _, args := range [][]string{{"login"}, {"profile", "add", "x", "--tenant", "contoso", "--client-id", appA, "--offline"}} {
		if o := m.run(args...); o.code != exitUsage || !strings.Contains(o.stderr, "no home folder") || m.browsers.Load() != 0 {
			t.Errorf("%v: %+v", args, o)
		}
	}
}

// TestMemoryStore needs no lock file and leaves no trace.
func TestMemoryStore(t *testing.T) {
	m := newCases(t)
	m.must("login", "--token-store", "memory")
	if entries, _ := os.ReadDir(filepath.Join(m.home, "xdg_state_home", "ciam")); len(entries) > 1 { // the edit of the configuration took a lock
		t.Errorf("state %v", entries)
	}
	if m.items.Len() != 0 || m.listed() != "" {
		t.Errorf("kept %s, listed %s", m.kept(), m.listed())
	}
}

// TestLogout_purge is the documented way to leave: all sessions, wherever they came from, and everything beside them.
func TestLogout_purge(t *testing.T) {
	m := newCases(t).signIn(bob, ada)
	m.env["CIAM_TENANT"], m.env["CIAM_CLIENT_ID"] = "fabrikam", appC
	m.newBrowser()
	m.must("login")
	m.env = map[string]string{}
	m.must("login", "--demo", "--native", "--signup", "--email", "new@example.com", "--attribute", "displayName=New", "--password-file", m.passwordFile())
	if got := m.accounts(); got != "*ada(shop) *new(demo) *ada() bob(shop)" && got != "*ada() *ada(shop) *new(demo) bob(shop)" {
		t.Errorf("accounts %s", got)
	}
	m.fails(exitUsage, []string{"--all"}, "logout", "--purge", "--local")
	m.fails(exitUsage, []string{"--profile", "ciam profile remove shop"}, "logout", "--all", "--purge", "--local", "-p", "shop")
	m.must("profile", "add", "web", "--offline", "--client-secret-file", m.passwordFile(), "--redirect-uri", "http://localhost:3000/auth/redirect")
	m.must("logout", "--all", "--local", "--purge")
	if m.items.Len() != 0 {
		t.Errorf("items %v", m.items.Names())
	}
	for _, dir := range []string{"xdg_state_home/ciam", "xdg_cache_home/ciam"} {
		if _, err := os.Stat(filepath.Join(m.home, dir)); err == nil {
			t.Errorf("%s is left", dir)
		}
	}
	if got := m.profiles(); !strings.Contains(got, "web") {
		t.Errorf("profiles %s", got)
	}
	m.must("logout", "--all", "--local", "--purge")
}

func (m *machine) passwordFile() string {
	path := filepath.Join(m.t.TempDir(), "password")
	if err := os.WriteFile(path, []byte("Correct-Horse-9\n"), 0o600); err != nil {
		m.t.Fatal(err)
	}
	return path
}

// TestEmulator_withoutFolders answers all the same: its certificates are of its own authority then.
func TestEmulator_withoutFolders(t *testing.T) {
	for name, spoil := range map[string]func(*machine){
		"no home": func(m *machine) { m.noHome = true },
		"no folder": func(m *machine) {
			if err := os.WriteFile(filepath.Join(m.home, "xdg_state_home"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		},
	} {
		for _, more := range [][]string{{"--http"}, nil} {
			m := newMachine(t)
			spoil(m)
			ctx, cancel := context.WithCancel(t.Context())
			ready := filepath.Join(t.TempDir(), "ready")
			done := make(chan outcome)
			go func() {
				done <- m.runContext(ctx, append([]string{"emulator", "--port", "0", "--ready-file", ready}, more...)...)
			}()
			var about struct {
				CAFile string `json:"ca_file"`
			}
			for {
				data, err := os.ReadFile(ready)
				if err == nil && json.Unmarshal(data, &about) == nil {
					break
				}
				select {
				case o := <-done:
					t.Fatalf("%s %v: %+v", name, more, o)
				case <-time.After(10 * time.Millisecond):
				}
			}
			if _, err := os.Stat(about.CAFile); (err == nil) != (more == nil) {
				t.Errorf("%s %v: ca_file %q: %v", name, more, about.CAFile, err)
			}
			cancel()
			if o := <-done; o.code != 0 || (more == nil) != strings.Contains(o.stderr, "which goes with it") {
				t.Errorf("%s %v: %+v", name, more, o)
			}
			if _, err := os.Stat(about.CAFile); err == nil {
				t.Errorf("%s is left", about.CAFile)
			}
		}
	}
}

package cli

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/keychain"
)

// TestTokens_areTheTenants: MSAL reads an answer with an ID token of our own making, which is not signed. Whatever looks
// like a token in a record, in results, messages, debug output or a file that the program writes is one that the tenant
// issued; nothing of ours gets out.
func TestTokens_areTheTenants(t *testing.T) {
	m := newMachine(t)
	jwt := regexp.MustCompile(`eyJ[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*`)
	ours := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`))
	found := 0
	look := func(where, text string) {
		t.Helper()
		issued := m.tenant.IssuedSecrets()
		for _, token := range jwt.FindAllString(text, -1) {
			found++
			if !slices.Contains(issued, token) {
				t.Errorf("%s: a token that the tenant has not issued: %.30s…", where, token)
			}
		}
		if strings.Contains(text, ours) {
			t.Errorf("%s: the token that MSAL was given", where)
		}
	}
	store := keychain.NewMemory(keychain.MemoryOptions{Map: m.items})
	m.stdin = "Correct-Horse-9\n"
	for _, args := range [][]string{
		{"login", "--debug"}, {"login", "--debug", "-o", "json"}, {"login", "--native", "--email", "ada@example.com", "--password-stdin", "--debug"},
		{"token", "--debug"}, {"token", "--debug", "--force-refresh"}, {"token", "--id-token"}, {"token", "-o", "json", "--force-refresh"}, {"token", "-o", "kubernetes", "--id-token"},
		{"whoami", "-o", "json", "--debug"}, {"claims", "-o", "json", "--debug"}, {"claims", "--debug"},
	} {
		m.newBrowser()
		o := m.run(args...)
		if o.code != 0 {
			t.Fatalf("%v: %s", args, o.stderr)
		}
		what := strings.Join(args, " ")
		look(what+": stdout", o.stdout)
		look(what+": stderr", o.stderr)
		if record, err := store.Get(t.Context(), m.item()); err == nil {
			look(what+": record", string(record))
		} else {
			t.Error(err)
		}
	}
	for _, item := range []string{"xdg_config_home", "xdg_cache_home", "xdg_state_home"} {
		err := filepath.WalkDir(filepath.Join(m.home, item), func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := os.ReadFile(path)
			look(path, string(text))
			return err
		})
		if err != nil && !os.IsNotExist(err) {
			t.Error(err)
		}
	}
	// An answer that MSAL would stumble over, and one that is refused.
	for _, replace := range [][]string{{`"client_info":"`, `"client_info":"!`}, {`"id_token":"`, `"id_token":"x","ID_TOKEN":"`}} {
		m.answer = m.edited("/oauth2/v2.0/token", replace...)
		m.newBrowser()
		o := m.run("login", "--debug")
		if o.code == 0 {
			t.Errorf("%v was taken", replace)
		}
		look("a refused answer", o.stdout+o.stderr)
	}
	if found < 20 {
		t.Errorf("%d tokens seen; the walk is broken", found)
	}
}

// TestLogin_otherTenant: a tenant that a flag names is not held to the id that was pinned for the one before, and the
// next command goes to it.
func TestLogin_otherTenant(t *testing.T) {
	const other = "00000000-1111-2222-3333-444444444444"
	m := newMachine(t)
	delete(m.env, "CIAM_TENANT")
	delete(m.env, "CIAM_CLIENT_ID")
	m.must("profile", "add", "default", "--tenant", "contoso", "--client-id", directory.DefaultPublicApp)
	path := filepath.Join(m.home, "xdg_config_home", "ciam", "config.yaml")
	text, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(text), directory.DefaultTenantID) {
		t.Fatalf("%v: %s", err, text)
	}
	was := strings.NewReplacer(directory.DefaultTenantID, other, "contoso", "fabrikam").Replace(string(text))
	if err := os.WriteFile(path, []byte(was), 0o600); err != nil {
		t.Fatal(err)
	}
	m.must("login", "--tenant", "contoso", "--client-id", directory.DefaultPublicApp)
	m.must("token")
	m.must("token", "--force-refresh")
	if o := m.must("whoami", "-o", "json"); !strings.Contains(o.stdout, directory.DefaultTenantID) || strings.Contains(o.stdout, other) {
		t.Errorf("whoami: %s", o.stdout)
	}
}

package e2e

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/keychain/keychaintest"
)

// nativeLogin makes an account of the embedded tenant, or signs in to it, without a browser.
func (p *program) nativeLogin(name string, signUp bool) result {
	p.t.Helper()
	path := filepath.Join(p.t.TempDir(), "password")
	if err := os.WriteFile(path, []byte("Correct-Horse-9\n"), 0o600); err != nil {
		p.t.Fatal(err)
	}
	args := []string{"login", "--demo", "--native", "--email", name + "@example.com", "--password-file", path}
	if signUp {
		args = append(args, "--signup", "--attribute", "displayName="+name)
	}
	return p.must(args...)
}

// accounts are the people of all profiles, the active ones with a star.
func (p *program) accounts() string {
	return strings.Join(strings.Fields(p.must("whoami", "--all", "--jq", `[.[] | (if .active then "*" else "" end) + .account.name] | sort | .[]`).stdout), " ")
}

// TestPeople is two people in one app on a real keychain: both signed in, a token of each, a switch, one signed out.
func TestPeople(t *testing.T) {
	keychaintest.RunUnderSecretService(t, func(t *testing.T, _ *keychaintest.Provider) {
		p := newProgram(t)
		p.nativeLogin("ada", true)
		p.nativeLogin("bob", true)
		if got := p.accounts(); got != "*bob ada" {
			t.Fatalf("accounts %s", got)
		}
		of := func(args ...string) string {
			return strings.TrimSpace(p.must(append([]string{"claims", "name"}, args...)...).stdout)
		}
		bobs, adas := p.must("token").stdout, p.must("token", "--account", "ada@example.com").stdout
		if bobs == adas || of() != "bob" || of("--account", "ada@example.com") != "ada" {
			t.Errorf("claims of %s and %s", of(), of("--account", "ada@example.com"))
		}
		p.must("switch")
		if of() != "ada" || p.must("token").stdout != adas || p.must("token", "--account", "bob@example.com").stdout != bobs {
			t.Errorf("after the switch: %s", p.accounts())
		}
		if renewed := p.must("token", "--force-refresh", "--account", "bob@example.com").stdout; renewed == bobs || of() != "ada" {
			t.Error("bob's token was not renewed beside ada's")
		}
		if out := p.must("logout", "--local"); !strings.Contains(out.stderr, "bob@example.com is the active person now") || p.accounts() != "*bob" {
			t.Errorf("%s, accounts %s", out.stderr, p.accounts())
		}
		p.must("logout", "--all", "--local")
		if out := p.run("whoami", "--all"); out.code != 4 {
			t.Errorf("%+v", out)
		}
	})
}

// TestPeople_killedAtAnyMoment kills `switch` at random moments: nobody is lost, and the next switch works.
func TestPeople_killedAtAnyMoment(t *testing.T) {
	p := newProgram(t)
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, []byte(strings.Repeat("k", 32)), 0o600); err != nil {
		t.Fatal(err)
	}
	p.env = append(p.env, "CIAM_TOKEN_STORE=file", "CIAM_STORE_KEY_FILE="+key)
	p.nativeLogin("ada", true)
	p.nativeLogin("bob", true)
	began := time.Now()
	p.must("switch", "ada")
	took := time.Since(began)
	killed := 0
	for i := range rounds(20, 100) {
		s := p.start("switch")
		time.Sleep(time.Duration(rand.Int64N(int64(took) + 1)))
		if s.cmd.Process.Kill() == nil {
			killed++
		}
		<-s.done
		if got := strings.ReplaceAll(p.accounts(), "*", ""); got != "ada bob" && got != "bob ada" {
			t.Fatalf("round %d: accounts %s", i, got)
		}
		p.must("token")
	}
	t.Logf("%d of the switches were killed, each at most %s after its start", killed, took)
	p.must("switch")
}

package e2e

import (
	"encoding/json"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/keychain/keychaintest"
)

// diagnosed are the states of checks, and what they found, of a run that ends with code.
func (p *program) diagnosed(code int, ids ...string) (states, found map[string]string) {
	p.t.Helper()
	out := p.run(append([]string{"doctor", "-o", "json"}, ids...)...)
	var result struct {
		Checks []struct{ ID, State, Found, Next string }
	}
	if err := json.Unmarshal([]byte(out.stdout), &result); err != nil || out.code != code {
		p.t.Errorf("doctor %v: %v, %+v", ids, err, out)
	}
	states, found = map[string]string{}, map[string]string{}
	for _, c := range result.Checks {
		states[c.ID], found[c.ID] = c.State, c.Found+" → "+c.Next
	}
	return states, found
}

// kept are the items that ciam has in the keychain.
func kept(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("secret-tool", "search", "--all", "service", "ciam").CombinedOutput()
	if err != nil && len(out) > 0 {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

// TestDoctor_keychain has the real Secret Service in each state that doctor tells apart. Nothing is ever left in it.
func TestDoctor_keychain(t *testing.T) {
	keychaintest.RunUnderSecretService(t, func(t *testing.T, service *keychaintest.Provider) {
		p := newProgram(t).at(startTenant(t))
		if states, found := p.diagnosed(0, "keychain"); states["keychain"] != "ok" || !strings.Contains(found["keychain"], "4 KB written, read and deleted") {
			t.Errorf("unlocked: %v %v", states, found)
		}
		states, found := p.diagnosed(0)
		for _, id := range []string{"tenant", "issuer", "keys", "app", "redirect-uri", "clock", "keychain"} {
			if states[id] != "ok" {
				t.Errorf("%s is %s: %s", id, states[id], found[id])
			}
		}
		if left := kept(t); left != "" {
			t.Errorf("left behind: %.300s", left)
		}

		service.Stop(t)
		began := time.Now()
		if states, found := p.diagnosed(9, "keychain"); states["keychain"] != "fail" {
			t.Errorf("frozen: %v %v", states, found)
		}
		if took := time.Since(began); took > 40*time.Second {
			t.Errorf("a frozen keychain held doctor up for %s", took)
		}
		interrupted := p.start("doctor", "keychain")
		time.Sleep(300 * time.Millisecond)
		if err := interrupted.cmd.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		if out := interrupted.wait(); out.code != 130 || out.stdout != "" {
			t.Errorf("Ctrl-C: %+v", out)
		}
		service.Continue(t)

		service.Lock(t)
		if states, found := p.diagnosed(9, "keychain"); states["keychain"] != "fail" || !strings.Contains(found["keychain"], "locked") {
			t.Errorf("locked: %v %v", states, found)
		}
		service.Kill()
		keychaintest.StartUnlocked(t, keychaintest.Password)
		if left := kept(t); left != "" {
			t.Errorf("left behind: %.300s", left)
		}
	})
}

// TestDoctor_noKeychain has a bus on which nothing keeps secrets.
func TestDoctor_noKeychain(t *testing.T) {
	keychaintest.RunUnderBus(t, func(t *testing.T) {
		p := newProgram(t).at(startTenant(t))
		if states, found := p.diagnosed(9, "keychain", "session"); states["keychain"] != "fail" || states["session"] != "skipped" || !strings.Contains(found["keychain"], "--token-store file") {
			t.Errorf("%v %v", states, found)
		}
	})
}

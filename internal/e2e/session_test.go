package e2e

import (
	"encoding/json"
	"net/url"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/ciam-cli/ciam/internal/keychain/keychaintest"
)

const (
	email    = "grace@example.com"
	password = "Correct-Horse-9"
)

// signUp goes through the sign-up pages as a new customer.
func signUp(t *testing.T, c *chromium, start string) {
	t.Helper()
	c.open(start)
	fillSignUp(t, c, func() string { return code(t, start, email) })
}

// fillSignUp does so from the first of them on; sent reads the one-time code.
func fillSignUp(t *testing.T, c *chromium, sent func() string) {
	t.Helper()
	c.page("sign-up")
	c.fill("email", email)
	c.click("next")
	c.page("code")
	c.fill("code", sent())
	c.click("next")
	c.page("new-password")
	c.fill("newPassword", password)
	c.fill("confirmPassword", password)
	c.click("next")
	c.page("attributes")
	if missing := c.unlabelled(); len(missing) > 0 {
		t.Errorf("fields without a label: %v", missing)
	}
	c.fill("displayName", "Grace Example")
	c.click("create")
}

// signIn goes through the sign-in pages with the keyboard only.
func signIn(_ *testing.T, c *chromium, start string) {
	c.open(start)
	c.page("sign-in")
	c.tabTo("email")
	c.press(email)
	c.press(kb.Enter)
	c.page("password")
	c.tabTo("password")
	c.press(password)
	c.tabTo("next")
	c.press(kb.Enter)
}

// TestSession is the whole path: sign up, read the session back in other processes, sign out at the tenant, sign in again.
func TestSession(t *testing.T) {
	keychaintest.RunUnderSecretService(t, func(t *testing.T, _ *keychaintest.Provider) {
		c, p := newChromium(t), newProgram(t)

		port := strconv.Itoa(freePort(t)) // 3000 may be another test's
		login := p.start("login", "--demo", "--signup", "--port", port)
		start := login.opened()
		if q := query(t, start); q.Get("redirect_uri") != "http://localhost:"+port || q.Get("response_mode") != "form_post" || q.Get("code_challenge_method") != "S256" {
			t.Errorf("authorize request: %v", q)
		}
		signUp(t, c, start)
		text := c.ends("You are signed in as Grace Example")
		for _, want := range []string{"preferred_username", email, "oid", "claims about the protocol"} {
			if !strings.Contains(text, want) {
				t.Errorf("the success page lacks %q", want)
			}
		}
		if n := c.scripts(); n != 0 {
			t.Errorf("the success page has %d scripts", n)
		}
		if out := login.must(); out.stdout != "" || !strings.Contains(out.stderr, "signed in as Grace Example <"+email+">") {
			t.Errorf("stdout %q, stderr %q", out.stdout, out.stderr)
		}

		if _, ok := secretTool(t, "demo"); !ok {
			t.Error("secret-tool does not see the item")
		}
		checkSession(t, p)

		logout := p.start("logout")
		c.open(logout.opened())
		c.ends("You are signed out")
		logout.must()
		if _, ok := secretTool(t, "demo"); ok {
			t.Error("secret-tool still sees the item")
		}
		if out := p.run("token"); out.code != 4 || out.stdout != "" {
			t.Errorf("token after logout: %+v", out)
		}

		// The session at the tenant is over: the same browser is asked for the password again.
		again := p.start("login", "--demo", "--response-mode", "query")
		signIn(t, c, again.opened())
		c.ends("You are signed in as Grace Example")
		if location := c.location(); strings.Contains(location, "code=") {
			t.Errorf("the code stays in the address bar: %s", location)
		}
		again.must()
		p.must("logout", "--local")
	})
}

// checkSession reads the session in processes of their own.
func checkSession(t *testing.T, p *program) {
	t.Helper()
	var who struct {
		Account    struct{ Name, Username, OID string }
		Tenant     struct{ ID string }
		TokenStore string `json:"token_store"`
	}
	if err := json.Unmarshal([]byte(p.must("whoami", "-o", "json").stdout), &who); err != nil {
		t.Fatal(err)
	}
	if who.Account.Username != email || who.Account.Name != "Grace Example" || who.TokenStore != "keychain" || who.Tenant.ID == "" {
		t.Errorf("whoami: %+v", who)
	}
	if got := p.must("claims", "oid").stdout; strings.TrimSpace(got) != who.Account.OID {
		t.Errorf("claims oid: %q, whoami says %q", got, who.Account.OID)
	}
	first := p.must("token").stdout
	if strings.Count(first, ".") != 2 || strings.Count(first, "\n") != 1 {
		t.Errorf("token: %q", first)
	}
	if second := p.must("token").stdout; second != first {
		t.Error("a valid token was not reused")
	}
	if renewed := p.must("token", "--force-refresh").stdout; renewed == first {
		t.Error("--force-refresh gave the old token")
	}
}

// TestCancel presses cancel at the tenant: exit 8, nothing kept.
func TestCancel(t *testing.T) {
	keychaintest.RunUnderSecretService(t, func(t *testing.T, _ *keychaintest.Provider) {
		c, p := newChromium(t), newProgram(t)
		login := p.start("login", "--demo")
		c.open(login.opened())
		c.page("sign-in")
		c.click("cancel")
		c.ends("You are not signed in")
		out := login.wait()
		if out.code != 8 || out.stdout != "" || !strings.Contains(out.stderr, "cancelled") {
			t.Errorf("%+v", out)
		}
		if _, ok := secretTool(t, "demo"); ok {
			t.Error("something was kept")
		}
	})
}

// TestInterrupt presses Ctrl-C while the browser is open: 130, and the listener is gone.
func TestInterrupt(t *testing.T) {
	keychaintest.RunUnderSecretService(t, func(t *testing.T, _ *keychaintest.Provider) {
		p := newProgram(t)
		login := p.start("login", "--demo")
		redirect := query(t, login.opened()).Get("redirect_uri")
		if err := login.cmd.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		if out := login.wait(); out.code != 130 || out.stdout != "" {
			t.Errorf("%+v", out)
		}
		if status, _ := get(t, redirect); status != 0 {
			t.Errorf("the listener still answers: %d", status)
		}
	})
}

// TestNoKeychain has a bus without a keychain: exit 7 before any browser opens.
func TestNoKeychain(t *testing.T) {
	keychaintest.RunUnderBus(t, func(t *testing.T) {
		p := newProgram(t).at(startTenant(t))
		out := p.run("login")
		if out.code != 7 || out.stdout != "" || !strings.Contains(out.stderr, "hint:") || !strings.Contains(out.stderr, "--token-store file") {
			t.Errorf("%+v", out)
		}
		select {
		case u := <-p.browser.urls:
			t.Errorf("the browser was opened all the same: %s", u)
		default:
		}
	})
}

// TestKeychainWithoutCollection has a keyring daemon that nobody has set up: a read finds nothing there, and only a
// write would fail, after the person has signed in. It is noticed before.
func TestKeychainWithoutCollection(t *testing.T) {
	keychaintest.RunUnderBus(t, func(t *testing.T) {
		keychaintest.StartProvider(t)
		p := newProgram(t).at(startTenant(t))
		out := p.run("login")
		if out.code != 7 || out.stdout != "" || !strings.Contains(out.stderr, "hint:") {
			t.Errorf("%+v", out)
		}
		select {
		case u := <-p.browser.urls:
			t.Errorf("the browser was opened all the same: %s", u)
		default:
		}
	})
}

// TestDemo_noKeychain: the demo needs no keychain. Its tokens open nothing, and are in a plain file.
func TestDemo_noKeychain(t *testing.T) {
	keychaintest.RunUnderBus(t, func(t *testing.T) {
		p := newProgram(t)
		p.env = append(p.env, "CIAM_BROWSER="+os.Args[0], personVariable+"=1")
		if out := p.must("login", "--demo", "--signup"); !strings.Contains(out.stderr, "plain file") {
			t.Errorf("%+v", out)
		}
		var who struct {
			TokenStore string `json:"token_store"`
		}
		if err := json.Unmarshal([]byte(p.must("whoami", "-o", "json").stdout), &who); err != nil || who.TokenStore != "demo-file" {
			t.Errorf("%+v, %v", who, err)
		}
		p.must("token")
		p.must("token", "--force-refresh")
		kept := p.setting("XDG_STATE_HOME") + "/ciam/demo/tokens-demo.json"
		if info, err := os.Stat(kept); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info, err)
		}
		p.must("logout", "--local")
		if _, err := os.Stat(kept); err == nil {
			t.Error("the tokens are still there")
		}
		if out := p.run("token", "-p", "demo"); out.code != 4 {
			t.Errorf("%+v", out)
		}
		if out := p.run("login", "--demo", "--token-store", "demo-file"); out.code != 2 {
			t.Errorf("%+v", out)
		}
		if out := p.run("login", "--demo", "--token-store", "keychain"); out.code != 7 {
			t.Errorf("%+v", out)
		}
	})
}

// TestKeychainLocked locks the keyring between two calls of a script: exit 7, a word on what to do, nothing lost.
func TestKeychainLocked(t *testing.T) {
	keychaintest.RunUnderSecretService(t, func(t *testing.T, keyring *keychaintest.Provider) {
		p, _ := signedIn(t, startTenant(t), "keychain")
		before := p.must("token").stdout
		keyring.Lock(t)
		out := p.run("token")
		if out.code != 7 || out.stdout != "" || !strings.Contains(out.stderr, "locked") || !strings.Contains(out.stderr, "hint:") {
			t.Errorf("%+v", out)
		}
		keyring.Kill()
		keychaintest.StartUnlocked(t, keychaintest.Password)
		if after := p.must("token").stdout; after != before {
			t.Error("the session was lost")
		}
	})
}

func query(t *testing.T, address string) url.Values {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}

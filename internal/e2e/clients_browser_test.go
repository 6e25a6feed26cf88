package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// testNodeWebApp signs a new customer up in Chromium, reads the claims page, and signs out back to the app.
func testNodeWebApp(t *testing.T, folder string) {
	e := startEmulator(t)
	nodeWebApp(t, e, e.chromium(), folder)
}

func nodeWebApp(t *testing.T, e *liveEmulator, c *chromium, folder string) {
	s := node(t, e.environment(webApp, ordersRead), folder, "web-app.js")
	var home string
	s.read("listening", &home)
	c.open(home)
	c.page("home")
	c.click("sign-in")
	c.page("sign-in")
	c.click("create-account")
	fillSignUp(t, c, e.code)
	c.page("home")
	if who := text(c, "who"); who != "Hi Grace Example!" {
		t.Errorf("the app says %q", who)
	}
	c.click("claims")
	c.page("claims")
	for claim, want := range map[string]string{"name": "Grace Example", "preferred_username": email, "tid": e.TenantID, "iss": e.Issuer, "aud": webApp} {
		if got := text(c, "claim-"+claim); got != want {
			t.Errorf("claim %s: %q, not %q", claim, got, want)
		}
	}
	if got := text(c, "token"); got != "from the cache" {
		t.Errorf("the second token was %s", got)
	}
	c.click("home")
	c.page("home")
	c.click("sign-out")
	c.do("wait for the app without a session", chromedp.WaitVisible(chromedp.ID("sign-in")))
	if at := strings.TrimSuffix(c.location(), "/"); at != home {
		t.Errorf("sign-out ended at %s", at)
	}
	// Both sessions are over: the app has no name to show, and the tenant asks for the address again.
	c.click("sign-in")
	c.page("sign-in")
	c.click("cancel")
	c.page("refused")
	if body := ask(c, "read the page", chromedp.Text(chromedp.CSS("body"))); !strings.Contains(body, "AADSTS65004") {
		t.Errorf("after cancel: %s", body)
	}
}

// testBrowser signs a new customer up in a single-page app, gets tokens without a page, and signs out.
func testBrowser(t *testing.T, folder string) {
	e := startEmulator(t)
	browserApp(t, e, e.chromium(), folder)
}

func browserApp(t *testing.T, e *liveEmulator, c *chromium, folder string) {
	s := node(t, e.environment(spaApp, ordersRead), folder, "spa-server.js")
	var home string
	s.read("listening", &home)
	c.open(home)
	c.page("anonymous")
	c.click("sign-up")
	fillSignUp(t, c, e.code)
	first := spaResult(t, c, "signed-in")
	if first.Username != email || first.Name != "Grace Example" || first.FromCache {
		t.Errorf("signed in: %+v", first)
	}
	checkUserToken(t, first.AccessToken)
	if at := c.location(); at != home {
		t.Errorf("the answer stays in the address bar: %s", at)
	}
	c.click("silent")
	cached := spaResult(t, c, "silent")
	c.click("refresh")
	checkRenewal(t, first, cached, spaResult(t, c, "refreshed"))
	c.open(home) // another page load has only what MSAL kept
	c.page("known")
	c.click("silent")
	if again := spaResult(t, c, "silent"); !again.FromCache || again.OID != first.OID {
		t.Errorf("after a reload: %+v", again)
	}
	c.click("sign-out")
	c.page("anonymous")
	if at := c.location(); !strings.HasPrefix(at, home+"?state=") { // MSAL sends a state with it, and gets it back
		t.Errorf("sign-out ended at %s", at)
	}
	c.click("sign-in")
	c.page("sign-in")
}

// spaResult waits for the page and reads what MSAL answered.
func spaResult(t *testing.T, c *chromium, page string) tokens {
	t.Helper()
	c.page(page)
	var got tokens
	if err := json.Unmarshal([]byte(text(c, "result")), &got); err != nil {
		t.Fatal(err)
	}
	return got
}

func text(c *chromium, id string) string {
	c.t.Helper()
	return ask(c, "read "+id, chromedp.Text(chromedp.ID(id)))
}

package e2e

import (
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// The web apps here insist on finding the issuer where they look.

func testExpressOpenIDConnect(t *testing.T, folder string) {
	e := startEmulator(t, "--issuer", "origin")
	expressOpenIDConnect(t, e, e.chromium(), folder)
}

func expressOpenIDConnect(t *testing.T, e *liveEmulator, c *chromium, folder string) {
	var home string
	node(t, e.environment(webApp, ordersRead), folder, "express-openid-connect.js").read("listening", &home)
	c.open(home)
	c.page("anonymous")
	c.click("sign-in")
	c.page("sign-in")
	c.click("cancel")
	c.page("failed")
	if message := text(c, "message"); !strings.Contains(message, "AADSTS65004") {
		t.Errorf("after cancel: %s", message)
	}

	c.open(home)
	c.click("sign-in")
	signInAda(c)
	first := wantWebAda(t, c)
	c.click("refresh")
	c.page("refreshed")
	if fresh := text(c, "accessToken"); fresh == first {
		t.Error("the refreshed token is the old one")
	} else {
		checkUserToken(t, fresh)
	}
	c.click("home")
	c.page("home")
	c.click("sign-out") // at the tenant too
	c.page("anonymous")
	c.click("sign-in")
	c.page("sign-in")
}

func testAuthCore(t *testing.T, folder string) {
	e := startEmulator(t, "--issuer", "origin")
	authCore(t, e, e.chromium(), folder)
}

func authCore(t *testing.T, e *liveEmulator, c *chromium, folder string) {
	var home string
	node(t, e.environment(webApp, ordersRead), folder, "auth-core.js").read("listening", &home)
	signIn := func() {
		c.open(home + "/auth/signin?callbackUrl=" + home)
		c.do("choose the provider", chromedp.Click(chromedp.CSS(`form[action$="microsoft-entra-id"] button`)))
	}
	signIn()
	c.page("sign-in")
	c.click("cancel")
	c.do("wait for the app's page", chromedp.WaitVisible(chromedp.CSS(`.error, .page form`)))
	if at := c.location(); !strings.HasPrefix(at, home+"/auth/") || !strings.Contains(at, "error=") {
		t.Errorf("cancel ended at %s", at)
	}

	signIn()
	signInAda(c)
	wantWebAda(t, c)
	c.open(home + "/auth/signout?callbackUrl=" + home)
	c.do("sign out", chromedp.Click(chromedp.ID("submitButton")))
	c.page("anonymous")
	signIn() // the tenant's session is still there
	wantWebAda(t, c)
}

// signInAda goes through the tenant's pages as the seeded customer.
func signInAda(c *chromium) {
	c.t.Helper()
	c.page("sign-in")
	c.fill("email", ada)
	c.click("next")
	c.page("password")
	c.fill("password", password)
	c.click("next")
}

// wantWebAda reads the app's page, and the access token on it.
func wantWebAda(t *testing.T, c *chromium) string {
	t.Helper()
	c.page("home")
	if got := []string{text(c, "who"), text(c, "email"), text(c, "oid")}; !slices.Equal(got, []string{"Ada Example", ada, adaOID}) {
		t.Errorf("the app says %v", got)
	}
	token := text(c, "accessToken")
	checkUserToken(t, token)
	return token
}

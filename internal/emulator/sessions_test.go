package emulator

import (
	"net/url"
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// both signs a browser in with two accounts; the second was used last.
func (f *fixture) both(t *testing.T) *visitor {
	t.Helper()
	v := f.visitor(t)
	v.signIn()
	v.get(authorizeURL("prompt", "login"))
	v.submit("next", "email", codeEmail)
	v.submit("next", "code", f.lastCode(t, codeEmail))
	if v.answer().Get("code") == "" {
		t.Fatal(v.page.text)
	}
	return v
}

func (f *fixture) who(t *testing.T, q url.Values) any {
	t.Helper()
	_, claims := decode(t, f.redeem(t, q.Get("code")).IDToken)
	return claims["preferred_username"]
}

func TestSessions_several(t *testing.T) {
	f := newFixture(t, withoutPassword)
	v := f.both(t)
	choice := func(email string) string {
		t.Helper()
		before, _, ok := strings.Cut(v.page.body, "<bdi>"+email)
		if !ok {
			t.Fatalf("%s is not offered: %s", email, v.page.text)
		}
		_, value, _ := strings.Cut(before[strings.LastIndex(before, `name="account"`):], `value="`)
		value, _, _ = strings.Cut(value, `"`)
		return value
	}
	v.get(authorizeURL())
	v.want("pick-account")
	v.submit("", "account", "nonsense")
	v.want("pick-account")
	v.submit("", "account", choice(testEmail))
	if got := f.who(t, v.answer()); got != testEmail {
		t.Errorf("signed in as %v", got)
	}
	v.get(authorizeURL("prompt", "none"))
	if q := v.answer(); q.Get("error") != "interaction_required" || !strings.HasPrefix(q.Get("error_description"), "AADSTS16000") {
		t.Errorf("answer %v", q)
	}
	v.get(authorizeURL("prompt", "none", "login_hint", codeEmail))
	if got := f.who(t, v.answer()); got != codeEmail {
		t.Errorf("the hint led to %v", got)
	}
	v.get(authorizeURL())
	v.submit("cancel")
	if v.answer().Get("error_subcode") != "cancel" {
		t.Error("cancel does not cancel")
	}
	// A session that is not this browser's cannot be picked.
	w := f.visitor(t)
	w.signIn()
	w.get(authorizeURL("prompt", "select_account"))
	foreign := w.page.body[strings.Index(w.page.body, `name="account" value="`)+22:]
	foreign, _, _ = strings.Cut(foreign, `"`)
	v.get(authorizeURL())
	v.submit("", "account", foreign)
	v.want("pick-account")
	// Signing one out leaves the other, signing out leaves none.
	v.get(base + "/" + tid + "/oauth2/v2.0/logout?logout_hint=" + url.QueryEscape(codeEmail))
	v.want("signed-out")
	v.get(authorizeURL())
	if got := f.who(t, v.answer()); got != testEmail {
		t.Errorf("signed in as %v", got)
	}
	v = f.both(t)
	v.get(base + "/" + tid + "/oauth2/v2.0/logout")
	v.get(authorizeURL("prompt", "none"))
	if q := v.answer(); q.Get("error") != "login_required" {
		t.Errorf("answer %v", q)
	}
}

// TestSessions_gone checks that a session whose account was disabled is not
// offered any more.
func TestSessions_gone(t *testing.T) {
	f := newFixture(t, withoutPassword)
	v := f.both(t)
	f.changeUserID(t, codeEmail, func(u *directory.User) { u.Disabled = true })
	v.get(authorizeURL())
	if got := f.who(t, v.answer()); got != testEmail {
		t.Errorf("signed in as %v", got)
	}
}

func TestConsentMissing(t *testing.T) {
	no := false
	f := newFixture(t, func(o *Options) { o.Seed.Tenants[0].Apps[0].AdminConsent = &no })
	v := f.visitor(t)
	v.get(authorizeURL())
	address, values := v.filled("next", "email", testEmail)
	v.post(strings.Replace(address, "/sign-in", "/consent-missing", 1), values) // not before signing in
	v.want("sign-in")
	v.submit("next", "email", testEmail)
	v.submit("next", "password", testPassword)
	v.want("consent-missing")
	v.wantText("only an administrator of Contoso can grant")
	v.get(authorizeURL()) // the session is there, the consent is not
	v.want("consent-missing")
	v.get(authorizeURL("prompt", "none"))
	if q := v.answer(); q.Get("error") != "consent_required" || !strings.HasPrefix(q.Get("error_description"), "AADSTS65001") || q.Get("code") != "" {
		t.Errorf("answer %v", q)
	}
	v.get(authorizeURL("prompt", "select_account"))
	v.submit("")
	v.want("consent-missing")
	v.submit("cancel")
	if q := v.answer(); q.Get("error") != "access_denied" || q.Get("code") != "" {
		t.Errorf("answer %v", q)
	}
}

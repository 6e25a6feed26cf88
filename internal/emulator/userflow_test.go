package emulator

import (
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/passwords"
)

func (v *visitor) wantText(text string) {
	v.t.Helper()
	if !strings.Contains(v.page.text, text) {
		v.t.Errorf("page %q lacks %q: %s", v.page.name, text, v.page.text)
	}
}

func TestSignIn_mistakes(t *testing.T) {
	f := newFixture(t, nil)
	v := f.visitor(t)
	v.get(authorizeURL())
	for _, tc := range []struct{ email, says string }{
		{"", "Enter a valid email address."},
		{"not an address", "Enter a valid email address."},
		{"Ada <ada@example.com>", "Enter a valid email address."},
		{"nobody@example.com", "We couldn't find an account with this email address."},
	} {
		v.submit("next", "email", tc.email)
		v.want("sign-in")
		v.wantText(tc.says)
		if got := v.page.forms[0].fields.Get("email"); got != tc.email {
			t.Errorf("typed %q, shown again %q", tc.email, got)
		}
	}
	v.submit("next", "email", strings.ToUpper(testEmail))
	v.want("password")
	v.submit("next", "password", "")
	v.wantText("Enter your password.")
	v.submit("next", "password", "wrong")
	v.want("password")
	v.wantText("The email address or the password is incorrect.")
	if strings.Contains(v.page.body, "wrong") {
		t.Error("the page shows the password again")
	}
	f.changeUser(t, func(u *directory.User) { u.Disabled = true })
	v.submit("next", "password", testPassword)
	v.want("sign-in")
	v.submit("next", "email", testEmail)
	v.wantText("This account has been disabled.")
}

func TestSignIn_lockout(t *testing.T) {
	f := newFixture(t, nil)
	v := f.visitor(t)
	v.get(authorizeURL("login_hint", testEmail))
	v.submit("next")
	for i := 1; i < passwords.LockoutAfter; i++ {
		v.submit("next", "password", "wrong")
		v.wantText("incorrect")
	}
	v.submit("next", "password", "wrong")
	v.wantText("temporarily locked")
	v.submit("next", "password", testPassword)
	v.want("password")
	v.wantText("temporarily locked")
	f.clock.Add(passwords.LockoutFor)
	v.submit("next", "password", testPassword)
	if v.answer().Get("code") == "" {
		t.Fatal("still locked after a minute")
	}
}

// signUpTo walks to a page of the sign-up.
func (f *fixture) signUpTo(v *visitor, page, email string) {
	v.t.Helper()
	v.get(authorizeURL("prompt", "create"))
	v.want("sign-up")
	if page == "sign-up" {
		return
	}
	v.submit("next", "email", email)
	v.want("code")
	if page == "code" {
		return
	}
	v.submit("next", "code", f.lastCode(v.t, email))
	v.want("new-password")
	if page == "new-password" {
		return
	}
	v.submit("next", "newPassword", testPassword, "confirmPassword", testPassword)
	v.want("attributes")
}

func (f *fixture) lastCode(t *testing.T, email string) string {
	t.Helper()
	m := f.outbox.List(email)
	if len(m) == 0 {
		t.Fatalf("no code was sent to %s", email)
	}
	return m[len(m)-1].Code
}

func TestSignUp_code(t *testing.T) {
	f := newFixture(t, nil)
	wrong := func(code string) string { return string('0'+(code[0]-'0'+1)%10) + code[1:] }

	t.Run("wrong codes are counted, a new one helps", func(t *testing.T) {
		v := f.visitor(t)
		f.signUpTo(v, "code", "tries@example.com")
		first := f.lastCode(t, "tries@example.com")
		v.submit("next", "code", "12")
		v.wantText("8 digits")
		for i := 1; i < passwords.CodeTries; i++ {
			v.submit("next", "code", wrong(first))
			v.wantText("isn't right")
		}
		v.submit("next", "code", wrong(first))
		v.wantText("Too many wrong codes")
		v.submit("next", "code", first)
		v.want("code")
		v.wantText("Too many wrong codes")
		v.submit("resend")
		v.wantText("A new code was sent")
		second := f.lastCode(t, "tries@example.com")
		v.submit("next", "code", first)
		v.wantText("isn't right")
		v.submit("next", "code", second[:4]+" "+second[4:])
		v.want("new-password")
	})
	t.Run("codes expire", func(t *testing.T) {
		v := f.visitor(t)
		f.signUpTo(v, "code", "late@example.com")
		f.clock.Add(passwords.CodeLife)
		v.submit("next", "code", f.lastCode(t, "late@example.com"))
		v.want("code")
		v.wantText("expired")
	})
	t.Run("codes are sent a few times only", func(t *testing.T) {
		v := f.visitor(t)
		f.signUpTo(v, "code", "much@example.com")
		for range passwords.CodeSends + 2 {
			v.submit("resend")
		}
		v.wantText("Too many codes")
		if n := len(f.outbox.List("much@example.com")); n != passwords.CodeSends {
			t.Errorf("%d codes were sent", n)
		}
	})
	t.Run("changing the address means a new code", func(t *testing.T) {
		v := f.visitor(t)
		f.signUpTo(v, "new-password", "old@example.com")
		u := *v.page.url
		u.Path = strings.Replace(u.Path, "new-password", "sign-up", 1)
		v.get(u.String())
		v.want("sign-up")
		v.submit("next", "email", "other@example.com")
		v.want("code")
		u.Path = strings.Replace(u.Path, "sign-up", "new-password", 1)
		v.get(u.String())
		v.want("code")
		v.submit("next", "code", "00000000")
		v.want("code")
	})
}

func TestSignUp_password(t *testing.T) {
	f := newFixture(t, nil)
	v := f.visitor(t)
	f.signUpTo(v, "new-password", "pw@example.com")
	for _, tc := range []struct{ password, confirm, says string }{
		{"", "", "8 to 256 characters."},
		{"Sh0rt!a", "Sh0rt!a", "8 to 256 characters."},
		{strings.Repeat("aB3!", 64) + "x", strings.Repeat("aB3!", 64) + "x", "8 to 256 characters."},
		{"alllowercase1", "alllowercase1", "too simple"},
		{testPassword, testPassword + "x", "don't match"},
	} {
		v.submit("next", "newPassword", tc.password, "confirmPassword", tc.confirm)
		v.want("new-password")
		v.wantText(tc.says)
	}
	v.submit("next", "newPassword", strings.Repeat("äÄ3", 85), "confirmPassword", strings.Repeat("äÄ3", 85))
	v.want("attributes")
}

func TestSignUp_attributes(t *testing.T) {
	f := newFixture(t, nil)
	v := f.visitor(t)
	f.signUpTo(v, "attributes", "attr@example.com")
	v.submit("create", "displayName", "  ", "country", "Peru")
	v.want("attributes")
	v.wantText("Enter a value for Display Name.")
	if got := v.page.forms[0].fields.Get("country"); got != "Peru" {
		t.Errorf("what was typed is gone: %q", got)
	}
	v.submit("create", "displayName", "A", "givenName", strings.Repeat("x", 65))
	v.wantText("Given Name can have at most 64 characters.")
	if f.store.User(tid, "attr@example.com") != nil {
		t.Fatal("the account exists already")
	}
	v.submit("create", "displayName", "A", "givenName", "", "oid", "x", "passwordHash", "x")
	if v.answer().Get("code") == "" {
		t.Fatal(v.page.text)
	}
	u := f.store.User(tid, "attr@example.com")
	if u == nil || len(u.Attributes) != 2 || u.Attributes["country"] != "Peru" || u.Password != "" || u.PasswordHash == "" {
		t.Fatalf("user %+v", u)
	}
}

func TestSignUp_existingAccount(t *testing.T) {
	f := newFixture(t, nil)
	v := f.visitor(t)
	f.signUpTo(v, "sign-up", "")
	v.submit("next", "email", strings.ToUpper(testEmail))
	v.want("sign-up")
	v.wantText("already exists")
	if len(f.Outbox()) != 0 {
		t.Error("a code was sent")
	}
	v.follow("sign-in-instead")
	if p := v.want("sign-in"); !strings.EqualFold(p.forms[0].fields.Get("email"), testEmail) {
		t.Error("the address is not prefilled")
	}
	// Two sign-ups for one address at once: the second finds out at the end.
	a, b := f.visitor(t), f.visitor(t)
	f.signUpTo(a, "attributes", "twin@example.com")
	f.signUpTo(b, "attributes", "twin@example.com")
	a.submit("create", "displayName", "First")
	if a.answer().Get("code") == "" {
		t.Fatal("first sign-up failed")
	}
	b.submit("create", "displayName", "Second")
	b.want("sign-up")
	b.wantText("already exists")
	if got := f.store.User(tid, "twin@example.com").Attribute("displayName"); got != "First" {
		t.Errorf("account of %s", got)
	}
}

func TestSignUp_notAllowed(t *testing.T) {
	no := false
	for _, tc := range []struct {
		name   string
		change func(*directory.Tenant)
		says   string
	}{
		{"turned off", func(d *directory.Tenant) { d.UserFlows[0].IsSignUpAllowed = &no }, "Sign-up is turned off"},
		{"app not linked", func(d *directory.Tenant) { d.UserFlows = nil }, "isn't linked to a user flow"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newFixture(t, func(o *Options) { tc.change(&o.Seed.Tenants[0]) })
			v := f.visitor(t)
			v.get(authorizeURL("prompt", "create"))
			v.want("sign-in")
			v.wantText(tc.says)
			if v.page.links["create-account"] != "" {
				t.Error("the page offers an account")
			}
			address, values := v.filled("next", "email", "x@example.com")
			v.post(strings.Replace(address, "sign-in", "sign-up", 1), values)
			v.want("sign-in")
			if len(f.Outbox()) != 0 {
				t.Error("a code was sent")
			}
			v.signIn()
		})
	}
}

func TestCancel(t *testing.T) {
	f := newFixture(t, nil)
	for _, page := range []string{"sign-in", "password", "sign-up", "code", "new-password", "attributes"} {
		t.Run(page, func(t *testing.T) {
			v := f.visitor(t)
			switch page {
			case "sign-in":
				v.get(authorizeURL())
			case "password":
				v.get(authorizeURL("login_hint", testEmail))
				v.submit("next")
			default:
				f.signUpTo(v, page, "cancel@example.com")
			}
			v.want(page)
			v.submit("cancel")
			q := v.answer()
			if q.Get("error") != "access_denied" || q.Get("error_subcode") != "cancel" || q.Get("state") != "st&ate" ||
				!strings.HasPrefix(q.Get("error_description"), "AADSTS65004: the user canceled the authentication. Trace ID: ") {
				t.Errorf("answer %v", q)
			}
			if f.store.User(tid, "cancel@example.com") != nil {
				t.Error("an account was made")
			}
		})
	}
}

func TestFlow_backAndDoubleSubmit(t *testing.T) {
	f := newFixture(t, nil)
	v := f.visitor(t)
	f.signUpTo(v, "sign-up", "")
	address, values := v.filled("next", "email", "twice@example.com")
	v.post(address, values)
	v.post(address, values) // double click
	v.want("code")
	if n := len(f.outbox.List("twice@example.com")); n != 1 {
		t.Errorf("%d codes were sent", n)
	}
	codePage := v.page.url.String()
	address, values = v.filled("next", "code", f.lastCode(t, "twice@example.com"))
	v.post(address, values)
	v.want("new-password")
	v.post(address, values) // the code once more
	v.want("new-password")
	v.get(codePage) // Back
	v.want("new-password")
	v.submit("next", "newPassword", testPassword, "confirmPassword", testPassword)
	v.want("attributes")

	address, values = v.filled("create", "displayName", "Twice")
	answers := make(chan string, 2)
	hold, held := make(chan struct{}), make(chan struct{})
	go f.store.Update(t.Context(), func(*directory.Document) error { // both arrive before the account can be made
		close(held)
		<-hold
		return errAccountExists
	})
	<-held
	time.AfterFunc(100*time.Millisecond, func() { close(hold) })
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			resp, err := v.client.PostForm(address, values)
			if err != nil {
				t.Error(err)
				return
			}
			resp.Body.Close()
			answers <- resp.Header.Get("Location")
		})
	}
	wg.Wait()
	if a, b := <-answers, <-answers; a != b || !strings.Contains(a, "code=") {
		t.Errorf("a double submit was answered with %q and %q", a, b)
	}
	v.get(codePage)
	v.want("finished")
}

// TestFlow_bound checks that a flow's id is worth nothing without the browser
// that started the flow, or below another tenant.
func TestFlow_bound(t *testing.T) {
	const other = "bbbbbbbb-0000-cccc-1111-dddd2222eeee"
	f := newFixture(t, func(o *Options) {
		second := *directory.Default()
		tenant := second.Tenants[0]
		tenant.ID, tenant.Subdomain, tenant.Keys = other, "fabrikam", o.Seed.Tenants[0].Keys
		o.Seed.Tenants = append(o.Seed.Tenants, tenant)
	})
	v := f.visitor(t)
	v.get(authorizeURL())
	address, values := v.filled("next", "email", testEmail)

	thief := f.visitor(t)
	thief.get(authorizeURL()) // has a cookie, but its own
	for name, p := range map[string]*page{
		"another browser's GET":  thief.get(v.page.url.String()),
		"another browser's POST": thief.post(address, values),
		"another tenant":         v.get(strings.Replace(v.page.url.String(), tid, other, 1)),
		"unknown id":             v.get(base + "/" + tid + "/userflow/sign-in?flow=unknown"),
		"no id":                  v.get(base + "/" + tid + "/userflow/sign-in"),
	} {
		if p.status != 400 || p.name != "error" || !strings.Contains(p.text, "expired") {
			t.Errorf("%s: %d %s", name, p.status, p.text)
		}
	}
	v.post(address, values)
	v.want("password")
	f.clock.Add(flowLife)
	v.submit("next", "password", testPassword)
	v.want("error")
}

// TestFlow_noSkipping posts to every page of a fresh flow: none may let a
// step be left out.
func TestFlow_noSkipping(t *testing.T) {
	f := newFixture(t, nil)
	for step, due := range map[string]string{
		"password": "sign-in", "pick-account": "sign-in", "code": "sign-up", "new-password": "sign-up", "attributes": "sign-up",
	} {
		v := f.visitor(t)
		v.get(authorizeURL())
		address, values := v.filled("next")
		for _, k := range []string{"password", "newPassword", "confirmPassword", "displayName"} {
			values.Set(k, testPassword)
		}
		values.Set("code", "")
		v.post(strings.Replace(address, "sign-in", step, 1), values)
		if v.page.name != due {
			t.Errorf("%s led to %q, want %q", step, v.page.name, due)
		}
		if v.get(strings.Replace(address, "sign-in", step, 1) + "?flow=" + values.Get("flow")); v.page.name != due {
			t.Errorf("a look at %s led to %q, want %q", step, v.page.name, due)
		}
	}
	v := f.visitor(t)
	f.signUpTo(v, "code", "skip@example.com")
	address, values := v.filled("create", "displayName", "Skip")
	v.post(strings.Replace(address, "/code", "/attributes", 1), values)
	v.want("code")
	f.signUpTo(v, "new-password", "skip2@example.com")
	address, values = v.filled("create", "displayName", "Skip")
	v.post(strings.Replace(address, "/new-password", "/attributes", 1), values)
	v.want("new-password") // an account without a password must not come to be
}

func TestPages_escape(t *testing.T) {
	const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)>'`
	f := newFixture(t, func(o *Options) {
		d := &o.Seed.Tenants[0]
		d.DisplayName, d.Apps[0].DisplayName, d.UserFlows[0].Attributes[0].Label = evil, evil, evil
		d.Users[0].Attributes["displayName"] = evil
	})
	check := func(p *page) {
		t.Helper()
		if strings.Contains(p.body, "<script>alert") || strings.Contains(p.body, "<img src=x") || strings.Contains(p.body, `""><`) {
			t.Errorf("page %q lets markup through", p.name)
		}
	}
	v := f.visitor(t)
	for _, pairs := range [][]string{
		{"login_hint", evil}, {"prompt", "create", "login_hint", evil}, {"client_id", evil}, {"redirect_uri", evil}, {"ui_locales", evil},
		{"state", evil, "response_mode", "form_post", "prompt", evil}, {"response_mode", "form_post", "scope", evil, "state", evil},
	} {
		check(v.get(authorizeURL(pairs...)))
	}
	check(v.get(base + "/" + url.PathEscape(evil) + "/oauth2/v2.0/authorize"))
	check(v.get(base + "/" + tid + "/oauth2/v2.0/logout?post_logout_redirect_uri=" + url.QueryEscape("javascript:alert(1)") + "&ui_locales=" + url.QueryEscape(evil)))
	v.get(authorizeURL())
	check(v.want("sign-in"))
	check(v.submit("next", "email", evil))
	v.follow("create-account")
	check(v.submit("next", "email", evil))
	f.signUpTo(v, "attributes", "xss@example.com")
	check(v.page)
	check(v.submit("create", "displayName", "", "givenName", evil, "surname", evil+strings.Repeat("x", 64)))
	v.want("attributes")
	v = f.visitor(t)
	v.signIn()
	v.get(authorizeURL("prompt", "select_account"))
	check(v.want("pick-account"))
	v.get(authorizeURL("prompt", "none", "state", evil, "response_mode", "form_post"))
	check(v.want("form-post"))
	if got := v.answer().Get("state"); got != evil {
		t.Errorf("state came back as %q", got)
	}
}

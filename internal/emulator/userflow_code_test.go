package emulator

import (
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/passwords"
)

const codeEmail = "grace@example.com"

// withoutPassword adds an account without a password.
func withoutPassword(o *Options) {
	t := &o.Seed.Tenants[0]
	t.Users = append(t.Users, directory.User{ID: "aaaaaaaa-0000-1111-2222-cccccccccccc", Email: codeEmail, Attributes: map[string]string{"displayName": "Grace"}})
}

func (f *fixture) wrongCode(t *testing.T, email string) string {
	c := f.lastCode(t, email)
	return string('0'+(c[0]-'0'+1)%10) + c[1:]
}

func TestOTP(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Seed.Tenants[0].UserFlows[0].SignInMethod = directory.EmailOTP })
	v := f.visitor(t)
	v.get(authorizeURL("prompt", "create"))
	v.submit("next", "email", "new@example.com")
	v.want("code")
	v.submit("next", "code", f.lastCode(t, "new@example.com"))
	v.want("attributes") // no password in between
	for _, page := range []string{"new-password", "code"} {
		u := *v.page.url
		u.Path = strings.Replace(u.Path, "attributes", page, 1)
		v.get(u.String())
		v.want("attributes")
	}
	v.submit("create", "displayName", "New")
	if v.answer().Get("code") == "" {
		t.Fatal(v.page.text)
	}
	if u := f.store.User(tid, "new@example.com"); u == nil || u.HasPassword() || u.Method() != directory.EmailOTP {
		t.Fatalf("user %+v", u)
	}
	w := f.visitor(t)
	w.get(authorizeURL())
	w.submit("next", "email", "NEW@example.com")
	w.want("code")
	w.wantText("Enter code")
	w.submit("next", "code", f.wrongCode(t, "new@example.com"))
	w.wantText("isn't right")
	w.submit("next", "code", f.lastCode(t, "new@example.com"))
	if w.answer().Get("code") == "" {
		t.Fatal(w.page.text)
	}
	if m := f.Outbox(); m[len(m)-1].Purpose != "sign-in" || m[0].Purpose != "sign-up" {
		t.Errorf("outbox %+v", m)
	}
	// Who signed up with a password keeps it.
	f.visitor(t).signIn()
}

func TestOTP_noAttributes(t *testing.T) {
	f := newFixture(t, func(o *Options) {
		o.Seed.Tenants[0].UserFlows[0].SignInMethod, o.Seed.Tenants[0].UserFlows[0].Attributes = directory.EmailOTP, nil
	})
	v := f.visitor(t)
	v.get(authorizeURL("prompt", "create"))
	v.submit("next", "email", "new@example.com")
	v.submit("next", "code", f.lastCode(t, "new@example.com"))
	if v.answer().Get("code") == "" {
		t.Fatal(v.page.text)
	}
}

// TestOTP_keeps checks that an account without a password signs in with codes in
// a flow that gives new users passwords, and never gets to a password page.
func TestOTP_keeps(t *testing.T) {
	f := newFixture(t, withoutPassword)
	v := f.visitor(t)
	v.get(authorizeURL())
	v.submit("next", "email", codeEmail)
	v.want("code")
	for _, page := range []string{"password", "new-password", "attributes"} {
		address, values := v.filled("next", "password", "", "newPassword", testPassword, "confirmPassword", testPassword, "displayName", "X")
		v.post(strings.Replace(address, "/code", "/"+page, 1), values)
		if v.page.name != "code" && v.page.name != "sign-in" {
			t.Fatalf("%s led to %q", page, v.page.name)
		}
		u := *v.page.url
		u.Path = u.Path[:strings.LastIndex(u.Path, "/")+1] + "code"
		v.get(u.String())
		v.want("code")
	}
	f.clock.Add(passwords.CodeLife)
	v.submit("next", "code", f.lastCode(t, codeEmail))
	v.wantText("expired")
	v.submit("resend")
	v.wantText("A new code was sent")
	f.changeUserID(t, codeEmail, func(u *directory.User) { u.Disabled = true })
	v.submit("next", "code", f.lastCode(t, codeEmail))
	v.want("sign-in")
	v.wantText("disabled")
	if got := f.store.User(tid, codeEmail); got.HasPassword() {
		t.Error("the account has a password now")
	}
}

func (f *fixture) changeUserID(t *testing.T, email string, change func(*directory.User)) {
	t.Helper()
	err := f.store.Update(t.Context(), func(d *directory.Document) error {
		for i := range d.Tenants[0].Users {
			if u := &d.Tenants[0].Users[i]; u.Email == email {
				change(u)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestOTP_bruteForce guesses over many flows: the account is locked, for right
// codes too, and only for a while.
func TestOTP_bruteForce(t *testing.T) {
	for _, tc := range []struct{ name, email string }{{"sign-in", codeEmail}, {"reset", testEmail}} {
		t.Run(tc.name, func(t *testing.T) {
			f := newFixture(t, withoutPassword)
			open := func() *visitor {
				v := f.visitor(t)
				v.get(authorizeURL())
				v.submit("next", "email", tc.email)
				if tc.name == "reset" {
					v.follow("forgot-password")
					v.submit("next", "email", tc.email)
				}
				v.want("code")
				return v
			}
			for range passwords.LockoutAfter {
				open().submit("next", "code", f.wrongCode(t, tc.email))
			}
			v := open()
			v.submit("next", "code", f.lastCode(t, tc.email))
			v.want("code")
			v.wantText("too many wrong codes")
			f.clock.Add(passwords.LockoutFor)
			v.submit("next", "code", f.lastCode(t, tc.email))
			if v.page.name == "code" {
				t.Fatal("still locked")
			}
		})
	}
}

func TestForgotPassword(t *testing.T) {
	const changed = "Another-Horse-8"
	f := newFixture(t, nil)
	old := f.visitor(t)
	before := f.redeem(t, old.signIn().Get("code"))
	f.clock.Add(1500000) // 1.5 ms: refresh tokens count milliseconds
	v := f.visitor(t)
	v.get(authorizeURL())
	v.submit("next", "email", testEmail)
	for range passwords.LockoutAfter { // forgotten, and locked out for guessing
		v.submit("next", "password", "wrong")
	}
	v.follow("forgot-password")
	if p := v.want("forgot-password"); p.forms[0].fields.Get("email") != testEmail {
		t.Error("the address is not prefilled")
	}
	v.submit("next", "email", testEmail)
	v.want("code")
	address, values := v.filled("next", "newPassword", changed, "confirmPassword", changed)
	v.post(strings.Replace(address, "/code", "/new-password", 1), values) // no skipping
	v.want("code")
	v.submit("next", "code", f.lastCode(t, testEmail))
	v.want("new-password")
	address, values = v.filled("create", "displayName", "X")
	v.post(strings.Replace(address, "/new-password", "/attributes", 1), values) // no sign-up out of it
	v.want("new-password")
	v.submit("next", "newPassword", "short", "confirmPassword", "short")
	v.wantText("8 to 256 characters.")
	v.submit("next", "newPassword", changed, "confirmPassword", changed+"x")
	v.wantText("don't match")
	v.submit("next", "newPassword", changed, "confirmPassword", changed)
	code := v.answer().Get("code")
	if code == "" {
		t.Fatal(v.page.text)
	}
	after := f.redeem(t, code)
	if got := f.refresh(t, before.RefreshToken); got.Error != "invalid_grant" || !strings.HasPrefix(got.ErrorDescription, "AADSTS50173") {
		t.Errorf("the old refresh token: %s %s", got.Error, got.ErrorDescription)
	}
	if got := f.refresh(t, after.RefreshToken); got.AccessToken == "" {
		t.Errorf("the new refresh token: %s", got.ErrorDescription)
	}
	old.get(authorizeURL())
	old.want("sign-in") // its session ended, too
	old.submit("next", "email", testEmail)
	old.submit("next", "password", testPassword)
	old.wantText("incorrect")
	old.submit("next", "password", changed)
	if old.answer().Get("code") == "" {
		t.Fatal("the new password is not taken")
	}
}

func TestForgotPassword_refuses(t *testing.T) {
	f := newFixture(t, withoutPassword)
	v := f.visitor(t)
	v.get(authorizeURL("login_hint", testEmail))
	v.submit("next")
	v.follow("forgot-password")
	for _, tc := range []struct{ email, says string }{
		{"", "valid email"}, {"nobody@example.com", "couldn't find"}, {codeEmail, "has no password"},
	} {
		v.submit("next", "email", tc.email)
		v.want("forgot-password")
		v.wantText(tc.says)
	}
	f.changeUser(t, func(u *directory.User) { u.Disabled = true })
	v.submit("next", "email", testEmail)
	v.wantText("disabled")
	if n := len(f.Outbox()); n != 0 {
		t.Errorf("%d codes were sent", n)
	}
	f.changeUser(t, func(u *directory.User) { u.Disabled = false })
	v.submit("next", "email", testEmail)
	v.submit("next", "code", f.lastCode(t, testEmail))
	f.changeUser(t, func(u *directory.User) { u.Disabled = true }) // at the last moment
	v.submit("next", "newPassword", "Another-Horse-8", "confirmPassword", "Another-Horse-8")
	v.want("sign-in")
	v.wantText("disabled")
	if !f.store.User(tid, testEmail).CheckPassword(testPassword) {
		t.Error("a disabled account got a new password")
	}
}

func TestBannedPassword(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Seed.Tenants[0].BannedPasswords = []string{"contoso"} })
	v := f.visitor(t)
	f.signUpTo(v, "new-password", "weak@example.com")
	v.submit("next", "newPassword", "C0ntos0!1", "confirmPassword", "C0ntos0!1")
	v.want("new-password")
	v.wantText("harder to guess")
}

// TestForgotPassword_noSignUp checks that a code for a reset opens no sign-up
// where new users need no password.
func TestForgotPassword_noSignUp(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Seed.Tenants[0].UserFlows[0].SignInMethod = directory.EmailOTP })
	v := f.visitor(t)
	v.get(authorizeURL("login_hint", testEmail))
	v.submit("next")
	v.follow("forgot-password")
	v.submit("next", "email", testEmail)
	v.submit("next", "code", f.lastCode(t, testEmail))
	address, values := v.filled("create", "displayName", "X")
	v.post(strings.Replace(address, "/new-password", "/attributes", 1), values)
	v.want("new-password")
}

package emulator

import (
	"net/url"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/web"
)

// Limits of one-time codes.
const (
	otpLife  = 10 * time.Minute
	otpTries = 5 // per code; per account over all flows, see codeFailures
	otpSends = 5 // per flow
	otpQuiet = 3 * time.Second
)

// What a one-time code is for; Message.Purpose says it too.
const (
	forSignUp = "sign-up"
	forSignIn = "sign-in"
	forReset  = "password-reset"

	// In native authentication only.
	forMFA          = "mfa"
	forRegistration = "mfa-registration"
)

// proof is the part of a flow that shows, with a one-time code, that an address
// is the visitor's.
type proof struct {
	purpose  string // "" before the first
	email    string
	userID   string // "" for a sign-up
	verified bool
	resent   bool // a new code was just asked for
	openCode
}

// prove sends a code to an address and returns the page for it. The same again
// within otpQuiet, a double submit, sends nothing.
func (u userFlow) prove(x *exchange, f *flow, page string, p proof) string {
	old := &f.proof
	if old.purpose == p.purpose && strings.EqualFold(old.email, p.email) && old.code != "" && x.now.Sub(old.sentAt) < otpQuiet {
		return web.Code
	}
	f.proof, f.signUp = p, signUp{}
	if !u.sendCode(x, f) {
		return f.alert(page, x.words(f.req.locales).TooManyCodes)
	}
	return web.Code
}

// sendCode puts a new code in the outbox; the old one is dead. It reports false
// when the flow has had its share.
func (u userFlow) sendCode(x *exchange, f *flow) bool {
	if f.sent >= otpSends {
		return false
	}
	f.sent++
	p := &f.proof
	p.openCode, p.verified = x.sendCode(p.email, p.purpose), false
	return true
}

// submitCode checks the one-time code, or sends a new one.
func (u userFlow) submitCode(x *exchange, f *flow, v url.Values) (string, error) {
	t := x.words(f.req.locales)
	p := &f.proof
	p.resent = false
	if v.Get("action") == "resend" {
		if !u.sendCode(x, f) {
			return f.alert(web.Code, t.TooManyCodes), nil
		}
		p.resent = true
		return web.Code, nil
	}
	got := strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' {
			return -1
		}
		return r
	}, v.Get("code"))
	if !directory.IsOneTimeCode(got) {
		return f.wrong(web.Code, "code", t.EnterCode), nil
	}
	switch x.tryCode(&p.openCode, p.userID, got) {
	case otpLocked:
		return f.alert(web.Code, t.CodesLocked), nil
	case otpUsedUp:
		return f.wrong(web.Code, "code", t.CodeUsedUp), nil
	case otpTooOld:
		return f.wrong(web.Code, "code", t.CodeExpired), nil
	case otpWrong:
		if p.tries >= otpTries {
			return f.wrong(web.Code, "code", t.CodeUsedUp), nil
		}
		return f.wrong(web.Code, "code", t.WrongCode), nil
	}
	p.verified = true
	return u.proven(x, f)
}

// proven goes on with what the code was for.
func (u userFlow) proven(x *exchange, f *flow) (string, error) {
	p := &f.proof
	if p.purpose == forSignUp {
		if f.wantsPassword(x.tenant) {
			return web.NewPassword, nil
		}
		return u.collect(x, f)
	}
	user := u.account(x, f)
	if user == nil {
		return web.SignIn, nil
	}
	u.passwords.clear(codeFailures(user.ID))
	if p.purpose == forReset {
		return web.NewPassword, nil
	}
	return u.complete(x, f, user)
}

// account is the account that a code was sent for. When it is gone or disabled
// by now it is nil, and the flow is back at its first page, which says so.
func (u userFlow) account(x *exchange, f *flow) *directory.User {
	user := u.store.User(x.tenant.ID, f.proof.userID)
	if user != nil && !user.Disabled {
		return user
	}
	f.barred(x, user)
	return nil
}

// barred goes back to the sign-in page, which says why an account cannot be used.
func (f *flow) barred(x *exchange, user *directory.User) string {
	t := x.words(f.req.locales)
	f.userID, f.proof = "", proof{}
	if user != nil {
		return f.wrong(web.SignIn, "email", t.Disabled)
	}
	return f.wrong(web.SignIn, "email", t.UnknownAccount)
}

// wantsPassword reports whether new users of the app get a password.
func (f *flow) wantsPassword(t *directory.Tenant) bool {
	_, uf := f.req.userFlowOf(t)
	return uf == nil || uf.Method() == directory.EmailPassword
}

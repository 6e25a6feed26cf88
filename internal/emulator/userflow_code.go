package emulator

import (
	"cmp"
	"net/url"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/passwords"
	"github.com/ciam-cli/ciam/internal/emulator/web"
)

// otpQuiet is how soon after a code the same request sends no other one.
const otpQuiet = 3 * time.Second

// proof is the part of a flow that shows, with a one-time code, that an address
// is the visitor's.
type proof struct {
	purpose  string // "" before the first
	email    string
	userID   string // "" for a sign-up
	verified bool
	resent   bool // a new code was just asked for
	open     passwords.Code
}

// who is whose wrong codes are counted: the account's, or at a sign-up the
// address's.
func (p *proof) who() string { return cmp.Or(p.userID, p.email) }

// prove sends a code to an address and returns the page for it. The same again
// within otpQuiet, a double submit, sends nothing.
func (u userFlow) prove(x *exchange, f *flow, page string, p proof) string {
	old := &f.proof
	if old.purpose == p.purpose && strings.EqualFold(old.email, p.email) && old.open.Open() && x.now.Sub(old.open.SentAt) < otpQuiet {
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
	if f.sent >= passwords.CodeSends {
		return false
	}
	f.sent++
	p := &f.proof
	p.open, p.verified = x.sendCode(p.email, p.purpose), false
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
	if !passwords.IsCode(got) {
		return f.wrong(web.Code, "code", web.Format(t.EnterCode, passwords.CodeLength)), nil
	}
	switch x.passwords.Try(&p.open, p.who(), got, x.now) {
	case passwords.Locked:
		return f.alert(web.Code, t.CodesLocked), nil
	case passwords.UsedUp:
		return f.wrong(web.Code, "code", t.CodeUsedUp), nil
	case passwords.TooOld:
		return f.wrong(web.Code, "code", t.CodeExpired), nil
	case passwords.Wrong:
		if p.open.Tries >= passwords.CodeTries {
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
		u.passwords.Clear(passwords.CodeKey(p.who()))
		if f.wantsPassword(x.tenant) {
			return web.NewPassword, nil
		}
		return u.collect(x, f)
	}
	user := u.account(x, f)
	if user == nil {
		return web.SignIn, nil
	}
	u.passwords.Clear(passwords.CodeKey(user.ID))
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

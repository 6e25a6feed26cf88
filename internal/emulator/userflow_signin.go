package emulator

import (
	"net/url"
	"strings"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/web"
)

// submitEmail takes the address on the sign-in page.
func (u userFlow) submitEmail(x *exchange, f *flow, v url.Values) string {
	t := web.For(f.req.locales)
	f.email, f.userID = strings.TrimSpace(clip(v.Get("email"))), ""
	if !directory.IsEmail(f.email) {
		return f.wrong(web.SignIn, "email", t.EnterEmail)
	}
	user := u.store.User(x.tenant.ID, f.email)
	switch {
	case user == nil:
		return f.wrong(web.SignIn, "email", t.UnknownAccount)
	case user.Disabled:
		return f.wrong(web.SignIn, "email", t.Disabled)
	}
	f.userID = user.ID
	return web.Password
}

// submitPassword checks the password and, when it is right, ends the flow.
func (u userFlow) submitPassword(x *exchange, f *flow, v url.Values) (string, error) {
	t := web.For(f.req.locales)
	user := u.store.User(x.tenant.ID, f.userID)
	if user == nil || user.Disabled {
		f.userID = ""
		return f.wrong(web.SignIn, "email", t.UnknownAccount), nil
	}
	password := v.Get("password")
	u.secrets.add(password)
	if password == "" {
		return f.wrong(web.Password, "password", t.EnterPassword), nil
	}
	if u.passwords.locked(user.ID, x.now) {
		return f.alert(web.Password, t.Locked), nil
	}
	ok, err := u.passwords.check(x.r.Context(), user, password, x.now)
	if err != nil {
		return "", err
	}
	if !ok {
		if u.passwords.locked(user.ID, x.now) {
			return f.alert(web.Password, t.Locked), nil
		}
		return f.wrong(web.Password, "password", t.WrongPassword), nil
	}
	return "", u.complete(x, f, user)
}

// submitPick continues with the account of the browser's session.
func (u userFlow) submitPick(x *exchange, f *flow) (string, error) {
	s := x.session()
	if s == nil {
		return web.SignIn, nil
	}
	return "", u.finish(x, f, &outcome{answer: x.grantCode(&f.req, s), session: s})
}

// complete signs a user in and ends the flow with a code.
func (u userFlow) complete(x *exchange, f *flow, user *directory.User) error {
	s := x.signIn(user)
	return u.finish(x, f, &outcome{answer: x.grantCode(&f.req, s), session: s})
}

// wrong notes what is wrong with one field and stays on the page.
func (f *flow) wrong(page, field, text string) string {
	f.problem = problem{page: page, fields: map[string]string{field: text}}
	return page
}

// alert notes what is wrong with the page as a whole and stays on it.
func (f *flow) alert(page, text string) string {
	f.problem = problem{page: page, alert: text}
	return page
}

package emulator

import (
	"net/url"
	"strings"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/web"
)

// submitEmail takes the address on the sign-in page. How the account signed up
// decides what comes next, whatever its user flow says by now.
func (u userFlow) submitEmail(x *exchange, f *flow, v url.Values) string {
	t := x.words(f.req.locales)
	f.email, f.userID = strings.TrimSpace(clip(v.Get("email"))), ""
	if !directory.IsEmail(f.email) {
		return f.wrong(web.SignIn, "email", t.EnterEmail)
	}
	user := u.store.User(x.tenant.ID, f.email)
	if user == nil || user.Disabled {
		return f.barred(x, user)
	}
	if user.Method() == directory.EmailOTP {
		return u.prove(x, f, web.SignIn, proof{purpose: forSignIn, email: user.Email, userID: user.ID})
	}
	f.userID = user.ID
	return web.Password
}

// submitPassword checks the password and, when it is right, ends the flow.
func (u userFlow) submitPassword(x *exchange, f *flow, v url.Values) (string, error) {
	t := x.words(f.req.locales)
	user := u.store.User(x.tenant.ID, f.userID)
	if user == nil || user.Disabled {
		return f.barred(x, user), nil
	}
	password := v.Get("password")
	u.secrets.Add(password)
	if password == "" {
		return f.wrong(web.Password, "password", t.EnterPassword), nil
	}
	if u.passwords.Locked(user.ID, x.now) {
		return f.alert(web.Password, t.Locked), nil
	}
	ok, err := u.passwords.Check(x.r.Context(), account(user), password, x.now)
	if err != nil {
		return "", err
	}
	if !ok {
		if u.passwords.Locked(user.ID, x.now) {
			return f.alert(web.Password, t.Locked), nil
		}
		return f.wrong(web.Password, "password", t.WrongPassword), nil
	}
	return u.complete(x, f, user)
}

// submitPick continues with one of the browser's sessions. A choice that is not
// among them any more is asked for again, unless only one is left.
func (u userFlow) submitPick(x *exchange, f *flow, v url.Values) (string, error) {
	here := x.sessionsHere()
	for _, s := range here {
		if s.sid == v.Get("account") || len(here) == 1 {
			return u.conclude(x, f, s)
		}
	}
	return f.reachable(x, web.PickAccount), nil
}

// complete signs a user in and ends the flow.
func (u userFlow) complete(x *exchange, f *flow, user *directory.User) (string, error) {
	return u.conclude(x, f, x.signIn(user))
}

// conclude ends the flow with a code for a session, or shows that the app lacks
// the administrator's consent.
func (u userFlow) conclude(x *exchange, f *flow, s *session) (string, error) {
	if !f.req.consented(x.tenant) {
		x.sendSession(s)
		f.proof, f.signUp, f.refused = proof{}, signUp{}, true
		return web.Consent, nil
	}
	return "", u.finish(x, f, &outcome{answer: f.req.to.reached(x, &f.req, s), session: s})
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

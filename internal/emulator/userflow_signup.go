package emulator

import (
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/passwords"
	"github.com/ciam-cli/ciam/internal/emulator/web"
)

// submitSignUp takes the address on the sign-up page and sends a code to it.
func (u userFlow) submitSignUp(x *exchange, f *flow, v url.Values) string {
	t := x.words(f.req.locales)
	email := strings.TrimSpace(clip(v.Get("email")))
	f.newEmail = email
	if !directory.IsEmail(email) {
		return f.wrong(web.SignUp, "email", t.EnterEmail)
	}
	if u.store.User(x.tenant.ID, email) != nil {
		f.email = email
		return f.wrong(web.SignUp, "email", t.AccountExists)
	}
	return u.prove(x, f, web.SignUp, proof{purpose: forSignUp, email: email})
}

// submitNewPassword takes the password twice and keeps only its hash.
func (u userFlow) submitNewPassword(x *exchange, f *flow, v url.Values) (string, error) {
	t := x.words(f.req.locales)
	password, confirm := v.Get("newPassword"), v.Get("confirmPassword")
	u.secrets.Add(password, confirm)
	if text := passwordProblem(t, passwords.Judge(password, x.tenant.BannedPasswords)); text != "" {
		return f.wrong(web.NewPassword, "newPassword", text), nil
	}
	if password != confirm {
		return f.wrong(web.NewPassword, "confirmPassword", t.PasswordMismatch), nil
	}
	var hash string
	var hashErr error
	if err := u.passwords.Slow(x.r.Context(), func() { hash, hashErr = directory.HashPassword(password, u.cost) }); err != nil {
		return "", err
	}
	if hashErr != nil {
		return "", hashErr
	}
	if f.proof.purpose == forReset {
		return u.reset(x, f, hash)
	}
	f.signUp.passwordHash = hash
	return u.collect(x, f)
}

// passwordProblem says what is wrong with a new password; "" when nothing is.
func passwordProblem(t *web.Strings, p passwords.Problem) string {
	switch p {
	case passwords.Fine:
		return ""
	case passwords.TooShort, passwords.TooLong:
		return t.PasswordLength
	case passwords.TooWeak:
		return t.PasswordClasses
	case passwords.Banned:
		return t.PasswordBanned
	}
	return t.PasswordGarbled
}

// collect goes on to the attributes, or makes the account when the user flow
// asks for none.
func (u userFlow) collect(x *exchange, f *flow) (string, error) {
	if _, uf := f.req.userFlowOf(x.tenant); uf != nil && len(uf.Attributes) > 0 {
		return web.Attributes, nil
	}
	return u.create(x, f, nil)
}

// create makes the account and signs it in.
func (u userFlow) create(x *exchange, f *flow, attributes map[string]string) (string, error) {
	t := x.words(f.req.locales)
	user := directory.User{
		ID: x.guid(), Email: f.proof.email, PasswordHash: f.signUp.passwordHash,
		Attributes: attributes, CreatedAt: x.now.UTC().Truncate(time.Second),
	}
	err := x.addUser(user)
	var busy *directory.BusyError
	switch {
	case errors.Is(err, errAccountExists):
		f.email, f.newEmail = user.Email, user.Email
		f.proof, f.signUp = proof{}, signUp{}
		return f.wrong(web.SignUp, "email", t.AccountExists), nil
	case errors.As(err, &busy):
		return f.alert(f.reachable(x, web.Attributes), t.Busy), nil
	case err != nil:
		return "", err
	}
	return u.complete(x, f, &user)
}

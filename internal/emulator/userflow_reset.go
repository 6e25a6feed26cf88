package emulator

import (
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/web"
)

// submitForgot takes the address of a forgotten password and sends a code to it.
func (u userFlow) submitForgot(x *exchange, f *flow, v url.Values) string {
	t := x.words(f.req.locales)
	f.email, f.userID = strings.TrimSpace(clip(v.Get("email"))), ""
	if !directory.IsEmail(f.email) {
		return f.wrong(web.Forgot, "email", t.EnterEmail)
	}
	user := u.store.User(x.tenant.ID, f.email)
	switch {
	case user == nil:
		return f.wrong(web.Forgot, "email", t.UnknownAccount)
	case user.Disabled:
		return f.wrong(web.Forgot, "email", t.Disabled)
	case !user.HasPassword():
		return f.wrong(web.Forgot, "email", t.NoPassword)
	}
	return u.prove(x, f, web.Forgot, proof{purpose: forReset, email: user.Email, userID: user.ID})
}

// reset gives the account its new password, ends what was signed in with the old
// one, and signs in.
func (u userFlow) reset(x *exchange, f *flow, hash string) (string, error) {
	user := u.account(x, f)
	if user == nil {
		return web.SignIn, nil
	}
	// Refresh tokens know their time in milliseconds.
	now := x.now.UTC().Truncate(time.Millisecond)
	err := x.changeUser(user.ID, func(u *directory.User) { u.Password, u.PasswordHash, u.RevokedBefore = "", hash, now })
	if busy := new(directory.BusyError); errors.As(err, &busy) {
		return f.alert(web.NewPassword, x.words(f.req.locales).Busy), nil
	}
	if err != nil {
		return "", err
	}
	u.passwords.Clear(user.ID)
	if user = u.store.User(x.tenant.ID, user.ID); user == nil {
		return f.barred(x, nil), nil
	}
	return u.complete(x, f, user)
}

package emulator

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/web"
)

// Limits of one-time codes.
const (
	otpLife  = 10 * time.Minute
	otpTries = 5 // per code
	otpSends = 5 // per flow
	otpQuiet = 3 * time.Second
)

// errAccountExists reports that an address got an account in the meantime.
var errAccountExists = errors.New("account exists")

// submitSignUp takes the address on the sign-up page and sends a code to it. A
// double submit does not send a second one.
func (u userFlow) submitSignUp(x *exchange, f *flow, v url.Values) string {
	t := web.For(f.req.locales)
	s := &f.signUp
	email := strings.TrimSpace(clip(v.Get("email")))
	if !directory.IsEmail(email) {
		s.email = email
		return f.wrong(web.SignUp, "email", t.EnterEmail)
	}
	if u.store.User(x.tenant.ID, email) != nil {
		s.email, f.email = email, email
		return f.wrong(web.SignUp, "email", t.AccountExists)
	}
	if strings.EqualFold(s.email, email) && s.code != "" && x.now.Sub(s.sentAt) < otpQuiet {
		return web.Code
	}
	*s = signUp{email: email, sent: s.sent}
	if !u.sendCode(x, s) {
		return f.alert(web.SignUp, t.TooManyCodes)
	}
	return web.Code
}

// sendCode puts a new code in the outbox; the old one is dead. It reports false
// when the flow has had its share.
func (u userFlow) sendCode(x *exchange, s *signUp) bool {
	if s.sent >= otpSends {
		return false
	}
	s.code = fmt.Sprintf("%08d", u.randomBelow(100_000_000))
	s.sentAt, s.tries, s.verified = x.now, 0, false
	s.sent++
	u.secrets.add(s.code)
	u.outbox.send(Message{To: s.email, Code: s.code, Purpose: "sign-up", SentAt: x.now.UTC()})
	return true
}

// submitCode checks the one-time code, or sends a new one.
func (u userFlow) submitCode(x *exchange, f *flow, v url.Values) string {
	t := web.For(f.req.locales)
	s := &f.signUp
	s.resent = false
	if v.Get("action") == "resend" {
		if !u.sendCode(x, s) {
			return f.alert(web.Code, t.TooManyCodes)
		}
		s.resent = true
		return web.Code
	}
	got := strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' {
			return -1
		}
		return r
	}, v.Get("code"))
	switch {
	case len(got) != 8 || strings.Trim(got, "0123456789") != "":
		return f.wrong(web.Code, "code", t.EnterCode)
	case s.tries >= otpTries:
		return f.wrong(web.Code, "code", t.CodeUsedUp)
	case x.now.Sub(s.sentAt) >= otpLife:
		return f.wrong(web.Code, "code", t.CodeExpired)
	}
	s.tries++
	if subtle.ConstantTimeCompare([]byte(got), []byte(s.code)) != 1 {
		if s.tries >= otpTries {
			return f.wrong(web.Code, "code", t.CodeUsedUp)
		}
		return f.wrong(web.Code, "code", t.WrongCode)
	}
	s.verified, s.code = true, ""
	return web.NewPassword
}

// submitNewPassword takes the password twice and keeps only its hash.
func (u userFlow) submitNewPassword(x *exchange, f *flow, v url.Values) (string, error) {
	t := web.For(f.req.locales)
	password, confirm := v.Get("newPassword"), v.Get("confirmPassword")
	u.secrets.add(password, confirm)
	switch judgePassword(password) {
	case passwordLength:
		return f.wrong(web.NewPassword, "newPassword", t.PasswordLength), nil
	case passwordSimple:
		return f.wrong(web.NewPassword, "newPassword", t.PasswordClasses), nil
	}
	if password != confirm {
		return f.wrong(web.NewPassword, "confirmPassword", t.PasswordMismatch), nil
	}
	var hash string
	var hashErr error
	if err := u.passwords.slow(x.r.Context(), func() { hash, hashErr = directory.HashPassword(password, u.cost) }); err != nil {
		return "", err
	}
	if hashErr != nil {
		return "", hashErr
	}
	f.signUp.passwordHash = hash
	if _, uf := f.req.userFlowOf(x.tenant); uf != nil && len(uf.Attributes) > 0 {
		return web.Attributes, nil
	}
	return u.create(x, f, nil)
}

// submitAttributes takes the attributes of the user flow and creates the account.
func (u userFlow) submitAttributes(x *exchange, f *flow, v url.Values) (string, error) {
	t := web.For(f.req.locales)
	_, uf := f.req.userFlowOf(x.tenant)
	if uf == nil {
		return web.SignIn, nil
	}
	values := map[string]string{}
	for _, a := range uf.Attributes {
		value := strings.TrimSpace(v.Get(a.Name))
		most := attributeLimit(a.Name)
		switch {
		case value == "" && a.Required:
			f.problem.fields[a.Name] = web.Format(t.AttributeMissing, attributeLabel(t, a))
		case utf8.RuneCountInString(value) > most:
			f.problem.fields[a.Name] = web.Format(t.AttributeTooLong, attributeLabel(t, a), most)
			value = ""
		case !utf8.ValidString(value):
			f.problem.fields[a.Name] = web.Format(t.AttributeMissing, attributeLabel(t, a))
			value = ""
		}
		if value != "" {
			values[a.Name] = value
		}
	}
	f.signUp.values = values
	if len(f.problem.fields) > 0 {
		return web.Attributes, nil
	}
	return u.create(x, f, values)
}

// create makes the account and signs it in. The address is looked for once more
// under the store's lock: another sign-up may have been quicker.
func (u userFlow) create(x *exchange, f *flow, attributes map[string]string) (string, error) {
	t := web.For(f.req.locales)
	user := directory.User{
		ID: x.guid(), Email: f.signUp.email, PasswordHash: f.signUp.passwordHash,
		Attributes: attributes, CreatedAt: x.now.UTC().Truncate(time.Second),
	}
	// An account half made is worse than a browser that did not wait.
	err := u.store.Update(context.WithoutCancel(x.r.Context()), func(d *directory.Document) error {
		tenant := d.Tenant(x.tenant.ID)
		if tenant == nil {
			return unknownTenant(x.tenant.ID)
		}
		for i := range tenant.Users {
			if strings.EqualFold(tenant.Users[i].Email, user.Email) {
				return errAccountExists
			}
		}
		tenant.Users = append(tenant.Users, user)
		return nil
	})
	var busy *directory.BusyError
	switch {
	case errors.Is(err, errAccountExists):
		f.email = f.signUp.email
		f.signUp = signUp{email: f.email, sent: f.signUp.sent}
		return f.wrong(web.SignUp, "email", t.AccountExists), nil
	case errors.As(err, &busy):
		return f.alert(f.problem.page, t.Busy), nil
	case err != nil:
		return "", err
	}
	return "", u.complete(x, f, &user)
}

// attributeLimit is the most characters of a built-in attribute, and of a
// custom one (Microsoft's user-attribute and service-limit pages).
func attributeLimit(name string) int {
	switch name {
	case "city", "country", "jobTitle", "state":
		return 128
	case "displayName":
		return 256
	case "givenName", "surname":
		return 64
	case "postalCode":
		return 40
	case "streetAddress":
		return 1024
	}
	return 250
}

package emulator

import (
	"net/url"
	"strings"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/passwords"
)

// grants are the rows of the token endpoint's table. A password without a
// continuation token is none of them: the password grant of RFC 6749 does not
// exist in external tenants.
func (n native) grants() []grantType {
	var rows []grantType
	for _, name := range []string{"password", "oob", "mfa_oob", "continuation_token"} {
		row := grantType{name: name, open: n.openGrant}
		if name == "password" {
			row.takes = func(v url.Values) bool { return v.Get("continuation_token") != "" }
		}
		rows = append(rows, row)
	}
	return rows
}

// openGrant presents the flow of a continuation token. The flow is proven last,
// so that a mistake in the rest of a request uses no code up. Requests come from
// apps and, through a proxy that may pass their Origin on, from web pages.
func (n native) openGrant(x *exchange, c clientCredentials, v url.Values) (*presented, error) {
	q, err := n.admit(x, c, v)
	if err != nil {
		return nil, err
	}
	f, err := n.take(x, q, grantSteps(q.Get("grant_type"))...)
	if err != nil {
		return nil, err
	}
	p := &presented{
		platform: nativePlatform(x, q.app), origin: anyOrigin, release: f.mu.Unlock,
		userID: f.userID, since: x.provenSince(f), sid: x.guid(), first: x.now,
	}
	p.spend = func(user *directory.User) error {
		if err := n.checkGrant(x, q, f, user); err != nil {
			return err
		}
		if x.tenant.RequiresMFA() && !f.strong {
			return n.demandSecondFactor(x, q, f, user)
		}
		p.authTime = f.provenAt
		n.spend(f)
		n.passwords.Clear(user.ID, passwords.CodeKey(user.ID))
		return nil
	}
	return p, nil
}

// grantSteps are the steps at which a grant is good.
func grantSteps(grant string) []nativeStep {
	switch grant {
	case "password":
		return []nativeStep{signInPassword}
	case "oob":
		return []nativeStep{signInCode, mfaCode}
	case "mfa_oob":
		return []nativeStep{mfaCode}
	}
	return []nativeStep{nativeDone}
}

// checkGrant checks what the request proves and notes it in the flow.
func (n native) checkGrant(x *exchange, q nativeRequest, f *nativeFlow, user *directory.User) error {
	switch q.Get("grant_type") {
	case "password":
		if err := n.checkPassword(x, q, user); err != nil {
			return err
		}
		f.provenAt = x.now
	case "continuation_token":
		if name := q.Get("username"); name != "" && !strings.EqualFold(name, f.username) {
			return badUsername()
		}
	default:
		if err := f.prove(x, q); err != nil {
			return err
		}
		if f.step == mfaCode {
			f.strong = true
		} else {
			f.provenAt = x.now
		}
	}
	return nil
}

// checkPassword checks the user's password under the lockout of the pages.
func (n native) checkPassword(x *exchange, q nativeRequest, user *directory.User) error {
	password, err := q.require("password")
	if err != nil {
		return err
	}
	x.secrets.Add(password)
	if n.passwords.Locked(user.ID, x.now) {
		return accountLocked()
	}
	ok, err := n.passwords.Check(x.r.Context(), account(user), password, x.now)
	switch {
	case err != nil:
		return err
	case !ok && n.passwords.Locked(user.ID, x.now):
		return accountLocked()
	case !ok:
		return wrongPassword()
	}
	return nil
}

// demandSecondFactor answers that a code, or first a place to send it to, is
// still owed; an app that cannot ask for it is sent to the browser.
func (n native) demandSecondFactor(x *exchange, q nativeRequest, f *nativeFlow, user *directory.User) error {
	enrolled := user.EmailAuthenticationMethod != ""
	switch {
	case enrolled && !f.canMFA:
		n.spend(f)
		return x.answerRedirect("Client is missing mfa_required capability")
	case !enrolled && !f.canEnroll:
		n.spend(f)
		return x.answerRedirect("Client is missing registration_required capability")
	case enrolled:
		return mfaRequired(q.app.AppID).next(n.advance(x, f, mfaDue))
	}
	return registrationRequired(q.app.AppID).next(n.advance(x, f, registerDue))
}

// nativePlatform is the kind of client that will hold the refresh token. There
// is no redirect URI to tell it by, only the origin of a page, which the proxy
// that Microsoft documents for its client takes away, at the refresh as well.
func nativePlatform(x *exchange, app *directory.App) platform {
	if len(app.SPA.RedirectURIs) > 0 && x.r.Header.Get("Origin") != "" {
		return platformSPA
	}
	return platformPublic
}

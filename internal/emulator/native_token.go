package emulator

import (
	"net/url"
	"strings"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/passwords"
)

// isNativeGrant reports whether a token request belongs to native
// authentication. A password without a continuation token does not: the
// password grant of RFC 6749 does not exist in external tenants.
func isNativeGrant(v url.Values) bool {
	switch v.Get("grant_type") {
	case "oob", "mfa_oob", "continuation_token":
		return true
	case "password":
		return v.Get("continuation_token") != ""
	}
	return false
}

// token answers the native grants of the token endpoint.
func (n native) token(x *exchange, c clientCredentials, v url.Values) error {
	q, err := n.admit(x, c, v)
	if err != nil {
		return err
	}
	f, err := n.take(x, q, grantSteps(q.Get("grant_type"))...)
	if err != nil {
		return err
	}
	defer f.mu.Unlock()
	scopes, err := parseScopes(x.tenant, q.Get("scope"), true)
	if err != nil {
		return err
	}
	if !q.app.Consented() {
		return consentOwed(q.app.AppID, q.app.Name())
	}
	user, err := x.account(f)
	if err != nil {
		return err
	}
	if err := n.checkGrant(x, q, f, user); err != nil {
		return err
	}
	if x.tenant.RequiresMFA() && !f.strong {
		return n.demandSecondFactor(x, q, f, user)
	}
	n.spend(f)
	n.passwords.Clear(user.ID, passwords.CodeKey(user.ID))
	return token(n).issue(x, subject{
		app: q.app, user: user, scopes: scopes, sid: x.guid(), authTime: f.provenAt, platform: nativePlatform(x, q.app),
	}, wantsClientInfo(v), x.now)
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
	x.secrets.add(password)
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
		return x.sendRedirect("Client is missing mfa_required capability")
	case !enrolled && !f.canEnroll:
		n.spend(f)
		return x.sendRedirect("Client is missing registration_required capability")
	case enrolled:
		return mfaRequired(q.app.AppID).next(n.advance(x, f, mfaDue))
	}
	return registrationRequired(q.app.AppID).next(n.advance(x, f, registerDue))
}

// nativePlatform is the kind of client that will hold the refresh token.
func nativePlatform(x *exchange, app *directory.App) platform {
	if len(app.SPA.RedirectURIs) > 0 && (x.r.Header.Get("Origin") != "" || len(app.PublicClient.RedirectURIs) == 0) {
		return platformSPA
	}
	return platformPublic
}

// wantsClientInfo knows both spellings: MSAL's native clients send true.
func wantsClientInfo(v url.Values) bool {
	return v.Get("client_info") == "1" || v.Get("client_info") == "true"
}

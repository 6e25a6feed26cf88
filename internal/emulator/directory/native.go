package directory

import (
	"fmt"
	"unicode/utf8"
)

// Values of App.NativeAuthenticationAPIsEnabled and of Tenant.MFA; "" means the
// first of each pair.
const (
	NativeNone  = "none"
	NativeAll   = "all"
	MFAOff      = "off"
	MFARequired = "required"

	ScopesConsented = "consented" // of Tenant.AccessTokenScopes
	ScopesAsked     = "asked"
)

// NativeAuthentication reports whether the app may use the native authentication API.
func (a *App) NativeAuthentication() bool {
	return a.IsFallbackPublicClient && a.NativeAuthenticationAPIsEnabled == NativeAll
}

// Confidential reports whether the app can only be a client with a secret.
func (a *App) Confidential() bool {
	return !a.IsFallbackPublicClient && (a.HasCredentials() || len(a.Web.RedirectURIs) > 0)
}

// RequiresMFA reports whether the tenant asks for a second factor.
func (t *Tenant) RequiresMFA() bool { return t.MFA == MFARequired }

// HasPassword reports whether the user can sign in with a password.
func (u *User) HasPassword() bool { return u.PasswordHash != "" || u.Password != "" }

// OnlyAskedScopes reports whether scp of an access token has only the scopes that
// the client asked for.
func (t *Tenant) OnlyAskedScopes() bool { return t.AccessTokenScopes == ScopesAsked }

// validateNative checks the keys that native authentication reads.
func (t *Tenant) validateNative(at string) error {
	if t.MFA != "" && t.MFA != MFAOff && t.MFA != MFARequired {
		return bad(at+".mfa", "expected %s or %s, got %q", MFARequired, MFAOff, t.MFA)
	}
	if s := t.AccessTokenScopes; s != "" && s != ScopesConsented && s != ScopesAsked {
		return bad(at+".accessTokenScopes", "expected %s or %s, got %q", ScopesConsented, ScopesAsked, s)
	}
	for i, w := range t.BannedPasswords {
		if n := utf8.RuneCountInString(w); n < 4 || n > 16 {
			return bad(fmt.Sprintf("%s.bannedPasswords[%d]", at, i), "expected 4 to 16 characters, got %q", w)
		}
	}
	for i, a := range t.Apps {
		if v := a.NativeAuthenticationAPIsEnabled; v != "" && v != NativeNone && v != NativeAll {
			return bad(fmt.Sprintf("%s.apps[%d].nativeAuthenticationApisEnabled", at, i), "expected %s or %s, got %q", NativeNone, NativeAll, v)
		}
	}
	return nil
}

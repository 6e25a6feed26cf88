package emulator

import (
	"slices"
	"strings"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// consent checks that an administrator granted the app every delegated scope of
// the set; customers cannot, and OpenID Connect's own scopes need no grant. The
// set becomes what was granted of its resource, all of it, unless the tenant has
// accessTokenScopes: asked. With <resource>/.default it is that in any case. The
// error is AADSTS65001.
func (s *scopeSet) consent(t *directory.Tenant, app *directory.App) error {
	if !app.Consented() {
		return noConsent(app)
	}
	owed := slices.ContainsFunc(s.names, func(name string) bool { return !s.needsNoGrant(name) && !app.Grants(t, s.audience, name) })
	whatever := slices.ContainsFunc(s.asked, func(scope string) bool { return strings.HasSuffix(scope, "/.default") })
	if owed && !whatever {
		return noConsent(app)
	}
	administers := slices.ContainsFunc(s.names, func(name string) bool { return s.audience == graphAppID && isAdministrative(name) })
	if whatever || !t.OnlyAskedScopes() && !administers {
		s.names = s.consentedNames(t, app, whatever)
	}
	if whatever && len(s.names) == 0 {
		return noConsent(app)
	}
	return nil
}

// consentedNames are all the scopes of the set's resource that the app was granted; Graph's administrative permissions
// only when whatever there is was asked for.
func (s *scopeSet) consentedNames(t *directory.Tenant, app *directory.App, whatever bool) []string {
	all := []string{"openid", "profile", "email", "User.Read"}
	if api := t.API(s.audience); api != nil {
		all = api.Scopes
	} else if whatever && !app.IsFirstParty() {
		for _, p := range directory.Permissions() {
			if p.Administrative() {
				all = append(all, p.Name)
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(name string) bool {
		return !(s.needsNoGrant(name) && slices.Contains(s.names, name)) && !app.Grants(t, s.audience, name)
	})
}

// isAdministrative reports whether a scope of Graph is about the tenant.
func isAdministrative(name string) bool {
	p := directory.FindPermission(name)
	return p != nil && p.Administrative()
}

// needsNoGrant reports whether a name of the set is OpenID Connect's own.
func (s *scopeSet) needsNoGrant(name string) bool {
	return s.audience == graphAppID && (name == "openid" || name == "profile" || name == "email")
}

// consented reports whether the app was granted what the request asks for.
func (q *authRequest) consented(t *directory.Tenant) bool {
	app := t.App(q.appID)
	if app == nil {
		return false
	}
	for s := range strings.FieldsSeq(q.scope) { // one by one: they may be of several resources
		scopes, err := parseScopes(t, app, s, true)
		if err != nil || scopes.consent(t, app) != nil {
			return false
		}
	}
	return true
}

// noConsent is AADSTS65001 as the token endpoint sends it.
func noConsent(app *directory.App) *fault {
	f := consentMissing(app.AppID, app.Name()).sub("consent_required")
	f.OAuth = "invalid_grant"
	return f
}

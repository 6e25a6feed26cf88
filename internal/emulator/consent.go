package emulator

import (
	"slices"
	"strings"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// consent checks that an administrator granted the app every delegated scope of
// the set; customers cannot, and OpenID Connect's own scopes need no grant. With
// <resource>/.default the set becomes what was granted. The error is AADSTS65001.
func (s *scopeSet) consent(t *directory.Tenant, app *directory.App) error {
	if !app.Consented() {
		return noConsent(app)
	}
	granted := slices.DeleteFunc(slices.Clone(s.names), func(name string) bool {
		switch name {
		case "openid", "profile", "email":
			return false
		}
		return !app.Grants(t, s.audience, name)
	})
	if len(granted) == len(s.names) {
		return nil
	}
	whatever := slices.ContainsFunc(s.asked, func(scope string) bool { return strings.HasSuffix(scope, "/.default") })
	if !whatever || len(granted) == 0 {
		return noConsent(app)
	}
	s.names = granted
	return nil
}

// consented reports whether the app was granted what the request asks for.
func (q *authRequest) consented(t *directory.Tenant) bool {
	app := t.App(q.appID)
	if app == nil {
		return false
	}
	scopes, err := parseScopes(t, q.scope, false)
	return err == nil && scopes.consent(t, app) == nil
}

// noConsent is AADSTS65001 as the token endpoint sends it.
func noConsent(app *directory.App) *fault {
	f := consentMissing(app.AppID, app.Name()).sub("consent_required")
	f.OAuth, f.HelpURI = "invalid_grant", true
	return f
}

package directory

import (
	"fmt"
	"slices"
	"strings"
)

func sameID(a, b string) bool { return strings.EqualFold(a, b) }

// validateProtocol checks the keys that sign-out, hybrid answers, client
// assertions and client credentials read.
func (t *Tenant) validateProtocol(at string) error {
	for i, api := range t.APIs {
		for j, r := range api.AppRoles {
			if r == "" || hasSpace(r) {
				return bad(fmt.Sprintf("%s.apis[%d].appRoles[%d]", at, i, j), "expected a role name such as Forecast.Read.All, got %q", r)
			}
		}
	}
	for i := range t.Apps {
		p := fmt.Sprintf("%s.apps[%d]", at, i)
		if err := t.Apps[i].validateCredentials(p); err != nil {
			return err
		}
		if err := t.Apps[i].validatePlatforms(p); err != nil {
			return err
		}
		if err := t.validateGrants(p, &t.Apps[i]); err != nil {
			return err
		}
	}
	return nil
}

func (a *App) validateCredentials(at string) error {
	for i, k := range a.KeyCredentials {
		if _, err := k.Parse(); err != nil {
			return bad(fmt.Sprintf("%s.keyCredentials[%d].certificate", at, i), "%v", err)
		}
	}
	seen := uniquely{}
	for i, c := range a.FederatedIdentityCredentials {
		p := fmt.Sprintf("%s.federatedIdentityCredentials[%d]", at, i)
		switch {
		case c.Issuer == "" || hasSpace(c.Issuer):
			return bad(p+".issuer", "expected the issuer of the tokens, got %q", c.Issuer)
		case c.Subject == "":
			return bad(p+".subject", "expected the subject of the tokens")
		case slices.Contains(c.Audiences, ""):
			return bad(p+".audiences", "expected audiences that are not empty")
		}
		if err := seen.add(p+".subject", c.Issuer+"\n"+c.Subject); err != nil {
			return bad(p, "another credential has this issuer and subject")
		}
		if _, err := c.Keys(); err != nil && c.JWKS != "" {
			return bad(p+".jwks", "%v", err)
		}
	}
	return nil
}

// validatePlatforms checks what only the web platform may have. As in Graph,
// that is where a single-page app has its logout URL, too.
func (a *App) validatePlatforms(at string) error {
	if a.Web.LogoutURL != "" {
		if problem := checkLogoutURL(a.Web.LogoutURL); problem != "" {
			return bad(at+".web.logoutUrl", "%s, got %q", problem, a.Web.LogoutURL)
		}
	}
	for _, pl := range []struct {
		name string
		Platform
	}{{"spa", a.SPA}, {"publicClient", a.PublicClient}} {
		if pl.LogoutURL != "" {
			return bad(fmt.Sprintf("%s.%s.logoutUrl", at, pl.name), "expected it below web, for every kind of app")
		}
		if pl.ImplicitGrantSettings != (ImplicitGrantSettings{}) {
			return bad(fmt.Sprintf("%s.%s.implicitGrantSettings", at, pl.name), "expected it below web, for every kind of app")
		}
	}
	return nil
}

// validateGrants checks that roles and scopes exist that an app was granted.
func (t *Tenant) validateGrants(at string, a *App) error {
	for i, r := range a.AppRoleAssignments {
		p := fmt.Sprintf("%s.appRoleAssignments[%d]", at, i)
		api := t.API(r.Resource)
		if api == nil {
			return bad(p+".resource", "no API has the appId or the displayName %q", r.Resource)
		}
		if !slices.Contains(api.AppRoles, r.Role) {
			return bad(p+".role", "expected one of the API's appRoles (%s), got %q", strings.Join(api.AppRoles, ", "), r.Role)
		}
	}
	for i, s := range a.GrantedScopes {
		if !t.knowsScope(s) {
			return bad(fmt.Sprintf("%s.grantedScopes[%d]", at, i), "expected User.Read, an OpenID Connect scope, or <identifierUri>/<scope> of an API, got %q", s)
		}
	}
	return nil
}

func (t *Tenant) knowsScope(s string) bool {
	switch s {
	case "openid", "profile", "email", "offline_access", "User.Read", "https://graph.microsoft.com/User.Read":
		return true
	}
	i := strings.LastIndexByte(s, '/')
	if i < 0 {
		return false
	}
	for _, api := range t.APIs {
		if (sameID(api.IdentifierURI, s[:i]) || sameID(api.AppID, s[:i])) && slices.Contains(api.Scopes, s[i+1:]) {
			return true
		}
	}
	return false
}

// Grants reports whether an administrator granted the app a delegated scope of
// a resource. OpenID Connect's own scopes need no grant of their own.
func (a *App) Grants(t *Tenant, resource, scope string) bool {
	if len(a.GrantedScopes) == 0 {
		return true
	}
	for _, g := range a.GrantedScopes {
		i := strings.LastIndexByte(g, '/')
		name := g[i+1:]
		if !strings.EqualFold(name, scope) {
			continue
		}
		api := t.API(resource)
		switch {
		case api == nil: // Microsoft Graph
			if i < 0 || g[:i] == "https://graph.microsoft.com" {
				return true
			}
		case i >= 0 && (sameID(api.IdentifierURI, g[:i]) || sameID(api.AppID, g[:i])):
			return true
		}
	}
	return false
}

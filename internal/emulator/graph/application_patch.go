package graph

import (
	"slices"
	"strings"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// apply sets the properties of a body in an application. Collections are replaced whole, objects such as web by their parts.
func (c *call) apply(t *directory.Tenant, g registration, body object) error {
	a := g.app
	for name, v := range body {
		var err error
		switch name {
		case "id", "appId", "publisherDomain", "createdDateTime", "deletedDateTime":
			err = badRequest("Property '%s' is read-only and cannot be set.", name)
		case "passwordCredentials":
			if list, _ := v.([]any); len(list) > 0 {
				err = badRequest("Property passwordCredentials cannot be set; use addPassword.")
			}
		case "displayName":
			if a.DisplayName, _ = v.(string); strings.TrimSpace(a.DisplayName) == "" {
				err = badRequest("Invalid value specified for property 'displayName' of resource 'Application'.")
			}
		case "isFallbackPublicClient":
			a.IsFallbackPublicClient, _ = v.(bool)
		case "nativeAuthenticationApisEnabled":
			a.NativeAuthenticationAPIsEnabled, _ = v.(string)
		case "web", "spa", "publicClient":
			err = applyPlatform(a, name, v)
		case "keyCredentials":
			err = c.applyKeys(t, a, v)
		case "api":
			err = applyAPI(t, g, v)
		case "appRoles":
			if err = checkEntitlements("appRoles", rolesOf(t, g), v); err == nil {
				a.Registration[name] = v
			}
		case "uniqueName":
			if old, _ := a.Registration[name].(string); old != "" && old != v {
				err = badRequest("Property uniqueName cannot be changed once it is set.")
			}
			a.Registration[name] = v
		default:
			if name == servicePrincipalPart || strings.Contains(name, "@") {
				continue
			}
			a.Registration[name] = v
		}
		if err != nil {
			return err
		}
	}
	applyClaims(a, body)
	if err := c.unique(t, g); err != nil {
		return err
	}
	return expose(t, g)
}

// applyPlatform sets what a body has of web, spa or publicClient.
func applyPlatform(a *directory.App, name string, v any) error {
	p := map[string]*directory.Platform{"web": &a.Web, "spa": &a.SPA, "publicClient": &a.PublicClient}[name]
	body, _ := v.(object)
	if list, set := body["redirectUris"].([]any); set {
		p.RedirectURIs = texts(list)
	} else if list, set := body["redirectUriSettings"].([]any); set {
		p.RedirectURIs = nil
		for _, item := range list {
			o, _ := item.(object)
			if u, _ := o["uri"].(string); u != "" {
				p.RedirectURIs = append(p.RedirectURIs, u)
			}
		}
	}
	if name != "web" {
		return nil
	}
	if v, set := body["logoutUrl"]; set {
		p.LogoutURL, _ = v.(string)
	}
	if grants, set := body["implicitGrantSettings"].(object); set {
		if on, given := grants["enableIdTokenIssuance"].(bool); given {
			p.ImplicitGrantSettings.EnableIDTokenIssuance = on
		}
		if on, given := grants["enableAccessTokenIssuance"].(bool); given {
			p.ImplicitGrantSettings.EnableAccessTokenIssuance = on
		}
	}
	if v, set := body["homePageUrl"]; set {
		a.Registration["web"] = object{"homePageUrl": v}
	}
	return nil
}

// applyAPI sets what a body has of api.
func applyAPI(t *directory.Tenant, g registration, v any) error {
	body, _ := v.(object)
	api := copied(part(g.app.Registration, "api"))
	if list, set := body["oauth2PermissionScopes"]; set {
		if err := checkEntitlements("api.oauth2PermissionScopes", scopesOf(t, g), list); err != nil {
			return err
		}
	}
	for name, v := range body {
		api[name] = v
	}
	g.app.Registration["api"] = api
	clients, _ := api["preAuthorizedApplications"].([]any)
	for _, item := range clients {
		o, _ := item.(object)
		ids, _ := o["delegatedPermissionIds"].([]any)
		for _, id := range texts(ids) {
			if entry(scopesOf(t, g), "id", id) == nil {
				return badRequest("Property PreAuthorizedApplications references the permission %s, which cannot be found.", clip(id))
			}
		}
	}
	return nil
}

// checkEntitlements judges a new list of scopes or app roles: each has an id and a value of its own, and what is enabled has
// to be disabled before it goes or becomes another.
func checkEntitlements(at string, old []any, v any) error {
	list, _ := v.([]any)
	ids, names := map[string]bool{}, map[string]bool{}
	for _, item := range list {
		o, _ := item.(object)
		id, _ := o["id"].(string)
		value, _ := o["value"].(string)
		switch {
		case !directory.IsGUID(id) || ids[strings.ToLower(id)]:
			return badRequest("Property %s needs an id of its own for every entry; got '%s'.", at, clip(id))
		case value != "" && names[strings.ToLower(value)]:
			return badRequest("Property %s has the value '%s' twice.", at, clip(value))
		}
		ids[strings.ToLower(id)], names[strings.ToLower(value)] = true, true
	}
	for _, item := range old {
		o, _ := item.(object)
		id, _ := o["id"].(string)
		next := entry(list, "id", id)
		if o["isEnabled"] != false && (next == nil || next["value"] != o["value"]) {
			return &Failure{Status: 400, Code: "CannotDeleteOrUpdateEnabledEntitlement", Message: "Permission (scope or role) cannot be deleted or updated unless disabled first."}
		}
	}
	return nil
}

// applyClaims has the optional claims of the ID token that were set appear in it.
func applyClaims(a *directory.App, body object) {
	v, set := body["optionalClaims"]
	if !set {
		return
	}
	claims, _ := v.(object)
	list, _ := claims["idToken"].([]any)
	a.OptionalClaims.IDToken = nil
	for _, item := range list {
		o, _ := item.(object)
		if name, _ := o["name"].(string); name != "" {
			a.OptionalClaims.IDToken = append(a.OptionalClaims.IDToken, name)
		}
	}
}

// unique refuses identifier URIs and unique names that another application has, also a deleted one.
func (c *call) unique(t *directory.Tenant, g registration) error {
	mine := map[string]bool{}
	for _, u := range texts(identifiersOf(g)) {
		mine[strings.ToLower(u)] = true
	}
	name, _ := g.app.Registration["uniqueName"].(string)
	others := registrations(t)
	for i := range t.DeletedApps {
		if d := &t.DeletedApps[i]; !c.expired(d) {
			others = append(others, registration{app: &d.App, api: d.API})
		}
	}
	for _, other := range others {
		if strings.EqualFold(other.app.AppID, g.app.AppID) {
			continue
		}
		if taken, _ := other.app.Registration["uniqueName"].(string); name != "" && strings.EqualFold(taken, name) {
			return badRequest("Another object with the same value for property uniqueName already exists.")
		}
		if slices.ContainsFunc(texts(identifiersOf(other)), func(u string) bool { return mine[strings.ToLower(u)] }) {
			return badRequest("Another object with the same value for property identifierUris already exists.")
		}
	}
	return nil
}

// expose has the tenant know as an API what the application exposes, and forget what it no longer does.
func expose(t *directory.Tenant, g registration) error {
	identifiers, scopes, roles := texts(identifiersOf(g)), values(scopesOf(t, g)), values(rolesOf(t, g))
	i := slices.IndexFunc(t.APIs, func(a directory.API) bool { return strings.EqualFold(a.AppID, g.app.AppID) })
	settle(t)
	switch {
	case len(identifiers)+len(scopes)+len(roles) == 0:
		if i >= 0 {
			t.APIs = slices.Delete(t.APIs, i, i+1)
		}
	default:
		api := directory.API{AppID: g.app.AppID, DisplayName: g.app.DisplayName, IdentifierURI: "api://" + g.app.AppID, Scopes: scopes, AppRoles: roles}
		if len(identifiers) > 0 {
			api.IdentifierURI = identifiers[0]
		}
		if i < 0 {
			t.APIs = append(t.APIs, api)
		} else {
			t.APIs[i] = api
		}
	}
	prune(t)
	return nil
}

func texts(list []any) []string {
	out := make([]string, 0, len(list))
	for _, v := range list {
		if s, is := v.(string); is {
			out = append(out, s)
		}
	}
	return out
}

package graph

import (
	"slices"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// registration is an application: what the document has as an app, as an API, or as both under one appId.
type registration struct {
	app      *directory.App
	api      *directory.API // nil: exposes nothing
	internal bool           // b2c-extensions-app, which is not for changing
}

// extensionsName is the name of the app under which a tenant's own attributes are kept.
const extensionsName = "b2c-extensions-app. Do not modify. Used by AADB2C for storing user data."

// registrations are the tenant's applications, the extensions app last.
func registrations(t *directory.Tenant) []registration {
	var all []registration
	for i := range t.Apps {
		all = append(all, registration{app: &t.Apps[i], api: t.API(t.Apps[i].AppID)})
	}
	for i := range t.APIs {
		api := &t.APIs[i]
		if !slices.ContainsFunc(t.Apps, func(a directory.App) bool { return strings.EqualFold(a.AppID, api.AppID) }) {
			all = append(all, registration{app: &directory.App{AppID: api.AppID, DisplayName: api.DisplayName}, api: api})
		}
	}
	return append(all, registration{app: &directory.App{AppID: t.ExtensionsApp(), DisplayName: extensionsName}, internal: true})
}

func applicationID(t *directory.Tenant, appID string) string {
	return t.ObjectID("application", strings.ToLower(appID))
}

// find finds an application by a key of a path: an object id, appId=… or uniqueName=….
func (c *call) find(t *directory.Tenant, key string) (registration, error) {
	field, value, named := strings.Cut(key, "=")
	for _, g := range registrations(t) {
		id := applicationID(t, g.app.AppID)
		unique, _ := g.app.Registration["uniqueName"].(string)
		match := strings.EqualFold(id, field)
		if named {
			match = field == "appId" && strings.EqualFold(g.app.AppID, value) || field == "uniqueName" && unique != "" && strings.EqualFold(unique, value)
		}
		if match && !c.held(id) {
			return g, nil
		}
	}
	return registration{}, notFound("application", key)
}

// forChange is find for a caller who changes what is found: an API alone becomes an app, too.
func (c *call) forChange(t *directory.Tenant, key string) (registration, error) {
	g, err := c.find(t, key)
	if err != nil {
		return g, err
	}
	if g.internal {
		return g, forbidden("The application b2c-extensions-app holds the user attributes of the tenant and is not to be changed.")
	}
	if i := slices.IndexFunc(t.Apps, func(a directory.App) bool { return a.AppID == g.app.AppID }); i < 0 {
		t.Apps = append(t.Apps, *g.app)
		g.app = &t.Apps[len(t.Apps)-1]
	}
	if g.app.Registration == nil {
		g.app.Registration = object{}
	}
	return g, nil
}

// part is an object below a registration's property; never nil.
func part(registration object, name string) object {
	o, _ := registration[name].(object)
	return o
}

// view is an application as Graph shows it.
func (c *call) view(t *directory.Tenant, g registration) object {
	a := g.app
	out := object{
		"id": applicationID(t, a.AppID), "appId": a.AppID, "displayName": a.Name(), "publisherDomain": t.Domain(), "deletedDateTime": nil,
		"createdDateTime": nil, "description": nil, "notes": nil, "uniqueName": nil, "serviceManagementReference": nil, "isDisabled": nil,
		"groupMembershipClaims": nil, "signInAudience": "AzureADMyOrg", "tags": []any{}, "requiredResourceAccess": []any{}, "addIns": []any{},
		"optionalClaims": optionalClaims(a), "tokenEncryptionKeyId": nil,
	}
	for name, v := range a.Registration {
		if name != servicePrincipalPart {
			out[name] = v
		}
	}
	out["isFallbackPublicClient"] = a.IsFallbackPublicClient
	out["nativeAuthenticationApisEnabled"] = nil
	if a.NativeAuthenticationAPIsEnabled != "" {
		out["nativeAuthenticationApisEnabled"] = a.NativeAuthenticationAPIsEnabled
	}
	web := copied(part(a.Registration, "web"), "homePageUrl")
	web["redirectUris"], web["logoutUrl"] = uris(a.Web), orNull(a.Web.LogoutURL)
	web["implicitGrantSettings"] = object{
		"enableIdTokenIssuance": a.Web.ImplicitGrantSettings.EnableIDTokenIssuance, "enableAccessTokenIssuance": a.Web.ImplicitGrantSettings.EnableAccessTokenIssuance,
	}
	settings := []any{}
	for _, u := range a.Web.RedirectURIs {
		settings = append(settings, object{"uri": u, "index": nil})
	}
	web["redirectUriSettings"] = settings
	out["web"], out["spa"], out["publicClient"] = web, object{"redirectUris": uris(a.SPA)}, object{"redirectUris": uris(a.PublicClient)}
	api := copied(part(a.Registration, "api"), "acceptMappedClaims", "requestedAccessTokenVersion")
	api["oauth2PermissionScopes"] = scopesOf(t, g)
	for _, name := range []string{"preAuthorizedApplications", "knownClientApplications"} {
		if api[name] == nil {
			api[name] = []any{}
		}
	}
	out["api"], out["appRoles"], out["identifierUris"] = api, rolesOf(t, g), identifiersOf(g)
	out["passwordCredentials"], out["keyCredentials"] = c.secretViews(t, a), c.keyViews(t, a)
	return out
}

// copied is a copy of an object in which the names are there, null or not.
func copied(o object, names ...string) object {
	out := object{}
	for _, name := range names {
		out[name] = nil
	}
	for name, v := range o {
		out[name] = v
	}
	return out
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func uris(p directory.Platform) []any { return anyList(p.RedirectURIs) }

// optionalClaims are those that the seed names; what was set through Graph is in the registration.
func optionalClaims(a *directory.App) any {
	if len(a.OptionalClaims.IDToken) == 0 {
		return nil
	}
	list := []any{}
	for _, name := range a.OptionalClaims.IDToken {
		list = append(list, object{"name": name, "source": nil, "essential": false, "additionalProperties": []any{}})
	}
	return object{"idToken": list, "accessToken": []any{}, "saml2Token": []any{}}
}

func identifiersOf(g registration) []any {
	if list, set := g.app.Registration["identifierUris"].([]any); set {
		return list
	}
	if g.api == nil {
		return []any{}
	}
	return []any{g.api.IdentifierURI}
}

// scopesOf are the delegated permissions of an application: as they were set, else made of the seed's names.
func scopesOf(t *directory.Tenant, g registration) []any {
	if list, set := part(g.app.Registration, "api")["oauth2PermissionScopes"].([]any); set {
		return list
	}
	list := []any{}
	if g.api != nil {
		for _, name := range g.api.Scopes {
			list = append(list, scopeView(t.ObjectID("scope", g.app.AppID, name), name))
		}
	}
	return list
}

func scopeView(id, name string) object {
	return object{
		"id": id, "value": name, "type": "Admin", "isEnabled": true, "adminConsentDisplayName": name, "adminConsentDescription": name,
		"userConsentDisplayName": nil, "userConsentDescription": nil,
	}
}

// rolesOf are an application's app roles, likewise.
func rolesOf(t *directory.Tenant, g registration) []any {
	if list, set := g.app.Registration["appRoles"].([]any); set {
		return list
	}
	list := []any{}
	if g.api != nil {
		for _, name := range g.api.AppRoles {
			list = append(list, roleView(t.ObjectID("role", g.app.AppID, name), name))
		}
	}
	return list
}

func roleView(id, name string) object {
	return object{
		"id": id, "value": name, "displayName": name, "description": name, "allowedMemberTypes": []any{"Application"}, "isEnabled": true, "origin": "Application",
	}
}

// entry finds the entry of a list whose property has a value, in any case.
func entry(list []any, property, value string) object {
	for _, item := range list {
		o, _ := item.(object)
		if v, _ := o[property].(string); v != "" && strings.EqualFold(v, value) {
			return o
		}
	}
	return nil
}

// values are the texts of a list of objects under a name, of those that are enabled.
func values(list []any) []string {
	var out []string
	for _, item := range list {
		o, _ := item.(object)
		if v, _ := o["value"].(string); v != "" && o["isEnabled"] != false {
			out = append(out, v)
		}
	}
	return out
}

func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

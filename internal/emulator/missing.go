package emulator

import (
	"net/http"
	"strings"
)

// missing is the area of everything that has no other: paths that a live tenant
// has and this one has not, and paths that nobody has. The answer is an error in
// the service's form that says what is missing and what to use, and a page for a
// browser; the request log has it too.
type missing struct{ *Server }

// Mount adds the area's routes.
func (m missing) Mount(mux *http.ServeMux) {
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		x := m.newExchange(w, r)
		report := x.errorJSON
		if wantsPage(r) {
			report = x.errorPage
		}
		x.finish(open(func(x *exchange) error { return x.notHere() }, "GET, POST"), report)
	})
}

// wantsPage reports whether a browser shows the answer to a person.
func wantsPage(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "text/html")
}

// notHere says what is missing.
func (x *exchange) notHere() error {
	what := missingAt(x.r.URL.Path)
	x.seen.lacks(what)
	return fail(90100, "invalid_request", "The emulator does not have %s %s: %s", clip(x.r.Method), clip(x.r.URL.Path), what).status(http.StatusNotFound)
}

// absent is something that the emulator does not have, by the end of its path
// after the tenant.
type absent struct {
	paths []string // whole, or up to a trailing *
	what  string
}

// absences are what live tenants and their relatives have, most of them for
// somebody who expects another kind of tenant or an older version.
func absences() []absent {
	return []absent{
		{[]string{"/oauth2/authorize"}, "no v1 endpoint; use /oauth2/v2.0/authorize."},
		{[]string{"/oauth2/token"}, "no v1 endpoint; use /oauth2/v2.0/token."},
		{[]string{"/oauth2/devicecode"}, "no v1 endpoint; use /oauth2/v2.0/devicecode."},
		{[]string{"/oauth2/logout"}, "no v1 endpoint; use /oauth2/v2.0/logout."},
		{[]string{"/discovery/keys"}, "no v1 endpoint; use /discovery/v2.0/keys."},
		{[]string{"/.well-known/openid-configuration"}, "discovery without /v2.0 is not emulated; use /v2.0/.well-known/openid-configuration."},
		{[]string{"/.well-known/oauth-authorization-server", "/v2.0/.well-known/oauth-authorization-server"}, "the service has no metadata of RFC 8414; use /v2.0/.well-known/openid-configuration."},
		{[]string{"/oauth2/v2.0/authorize-challenge", "/api/v2.0/*", "/api/v1.0-internal/*", "/api/v0.1/*"}, "native authentication V2 is not emulated; V1 begins at /oauth2/v2.0/initiate, /signup/v1.0/start and /resetpassword/v1.0/start."},
		{[]string{"/signup/*", "/resetpassword/*", "/register/*"}, "native authentication V1 has no such step; the steps: https://github.com/ciam-cli/ciam/blob/main/docs/emulator.md#native-authentication"},
		{[]string{"/oauth2/v2.0/userinfo", "/oauth2/userinfo", "/v2.0/userinfo", "/oidc/userinfo", "/userinfo"}, "userinfo is at /oidc/userinfo, without the tenant, and at /openid/userinfo."},
		{[]string{"/oauth2/deviceauth", "/devicelogin", "/oauth2/v2.0/deviceauth"}, "the page for a device's code is /common/oauth2/deviceauth."},
		{[]string{"/oauth2/v2.0/revoke", "/oauth2/revoke", "/revoke"}, "the service has no revocation endpoint (RFC 7009)."},
		{[]string{"/oauth2/v2.0/par"}, "the service has no pushed authorization requests (RFC 9126)."},
		{[]string{"/oauth2/v2.0/register", "/register"}, "the service has no dynamic registration (RFC 7591); apps are in the seed."},
		{[]string{"/adminconsent", "/v2.0/adminconsent"}, "admin consent is not asked for on a page; it is in the seed: adminConsent, grantedScopes."},
		{[]string{"/saml2", "/samlp/*", "/saml/*", "/wsfed", "/federationmetadata/*", "/federation/*", "/reply/*"}, "SAML, WS-Federation and federated identity providers are not emulated."},
		{[]string{"/kerberos", "/kerberos/*"}, "Kerberos is not emulated."},
		{[]string{"/userrealm", "/userrealm/*", "/getcredentialtype"}, "home realm discovery is not emulated; an external tenant's users sign in at /oauth2/v2.0/authorize."},
		{[]string{"/oauth2/nativeclient", "/oauth2/v2.0/nativeclient"}, "the page nativeclient is not emulated; register http://localhost as redirect URI."},
		{[]string{"/login", "/reprocess", "/resume", "/kmsi", "/sas/*", "/login.srf", "/ppsecure/*"}, "the service's own pages are not emulated; begin at /oauth2/v2.0/authorize."},
		{[]string{"/v1.0/*", "/beta/*"}, "Microsoft Graph is at /graph/v1.0, as far as it is emulated, and /oidc/userinfo."},
	}
}

// missingAt names what a path leads to elsewhere.
func missingAt(path string) string {
	first, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	whole, below := strings.ToLower(strings.TrimSuffix("/"+first+"/"+rest, "/")), strings.ToLower("/"+strings.TrimSuffix(rest, "/"))
	segment, _, _ := strings.Cut(rest, "/")
	switch {
	case strings.EqualFold(first, "tfp"), strings.HasPrefix(strings.ToLower(segment), "b2c_1"):
		return "policies are Azure AD B2C's; an external tenant chooses the user flow by the app, and its paths name none."
	case isShared(first) && !strings.EqualFold(first, "common"), strings.HasPrefix(whole, "/common/oauth2/v2.0/"), strings.HasPrefix(whole, "/common/v2.0/"), strings.HasPrefix(whole, "/common/discovery/"):
		return sharedText
	case strings.HasPrefix(whole, "/oauth2/v2.0/"), strings.HasPrefix(whole, "/v2.0/"), strings.HasPrefix(whole, "/discovery/v2.0/"):
		return "the path begins with the tenant: its ID, SUBDOMAIN.onmicrosoft.com or SUBDOMAIN."
	}
	for _, a := range absences() {
		for _, p := range a.paths {
			prefix, more := strings.CutSuffix(p, "*")
			for _, got := range []string{below, whole} {
				if got == p || more && strings.HasPrefix(got, prefix) {
					return a.what
				}
			}
		}
	}
	if rest == "" {
		return "an address of a tenant alone is no page; discovery is at /v2.0/.well-known/openid-configuration below it."
	}
	if path != strings.ToLower(path) || strings.HasSuffix(path, "/") {
		return "nothing is at this path; the emulator's paths are in lower case and end without a slash."
	}
	return "nothing is at this path; the endpoints are in /TENANT/v2.0/.well-known/openid-configuration."
}

// sharedText is about the tenants that are none.
const sharedText = "an external tenant has no /common, /organizations or /consumers; use its ID, SUBDOMAIN.onmicrosoft.com or SUBDOMAIN."

// isShared reports whether a tenant's name is one of those that stand for many.
func isShared(name string) bool {
	return strings.EqualFold(name, "common") || strings.EqualFold(name, "organizations") || strings.EqualFold(name, "consumers")
}

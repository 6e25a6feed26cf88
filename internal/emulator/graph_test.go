package emulator

import (
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// TestGraph_signUp makes an app and a user flow through Graph and signs a customer up in them, with both methods; the
// state is in a file, which is read again by another server.
func TestGraph_signUp(t *testing.T) {
	for _, tc := range []struct{ provider, page string }{{"EmailPassword-OAUTH", "new-password"}, {"EmailOtpSignup-OAUTH", "attributes"}} {
		t.Run(tc.provider, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "tenant.yaml")
			f := newGraphFixture(t, func(o *Options) { o.DataFile = file })
			g := f.administrator(t, everyPermission)
			_, appID, _ := g.consented(`{"displayName":"made","signInAudience":"AzureADMyOrg","publicClient":{"redirectUris":["http://localhost"]},"isFallbackPublicClient":true}`)
			hobby := g.make("/identity/userFlowAttributes", `{"displayName":"Hobby","description":"Your hobby","dataType":"string"}`, "id")
			flow := g.make("/identity/authenticationEventsFlows", flowBody("Made", tc.provider, nameInput+
				`,{"attribute":"`+hobby+`","label":"Hobby","inputType":"radioSingleSelect","hidden":false,"editable":true,"writeToDirectory":true,"required":true,"validationRegEx":"^.*","options":[{"label":"Chess","value":"c"},{"label":"Go","value":"g"}]}`), "id")
			g.make("/identity/authenticationEventsFlows/"+flow+"/conditions/applications/includeApplications", `{"@odata.type":"#microsoft.graph.authenticationConditionApplication","appId":"`+appID+`"}`, "appId")

			again := newFixture(t, func(o *Options) { o.DataFile = file })
			v := again.visitor(t)
			v.get(authorizeURL("client_id", appID, "redirect_uri", "http://localhost"))
			v.follow("create-account")
			v.submit("next", "email", "grace@example.com")
			v.submit("next", "code", again.Outbox()[0].Code)
			v.want(tc.page)
			if tc.page == "new-password" {
				v.submit("next", "newPassword", testPassword, "confirmPassword", testPassword)
				v.want("attributes")
			}
			if !strings.Contains(v.page.text, "Your name") || !strings.Contains(v.page.text, "Chess") || strings.Contains(v.page.text, "Email Address") {
				t.Errorf("the page does not follow what was set: %s", v.page.text)
			}
			v.submit("create", "displayName", "Grace", hobby, "g")
			tok := again.redeem(t, v.answer().Get("code"), "client_id", appID, "redirect_uri", "http://localhost")
			if tok.Error != "" {
				t.Fatal(tok.ErrorDescription)
			}
			user := again.store.User(tid, "grace@example.com")
			if user == nil || user.Attribute(hobby) != "g" || user.Attribute("displayName") != "Grace" || user.HasPassword() != (tc.page == "new-password") {
				t.Errorf("user %+v", user)
			}
		})
	}
}

// TestGraph_tokens has an administrator's token carry exactly the scopes that were asked for, and an app's own its roles.
func TestGraph_tokens(t *testing.T) {
	f := newGraphFixture(t, func(o *Options) {
		o.Seed.Tenants[0].Apps = []directory.App{{
			AppID: daemonApp, DisplayName: "daemon", Web: directory.Platform{RedirectURIs: []string{"http://localhost/daemon"}}, PasswordCredentials: []directory.Secret{{SecretText: daemonCode}},
			AppRoleAssignments: []directory.AppRoleAssignment{{Resource: graphAppID, Role: "Application.ReadWrite.All"}},
		}}
	})
	g := f.administrator(t, "Application.ReadWrite.All Organization.Read.All")
	_, claims := decode(t, g.token)
	if claims["scp"] != "Application.ReadWrite.All Organization.Read.All" || claims["aud"] != graphAppID || claims["azp"] != directory.GraphCommandLineTools {
		t.Errorf("claims %v", claims)
	}
	if wids, _ := claims["wids"].([]any); len(wids) != 1 || wids[0] != "62e90394-69f5-4237-9190-012177145e10" {
		t.Errorf("wids %v", claims["wids"])
	}
	tok := f.token(t, url.Values{"grant_type": {"client_credentials"}, "client_id": {daemonApp}, "client_secret": {daemonCode}, "scope": {"https://graph.microsoft.com/.default"}})
	if _, claims = decode(t, tok.AccessToken); len(claims["roles"].([]any)) != 1 {
		t.Errorf("roles %v", claims["roles"])
	}
	own := &graphClient{f, t, tok.AccessToken}
	own.must(201, "POST", "/applications", `{"displayName":"by an app"}`)
	own.must(403, "GET", "/identity/authenticationEventsFlows", "")
	// By a device code, as an administrator without a browser here.
	scope := "https://graph.microsoft.com/EventListener.Read.All"
	d, _ := f.device(t, "client_id", directory.GraphCommandLineTools, "scope", scope)
	dv := f.visitor(t)
	dv.get(base + devicePage)
	dv.submit("next", "userCode", d.UserCode)
	dv.submit("next", "email", adminEmail)
	dv.submit("next", "password", testPassword)
	dv.submit("continue")
	dv.want("device-done")
	tok = f.poll(t, d, "client_id", directory.GraphCommandLineTools)
	if _, claims = decode(t, tok.AccessToken); claims["scp"] != "EventListener.Read.All" {
		t.Errorf("by a device code: %v", claims["scp"])
	}
	(&graphClient{f, t, tok.AccessToken}).must(200, "GET", "/identity/authenticationEventsFlows", "")
	// An app of the tenant's own is granted nothing of the kind unless somebody said so.
	v := f.visitor(t)
	v.get(authorizeURL("client_id", daemonApp, "redirect_uri", "http://localhost/daemon", "scope", "https://graph.microsoft.com/Application.ReadWrite.All"))
	v.submit("next", "email", adminEmail)
	v.submit("next", "password", testPassword)
	v.want("consent-missing")
}

// TestGraph_refused is what the area answers to callers who may not and requests that cannot.
func TestGraph_refused(t *testing.T) {
	f := newGraphFixture(t, nil)
	reader := f.administrator(t, "Application.Read.All Organization.Read.All EventListener.Read.All")
	all := f.administrator(t, everyPermission)
	nobody := &graphClient{f: f, t: t}
	customer := &graphClient{f, t, ""}
	customer.token = f.must(t, "POST", "/tokens", `{"user":"`+testEmail+`","app":"`+directory.GraphCommandLineTools+`","scopes":["https://graph.microsoft.com/Application.ReadWrite.All"]}`)["access_token"].(string)
	app, appID, principal := all.consented(`{"displayName":"linked","identifierUris":["api://linked.example"]}`)
	flow := all.make("/identity/authenticationEventsFlows", flowBody("One", "EmailPassword-OAUTH", ""), "id")
	links := "/identity/authenticationEventsFlows/" + flow + "/conditions/applications/includeApplications"
	all.make(links, `{"appId":"`+appID+`"}`, "appId")
	other := all.make("/identity/authenticationEventsFlows", flowBody("Two", "EmailPassword-OAUTH", ""), "id")
	bare := all.make("/applications", `{"displayName":"bare"}`, "appId")
	graphs := f.servicePrincipal(graphAppID)
	for _, tc := range []struct {
		name, method, path, body string
		who                      *graphClient
		status                   int
		code, message            string
	}{
		{"no token", "GET", "/applications", "", nobody, 401, "InvalidAuthenticationToken", ""},
		{"garbage token", "GET", "/applications", "", &graphClient{f, t, "x.y.z"}, 401, "InvalidAuthenticationToken", ""},
		{"a customer", "POST", "/applications", `{"displayName":"x"}`, customer, 403, "Authorization_RequestDenied", "Insufficient privileges"},
		{"without the scope", "POST", "/applications", `{"displayName":"x"}`, reader, 403, "Authorization_RequestDenied", "Insufficient privileges"},
		{"without the scope, identity", "DELETE", "/identity/authenticationEventsFlows/" + flow, "", reader, 403, "AADB2C", "Access is denied"},
		{"unknown app", "GET", "/applications/" + graphs, "", all, 404, "Request_ResourceNotFound", ""},
		{"unknown app by uniqueName", "PATCH", "/applications(uniqueName='nothing')", `{"displayName":"x"}`, all, 404, "Request_ResourceNotFound", ""},
		{"unknown path", "GET", "/groups", "", all, 404, "BadRequest", "groups"},
		{"unknown method", "PUT", "/applications/" + app, `{}`, all, 405, "Request_BadRequest", ""},
		{"no JSON", "POST", "/applications", `{"displayName":`, all, 400, "BadRequest", "JSON"},
		{"no name", "POST", "/applications", `{"signInAudience":"AzureADMyOrg"}`, all, 400, "Request_BadRequest", "displayName"},
		{"invented property", "POST", "/applications", `{"displayName":"x","redirectUris":["http://localhost"]}`, all, 400, "Request_BadRequest", "redirectUris"},
		{"wrong kind", "PATCH", "/applications/" + app, `{"isFallbackPublicClient":"yes"}`, all, 400, "Request_BadRequest", "isFallbackPublicClient"},
		{"wrong member", "PATCH", "/applications/" + app, `{"nativeAuthenticationApisEnabled":"some"}`, all, 400, "Request_BadRequest", "none, all"},
		{"a redirect URI that is none", "PATCH", "/applications/" + app, `{"web":{"redirectUris":["not a uri"]}}`, all, 400, "Request_BadRequest", "redirectUris"},
		{"secret by PATCH", "PATCH", "/applications/" + app, `{"passwordCredentials":[{"displayName":"x"}]}`, all, 400, "Request_BadRequest", "addPassword"},
		{"secret in the past", "POST", "/applications/" + app + "/addPassword", `{"passwordCredential":{"endDateTime":"2001-01-01T00:00:00Z"}}`, all, 400, "Request_BadRequest", "past"},
		{"identifier URI taken", "POST", "/applications", `{"displayName":"x","identifierUris":["api://linked.example"]}`, all, 400, "Request_BadRequest", "identifierUris already exists"},
		{"principal of nothing", "POST", "/servicePrincipals", `{"appId":"` + adminID + `"}`, all, 400, "Request_BadRequest", "does not reference a valid application object"},
		{"principal twice", "POST", "/servicePrincipals", `{"appId":"` + appID + `"}`, all, 409, "Request_MultipleObjectsWithSameKeyValue", "already in use"},
		{"grant twice", "POST", "/oauth2PermissionGrants", `{"clientId":"` + principal + `","consentType":"AllPrincipals","resourceId":"` + graphs + `","scope":"openid"}`, all, 409, "", "already exists"},
		{"Microsoft's principal", "DELETE", "/servicePrincipals/" + graphs, "", all, 403, "Authorization_RequestDenied", "Microsoft"},
		{"extensions app", "DELETE", "/applications(appId='" + f.Tenants()[0].ExtensionsApp() + "')", "", all, 403, "Authorization_RequestDenied", "b2c-extensions-app"},
		{"link before the principal", "POST", links, `{"appId":"` + bare + `"}`, all, 400, "Request_BadRequest", "service principal"},
		{"link to a second flow", "POST", strings.Replace(links, flow, other, 1), `{"appId":"` + appID + `"}`, all, 400, "Request_BadRequest", "user flow 'One'"},
		{"flow of the same name", "POST", "/identity/authenticationEventsFlows", flowBody("one", "EmailPassword-OAUTH", ""), all, 409, "", "already exists"},
		{"flow without its type", "PATCH", "/identity/authenticationEventsFlows/" + flow, `{"displayName":"x"}`, all, 400, "Request_BadRequest", "@odata.type"},
		{"handler without its type", "PATCH", "/identity/authenticationEventsFlows/" + flow, `{"@odata.type":"#microsoft.graph.externalUsersSelfServiceSignUpEventsFlow","onInteractiveAuthFlowStart":{"isSignUpAllowed":false}}`, all, 400, "Request_BadRequest", "abstract"},
		{"unknown provider", "POST", "/identity/authenticationEventsFlows", flowBody("Three", "Google-OAUTH", ""), all, 400, "Request_BadRequest", "Google-OAUTH"},
		{"unknown attribute", "POST", "/identity/authenticationEventsFlows", flowBody("Three", "EmailPassword-OAUTH", strings.Replace(nameInput, `"displayName"`, `"shoeSize"`, 1)), all, 400, "Request_BadRequest", "shoeSize"},
		{"capital input type", "POST", "/identity/authenticationEventsFlows", flowBody("Three", "EmailPassword-OAUTH", strings.Replace(nameInput, `"text"`, `"Text"`, 1)), all, 400, "Request_BadRequest", "inputType"},
		{"built-in attribute", "DELETE", "/identity/userFlowAttributes/city", "", all, 400, "Request_BadRequest", "city"},
		{"bad filter", "GET", "/applications?$filter=" + url.QueryEscape("displayName like 'x'"), "", all, 400, "Request_BadRequest", "filter"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := tc.who.do(tc.method, tc.path, tc.body)
			e, _ := got.body["error"].(map[string]any)
			inner, _ := e["innerError"].(map[string]any)
			code, _ := e["code"].(string)
			message, _ := e["message"].(string)
			if got.status != tc.status || tc.code != "" && code != tc.code || !strings.Contains(message, tc.message) || inner["request-id"] != got.header.Get("request-id") || inner["date"] == "" {
				t.Errorf("%d %s", got.status, got.raw)
			}
		})
	}
}

// TestGraph_roles has a person use only what the directory role is for.
func TestGraph_roles(t *testing.T) {
	f := newGraphFixture(t, nil, "External ID User Flow Administrator")
	g := f.administrator(t, everyPermission)
	g.must(403, "POST", "/applications", `{"displayName":"x"}`)
	g.make("/identity/authenticationEventsFlows", flowBody("One", "EmailOtpSignup-OAUTH", ""), "id")
	g.must(200, "GET", "/organization", "")
}

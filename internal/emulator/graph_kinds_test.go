package emulator

import (
	"net/url"
	"strings"
	"testing"
)

// TestGraph_kinds makes every kind of app through Graph, with an API between them, and has each get its tokens.
func TestGraph_kinds(t *testing.T) {
	f := newGraphFixture(t, nil)
	g := f.administrator(t, everyPermission)
	const scopeID, roleID = "6b0b5f5e-0000-4000-8000-000000000001", "6b0b5f5e-0000-4000-8000-000000000002"
	api, apiID, apiPrincipal := g.consented(`{"displayName":"orders","signInAudience":"AzureADMyOrg"}`)
	g.must(204, "PATCH", "/applications/"+api, `{"identifierUris":["api://`+apiID+`"],"api":{"requestedAccessTokenVersion":2,"oauth2PermissionScopes":[
	 {"id":"`+scopeID+`","value":"Orders.Read","type":"Admin","isEnabled":true,"adminConsentDisplayName":"d","adminConsentDescription":"e"}]},
	 "appRoles":[{"id":"`+roleID+`","value":"Orders.All","displayName":"d","description":"e","allowedMemberTypes":["Application"],"isEnabled":true}]}`)
	flow := g.make("/identity/authenticationEventsFlows", flowBody("Kinds", "EmailPassword-OAUTH", nameInput), "id")
	kinds := []struct{ name, body, redirect string }{
		{"public", `{"displayName":"public","publicClient":{"redirectUris":["http://localhost"]},"isFallbackPublicClient":true,"nativeAuthenticationApisEnabled":"all"}`, "http://localhost"},
		{"web", `{"displayName":"web","web":{"redirectUris":["http://localhost:3000/auth/redirect"]}}`, "http://localhost:3000/auth/redirect"},
		{"spa", `{"displayName":"spa","spa":{"redirectUris":["http://localhost:5173/"]}}`, "http://localhost:5173/"},
	}
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			app, appID, principal := g.consented(kind.body)
			g.make("/identity/authenticationEventsFlows/"+flow+"/conditions/applications/includeApplications", `{"appId":"`+appID+`"}`, "appId")
			scope := "openid api://" + apiID + "/Orders.Read"
			pairs := []string{"client_id", appID, "redirect_uri", kind.redirect, "scope", scope}
			v := f.visitor(t)
			v.get(authorizeURL(pairs...))
			v.submit("next", "email", testEmail)
			v.submit("next", "password", testPassword)
			v.want("consent-missing") // nobody has granted the API's scope
			g.make("/oauth2PermissionGrants", `{"clientId":"`+principal+`","consentType":"AllPrincipals","resourceId":"`+apiPrincipal+`","scope":"Orders.Read"}`, "id")
			secret := g.must(200, "POST", "/applications/"+app+"/addPassword", `{"passwordCredential":{"displayName":"s"}}`)["secretText"].(string)
			redeem := pairs
			switch kind.name {
			case "web":
				redeem = append(redeem, "client_secret", secret)
			case "spa":
				redeem = append(redeem, "@Origin", "http://localhost:5173")
			}
			v = f.visitor(t)
			tok := f.redeem(t, v.signIn(pairs...).Get("code"), redeem...)
			if tok.Error != "" {
				t.Fatal(tok.ErrorDescription)
			}
			if _, claims := decode(t, tok.AccessToken); claims["aud"] != apiID || claims["scp"] != "Orders.Read" {
				t.Errorf("claims %v", claims)
			}
			g.make("/servicePrincipals/"+principal+"/appRoleAssignments", `{"principalId":"`+principal+`","resourceId":"`+apiPrincipal+`","appRoleId":"`+roleID+`"}`, "id")
			own := f.token(t, url.Values{"grant_type": {"client_credentials"}, "client_id": {appID}, "client_secret": {secret}, "scope": {"api://" + apiID + "/.default"}})
			if _, claims := decode(t, own.AccessToken); len(claims["roles"].([]any)) != 1 {
				t.Errorf("roles %v", claims["roles"])
			}
			if native := f.call(t, "oauth2/v2.0/initiate", "client_id", appID, "username", testEmail, "challenge_type", "password redirect"); (native.status == 200) != (kind.name == "public") {
				t.Errorf("native authentication: %d %v", native.status, native.body)
			}
			// Sign-up off, and the link gone.
			g.must(204, "PATCH", "/identity/authenticationEventsFlows/"+flow, `{"@odata.type":"#microsoft.graph.externalUsersSelfServiceSignUpEventsFlow","onInteractiveAuthFlowStart":{"@odata.type":"#microsoft.graph.onInteractiveAuthFlowStartExternalUsersSelfServiceSignUp","isSignUpAllowed":false}}`)
			if p := f.visitor(t).get(authorizeURL(pairs...)); p.links["create-account"] != "" {
				t.Errorf("sign-up is off, and the page has %v", p.links)
			}
			g.must(204, "PATCH", "/identity/authenticationEventsFlows/"+flow, `{"@odata.type":"#microsoft.graph.externalUsersSelfServiceSignUpEventsFlow","onInteractiveAuthFlowStart":{"@odata.type":"#microsoft.graph.onInteractiveAuthFlowStartExternalUsersSelfServiceSignUp","isSignUpAllowed":true}}`)
			if p := f.visitor(t).get(authorizeURL(pairs...)); p.links["create-account"] == "" {
				t.Errorf("sign-up is on, and the page has %v", p.links)
			}
			g.must(204, "DELETE", "/applications/"+app, "")
			if gone := f.token(t, url.Values{"grant_type": {"client_credentials"}, "client_id": {appID}, "client_secret": {secret}, "scope": {"api://" + apiID + "/.default"}}); !strings.Contains(gone.ErrorDescription, "AADSTS700016") {
				t.Errorf("a deleted app: %+v", gone.errorBody)
			}
		})
	}
}

package graph

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// variants are copies of a JSON value in which one place holds something else.
func variants(v any, others []any) []any {
	all := append([]any{}, others...)
	switch v := v.(type) {
	case object:
		for key, inner := range v {
			for _, other := range variants(inner, others) {
				o := copied(v)
				o[key] = other
				all = append(all, o)
			}
			o := copied(v)
			delete(o, key)
			all = append(all, o)
		}
	case []any:
		for i, inner := range v {
			for _, other := range variants(inner, others) {
				list := append([]any{}, v...)
				list[i] = other
				all = append(all, list)
			}
		}
	}
	return all
}

// TestHostile sends every body with every place of it spoilt: none ends in a panic, a 5xx, or a tenant that cannot be read
// again, and what is taken can be shown.
func TestHostile(t *testing.T) {
	others := []any{nil, true, 1.5, "", "x", []any{}, []any{nil}, []any{"x", "x"}, object{}, object{"x": nil}, object{"@odata.type": 7.0}}
	sent, taken := 0, 0
	for _, tc := range []struct{ typ, body string }{
		{"application", `{"displayName":"a","uniqueName":"u","identifierUris":["api://h"],"tags":["t"],"isFallbackPublicClient":true,"nativeAuthenticationApisEnabled":"all",
		 "web":{"redirectUris":["http://localhost"],"redirectUriSettings":[{"uri":"http://localhost","index":1}],"logoutUrl":"https://h/l","implicitGrantSettings":{"enableIdTokenIssuance":true}},"spa":{"redirectUris":[]},
		 "api":{"requestedAccessTokenVersion":2,"oauth2PermissionScopes":[{"id":"6b0b5f5e-0000-4000-8000-000000000001","value":"R","type":"Admin","isEnabled":true}],"preAuthorizedApplications":[{"appId":"x","delegatedPermissionIds":["6b0b5f5e-0000-4000-8000-000000000001"]}]},
		 "appRoles":[{"id":"6b0b5f5e-0000-4000-8000-000000000002","value":"A","displayName":"d","description":"e","allowedMemberTypes":["User"],"isEnabled":true}],
		 "optionalClaims":{"idToken":[{"name":"login_hint"}]},"requiredResourceAccess":[{"resourceAppId":"x","resourceAccess":[{"id":"6b0b5f5e-0000-4000-8000-000000000001","type":"Scope"}]}]}`},
		{"application", `{"keyCredentials":[{"type":"AsymmetricX509Cert","usage":"Verify","key":"MIIC","keyId":"6b0b5f5e-0000-4000-8000-000000000001","displayName":"x"}]}`},
		{"federatedIdentityCredential", `{"name":"n","issuer":"https://i","subject":"s","audiences":["a"],"description":"d"}`},
		{"servicePrincipal", `{"appId":"APP","tags":["x"],"appRoleAssignmentRequired":true}`},
		{"oAuth2PermissionGrant", `{"clientId":"PRINCIPAL","consentType":"AllPrincipals","resourceId":"GRAPH","scope":"openid"}`},
		{"appRoleAssignment", `{"principalId":"PRINCIPAL","resourceId":"GRAPH","appRoleId":"ROLE"}`},
		{"identityUserFlowAttribute", `{"displayName":"Hobby","description":"d","dataType":"string"}`},
		{"authenticationConditionApplication", `{"@odata.type":"#microsoft.graph.authenticationConditionApplication","appId":"APP"}`},
		{"authenticationEventsFlow", `{"@odata.type":"#microsoft.graph.externalUsersSelfServiceSignUpEventsFlow","displayName":"f","description":"d","conditions":{"applications":{"includeApplications":[{"appId":"APP"}]}},
		 "onInteractiveAuthFlowStart":{"@odata.type":"` + interactiveType + `","isSignUpAllowed":true},
		 "onAuthenticationMethodLoadStart":{"@odata.type":"` + methodType + `","identityProviders":[{"@odata.type":"#microsoft.graph.builtInIdentityProvider","id":"EmailPassword-OAUTH"}]},
		 "onAttributeCollection":{"@odata.type":"` + collectionType + `","attributes":[{"id":"email"}],"attributeCollectionPage":{"views":[{"inputs":[
		  {"attribute":"city","label":"l","inputType":"radioSingleSelect","hidden":false,"editable":true,"required":true,"validationRegEx":"^.*","options":[{"label":"a","value":"b"}]}]}]}},
		 "onUserCreateStart":{"@odata.type":"` + userType + `","userTypeToCreate":"member"}}`},
	} {
		var body object
		if err := json.Unmarshal([]byte(tc.body), &body); err != nil {
			t.Fatal(err)
		}
		for _, v := range variants(body, others) {
			spoilt, is := v.(object)
			if !is {
				continue
			}
			c := newCaller(t, directory.Empty())
			app := c.do(201, "POST", "/applications", `{"displayName":"world"}`)
			w := &world{app: app["id"].(string), appID: app["appId"].(string)}
			w.principal = c.made("/servicePrincipals", `{"appId":"`+w.appID+`"}`, "id")
			w.flow = c.made("/identity/authenticationEventsFlows", `{"@odata.type":"#microsoft.graph.externalUsersSelfServiceSignUpEventsFlow","displayName":"world",
			 "onInteractiveAuthFlowStart":{"@odata.type":"`+interactiveType+`"},"onAuthenticationMethodLoadStart":{"@odata.type":"`+methodType+`","identityProviders":[{"@odata.type":"#microsoft.graph.builtInIdentityProvider","id":"EmailPassword-OAUTH"}]}}`, "id")
			named := w.placed(c, spoilt).(object)
			status, failure, _ := sendBody(c, w, tc.typ, tc.typ, named)
			sent++
			if status >= 500 || status == 0 {
				t.Errorf("%s %v: %d %v", tc.typ, named, status, failure)
			}
			if failure != nil {
				continue
			}
			taken++
			for _, path := range []string{"/applications", "/servicePrincipals", "/oauth2PermissionGrants", "/identity/authenticationEventsFlows", "/identity/userFlowAttributes", "/servicePrincipals/" + w.principal + "/appRoleAssignments"} {
				c.do(200, "GET", path, "")
			}
			data, err := directory.Encode(c.service.Store.View())
			if err == nil {
				_, err = directory.Parse(data)
			}
			if err != nil {
				t.Errorf("%s %v: the state cannot be read again: %v", tc.typ, named, err)
			}
			if t.Failed() {
				return
			}
		}
	}
	if sent < 1000 || taken < 100 {
		t.Errorf("%d sent, %d taken", sent, taken)
	}
	t.Log(fmt.Sprint(sent, " sent, ", taken, " taken"))
}

// placed puts ids into the places that name them.
func (w *world) placed(c *caller, v any) any {
	switch v := v.(type) {
	case string:
		switch v {
		case "APP":
			return w.appID
		case "PRINCIPAL":
			return w.principal
		case "GRAPH":
			return c.service.ServicePrincipal(directory.GraphAppID)
		case "ROLE":
			return directory.FindPermission("Application.ReadWrite.All").RoleID
		}
	case object:
		out := object{}
		for key, inner := range v {
			out[key] = w.placed(c, inner)
		}
		return out
	case []any:
		out := []any{}
		for _, inner := range v {
			out = append(out, w.placed(c, inner))
		}
		return out
	}
	return v
}

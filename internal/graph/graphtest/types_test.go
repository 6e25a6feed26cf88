package graphtest

import (
	"strings"
	"testing"
)

// TestCheck shows that the judge can say no.
func TestCheck(t *testing.T) {
	types, err := Load("../testdata/types.json")
	if err != nil {
		t.Fatal(err)
	}
	const flow = `{"@odata.type":"#microsoft.graph.externalUsersSelfServiceSignUpEventsFlow",`
	for _, tt := range []struct{ declared, body, want string }{
		{"application", `{"displayName":"x","web":{"redirectUris":["http://localhost"]}}`, ""},
		{"application", `{"colour":"red"}`, "colour is no property"},
		{"application", `{"web":{"logoutUrl":7}}`, "web.logoutUrl: 7 is no Edm.String"},
		{"application", `{"tags":"x"}`, "tags is no list"},
		{"application", `{"tags":null}`, "tags cannot be null"},
		{"application", `{"nativeAuthenticationApisEnabled":"some"}`, "some is not one of"},
		{"application", `{"appRoles":[{"id":"7","isEnabled":true}]}`, "appRoles[0].id: 7 is no Edm.Guid"},
		{"application/addPassword", `{"passwordCredential":{"endDateTime":"2027-05-23T00:00:00Z"}}`, ""},
		{"application/addPassword", `{"passwordCredential":{"endDateTime":"tomorrow"}}`, "is no Edm.DateTimeOffset"},
		{"application/addPassword", `{"displayName":"x"}`, "is no parameter"},
		{"application/addKeys", `{}`, "no operation"},
		{"authenticationEventsFlow", `{"displayName":"x"}`, "is abstract"},
		{"authenticationEventsFlow", flow + `"priority":500}`, "priority is no property"},
		{"authenticationEventsFlow", flow + `"conditions":{"applications":{"includeAllApplications":false}}}`, "includeAllApplications is no property"},
		{"authenticationEventsFlow", flow + `"onAuthenticationMethodLoadStart":{"@odata.type":"#microsoft.graph.onAuthenticationMethodLoadStartExternalUsersSelfServiceSignUp","identityProviders":[{"id":"EmailPassword-OAUTH"}]}}`, "identityProviderBase is abstract"},
		{"authenticationEventsFlow", flow + `"onInteractiveAuthFlowStart":{"@odata.type":"#microsoft.graph.userType"}}`, "is no microsoft.graph.onInteractive"},
		{"authenticationAttributeCollectionInputConfiguration", `{"attribute":"email","inputType":"Text"}`, "Text is not one of"},
	} {
		got := strings.Join(types.Check(tt.declared, []byte(tt.body)), "; ")
		if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
			t.Errorf("%s %s: got %q, want %q", tt.declared, tt.body, got, tt.want)
		}
	}
}

package graph

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// TestFlow is the life of a user flow: handlers one by one, attributes and providers by reference, links.
func TestFlow(t *testing.T) {
	c := newCaller(t, seeded())
	const root = "/identity/authenticationEventsFlows/"
	flow := c.names("/identity/authenticationEventsFlows", "id")[0]
	patch := func(status int, body string) {
		t.Helper()
		c.do(status, "PATCH", root+flow, `{"@odata.type":"#microsoft.graph.externalUsersSelfServiceSignUpEventsFlow",`+body+`}`)
	}
	patch(204, `"displayName":"Renamed","onInteractiveAuthFlowStart":{"@odata.type":"`+interactiveType+`","isSignUpAllowed":false}`)
	f := c.tenant().UserFlows[0]
	if f.SignUpAllowed() || f.Method() != directory.EmailPassword || len(f.Attributes) != 4 || f.DisplayName != "Renamed" || c.tenant().FlowID(&f) != flow {
		t.Errorf("%+v", f)
	}
	// By reference.
	const casts = "/microsoft.graph.externalUsersSelfServiceSignUpEventsFlow"
	attributes := root + flow + casts + "/onAttributeCollection/microsoft.graph.onAttributeCollectionExternalUsersSelfServiceSignUp/attributes"
	providers := root + flow + casts + "/onAuthenticationMethodLoadStart/microsoft.graph.onAuthenticationMethodLoadStartExternalUsersSelfServiceSignUp/identityProviders"
	c.do(204, "POST", attributes+"/$ref", `{"@odata.id":"https://graph.microsoft.com/v1.0/identity/userFlowAttributes/jobTitle"}`)
	c.do(400, "POST", attributes+"/$ref", `{"@odata.id":"https://graph.microsoft.com/v1.0/identity/userFlowAttributes/jobTitle"}`)
	c.do(204, "DELETE", attributes+"/country/$ref", "")
	if got := c.names(attributes, "id"); !slices.Equal(got, []string{"email", "displayName", "givenName", "surname", "jobTitle"}) {
		t.Errorf("attributes %v", got)
	}
	c.do(400, "DELETE", providers+"/EmailPassword-OAUTH/$ref", "")
	c.do(204, "POST", providers+"/$ref", `{"@odata.id":"https://graph.microsoft.com/v1.0/identityProviders/EmailOtpSignup-OAUTH"}`)
	c.do(204, "DELETE", providers+"/EmailPassword-OAUTH/$ref", "")
	f = c.tenant().UserFlows[0]
	if f.Method() != directory.EmailOTP {
		t.Errorf("method %s", f.SignInMethod)
	}
	// A page that leaves something out removes it.
	patch(204, `"onAttributeCollection":{"@odata.type":"`+collectionType+`","attributeCollectionPage":{"views":[{"inputs":[
	 {"attribute":"surname","label":"Family name","inputType":"text","hidden":false,"editable":true,"writeToDirectory":true,"required":true,"validationRegEx":"^[A-Z]"},
	 {"attribute":"city","label":"City","inputType":"text","hidden":true,"editable":true,"writeToDirectory":true,"required":false,"validationRegEx":"(?=x)"}]}]}}`)
	f = c.tenant().UserFlows[0]
	if len(f.Attributes) != 1 || f.Attributes[0].Label != "Family name" || f.Attributes[0].Regex != "^[A-Z]" || !f.Attributes[0].Required {
		t.Errorf("%+v", f.Attributes)
	}
	if got := c.names(attributes, "id"); !slices.Equal(got, []string{"surname", "city"}) {
		t.Errorf("attributes %v", got)
	}
	// Links.
	links := root + flow + "/conditions/applications/includeApplications"
	by := "/identity/authenticationEventsFlows?$filter=" + url.QueryEscape("microsoft.graph.externalUsersSelfServiceSignUpEventsFlow/conditions/applications/includeApplications/any(appId:appId/appId eq '"+directory.DefaultPublicApp+"')")
	if got := c.names(by, "id"); !slices.Equal(got, []string{flow}) {
		t.Errorf("by app: %v", got)
	}
	c.do(204, "DELETE", links+"/"+directory.DefaultPublicApp, "")
	c.do(404, "DELETE", links+"/"+directory.DefaultPublicApp, "")
	if got := c.names(by, "id"); len(got) != 0 {
		t.Errorf("by app: %v", got)
	}
	c.do(204, "DELETE", root+flow, "")
	c.do(404, "GET", root+flow, "")
	// The answer to the making leaves the lists out, which a read has.
	made := c.do(201, "POST", "/identity/authenticationEventsFlows", `{"@odata.type":"#microsoft.graph.externalUsersSelfServiceSignUpEventsFlow","displayName":"lists",
	 "onInteractiveAuthFlowStart":{"@odata.type":"`+interactiveType+`","isSignUpAllowed":true},
	 "onAuthenticationMethodLoadStart":{"@odata.type":"`+methodType+`","identityProviders":[{"@odata.type":"#microsoft.graph.builtInIdentityProvider","id":"EmailPassword-OAUTH"}]},
	 "onAttributeCollection":{"@odata.type":"`+collectionType+`","attributes":[{"id":"city","userFlowAttributeType":"builtIn","dataType":"string"}]}}`)
	for handler, list := range map[string]string{"onAuthenticationMethodLoadStart": "identityProviders", "onAttributeCollection": "attributes"} {
		read := c.do(200, "GET", root+made["id"].(string), "")[handler].(object)[list]
		if v, there := made[handler].(object)[list]; there || read == nil {
			t.Errorf("%s.%s: made %v, read %v", handler, list, v, read)
		}
	}
	// One that was made without a collection gets it by its attributes first.
	flow = newWorld(c).flow
	patch(400, `"onAttributeCollection":{"@odata.type":"`+collectionType+`","attributeCollectionPage":{"views":[]}}`)
	c.do(204, "POST", strings.Replace(attributes, attributes[len(root):len(root)+36], flow, 1)+"/$ref", `{"@odata.id":"https://graph.microsoft.com/v1.0/identity/userFlowAttributes/city"}`)
	patch(204, `"onAttributeCollection":{"@odata.type":"`+collectionType+`","attributeCollectionPage":{"views":[]}}`)
}

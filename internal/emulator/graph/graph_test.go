package graph

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// TestSeed shows what a seed made as Graph has it, and changes it there.
func TestSeed(t *testing.T) {
	c := newCaller(t, seeded())
	for _, path := range []string{
		"/organization", "/organization/" + c.tenant().ID, "/applications", "/servicePrincipals", "/oauth2PermissionGrants", "/identity/userFlowAttributes",
		"/identity/userFlowAttributes/city", "/identity/authenticationEventsFlows", "/identity/identityProviders", "/identity/identityProviders/EmailPassword-OAUTH",
		"/directory/deletedItems/microsoft.graph.application", "/applications(appId='" + directory.DefaultPublicApp + "')", "/servicePrincipals(appId='" + directory.GraphAppID + "')",
		"/servicePrincipals(appId='" + directory.DefaultConfidentialApp + "')/appRoleAssignments", "/servicePrincipals(appId='33334444-dddd-5555-eeee-6666ffff7777')/appRoleAssignedTo",
		"/applications(appId='" + directory.DefaultConfidentialApp + "')/federatedIdentityCredentials",
	} {
		c.do(200, "GET", path, "")
	}
	if c.shapes < 30 {
		t.Errorf("only %d things were held against a type", c.shapes)
	}
	grants := c.do(200, "GET", "/oauth2PermissionGrants?$filter="+url.QueryEscape("clientId eq '"+c.service.ServicePrincipal(directory.DefaultConfidentialApp)+"'"), "")["value"].([]any)
	if len(grants) != 2 {
		t.Fatalf("grants %v", grants)
	}
	// Another identifier URI and a scope less: what was granted of the rest stays.
	api := "/applications(appId='33334444-dddd-5555-eeee-6666ffff7777')"
	c.do(204, "PATCH", api, `{"identifierUris":["api://shop"]}`)
	if got := c.tenant().Apps[1].GrantedScopes; !slices.Contains(got, "33334444-dddd-5555-eeee-6666ffff7777/Orders.Read") {
		t.Errorf("granted %v", got)
	}
	if status, _, f := c.try("PATCH", api, `{"api":{"oauth2PermissionScopes":[]}}`); status != 400 || f.Code != "CannotDeleteOrUpdateEnabledEntitlement" {
		t.Errorf("%d %v", status, f)
	}
	scopes := c.do(200, "GET", api, "")["api"].(object)["oauth2PermissionScopes"].([]any)
	off := ""
	for _, s := range scopes {
		off += fmt.Sprintf(`,{"id":%q,"value":%q,"type":"Admin","isEnabled":false,"adminConsentDisplayName":"x","adminConsentDescription":"x"}`, s.(object)["id"], s.(object)["value"])
	}
	c.do(204, "PATCH", api, `{"api":{"oauth2PermissionScopes":[`+off[1:]+`]}}`)
	c.do(204, "PATCH", api, `{"api":{"oauth2PermissionScopes":[]}}`)
	if got := c.tenant().Apps[1].GrantedScopes; !slices.Equal(got, []string{"openid"}) || len(c.tenant().APIs[0].Scopes) != 0 {
		t.Errorf("granted %v of %+v", got, c.tenant().APIs)
	}
	c.do(204, "DELETE", api, "")
	if len(c.tenant().APIs) != 0 || len(c.tenant().Apps[1].AppRoleAssignments) != 0 {
		t.Errorf("%+v %+v", c.tenant().APIs, c.tenant().Apps[1].AppRoleAssignments)
	}
}

// TestApplication goes through an application's life: upsert, replaced collections, merged objects, secrets, soft delete.
func TestApplication(t *testing.T) {
	c := newCaller(t, directory.Empty())
	upsert := func(body string) (int, object) {
		status, out, f := c.try("PATCH", "/applications(uniqueName='ciam-web')", body, "Prefer", "create-if-missing")
		if f != nil {
			t.Fatal(f)
		}
		return status, out
	}
	status, app := upsert(`{"displayName":"web","signInAudience":"AzureADMyOrg","tags":["ciam-setup"],"web":{"redirectUris":["http://localhost:3000/a","http://localhost:3000/b"],"homePageUrl":"http://localhost:3000"}}`)
	if status != 201 || app["uniqueName"] != "ciam-web" || app["publisherDomain"] != "contoso.onmicrosoft.com" {
		t.Fatalf("%d %v", status, app)
	}
	id, appID := app["id"].(string), app["appId"].(string)
	if status, _ := upsert(`{"displayName":"web","web":{"redirectUris":["http://localhost:3000/b"]}}`); status != 204 {
		t.Errorf("second upsert: %d", status)
	}
	c.do(204, "PATCH", "/applications/"+id, `{"web":{"implicitGrantSettings":{"enableIdTokenIssuance":true}},"api":{"requestedAccessTokenVersion":2}}`)
	c.do(204, "PATCH", "/applications/"+id, `{"api":{"acceptMappedClaims":true},"nativeAuthenticationApisEnabled":"all","isFallbackPublicClient":true}`)
	got := c.do(200, "GET", "/applications/"+id, "")
	web, api := got["web"].(object), got["api"].(object)
	if fmt.Sprint(web["redirectUris"]) != "[http://localhost:3000/b]" || web["homePageUrl"] != "http://localhost:3000" || web["implicitGrantSettings"].(object)["enableIdTokenIssuance"] != true ||
		api["requestedAccessTokenVersion"] != 2.0 || api["acceptMappedClaims"] != true || got["nativeAuthenticationApisEnabled"] != "all" || fmt.Sprint(got["tags"]) != "[ciam-setup]" {
		t.Errorf("after PATCH: %v", got)
	}

	secret := c.do(200, "POST", "/applications/"+id+"/addPassword", `{"passwordCredential":{"displayName":"one"}}`)
	text, _ := secret["secretText"].(string)
	if match, expired := c.tenant().App(appID).CheckSecret(text, c.now); !match || expired || !slices.Contains(c.secrets, text) || !strings.HasPrefix(text, secret["hint"].(string)) {
		t.Errorf("secret %v", secret)
	}
	if raw := fmt.Sprint(c.do(200, "GET", "/applications/"+id, "")); strings.Contains(raw, text) || !strings.Contains(raw, secret["keyId"].(string)) {
		t.Error("the text is shown again, or the key is not")
	}
	c.do(204, "POST", "/applications/"+id+"/removePassword", `{"keyId":"`+secret["keyId"].(string)+`"}`)
	if match, _ := c.tenant().App(appID).CheckSecret(text, c.now); match {
		t.Error("a removed secret is good")
	}
	c.do(400, "POST", "/applications/"+id+"/removePassword", `{"keyId":"`+secret["keyId"].(string)+`"}`)

	c.do(204, "DELETE", "/applications/"+id, "")
	c.do(404, "GET", "/applications/"+id, "")
	if status, _, f := c.try("POST", "/applications", `{"displayName":"again","uniqueName":"ciam-web"}`); status != 400 || !strings.Contains(f.Message, "uniqueName already exists") {
		t.Errorf("the unique name is free at once: %d %v", status, f)
	}
	if got := c.names("/directory/deletedItems/microsoft.graph.application", "appId"); !slices.Equal(got, []string{appID}) {
		t.Errorf("deleted %v", got)
	}
	c.do(200, "POST", "/directory/deletedItems/"+id+"/restore", "")
	c.do(200, "GET", "/applications(uniqueName='ciam-web')", "")
	c.do(204, "DELETE", "/applications/"+id, "")
	c.do(204, "DELETE", "/directory/deletedItems/"+id, "")
	c.made("/applications", `{"displayName":"again","uniqueName":"ciam-web"}`, "id")
	// What nobody restored is gone after thirty days.
	last := c.made("/applications", `{"displayName":"last"}`, "id")
	c.do(204, "DELETE", "/applications/"+last, "")
	c.now = c.now.Add(31 * 24 * time.Hour)
	c.do(404, "GET", "/directory/deletedItems/"+last, "")
}

// TestKeys keeps a certificate by its keyId, and shows it only when it is asked for by name.
func TestKeys(t *testing.T) {
	c := newCaller(t, directory.Empty())
	w := newWorld(c)
	path := "/applications/" + w.app
	c.do(204, "PATCH", path, `{"keyCredentials":[{"type":"AsymmetricX509Cert","usage":"Verify","key":"`+w.certificate+`","displayName":"CN=x"}]}`)
	key := c.do(200, "GET", path, "")["keyCredentials"].([]any)[0].(object)
	if key["key"] != nil || key["usage"] != "Verify" {
		t.Errorf("%v", key)
	}
	if shown := c.do(200, "GET", path+"?$select=keyCredentials", "")["keyCredentials"].([]any)[0].(object); shown["key"] != w.certificate {
		t.Errorf("%v", shown)
	}
	c.do(204, "PATCH", path, `{"keyCredentials":[{"type":"AsymmetricX509Cert","usage":"Verify","keyId":"`+key["keyId"].(string)+`"}]}`)
	if len(c.tenant().App(w.appID).KeyCredentials) != 1 {
		t.Error("the certificate was not kept")
	}
	c.do(400, "PATCH", path, `{"keyCredentials":[{"type":"AsymmetricX509Cert","usage":"Verify","key":"MIIC"}]}`)
	c.do(204, "PATCH", path, `{"keyCredentials":[]}`)
	if len(c.tenant().App(w.appID).KeyCredentials) != 0 {
		t.Error("the certificate was kept")
	}
}

// TestFederated is the life of federated credentials, and their rules.
func TestFederated(t *testing.T) {
	c := newCaller(t, directory.Empty())
	path := "/applications/" + newWorld(c).app + "/federatedIdentityCredentials"
	body := func(name, subject, audiences string) string {
		return `{"name":"` + name + `","issuer":"https://ci.example","subject":"` + subject + `","audiences":[` + audiences + `]}`
	}
	one := `"api://AzureADTokenExchange"`
	id := c.made(path, body("main", "repo", one), "id")
	for _, tc := range []struct {
		body   string
		status int
	}{
		{body("main", "other", one), 409}, {body("other", "repo", one), 409}, {body("other", "b", ""), 400}, {body("other", "b", one+","+one), 400}, {body("a b", "b", one), 400}, {`{"name":"x"}`, 400},
	} {
		c.do(tc.status, "POST", path, tc.body)
	}
	c.do(204, "PATCH", path+"/"+id, `{"subject":"repo2"}`)
	c.do(400, "PATCH", path+"/main", `{"name":"trunk"}`)
	if got := c.do(200, "GET", path+"/main", ""); got["subject"] != "repo2" {
		t.Errorf("%v", got)
	}
	for i := range maxFederated - 1 {
		c.made(path, body(fmt.Sprint("n", i), fmt.Sprint("s", i), one), "id")
	}
	c.do(400, "POST", path, body("toomany", "toomany", one))
	c.do(204, "DELETE", path+"/main", "")
	c.do(404, "GET", path+"/main", "")
}

// TestGrants has consent follow the grants, and end with them.
func TestGrants(t *testing.T) {
	c := newCaller(t, directory.Empty())
	w := newWorld(c)
	graphs := c.service.ServicePrincipal(directory.GraphAppID)
	if c.tenant().App(w.appID).Consented() {
		t.Fatal("consent from the start")
	}
	c.do(400, "POST", "/oauth2PermissionGrants", `{"clientId":"`+w.principal+`","consentType":"AllPrincipals","resourceId":"`+graphs+`","scope":"Shoe.Size"}`)
	id := c.made("/oauth2PermissionGrants", `{"clientId":"`+w.principal+`","consentType":"AllPrincipals","resourceId":"`+graphs+`","scope":"openid offline_access"}`, "id")
	app := c.tenant().App(w.appID)
	if !app.Consented() || app.Grants(c.tenant(), directory.GraphAppID, "User.Read") {
		t.Errorf("granted %v", app.GrantedScopes)
	}
	c.do(204, "PATCH", "/oauth2PermissionGrants/"+id, `{"scope":"openid User.Read Application.Read.All"}`)
	app = c.tenant().App(w.appID)
	if !app.Grants(c.tenant(), directory.GraphAppID, "User.Read") || !app.Grants(c.tenant(), directory.GraphAppID, "Application.Read.All") || app.Grants(c.tenant(), directory.GraphAppID, "Application.ReadWrite.All") {
		t.Errorf("granted %v", app.GrantedScopes)
	}
	if got := c.do(200, "GET", "/oauth2PermissionGrants/"+id, ""); got["scope"] != "openid User.Read Application.Read.All" {
		t.Errorf("%v", got)
	}
	c.do(204, "DELETE", "/oauth2PermissionGrants/"+id, "")
	if c.tenant().App(w.appID).Consented() {
		t.Error("consent without a grant")
	}
	role := directory.FindPermission("Application.ReadWrite.All").RoleID
	assignment := `{"principalId":"` + w.principal + `","resourceId":"` + graphs + `","appRoleId":"` + role + `"}`
	made := c.made("/servicePrincipals/"+w.principal+"/appRoleAssignments", assignment, "id")
	if _, _, f := c.try("POST", "/servicePrincipals/"+graphs+"/appRoleAssignedTo", assignment); f == nil || !strings.Contains(f.Message, "Permission being assigned already exists on the object") {
		t.Errorf("%v", f)
	}
	c.do(204, "DELETE", "/servicePrincipals/"+w.principal+"/appRoleAssignments/"+made, "")
	// A deleted app comes back with its service principal, and without consent.
	c.made("/oauth2PermissionGrants", `{"clientId":"`+w.principal+`","consentType":"AllPrincipals","resourceId":"`+graphs+`","scope":"openid"}`, "id")
	c.do(204, "DELETE", "/applications/"+w.app, "")
	c.do(404, "GET", "/servicePrincipals/"+w.principal, "")
	c.do(200, "POST", "/directory/deletedItems/"+w.app+"/restore", "")
	if got := c.do(200, "GET", "/servicePrincipals/"+w.principal, ""); got["appId"] != w.appID || c.tenant().App(w.appID).Consented() {
		t.Errorf("restored %v with consent", got["appId"])
	}
	c.do(204, "DELETE", "/servicePrincipals/"+w.principal, "")
	c.do(404, "GET", "/servicePrincipals(appId='"+w.appID+"')", "")
	status, _, _ := c.try("PATCH", "/servicePrincipals(appId='"+w.appID+"')", `{"tags":["x"]}`, "Prefer", "create-if-missing")
	if status != http.StatusCreated {
		t.Errorf("upsert: %d", status)
	}
}

// TestReplication has what was made seen late: reads and what refers to it fail as if it was not there.
func TestReplication(t *testing.T) {
	c := newCaller(t, directory.Empty())
	c.who.Delay = 3 * time.Second
	app := c.do(201, "POST", "/applications", `{"displayName":"late"}`)
	c.do(404, "GET", "/applications/"+app["id"].(string), "")
	if got := c.names("/applications?$filter="+url.QueryEscape("displayName eq 'late'"), "id"); len(got) != 0 {
		t.Errorf("listed %v", got)
	}
	principal := `{"appId":"` + app["appId"].(string) + `"}`
	if _, _, f := c.try("POST", "/servicePrincipals", principal); f == nil || !strings.Contains(f.Message, "does not reference a valid application object") {
		t.Errorf("%v", f)
	}
	c.now = c.now.Add(3 * time.Second)
	id := c.made("/servicePrincipals", principal, "id")
	c.do(404, "GET", "/servicePrincipals/"+id, "")
	c.service.Forget()
	c.do(200, "GET", "/servicePrincipals/"+id, "")
}

// TestAttributes has an attribute in use stay, and one that goes take its values with it.
func TestAttributes(t *testing.T) {
	seed := directory.Empty()
	seed.Tenants[0].Users = []directory.User{{ID: "aaaaaaaa-0000-1111-2222-bbbbbbbbbbbb", Email: "ada@example.com", Attributes: map[string]string{}}}
	c := newCaller(t, seed)
	id := c.made("/identity/userFlowAttributes", `{"displayName":"Shoe Size","dataType":"int64"}`, "id")
	if want := "extension_" + strings.ReplaceAll(c.tenant().ExtensionsApp(), "-", "") + "_ShoeSize"; id != want {
		t.Errorf("id %s, want %s", id, want)
	}
	c.do(409, "POST", "/identity/userFlowAttributes", `{"displayName":"ShoeSize","dataType":"string"}`)
	c.do(400, "POST", "/identity/userFlowAttributes", `{"displayName":"Shoe-Size","dataType":"string"}`)
	c.do(400, "POST", "/identity/userFlowAttributes", `{"displayName":"Shoe","dataType":"decimal"}`)
	c.do(204, "PATCH", "/identity/userFlowAttributes/"+id, `{"description":"EU"}`)
	c.do(400, "PATCH", "/identity/userFlowAttributes/"+id, `{"dataType":"string"}`)
	flow := newWorld(c).flow
	ref := "/identity/authenticationEventsFlows/" + flow + "/onAttributeCollection/attributes"
	c.do(204, "POST", ref+"/$ref", `{"@odata.id":"https://graph.microsoft.com/v1.0/identity/userFlowAttributes/`+id+`"}`)
	if c.tenant().AttributeType(id) != directory.TypeInt64 {
		t.Errorf("type %s", c.tenant().AttributeType(id))
	}
	c.do(400, "DELETE", "/identity/userFlowAttributes/"+id, "")
	c.do(204, "DELETE", ref+"/"+id+"/$ref", "")
	c.do(204, "DELETE", "/identity/userFlowAttributes/"+id, "")
	c.do(404, "GET", "/identity/userFlowAttributes/"+id, "")
}

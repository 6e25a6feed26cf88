package emulator

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

const (
	adminEmail = "admin@contoso.onmicrosoft.com"
	adminID    = "dddddddd-0000-1111-2222-eeeeeeeeeeee"
	graphRoot  = base + "/graph/v1.0"

	everyPermission = "Organization.Read.All Application.ReadWrite.All DelegatedPermissionGrant.ReadWrite.All AppRoleAssignment.ReadWrite.All " +
		"EventListener.ReadWrite.All IdentityUserFlow.ReadWrite.All IdentityProvider.Read.All"
)

// newGraphFixture is the empty tenant with an administrator of the roles.
func newGraphFixture(t *testing.T, change func(*Options), roles ...string) *fixture {
	t.Helper()
	if roles == nil {
		roles = []string{directory.GlobalAdministrator}
	}
	return newFixture(t, func(o *Options) {
		d := &o.Seed.Tenants[0]
		d.Apps, d.UserFlows = nil, nil
		d.Users = append(d.Users, directory.User{ID: adminID, Email: adminEmail, Password: testPassword, Roles: roles})
		if change != nil {
			change(o)
		}
	})
}

// administrator signs in as ciam would: with Microsoft's client id, PKCE and the scopes of a plan.
func (f *fixture) administrator(t *testing.T, permissions string) *graphClient {
	t.Helper()
	var scopes []string
	for _, p := range strings.Fields(permissions) {
		scopes = append(scopes, "https://graph.microsoft.com/"+p)
	}
	scope := strings.Join(scopes, " ")
	v := f.visitor(t)
	v.get(authorizeURL("client_id", directory.GraphCommandLineTools, "redirect_uri", "http://localhost", "scope", scope))
	v.want("sign-in")
	v.submit("next", "email", adminEmail)
	v.want("password")
	v.submit("next", "password", testPassword)
	tok := f.redeem(t, v.answer().Get("code"), "client_id", directory.GraphCommandLineTools, "redirect_uri", "http://localhost", "scope", scope)
	if tok.Error != "" {
		t.Fatal(tok.ErrorDescription)
	}
	return &graphClient{f, t, tok.AccessToken}
}

// graphClient calls Graph with a token.
type graphClient struct {
	f     *fixture
	t     *testing.T
	token string
}

// graphReply is an answer of Graph.
type graphReply struct {
	status int
	header http.Header
	body   map[string]any
	raw    string
}

// do sends a request; headers are name, value.
func (g *graphClient) do(method, path, body string, headers ...string) graphReply {
	g.t.Helper()
	r, err := http.NewRequest(method, graphRoot+path, strings.NewReader(body))
	if err != nil {
		g.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if g.token != "" {
		r.Header.Set("Authorization", "Bearer "+g.token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := g.f.Transport().RoundTrip(r)
	if err != nil {
		g.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		g.t.Fatal(err)
	}
	out := graphReply{status: resp.StatusCode, header: resp.Header, raw: string(b)}
	if len(b) > 0 {
		if err := json.Unmarshal(b, &out.body); err != nil {
			g.t.Fatalf("%s %s: %d %s", method, path, resp.StatusCode, b)
		}
	}
	if out.header.Get("request-id") == "" || out.header.Get("client-request-id") == "" {
		g.t.Errorf("%s %s: no request-id: %v", method, path, out.header)
	}
	return out
}

// must is do with a status.
func (g *graphClient) must(status int, method, path, body string, headers ...string) map[string]any {
	g.t.Helper()
	got := g.do(method, path, body, headers...)
	if got.status != status {
		g.t.Fatalf("%s %s: %d, want %d: %s", method, path, got.status, status, got.raw)
	}
	if status == http.StatusNoContent && got.raw != "" {
		g.t.Errorf("%s %s: a body with 204: %s", method, path, got.raw)
	}
	return got.body
}

// make makes something and returns the property of it that is used later.
func (g *graphClient) make(path, body, property string) string {
	g.t.Helper()
	s, _ := g.must(http.StatusCreated, "POST", path, body)[property].(string)
	if s == "" {
		g.t.Fatalf("POST %s: no %s", path, property)
	}
	return s
}

// consented makes an application with its service principal and an administrator's consent.
func (g *graphClient) consented(body string) (objectID, appID, principal string) {
	g.t.Helper()
	app := g.must(http.StatusCreated, "POST", "/applications", body)
	objectID, appID = app["id"].(string), app["appId"].(string)
	principal = g.make("/servicePrincipals", `{"appId":"`+appID+`"}`, "id")
	graphs := g.must(http.StatusOK, "GET", "/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')?$select=id", "")["id"].(string)
	g.make("/oauth2PermissionGrants", `{"clientId":"`+principal+`","consentType":"AllPrincipals","resourceId":"`+graphs+`","scope":"openid profile offline_access"}`, "id")
	return objectID, appID, principal
}

// flowBody is a user flow with a method and a page of inputs.
func flowBody(name, provider, inputs string) string {
	return `{"@odata.type":"#microsoft.graph.externalUsersSelfServiceSignUpEventsFlow","displayName":"` + name + `",
	"onInteractiveAuthFlowStart":{"@odata.type":"#microsoft.graph.onInteractiveAuthFlowStartExternalUsersSelfServiceSignUp","isSignUpAllowed":true},
	"onAuthenticationMethodLoadStart":{"@odata.type":"#microsoft.graph.onAuthenticationMethodLoadStartExternalUsersSelfServiceSignUp",
	 "identityProviders":[{"@odata.type":"#microsoft.graph.builtInIdentityProvider","id":"` + provider + `"}]},
	"onAttributeCollection":{"@odata.type":"#microsoft.graph.onAttributeCollectionExternalUsersSelfServiceSignUp",
	 "attributes":[{"id":"email","displayName":"Email Address","userFlowAttributeType":"builtIn","dataType":"string"}],
	 "attributeCollectionPage":{"views":[{"inputs":[
	  {"attribute":"email","label":"Email Address","inputType":"text","hidden":true,"editable":false,"writeToDirectory":true,"required":true,"validationRegEx":"^.*"}` + inputs + `]}]}}}`
}

const nameInput = `,{"attribute":"displayName","label":"Your name","inputType":"text","hidden":false,"editable":true,"writeToDirectory":true,"required":true,"validationRegEx":"^.*"}`

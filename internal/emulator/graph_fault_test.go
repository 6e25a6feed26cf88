package emulator

import (
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// TestGraph_faults plans what a program has to cope with: the shape is Graph's, whatever the fault says.
func TestGraph_faults(t *testing.T) {
	f := newGraphFixture(t, nil)
	g := f.administrator(t, everyPermission)
	for _, tc := range []struct {
		name   string
		fault  Fault
		status int
		code   string
		header string // Retry-After
		text   string
	}{
		{"throttled", Fault{Endpoint: "graph", Status: 429, RetryAfter: 7}, 429, "TooManyRequests", "7", ""},
		{"throttled by a header alone", Fault{Endpoint: "graph", RetryAfter: 3}, 429, "TooManyRequests", "3", ""},
		{"unavailable", Fault{Endpoint: "graph", Status: 503}, 503, "ServiceUnavailable", "", ""},
		{"forbidden", Fault{Endpoint: "graph", Status: 403}, 403, "Authorization_RequestDenied", "", "Insufficient privileges"},
		{"conflict, in words", Fault{Endpoint: "graph", Status: 409, Description: "somebody was quicker"}, 409, "Request_MultipleObjectsWithSameKeyValue", "", "somebody was quicker"},
		{"any endpoint", Fault{Endpoint: AnyEndpoint, Status: 500}, 500, "InternalServerError", "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f.plan(t, tc.fault)
			got := g.do("GET", "/organization", "")
			e, _ := got.body["error"].(map[string]any)
			if got.status != tc.status || e["code"] != tc.code || got.header.Get("Retry-After") != tc.header || !strings.Contains(e["message"].(string), tc.text) || e["innerError"] == nil {
				t.Errorf("%d %v %s", got.status, got.header, got.raw)
			}
			g.must(200, "GET", "/organization", "")
		})
	}
	for _, r := range f.Requests() {
		if r.Endpoint == "graph" && (r.AADSTS != 0 || r.ClientID != directory.GraphCommandLineTools && r.Fault == "") {
			t.Errorf("logged %+v", r)
		}
	}
}

// TestGraph_replication has what is made be seen after a while, by the tenant's clock; reads do not use the fault up.
func TestGraph_replication(t *testing.T) {
	f := newGraphFixture(t, nil)
	g := f.administrator(t, everyPermission)
	f.plan(t, Fault{Endpoint: "graph", ReplicationDelayMS: 5000})
	g.must(200, "GET", "/organization", "")
	app := g.must(201, "POST", "/applications", `{"displayName":"late"}`)
	g.must(404, "GET", "/applications/"+app["id"].(string), "")
	g.must(400, "POST", "/servicePrincipals", `{"appId":"`+app["appId"].(string)+`"}`)
	f.clock.Add(5 * time.Second)
	g.must(200, "GET", "/applications/"+app["id"].(string), "")
	g.make("/servicePrincipals", `{"appId":"`+app["appId"].(string)+`"}`, "id")
	for _, bad := range []Fault{{Endpoint: "token", ReplicationDelayMS: 1}, {Endpoint: "graph", ReplicationDelayMS: 1, Status: 500}, {Endpoint: "graph", ReplicationDelayMS: maxReplicate + 1}} {
		if _, err := f.AddFault(bad); err == nil {
			t.Errorf("planned %+v", bad)
		}
	}
}

// TestGraph_ownApp signs an administrator in with an app of the tenant's own, which has a permission that was granted by name.
func TestGraph_ownApp(t *testing.T) {
	f := newGraphFixture(t, func(o *Options) {
		o.Seed.Tenants[0].Apps = []directory.App{{
			AppID: publicApp, DisplayName: "setup", PublicClient: directory.Platform{RedirectURIs: []string{"http://localhost"}}, IsFallbackPublicClient: true,
			GrantedScopes: []string{"openid", "User.Read", "https://graph.microsoft.com/Organization.Read.All", "https://graph.microsoft.com/Application.Read.All"},
		}}
	})
	for scope, want := range map[string]string{
		"https://graph.microsoft.com/Organization.Read.All":                        "Organization.Read.All",
		"openid https://graph.microsoft.com/Organization.Read.All":                 "openid Organization.Read.All",
		"https://graph.microsoft.com/.default":                                     "openid User.Read Organization.Read.All Application.Read.All",
		"https://graph.microsoft.com/User.Read":                                    "openid User.Read",
		"https://graph.microsoft.com/Organization.Read.All offline_access profile": "profile Organization.Read.All",
	} {
		v := f.visitor(t)
		v.get(authorizeURL("redirect_uri", "http://localhost", "scope", scope))
		v.submit("next", "email", adminEmail)
		v.submit("next", "password", testPassword)
		tok := f.redeem(t, v.answer().Get("code"), "redirect_uri", "http://localhost", "scope", scope)
		if tok.Error != "" {
			t.Fatal(tok.ErrorDescription)
		}
		_, claims := decode(t, tok.AccessToken)
		if claims["scp"] != want {
			t.Errorf("%s: scp %q, want %q", scope, claims["scp"], want)
		}
		// What renews is for the same.
		if tok.RefreshToken != "" {
			_, claims = decode(t, f.refresh(t, tok.RefreshToken, "scope", scope).AccessToken)
			if claims["scp"] != want {
				t.Errorf("%s, renewed: scp %q, want %q", scope, claims["scp"], want)
			}
		}
	}
	// One that nobody granted is not to be had, and neither Microsoft's app nor the permissions are where nobody administers.
	v := f.visitor(t)
	v.get(authorizeURL("redirect_uri", "http://localhost", "scope", "https://graph.microsoft.com/Application.ReadWrite.All"))
	v.submit("next", "email", adminEmail)
	v.submit("next", "password", testPassword)
	v.want("consent-missing")
	if app := newFixture(t, nil).Tenants()[0]; app.App(directory.GraphCommandLineTools) != nil {
		t.Error("a tenant without administrators knows their app")
	}
}

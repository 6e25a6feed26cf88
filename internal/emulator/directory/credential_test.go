package directory

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/ciam-cli/ciam/internal/clocktest"
)

// TestValidate_protocol refuses each mistake at the place where it is.
func TestValidate_protocol(t *testing.T) {
	key, err := GenerateKey(clocktest.Now())
	if err != nil {
		t.Fatal(err)
	}
	priv, cert, err := key.Parse()
	if err != nil {
		t.Fatal(err)
	}
	public := encodeJWKS(t, jose.JSONWebKey{Key: cert.PublicKey, KeyID: "1"})
	const api = "33334444-dddd-5555-eeee-6666ffff7777"
	good := func() *Document {
		d := Default()
		d.Tenants[0].APIs = []API{{AppID: api, IdentifierURI: "api://" + api, Scopes: []string{"Read"}, AppRoles: []string{"Read.All"}}}
		a := &d.Tenants[0].Apps[1]
		a.KeyCredentials = []KeyCredential{{Certificate: key.Certificate}}
		a.FederatedIdentityCredentials = []FederatedCredential{{Issuer: "https://ci.example", Subject: "s", JWKS: public}}
		a.AppRoleAssignments = []AppRoleAssignment{{Resource: api, Role: "Read.All"}}
		a.GrantedScopes = []string{"openid", "User.Read", "api://" + api + "/Read"}
		a.Web.LogoutURL = "https://app.example/signed-out?x=1"
		a.Web.ImplicitGrantSettings.EnableIDTokenIssuance = true
		return d
	}
	d := good()
	data, err := Encode(d)
	if err != nil {
		t.Fatal(err)
	}
	back, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(back.Tenants[0].Apps[1], d.Tenants[0].Apps[1]) {
		t.Error("the app changed on its way through YAML")
	}
	for _, tc := range []struct {
		path   string
		change func(*Tenant, *App)
	}{
		{"apis[0].appRoles[0]", func(t *Tenant, _ *App) { t.APIs[0].AppRoles[0] = "a b" }},
		{"apps[1].keyCredentials[0].certificate", func(_ *Tenant, a *App) { a.KeyCredentials[0].Certificate = "x" }},
		{"apps[1].keyCredentials[0].certificate", func(_ *Tenant, a *App) { a.KeyCredentials[0].Certificate = key.PrivateKey }},
		{"apps[1].federatedIdentityCredentials[0].issuer", func(_ *Tenant, a *App) { a.FederatedIdentityCredentials[0].Issuer = "" }},
		{"apps[1].federatedIdentityCredentials[0].subject", func(_ *Tenant, a *App) { a.FederatedIdentityCredentials[0].Subject = "" }},
		{"apps[1].federatedIdentityCredentials[0].audiences", func(_ *Tenant, a *App) { a.FederatedIdentityCredentials[0].Audiences = []string{""} }},
		{"apps[1].federatedIdentityCredentials[0].jwks", func(_ *Tenant, a *App) { a.FederatedIdentityCredentials[0].JWKS = "{}" }},
		{"apps[1].federatedIdentityCredentials[0].jwks", func(_ *Tenant, a *App) {
			a.FederatedIdentityCredentials[0].JWKS = encodeJWKS(t, jose.JSONWebKey{Key: priv, KeyID: "1"})
		}},
		{"apps[1].federatedIdentityCredentials[0].jwks", func(_ *Tenant, a *App) {
			a.FederatedIdentityCredentials[0].JWKS = encodeJWKS(t, jose.JSONWebKey{Key: []byte("secret"), KeyID: "1"})
		}},
		{"apps[1].federatedIdentityCredentials[1]", func(_ *Tenant, a *App) {
			a.FederatedIdentityCredentials = append(a.FederatedIdentityCredentials, a.FederatedIdentityCredentials[0])
		}},
		{"apps[1].appRoleAssignments[0].resource", func(_ *Tenant, a *App) { a.AppRoleAssignments[0].Resource = "x" }},
		{"apps[1].appRoleAssignments[0].role", func(_ *Tenant, a *App) { a.AppRoleAssignments[0].Role = "Admin" }},
		{"apps[1].grantedScopes[2]", func(_ *Tenant, a *App) { a.GrantedScopes[2] = "api://" + api + "/Write" }},
		{"apps[1].web.logoutUrl", func(_ *Tenant, a *App) { a.Web.LogoutURL = "http://app.example/x" }},
		{"apps[1].web.logoutUrl", func(_ *Tenant, a *App) { a.Web.LogoutURL = "msal1://x" }},
		{"apps[1].web.logoutUrl", func(_ *Tenant, a *App) { a.Web.LogoutURL = "https://app.example/x;script-src" }},
		{"apps[1].web.logoutUrl", func(_ *Tenant, a *App) { a.Web.LogoutURL = "https://*.example/x" }},
		{"apps[1].spa.logoutUrl", func(_ *Tenant, a *App) { a.SPA.LogoutURL = "https://app.example/x" }},
		{"apps[1].publicClient.implicitGrantSettings", func(_ *Tenant, a *App) { a.PublicClient.ImplicitGrantSettings.EnableIDTokenIssuance = true }},
	} {
		d := good()
		tc.change(&d.Tenants[0], &d.Tenants[0].Apps[1])
		err := d.Validate()
		var fe *FormatError
		if !errors.As(err, &fe) || fe.Path != "tenants[0]."+tc.path || strings.Contains(fe.Problem, "PRIVATE KEY") {
			t.Errorf("%s: %v", tc.path, err)
		}
	}
}

func encodeJWKS(t *testing.T, keys ...jose.JSONWebKey) string {
	t.Helper()
	b, err := json.Marshal(jose.JSONWebKeySet{Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

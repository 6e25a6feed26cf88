package emulator

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

func TestUserinfo(t *testing.T) {
	f := newProtocolFixture(t, func(t *directory.Tenant) { t.AccessTokenScopes = directory.ScopesAsked })
	tok := f.redeem(t, f.visitor(t).signIn("scope", "openid profile email").Get("code"), "scope", "openid profile email")
	_, id := decode(t, tok.IDToken)
	for _, address := range []string{base + "/oidc/userinfo", base + "/" + tid + "/openid/userinfo", base + "/contoso/openid/userinfo"} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			var c map[string]any
			resp := f.ask(t, method, address, http.Header{"Authorization": {"Bearer " + tok.AccessToken}}, &c)
			if resp.StatusCode != 200 || c["sub"] != id["sub"] || c["name"] != "Ada Example" || c["given_name"] != "Ada" || c["family_name"] != "Example" || c["email"] != testEmail {
				t.Errorf("%s %s: %d %v", method, address, resp.StatusCode, c)
			}
		}
	}
	w := f.answer(http.MethodPost, "/oidc/userinfo", "access_token="+tok.AccessToken)
	if w.Code != 200 || !strings.Contains(w.Body.String(), testEmail) {
		t.Errorf("token in a form: %d %s", w.Code, w.Body)
	}
	f.clock.Add(time.Minute)
	few := f.redeem(t, f.visitor(t).signIn("scope", "openid").Get("code"), "scope", "openid")
	var c map[string]any
	f.ask(t, http.MethodGet, base+"/oidc/userinfo", http.Header{"Authorization": {"bearer " + few.AccessToken}}, &c)
	if len(c) != 1 || c["sub"] != id["sub"] {
		t.Errorf("with openid alone: %v", c)
	}
}

func TestUserinfo_refused(t *testing.T) {
	f := newProtocolFixture(t, func(t *directory.Tenant) { t.AccessTokenScopes = directory.ScopesAsked })
	code := func(scope string) tokens {
		return f.redeem(t, f.visitor(t).signIn("scope", scope).Get("code"), "scope", scope)
	}
	good, api, bare := code("openid profile"), code("openid api://"+forecast+"/Forecast.Read"), code("profile")
	app := f.grant(t, "client_credentials", "client_secret", daemonCode, "scope", "https://graph.microsoft.com/.default")
	own := f.assertion(t, assertionSpec{alg: "RS256", claims: map[string]any{"aud": graphAppID, "tid": tid, "scp": "openid", "oid": "aaaaaaaa-0000-1111-2222-bbbbbbbbbbbb"}})
	refuse := func(name, authorization string, status int, code string) {
		t.Helper()
		h := http.Header{}
		if authorization != "" {
			h.Set("Authorization", authorization)
		}
		var body struct {
			Error struct{ Code, Message string }
		}
		resp := f.ask(t, http.MethodGet, base+"/oidc/userinfo", h, &body)
		challenge := resp.Header.Get("WWW-Authenticate")
		if resp.StatusCode != status || !strings.HasPrefix(challenge, "Bearer ") || strings.Contains(challenge, `error="`) != (code != "") ||
			!strings.Contains(challenge, code) || body.Error.Code == "" || body.Error.Message == "" {
			t.Errorf("%s: %d %s %+v", name, resp.StatusCode, challenge, body)
		}
	}
	refuse("no token", "", 401, "")
	refuse("another scheme", "Basic eDp5", 401, "")
	refuse("garbage", "Bearer x", 401, "invalid_token")
	refuse("ID token", "Bearer "+good.IDToken, 401, "invalid_token")
	refuse("for another API", "Bearer "+api.AccessToken, 401, "invalid_token")
	refuse("altered", "Bearer "+good.AccessToken[:len(good.AccessToken)-8]+"AAAAAAAA", 401, "invalid_token")
	refuse("made by somebody else", "Bearer "+own, 401, "invalid_token")
	refuse("without openid", "Bearer "+bare.AccessToken, 403, "insufficient_scope")
	refuse("an app's own", "Bearer "+app.AccessToken, 403, "insufficient_scope")
	r := f.answer(http.MethodGet, "/oidc/userinfo", url.Values{"access_token": {good.AccessToken}}.Encode())
	if r.Code != 401 {
		t.Errorf("token in the query: %d", r.Code)
	}
	f.changeUser(t, func(u *directory.User) { u.Disabled = true })
	refuse("disabled user", "Bearer "+good.AccessToken, 401, "invalid_token")
	f.changeUser(t, func(u *directory.User) { u.Disabled = false })
	f.clock.Add(2 * time.Hour)
	refuse("expired", "Bearer "+good.AccessToken, 401, "invalid_token")
}

func TestDiscovery_protocol(t *testing.T) {
	for _, tc := range []struct {
		name string
		mode IssuerMode
		own  bool
		want string
	}{
		{"as the real one", IssuerGUID, false, "https://graph.microsoft.com/oidc/userinfo"},
		{"origin issuer", IssuerOrigin, false, base + "/oidc/userinfo"},
		{"by the seed", IssuerGUID, true, base + "/oidc/userinfo"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newFixture(t, func(o *Options) { o.Issuer, o.Seed.Tenants[0].OwnUserinfo = tc.mode, tc.own })
			var md map[string]any
			f.getJSON(t, base+"/"+tid+"/v2.0/.well-known/openid-configuration", &md)
			if md["userinfo_endpoint"] != tc.want || md["device_authorization_endpoint"] != base+"/"+tid+"/oauth2/v2.0/devicecode" || md["frontchannel_logout_supported"] != true {
				t.Errorf("%v", md)
			}
		})
	}
}

func TestCORS(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Seed.Tenants[0].Apps[0].SPA.RedirectURIs = []string{"https://spa.example/app"} })
	for _, tc := range []struct{ path, origin, want string }{
		{"/" + tid + "/v2.0/.well-known/openid-configuration", "https://any.example", "*"},
		{"/" + tid + "/discovery/v2.0/keys", "https://any.example", "*"},
		{"/common/discovery/instance", "https://any.example", "*"},
		{"/oidc/userinfo", "https://any.example", "*"},
		{"/" + tid + "/oauth2/v2.0/token", "https://spa.example", "https://spa.example"},
		{"/" + tid + "/oauth2/v2.0/token", "https://evil.example", ""},
		{"/" + tid + "/oauth2/v2.0/token", "http://spa.example", ""},
		{"/" + tid + "/oauth2/v2.0/devicecode", "https://spa.example", ""},
		{"/" + tid + "/oauth2/v2.0/authorize", "https://spa.example", ""},
	} {
		h := http.Header{"Origin": {tc.origin}, "Access-Control-Request-Method": {"POST"}, "Access-Control-Request-Headers": {"authorization"}}
		pre := f.ask(t, http.MethodOptions, base+tc.path, h, nil)
		if got := pre.Header.Get("Access-Control-Allow-Origin"); got != tc.want {
			t.Errorf("%s from %s: preflight %q, want %q", tc.path, tc.origin, got, tc.want)
		}
		if tc.want != "" && (pre.StatusCode != 204 || !strings.Contains(pre.Header.Get("Access-Control-Allow-Headers"), "Authorization")) {
			t.Errorf("%s: %d %v", tc.path, pre.StatusCode, pre.Header)
		}
		get := f.ask(t, http.MethodGet, base+tc.path, http.Header{"Origin": {tc.origin}}, nil)
		if got := get.Header.Get("Access-Control-Allow-Origin"); got != tc.want || get.Header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s from %s: answer %q, want %q", tc.path, tc.origin, got, tc.want)
		}
	}
}

// TestUserinfo_keys: an earlier key of the tenant is good, another tenant's
// token is not, even where both sign with one key.
func TestUserinfo_keys(t *testing.T) {
	f := newProtocolFixture(t, nil)
	second := directory.Default().Tenants[0]
	second.ID, second.Subdomain, second.Keys = "bbbbbbbb-0000-cccc-1111-dddd2222eeee", "fabrikam", f.store.View().Tenants[0].Keys
	second.Users = f.store.View().Tenants[0].Users
	if err := f.store.Update(t.Context(), func(d *directory.Document) error {
		d.Tenants = append(d.Tenants, second)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	tok := f.redeem(t, f.visitor(t).signIn().Get("code"))
	if _, err := f.RotateKey(t.Context(), tid); err != nil {
		t.Fatal(err)
	}
	h := http.Header{"Authorization": {"Bearer " + tok.AccessToken}}
	if resp := f.ask(t, http.MethodGet, base+"/oidc/userinfo", h, nil); resp.StatusCode != 200 {
		t.Errorf("after a rotation: %d", resp.StatusCode)
	}
	if resp := f.ask(t, http.MethodGet, base+"/fabrikam/openid/userinfo", h, nil); resp.StatusCode != 401 {
		t.Errorf("at another tenant: %d", resp.StatusCode)
	}
}

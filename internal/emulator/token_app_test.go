package emulator

import (
	"slices"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

func TestClientCredentials(t *testing.T) {
	f := newProtocolFixture(t, nil)
	tok := f.grant(t, "client_credentials", "client_secret", daemonCode, "scope", "api://"+forecast+"/.default openid offline_access profile")
	if tok.Error != "" {
		t.Fatal(tok.ErrorDescription)
	}
	for _, name := range []string{"refresh_token", "id_token", "scope", "client_info"} {
		if _, ok := tok.raw[name]; ok {
			t.Errorf("the answer has %s", name)
		}
	}
	if tok.TokenType != "Bearer" || tok.ExpiresIn < 3600 || tok.ExpiresIn > 5400 {
		t.Errorf("%+v", tok.tokenResponse)
	}
	f.verify(t, tok.AccessToken)
	_, c := decode(t, tok.AccessToken)
	for name, want := range map[string]any{"aud": forecast, "azp": daemonApp, "azpacr": "1", "idtyp": "app", "tid": tid, "ver": "2.0", "oid": c["sub"]} {
		if c[name] != want || want == "" || want == nil {
			t.Errorf("%s is %v, want %v", name, c[name], want)
		}
	}
	if !directory.IsGUID(c["oid"].(string)) {
		t.Errorf("oid %v", c["oid"])
	}
	if roles, _ := c["roles"].([]any); len(roles) != 1 || roles[0] != "Forecast.Read.All" {
		t.Errorf("roles %v", c["roles"])
	}
	for _, name := range []string{"scp", "name", "preferred_username", "sid", "nonce"} {
		if _, ok := c[name]; ok {
			t.Errorf("the token has %s", name)
		}
	}
	again := f.grant(t, "client_credentials", "client_secret", daemonCode, "scope", "https://graph.microsoft.com/.default")
	_, g := decode(t, again.AccessToken)
	if g["aud"] != graphAppID || g["oid"] != c["oid"] || g["roles"] != nil {
		t.Errorf("Graph token %v", g)
	}
	basicAuth := f.grant(t, "client_credentials", "@Authorization", basic(daemonApp, daemonCode), "scope", forecast+"/.default")
	if basicAuth.Error != "" {
		t.Error(basicAuth.ErrorDescription)
	}
}

func TestClientCredentials_refused(t *testing.T) {
	f := newProtocolFixture(t, nil)
	secret, scope := []string{"client_secret", daemonCode}, []string{"scope", "api://" + forecast + "/.default"}
	for _, tc := range []struct {
		name   string
		pairs  []string
		status int
		aadsts int
		oauth  string
	}{
		{"no credentials", scope, 401, 7000218, "invalid_client"},
		{"wrong secret", slices.Concat(scope, []string{"client_secret", "x"}), 401, 7000215, "invalid_client"},
		{"public app", slices.Concat(scope, []string{"client_id", publicApp}), 401, 7000218, "invalid_client"},
		{"public app with a secret", slices.Concat(scope, []string{"client_id", publicApp, "client_secret", "x"}), 401, 7000215, "invalid_client"},
		{"no scope", secret, 400, 900144, "invalid_request"},
		{"one scope", slices.Concat(secret, []string{"scope", "api://" + forecast + "/Forecast.Read"}), 400, 1002012, "invalid_scope"},
		{"OIDC scopes only", slices.Concat(secret, []string{"scope", "openid profile"}), 400, 1002012, "invalid_scope"},
		{"two resources", slices.Concat(secret, []string{"scope", "api://" + forecast + "/.default https://graph.microsoft.com/.default"}), 400, 70011, "invalid_scope"},
		{"unknown resource", slices.Concat(secret, []string{"scope", "api://nobody/.default"}), 400, 500011, "invalid_resource"},
		{"from a web page", slices.Concat(secret, scope, []string{"@Origin", "http://localhost:3000"}), 400, 9002326, "invalid_request"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f.grant(t, "client_credentials", tc.pairs...).want(t, tc.status, tc.aadsts, tc.oauth)
		})
	}
}

func TestOnBehalfOf(t *testing.T) {
	f := newProtocolFixture(t, nil)
	user := f.redeem(t, f.visitor(t).signIn("scope", "openid profile api://"+daemonApp+"/Access").Get("code"), "scope", "openid profile api://"+daemonApp+"/Access")
	if user.Error != "" {
		t.Fatal(user.ErrorDescription)
	}
	for _, pairs := range [][]string{
		{"client_secret", daemonCode},
		{"client_assertion_type", assertionType, "client_assertion", f.assertion(t, assertionSpec{})},
	} {
		tok := f.grant(t, onBehalfOfGrantType, append(pairs, "requested_token_use", "on_behalf_of", "assertion", user.AccessToken,
			"scope", "api://"+forecast+"/Forecast.Read openid offline_access profile", "client_info", "1")...)
		if tok.Error != "" {
			t.Fatal(tok.ErrorDescription)
		}
		f.verify(t, tok.AccessToken)
		_, in := decode(t, user.AccessToken)
		_, out := decode(t, tok.AccessToken)
		if out["aud"] != forecast || out["azp"] != daemonApp || out["scp"] != "Forecast.Read Forecast.Write" || out["oid"] != in["oid"] || out["sid"] != in["sid"] {
			t.Errorf("token %v", out)
		}
		if tok.IDToken == "" || tok.RefreshToken == "" || tok.ClientInfo == "" {
			t.Errorf("answer %+v", tok.tokenResponse)
		}
		if again := f.refresh(t, tok.RefreshToken, "client_id", daemonApp, "client_secret", daemonCode); again.Error != "" {
			t.Error(again.ErrorDescription)
		}
	}
}

func TestOnBehalfOf_refused(t *testing.T) {
	f := newProtocolFixture(t, nil)
	sign := func(scope string) tokens {
		return f.redeem(t, f.visitor(t).signIn("scope", scope).Get("code"), "scope", scope)
	}
	good := sign("openid profile api://" + daemonApp + "/Access")
	other := sign("openid api://" + forecast + "/Forecast.Read")
	code := f.visitor(t).signIn("client_id", daemonApp, "redirect_uri", "http://localhost/daemon").Get("code")
	own := f.redeem(t, code, "client_id", daemonApp, "client_secret", daemonCode, "redirect_uri", "http://localhost/daemon")
	app := f.grant(t, "client_credentials", "client_secret", daemonCode, "scope", daemonApp+"/.default")
	altered := good.AccessToken[:len(good.AccessToken)-8] + "AAAAAAAA"
	base := []string{"client_secret", daemonCode, "requested_token_use", "on_behalf_of", "assertion", good.AccessToken, "scope", "api://" + forecast + "/Forecast.Read"}
	for _, tc := range []struct {
		name   string
		pairs  []string
		status int
		aadsts int
		oauth  string
	}{
		{"no credentials", []string{"client_secret", ""}, 401, 7000218, "invalid_client"},
		{"no assertion", []string{"assertion", ""}, 400, 900144, "invalid_request"},
		{"no token use", []string{"requested_token_use", ""}, 400, 900144, "invalid_request"},
		{"another token use", []string{"requested_token_use", "logon_cert"}, 400, 90023, "invalid_request"},
		{"no scope", []string{"scope", ""}, 400, 900144, "invalid_request"},
		{"token for another API", []string{"assertion", other.AccessToken}, 400, 500131, "invalid_grant"},
		{"altered token", []string{"assertion", altered}, 400, 50013, "invalid_grant"},
		{"not a token", []string{"assertion", "x"}, 400, 50013, "invalid_grant"},
		{"made by somebody else", []string{"assertion", f.assertion(t, assertionSpec{alg: "RS256", claims: map[string]any{"aud": daemonApp, "tid": tid, "scp": "Access", "oid": "aaaaaaaa-0000-1111-2222-bbbbbbbbbbbb"}})}, 400, 50013, "invalid_grant"},
		{"ID token", []string{"assertion", own.IDToken}, 400, 50013, "invalid_grant"},
		{"token without a user", []string{"assertion", app.AccessToken}, 400, 7000114, "invalid_grant"},
		{"two resources", []string{"scope", "User.Read api://" + forecast + "/Forecast.Read"}, 400, 28000, "invalid_scope"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f.grant(t, onBehalfOfGrantType, append(slices.Clone(base), tc.pairs...)...).want(t, tc.status, tc.aadsts, tc.oauth)
		})
	}
	t.Run("disabled user", func(t *testing.T) {
		f.changeUser(t, func(u *directory.User) { u.Disabled = true })
		f.grant(t, onBehalfOfGrantType, base...).want(t, 400, 50057, "invalid_grant")
		f.changeUser(t, func(u *directory.User) { u.Disabled = false })
	})
	t.Run("expired token", func(t *testing.T) {
		f.clock.Add(90*time.Minute + time.Second)
		f.grant(t, onBehalfOfGrantType, base...).want(t, 400, 500133, "invalid_grant")
	})
}

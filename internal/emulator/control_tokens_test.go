package emulator

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// newTokensFixture has an API with two scopes and a role, of which the daemon app has one.
func newTokensFixture(t *testing.T) *fixture { return newProtocolFixture(t, oneAPI) }

func oneAPI(d *directory.Tenant) { d.APIs = d.APIs[:1] }

// order asks for tokens and decodes the payload of each that came.
func (f *fixture) order(t *testing.T, body string) (answer map[string]any, access, id map[string]any) {
	t.Helper()
	answer = f.must(t, "POST", "/tokens", body)
	for name, into := range map[string]*map[string]any{"access_token": &access, "id_token": &id} {
		if raw, _ := answer[name].(string); raw != "" {
			_, *into = decode(t, raw)
		}
	}
	return answer, access, id
}

func TestTokens(t *testing.T) {
	const api = "api://" + forecast
	f := newTokensFixture(t)
	now := float64(f.clock.Now().Unix())
	type claims = map[string]any
	for _, tc := range []struct {
		name, body string
		access, id claims // what has to be in; nil: no such token
		without    []string
		refresh    bool
		scope      any
	}{
		{"for a user", `{"user":"ada@example.com"}`, claims{"aud": forecast, "azp": publicApp, "scp": "Forecast.Read Forecast.Write", "preferred_username": testEmail, "tid": tid, "iat": now}, nil, []string{"roles", "idtyp"}, false, api + "/.default " + api + "/Forecast.Read " + api + "/Forecast.Write"},
		{"by object id", `{"user":"aaaaaaaa-0000-1111-2222-bbbbbbbbbbbb","scopes":["` + api + `/Forecast.Read"]}`, claims{"scp": "Forecast.Read", "oid": "aaaaaaaa-0000-1111-2222-bbbbbbbbbbbb"}, nil, nil, false, api + "/Forecast.Read"},
		{"a bare scope of the API", `{"user":"ada@example.com","scopes":["Forecast.Write"]}`, claims{"aud": forecast, "scp": "Forecast.Write"}, nil, nil, false, api + "/Forecast.Write"},
		{"for Graph", `{"user":"ada@example.com","scopes":["User.Read openid"]}`, claims{"aud": graphAppID, "scp": "openid User.Read"}, nil, nil, false, "openid User.Read"},
		{"both", `{"user":"ada@example.com","tokens":["access","id"],"app":"ciam-cli"}`, claims{"aud": forecast}, claims{"aud": publicApp, "name": "Ada Example", "email": testEmail}, nil, false, nil},
		{"ID token alone", `{"user":"ada@example.com","tokens":["id"],"app":"` + webApp + `"}`, nil, claims{"aud": webApp, "oid": "aaaaaaaa-0000-1111-2222-bbbbbbbbbbbb"}, nil, false, nil},
		{"all three", `{"user":"ada@example.com","tokens":["access","id","refresh"]}`, claims{"aud": forecast}, claims{"aud": publicApp}, nil, true, nil},
		{"the app's own", `{"app":"daemon"}`, claims{"aud": forecast, "azp": daemonApp, "idtyp": "app", "roles": []any{"Forecast.Read.All"}}, nil, []string{"scp", "preferred_username"}, false, nil},
		{"the app's own with roles", `{"app":"daemon","scopes":["` + api + `/.default"],"roles":["b","a"]}`, claims{"roles": []any{"b", "a"}}, nil, nil, false, nil},
		{"roles of a user", `{"user":"ada@example.com","roles":["Admin"],"tokens":["access","id"]}`, claims{"roles": []any{"Admin"}}, claims{"roles": []any{"Admin"}}, nil, false, nil},
		{"claims of every type", `{"user":"ada@example.com","claims":{"s":"x","n":1.5,"i":9007199254740993,"b":false,"a":[1,"x",null],"o":{"k":{"d":[]}},"e":"","name":null,"ver":"9"}}`,
			claims{"s": "x", "n": 1.5, "b": false, "a": []any{1.0, "x", nil}, "o": claims{"k": claims{"d": []any{}}}, "e": "", "ver": "9"}, nil, []string{"name"}, false, nil},
		{"lifetime", `{"user":"ada@example.com","lifetime_seconds":90,"tokens":["access","id"]}`, claims{"exp": now + 90}, claims{"exp": now + 90}, nil, false, nil},
		{"issued at, epoch", `{"user":"ada@example.com","issued_at":1700000000,"lifetime_seconds":60}`, claims{"iat": 1700000000.0, "nbf": 1700000000.0, "exp": 1700000060.0}, nil, nil, false, nil},
		{"issued at, RFC 3339", `{"app":"daemon","issued_at":"2023-11-14T22:13:20Z","lifetime_seconds":60}`, claims{"iat": 1700000000.0, "exp": 1700000060.0}, nil, nil, false, nil},
		{"by the tenant's name", `{"tenant":"contoso","user":"ada@example.com"}`, claims{"aud": forecast}, nil, nil, false, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			answer, access, id := f.order(t, tc.body)
			for kind, pair := range map[string][2]claims{"access": {access, tc.access}, "id": {id, tc.id}} {
				got, want := pair[0], pair[1]
				if (got == nil) != (want == nil) {
					t.Errorf("%s token: %v, want %v", kind, got, want)
				}
				for name, value := range want {
					if !reflect.DeepEqual(got[name], value) {
						t.Errorf("%s token: %s is %v (%T), want %v", kind, name, got[name], got[name], value)
					}
				}
				for _, name := range tc.without {
					if _, ok := got[name]; ok {
						t.Errorf("%s token has %s", kind, name)
					}
				}
			}
			for _, name := range []string{"access_token", "id_token"} {
				if raw, _ := answer[name].(string); raw != "" {
					f.verify(t, raw)
				}
			}
			if got, _ := answer["refresh_token"].(string); (got != "") != tc.refresh {
				t.Errorf("refresh token %q", got)
			} else if tc.refresh {
				if again := f.refresh(t, got, "scope", ""); again.Error != "" {
					t.Errorf("its refresh: %s", again.ErrorDescription)
				}
			}
			if tc.scope != nil && answer["scope"] != tc.scope {
				t.Errorf("scope %v", answer["scope"])
			}
			first := access
			if first == nil {
				first = id
			}
			if answer["expires_on"] != first["exp"] || answer["tenant_id"] != tid || answer["token_type"] != "Bearer" {
				t.Errorf("%v, exp %v", answer, first["exp"])
			}
		})
	}
	// The numbers are the caller's own, to the last digit.
	answer := f.must(t, "POST", "/tokens", `{"user":"ada@example.com","claims":{"i":9007199254740993}}`)
	if raw := payloadOf(t, answer["access_token"].(string)); !strings.Contains(raw, `"i":9007199254740993`) {
		t.Errorf("payload %s", raw)
	}
}

func payloadOf(t *testing.T, jwt string) string {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(strings.Split(jwt, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestTokens_newUser: one is made on the fly, once, and is a user like any other.
func TestTokens_newUser(t *testing.T) {
	f := newTokensFixture(t)
	const body = `{"user":"new@example.com","create_user":true,"attributes":{"displayName":"New One"},"tokens":["access","id"]}`
	first, _, id := f.order(t, body)
	if first["user_created"] != true || id["name"] != "New One" || f.store.User(tid, "new@example.com") == nil {
		t.Fatalf("%v %v", first, id)
	}
	again, _, same := f.order(t, strings.Replace(body, "new@", "NEW@", 1))
	if again["user_created"] != nil || same["oid"] != id["oid"] || same["sub"] != id["sub"] {
		t.Errorf("again: %v %v", again, same)
	}
}

// TestTokens_bad: each kind is refused for its own reason; see judge, and internal/e2e for other people's libraries.
func TestTokens_bad(t *testing.T) {
	f := newTokensFixture(t)
	want := map[string]string{
		"expired": "exp", "not-yet": "nbf", "not_yet_valid": "nbf", "wrong-key": "signature", "unknown-kid": "kid", "alg-none": "alg none", "hs256": "alg HS256",
		"wrong-audience": "aud", "wrong-issuer": "iss", "wrong-tenant": "tid", "wrong-nonce": "nonce", "array-audience": "aud array",
	}
	for name, reason := range want {
		answer := f.must(t, "POST", "/tokens", `{"user":"ada@example.com","tokens":["id"],"claims":{"nonce":"no-nce"},"bad":"`+name+`"}`)
		if got := f.judge(t, answer["id_token"].(string)); got != reason {
			t.Errorf("%s: refused for %q, want %q", name, got, reason)
		}
	}
	for _, name := range append(TokenFaults(), idTokenAsAccess) { // in either spelling
		for _, spelt := range []string{name, strings.ReplaceAll(name, "_", "-"), strings.ToUpper(name)} {
			if _, ok := tokenFaultNamed(spelt); !ok {
				t.Errorf("%s is unknown", spelt)
			}
		}
	}
	_, access, id := f.order(t, `{"user":"ada@example.com","tokens":["access","id"],"bad":"id-token-as-access"}`)
	if access["aud"] != publicApp || access["scp"] != nil || id["aud"] != publicApp {
		t.Errorf("id-token-as-access: %v", access)
	}
	for _, body := range []string{`{"user":"ada@example.com","bad":"missing-scp"}`, `{"app":"daemon","bad":"missing-scp"}`} {
		answer, access, _ := f.order(t, body)
		f.verify(t, answer["access_token"].(string))
		if access["scp"] != nil || access["roles"] != nil || access["aud"] != forecast {
			t.Errorf("missing-scp: %v", access)
		}
	}
	expired, _, _ := f.order(t, `{"user":"ada@example.com","bad":"expired"}`)
	if on, _ := expired["expires_on"].(float64); on >= float64(f.clock.Now().Unix()) || expired["bad"] != "expired" {
		t.Errorf("expired: %v", expired)
	}
}

func TestTokens_refused(t *testing.T) {
	f := newProtocolFixture(t, func(d *directory.Tenant) {
		d.Apps[1].GrantedScopes = []string{"openid"}
	})
	for _, tc := range []struct {
		body   string
		status int
		code   string
		field  string
	}{
		{`{"user":"nobody@example.com"}`, 404, "not_found", "user"},
		{`{"create_user":true}`, 400, "invalid_value", "user"},
		{`{"user":"no address","create_user":true}`, 400, "invalid_value", "email"},
		{`{"user":"ada@example.com","app":"nobody"}`, 404, "not_found", "app"},
		{`{"tenant":"nobody"}`, 404, "unknown_tenant", "tenant"},
		{`{"user":"ada@example.com","tokens":["refresh","code"]}`, 400, "invalid_value", "tokens"},
		{`{"app":"daemon","tokens":["id"]}`, 400, "invalid_value", "user"},
		{`{"app":"daemon"}`, 400, "invalid_value", "scopes"},
		{`{"app":"daemon","scopes":["Forecast.Read"]}`, 400, "invalid_value", "scopes"},
		{`{"user":"ada@example.com","scopes":["Nothing.Read"]}`, 400, "invalid_value", "scopes"},
		{`{"user":"ada@example.com","app":"ciam-client-app","scopes":["Forecast.Read"]}`, 400, "invalid_value", "scopes"},
		{`{"user":"ada@example.com","bad":"worse"}`, 400, "invalid_value", "bad"},
		{`{"user":"ada@example.com","lifetime_seconds":-1}`, 400, "invalid_value", "lifetime_seconds"},
		{`{"user":"ada@example.com","lifetime_seconds":"1h"}`, 400, "invalid_value", "lifetime_seconds"},
		{`{"user":"ada@example.com","issued_at":"yesterday"}`, 400, "invalid_value", "issued_at"},
		{`{"user":"ada@example.com","issued_at":-1}`, 400, "invalid_value", "issued_at"},
		{`{"user":7}`, 400, "invalid_value", "user"},
		{`{"scope":"x"}`, 400, "unknown_field", "scope"},
	} {
		status, out := f.control(t, "POST", "/tokens", tc.body)
		e, _ := out["error"].(map[string]any)
		if status != tc.status || e["code"] != tc.code || e["field"] != tc.field {
			t.Errorf("%s: %d %v", tc.body, status, e)
		}
	}
	_, out := f.control(t, "POST", "/tokens", `{"scope":"x"}`)
	if m := fmt.Sprint(out); !strings.Contains(m, "tenant, user, create_user, attributes, app, tokens, scopes, roles, claims, lifetime_seconds, issued_at, bad") {
		t.Errorf("the fields are not named: %s", m)
	}
}

// TestSignInAs: the cookie is a session of the pages, for authorize and for sign-out.
func TestSignInAs(t *testing.T) {
	f := newProtocolFixture(t, oneAPI)
	answer := f.must(t, "POST", "/sign-in", `{"user":"ada@example.com","app":"ciam-cli"}`)
	cookies := answer["cookies"].([]any)
	c := cookies[0].(map[string]any)
	if len(cookies) != 1 || c["domain"] != "localhost" || c["path"] != "/" || c["httpOnly"] != true || c["secure"] != false || c["sameSite"] != "Lax" {
		t.Fatalf("%v", cookies)
	}
	v := f.visitor(t)
	u, _ := url.Parse(base)
	v.client.Jar.SetCookies(u, []*http.Cookie{{Name: c["name"].(string), Value: c["value"].(string), Path: "/"}})
	v.get(authorizeURL("prompt", "none"))
	q := v.answer()
	if q.Get("code") == "" || q.Get("session_state") != answer["sid"] {
		t.Fatalf("%v", q)
	}
	if tok := f.redeem(t, q.Get("code")); tok.Error != "" {
		t.Errorf("%s", tok.ErrorDescription)
	}
	sessions := f.must(t, "GET", "/sessions", "")["sessions"].([]any)
	if len(sessions) != 1 || fmt.Sprint(sessions[0].(map[string]any)["apps"]) != "["+publicApp+"]" {
		t.Errorf("%v", sessions)
	}
	if other := f.must(t, "POST", "/sign-in", `{"user":"new@example.com","create_user":true,"host":"contoso.ciamlogin.com:8765"}`); other["user_created"] != true ||
		other["cookies"].([]any)[0].(map[string]any)["domain"] != "contoso.ciamlogin.com" {
		t.Errorf("%v", other)
	}
	for body, field := range map[string]string{
		`{}`: "user", `{"user":"nobody@example.com"}`: "user", `{"user":"ada@example.com","for":"msal-node"}`: "for", `{"user":"ada@example.com","host":"evil.example"}`: "host",
		`{"user":"ada@example.com","app":"x"}`: "app", `{"user":"ada@example.com","for":"msal-browser","scopes":["X.Y"]}`: "scopes",
	} {
		status, out := f.control(t, "POST", "/sign-in", body)
		if e, _ := out["error"].(map[string]any); status < 400 || e["field"] != field {
			t.Errorf("%s: %d %v", body, status, out)
		}
	}
	f.disable(t, testEmail)
	if status, out := f.control(t, "POST", "/sign-in", `{"user":"ada@example.com"}`); status != 409 {
		t.Errorf("disabled: %d %v", status, out)
	}
}

// TestSignInAs_msal has the cache's form; that MSAL takes it is tried in internal/e2e, in Chromium.
func TestSignInAs_msal(t *testing.T) {
	f := newProtocolFixture(t, oneAPI)
	answer := f.must(t, "POST", "/sign-in", `{"user":"ada@example.com","app":"ciam-cli","for":"msal-browser","scopes":["Forecast.Read"],"host":"LOCALHOST:8765"}`)
	store := answer["session_storage"].(map[string]any)
	const home = "aaaaaaaa-0000-1111-2222-bbbbbbbbbbbb." + tid
	want := []string{
		home + "-localhost:8765-" + tid, home + "-localhost:8765-idtoken-" + publicApp + "-" + tid + "---",
		home + "-localhost:8765-accesstoken-" + publicApp + "-" + tid + "-api://" + forecast + "/forecast.read--",
		home + "-localhost:8765-refreshtoken-" + publicApp + "----", "msal.account.keys", "msal.token.keys." + publicApp,
	}
	got := slices.Sorted(maps.Keys(store))
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("keys\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for key, text := range store {
		var entity map[string]any
		if json.Unmarshal([]byte(text.(string)), &entity) != nil || entity["credentialType"] == nil {
			continue
		}
		if secret, _ := entity["secret"].(string); secret == "" || entity["homeAccountId"] != home {
			t.Errorf("%s: %v", key, entity)
		}
	}
}

func BenchmarkTokens(b *testing.B) {
	s, err := New(Options{Seed: benchSeed(b)})
	if err != nil {
		b.Fatal(err)
	}
	client := &http.Client{Transport: s.Transport()}
	seen := map[string]bool{}
	for b.Loop() {
		resp, err := client.Post(base+controlRoot+"/tokens", "application/json", strings.NewReader(`{"user":"ada@example.com","create_user":true}`))
		if err != nil {
			b.Fatal(err)
		}
		var out tokenReply
		if err := json.NewDecoder(resp.Body).Decode(&out); err != nil || out.AccessToken == "" || seen[out.AccessToken] || out.ExpiresIn <= 0 {
			b.Fatalf("%v %+v", err, out)
		}
		seen[out.AccessToken] = true
		resp.Body.Close()
	}
}

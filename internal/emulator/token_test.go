package emulator

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

func (tok tokens) want(t *testing.T, status, code int, oauth string) {
	t.Helper()
	if tok.status != status || !slices.Equal(tok.ErrorCodes, []int{code}) || tok.Error != oauth || tok.AccessToken != "" {
		t.Errorf("got %d %v %s, want %d [%d] %s: %s", tok.status, tok.ErrorCodes, tok.Error, status, code, oauth, tok.ErrorDescription)
	}
}

func TestToken_codeRefused(t *testing.T) {
	f := newFixture(t, func(o *Options) {
		second := directory.Default().Tenants[0]
		second.ID, second.Subdomain, second.Keys = "bbbbbbbb-0000-cccc-1111-dddd2222eeee", "fabrikam", o.Seed.Tenants[0].Keys
		o.Seed.Tenants = append(o.Seed.Tenants, second)
		o.Seed.Tenants[0].Apps[1].PublicClient.RedirectURIs = []string{"http://localhost/desktop"}
	})
	v := f.visitor(t)
	fresh := func(pairs ...string) string { return v.signIn(append(pairs, "prompt", "login")...).Get("code") }
	code := fresh()
	webCode := fresh("client_id", webApp, "redirect_uri", webCallback)
	noPKCE := fresh("code_challenge", "", "code_challenge_method", "")
	web := []string{"client_id", webApp, "redirect_uri", webCallback}
	secret := []string{"client_secret", directory.DefaultClientSecret}
	for _, tc := range []struct {
		name, code string
		pairs      []string
		status     int
		aadsts     int
		oauth      string
	}{
		{"no client", code, []string{"client_id", ""}, 400, 900144, "invalid_request"},
		{"unknown client", code, []string{"client_id", "Enter_the_Application_Id_Here"}, 400, 700016, "unauthorized_client"},
		{"unknown tenant", code, []string{"@tenant", "nobody"}, 400, 90002, "invalid_request"},
		{"other tenant", code, []string{"@tenant", "fabrikam"}, 400, 700005, "invalid_grant"},
		{"no grant type", code, []string{"grant_type", ""}, 400, 900144, "invalid_request"},
		{"password grant", code, []string{"grant_type", "password"}, 400, 70003, "unsupported_grant_type"},
		{"no code", "", nil, 400, 900144, "invalid_request"},
		{"garbage code", "garbage", nil, 400, 9002313, "invalid_grant"},
		{"unknown code", "1.Aunknown", nil, 400, 70000, "invalid_grant"},
		{"no redirect", code, []string{"redirect_uri", ""}, 400, 900144, "invalid_request"},
		{"other redirect", code, []string{"redirect_uri", callback + "/"}, 400, 500112, "invalid_client"},
		{"other app", code, slices.Concat(web, secret), 400, 70000, "invalid_grant"},
		{"no verifier", code, []string{"code_verifier", ""}, 400, 50148, "invalid_grant"},
		{"wrong verifier", code, []string{"code_verifier", strings.Replace(testVerifier, "d", "e", 1)}, 400, 501481, "invalid_grant"},
		{"challenge as verifier", code, []string{"code_verifier", testS256}, 400, 501481, "invalid_grant"},
		{"verifier without challenge", noPKCE, nil, 400, 501481, "invalid_grant"},
		{"secret on public client", code, secret, 401, 700025, "invalid_client"},
		{"origin on a native client", code, []string{"@Origin", "http://localhost:3000"}, 400, 9002326, "invalid_request"},
		{"unknown scope", code, []string{"scope", "openid Mail.Read"}, 400, 650053, "invalid_client"},
		{"no secret", webCode, web, 401, 7000218, "invalid_client"},
		{"wrong secret", webCode, append(slices.Clone(web), "client_secret", "nope"), 401, 7000215, "invalid_client"},
		{"wrong secret and unknown code", "1.Aunknown", append(slices.Clone(web), "client_secret", "nope"), 401, 7000215, "invalid_client"},
		{"assertion without its type", webCode, append(slices.Clone(web), "client_assertion", "x.y.z"), 400, 900144, "invalid_request"},
		{"assertion that is none", webCode, append(slices.Clone(web), "client_assertion", "x.y.z", "client_assertion_type", assertionType), 401, 50027, "invalid_client"},
		{"secret twice", webCode, append(slices.Concat(web, secret), "@Authorization", basic(webApp, directory.DefaultClientSecret)), 400, 9002313, "invalid_request"},
		{"Basic for another client", webCode, append(slices.Clone(web), "@Authorization", basic(publicApp, "x")), 400, 9002313, "invalid_request"},
		{"another content type", code, []string{"@Content-Type", "application/json"}, 400, 9002313, "invalid_request"},
		{"oversized body", code, []string{"junk", strings.Repeat("x", maxRequest)}, 413, 9002313, "invalid_request"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tok := f.redeem(t, tc.code, append([]string{"code", tc.code}, tc.pairs...)...)
			tok.want(t, tc.status, tc.aadsts, tc.oauth)
		})
	}
	// None of these used the codes up.
	if tok := f.redeem(t, code); tok.Error != "" {
		t.Errorf("public: %s", tok.ErrorDescription)
	}
	if tok := f.redeem(t, webCode, slices.Concat(web, secret)...); tok.Error != "" {
		t.Errorf("web: %s", tok.ErrorDescription)
	}
	tok := f.redeem(t, code)
	tok.want(t, 400, 54005, "invalid_grant")
	late := fresh()
	f.clock.Add(codeLife)
	f.redeem(t, late).want(t, 400, 70008, "invalid_grant")
}

func basic(id, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(id)+":"+url.QueryEscape(secret)))
}

func TestToken_errorBody(t *testing.T) {
	f := newFixture(t, nil)
	const id = "01234567-89ab-cdef-0123-456789abcdef"
	tok := f.redeem(t, "1.Ax", "client_id", webApp, "redirect_uri", webCallback, "client_secret", "nope", "@client-request-id", id, "@return-client-request-id", "true")
	for _, name := range []string{"error", "error_description", "error_codes", "timestamp", "trace_id", "correlation_id", "error_uri"} {
		if _, ok := tok.raw[name]; !ok {
			t.Errorf("body lacks %s", name)
		}
	}
	want := ". Trace ID: " + tok.TraceID + " Correlation ID: " + id + " Timestamp: " + timestamp()
	if tok.CorrelationID != id || tok.Timestamp != timestamp() || !strings.HasSuffix(tok.ErrorDescription, want) {
		t.Errorf("%+v", tok.errorBody)
	}
	if tok.ErrorURI != "https://login.microsoftonline.com/error?code=7000215" || tok.header.Get("client-request-id") != id || tok.header.Get("x-ms-request-id") != tok.TraceID {
		t.Errorf("%s %v", tok.ErrorURI, tok.header)
	}
	if tok := f.redeem(t, "x", "grant_type", "x"); tok.raw["error_uri"] != nil {
		t.Error("70003 has an error_uri; the service's has none")
	}
	r, _ := http.NewRequest(http.MethodGet, base+"/"+tid+"/oauth2/v2.0/token", nil)
	got := f.send(t, r)
	got.want(t, 405, 900561, "invalid_request")
	if got.header.Get("Allow") != "POST" {
		t.Errorf("Allow: %s", got.header.Get("Allow"))
	}
}

func TestToken_secrets(t *testing.T) {
	f := newFixture(t, nil)
	now := f.clock.Now()
	app := &f.store.View().Tenants[0].Apps[1]
	app.PasswordCredentials = append(app.PasswordCredentials,
		directory.Secret{SecretText: "old", EndDateTime: now}, directory.Secret{SecretText: "p%+l us:", EndDateTime: now.Add(time.Hour)})
	v := f.visitor(t)
	code := v.signIn("client_id", webApp, "redirect_uri", webCallback).Get("code")
	web := []string{"client_id", webApp, "redirect_uri", webCallback}
	f.redeem(t, code, append(web, "client_secret", "old")...).want(t, 401, 7000222, "invalid_client")
	tok := f.redeem(t, code, append(web, "@Authorization", basic(webApp, "p%+l us:"))...)
	if tok.Error != "" {
		t.Fatal(tok.ErrorDescription)
	}
	if _, c := decode(t, tok.AccessToken); c["azpacr"] != "1" {
		t.Errorf("azpacr %v", c["azpacr"])
	}
	f.refresh(t, tok.RefreshToken, "client_id", webApp).want(t, 401, 7000218, "invalid_client")
	if tok := f.refresh(t, tok.RefreshToken, "client_id", webApp, "client_secret", directory.DefaultClientSecret); tok.Error != "" {
		t.Error(tok.ErrorDescription)
	}
}

func TestToken_claims(t *testing.T) {
	f := newFixture(t, func(o *Options) {
		d := &o.Seed.Tenants[0]
		d.APIs = []directory.API{{AppID: "33334444-dddd-5555-eeee-6666ffff7777", IdentifierURI: "api://33334444-dddd-5555-eeee-6666ffff7777", Scopes: []string{"Forecast.Read", "Forecast.Write"}}}
		d.Apps[0].ClaimMappings = append(d.Apps[0].ClaimMappings, directory.ClaimMapping{Attribute: "extension_0123_Loyalty", Claim: "extension_0123_Loyalty"})
		d.Apps[0].OptionalClaims.IDToken = []string{"login_hint", "auth_time", "acct", "nonsense"}
		d.Users[0].Attributes["extension_0123_Loyalty"] = "gold"
	})
	v := f.visitor(t)
	q := v.signIn()
	tok := f.redeem(t, q.Get("code"))
	f.verify(t, tok.IDToken)
	f.verify(t, tok.AccessToken)
	header, id := decode(t, tok.IDToken)
	if header["alg"] != "RS256" || header["typ"] != "JWT" || header["kid"] == "" {
		t.Errorf("header %v", header)
	}
	now := float64(f.clock.Now().Unix())
	for name, want := range map[string]any{
		"ver": "2.0", "iss": "https://" + tid + ".ciamlogin.com/" + tid + "/v2.0", "aud": publicApp, "tid": tid, "oid": "aaaaaaaa-0000-1111-2222-bbbbbbbbbbbb",
		"name": "Ada Example", "preferred_username": testEmail, "nonce": "no-nce", "sid": q.Get("session_state"), "given_name": "Ada", "family_name": "Example",
		"iat": now, "nbf": now, "exp": now + 3600, "auth_time": now, "acct": 0.0, "extension_0123_Loyalty": "gold",
	} {
		if id[name] != want {
			t.Errorf("%s is %v (%T), want %v", name, id[name], id[name], want)
		}
	}
	for _, name := range []string{"sub", "uti", "rh", "aio", "login_hint"} {
		if s, _ := id[name].(string); s == "" {
			t.Errorf("%s is %v", name, id[name])
		}
	}
	for _, name := range []string{"email", "nonsense", "scp"} {
		if _, ok := id[name]; ok {
			t.Errorf("%s is there", name)
		}
	}
	if tok.Scope != "openid profile email User.Read" || tok.TokenType != "Bearer" || tok.ExpiresIn < 3600 || tok.ExpiresIn > 5400 || tok.ExtExpiresIn != tok.ExpiresIn {
		t.Errorf("answer %+v", tok.tokenResponse)
	}
	_, at := decode(t, tok.AccessToken)
	for name, want := range map[string]any{"aud": graphAppID, "azp": publicApp, "azpacr": "0", "scp": "openid profile email User.Read", "ver": "2.0", "exp": now + float64(tok.ExpiresIn)} {
		if at[name] != want {
			t.Errorf("access token: %s is %v, want %v", name, at[name], want)
		}
	}
	if _, ok := at["nonce"]; ok {
		t.Error("access token has the nonce")
	}

	again := f.refresh(t, tok.RefreshToken, "scope", "api://33334444-dddd-5555-eeee-6666ffff7777/Forecast.Read openid offline_access email", "client_info", "")
	_, at = decode(t, again.AccessToken)
	_, id2 := decode(t, again.IDToken)
	if at["aud"] != "33334444-dddd-5555-eeee-6666ffff7777" || at["scp"] != "Forecast.Read Forecast.Write" || again.ClientInfo != "" ||
		again.Scope != "api://33334444-dddd-5555-eeee-6666ffff7777/Forecast.Read api://33334444-dddd-5555-eeee-6666ffff7777/Forecast.Write" {
		t.Errorf("API token %v, answer %+v", at, again.tokenResponse)
	}
	if id2["email"] != testEmail || id2["sub"] != id["sub"] || id2["sid"] != id["sid"] || id2["auth_time"] != id["auth_time"] || id2["nonce"] != nil || id2["oid"] != nil || id2["name"] != nil {
		t.Errorf("refreshed ID token %v", id2)
	}
	f.refresh(t, tok.RefreshToken, "scope", "User.Read api://33334444-dddd-5555-eeee-6666ffff7777/.default").want(t, 400, 28000, "invalid_scope")
	f.refresh(t, tok.RefreshToken, "scope", "api://33334444-dddd-5555-eeee-6666ffff7777/Forecast.Delete").want(t, 400, 650053, "invalid_client")

	other := v.get(authorizeURL("client_id", webApp, "redirect_uri", webCallback, "scope", "openid"))
	_ = other
	web := f.redeem(t, v.answer().Get("code"), "client_id", webApp, "redirect_uri", webCallback, "client_secret", directory.DefaultClientSecret, "scope", "openid")
	if _, c := decode(t, web.IDToken); c["sub"] == id["sub"] || c["sub"] == "" {
		t.Error("sub is not pairwise")
	}
	if web.RefreshToken != "" {
		t.Error("a refresh token without offline_access")
	}
}

// verify checks a JWT with the published keys.
func (f *fixture) verify(t *testing.T, jwt string) {
	t.Helper()
	var set jose.JSONWebKeySet
	f.getJSON(t, base+"/"+tid+"/discovery/v2.0/keys", &set)
	jws, err := jose.ParseSignedCompact(jwt, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		t.Fatal(err)
	}
	keys := set.Key(jws.Signatures[0].Header.KeyID)
	if len(keys) != 1 {
		t.Fatalf("%d keys for kid %s", len(keys), jws.Signatures[0].Header.KeyID)
	}
	if _, err := jws.Verify(keys[0].Key); err != nil {
		t.Error(err)
	}
}

func TestToken_withoutScope(t *testing.T) {
	f := newFixture(t, nil)
	tok := f.redeem(t, f.visitor(t).signIn("scope", "openid email").Get("code"), "scope", "")
	if tok.Scope != "openid email profile User.Read" || tok.RefreshToken != "" || tok.IDToken == "" {
		t.Errorf("%+v", tok)
	}
	f2 := f.redeem(t, f.visitor(t).signIn("scope", "profile").Get("code"), "scope", "")
	if f2.IDToken != "" || f2.AccessToken == "" {
		t.Error("an ID token without openid")
	}
}

func TestToken_lifetimes(t *testing.T) {
	f := newFixture(t, func(o *Options) {
		o.Seed.Tenants[0].Lifetimes = directory.Lifetimes{AccessToken: directory.Duration(5 * time.Minute), IDToken: directory.Duration(time.Minute)}
		o.Seed.Tenants[0].Apps[0].Lifetimes.AccessToken = directory.Duration(10 * time.Second)
	})
	tok := f.redeem(t, f.visitor(t).signIn().Get("code"))
	_, c := decode(t, tok.IDToken)
	if tok.ExpiresIn != 10 || c["exp"].(float64)-c["iat"].(float64) != 60 {
		t.Errorf("access %d, id %v", tok.ExpiresIn, c)
	}
}

func TestToken_redeemedOnce(t *testing.T) {
	f := newFixture(t, nil)
	code := f.visitor(t).signIn().Get("code")
	var mu sync.Mutex
	good := 0
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if tok := f.redeem(t, code); tok.Error == "" {
				mu.Lock()
				good++
				mu.Unlock()
			} else {
				tok.want(t, 400, 54005, "invalid_grant")
			}
		})
	}
	wg.Wait()
	if good != 1 {
		t.Errorf("the code was redeemed %d times", good)
	}
}

func TestToken_refresh(t *testing.T) {
	f := newFixture(t, nil)
	tok := f.redeem(t, f.visitor(t).signIn().Get("code"))
	rt := tok.RefreshToken
	for _, tc := range []struct {
		name, token string
		pairs       []string
		status      int
		code        int
		oauth       string
	}{
		{"none", "", nil, 400, 900144, "invalid_request"},
		{"garbage", "garbage", nil, 400, 9002313, "invalid_grant"},
		{"altered", rt[:len(rt)-8] + "AAAAAAAA", nil, 400, 70000, "invalid_grant"},
		{"access token", tok.AccessToken, nil, 400, 9002313, "invalid_grant"},
		{"another app's", rt, []string{"client_id", webApp, "client_secret", directory.DefaultClientSecret}, 400, 70000, "invalid_grant"},
		{"secret on public client", rt, []string{"client_secret", "x"}, 401, 700025, "invalid_client"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f.refresh(t, tc.token, tc.pairs...).want(t, tc.status, tc.code, tc.oauth)
		})
	}
	f.clock.Add(refreshLife - time.Second)
	next := f.refresh(t, rt)
	if next.Error != "" {
		t.Fatal(next.ErrorDescription)
	}
	f.clock.Add(time.Second)
	f.refresh(t, rt).want(t, 400, 700082, "invalid_grant")
	if tok := f.refresh(t, next.RefreshToken); tok.Error != "" {
		t.Errorf("the lifetime does not slide: %s", tok.ErrorDescription)
	}
	f.changeUser(t, func(u *directory.User) { u.RevokedBefore = f.clock.Now() })
	f.refresh(t, next.RefreshToken).want(t, 400, 50173, "invalid_grant")
	f.changeUser(t, func(u *directory.User) { u.RevokedBefore, u.Disabled = time.Time{}, true })
	f.refresh(t, next.RefreshToken).want(t, 400, 50057, "invalid_grant")
	f.changeUser(t, func(u *directory.User) { u.ID = "cccccccc-0000-1111-2222-bbbbbbbbbbbb" })
	f.refresh(t, next.RefreshToken).want(t, 400, 50034, "invalid_grant")
}

func TestToken_singlePageApp(t *testing.T) {
	const spa, origin = "https://spa.example/app", "https://spa.example"
	f := newFixture(t, func(o *Options) { o.Seed.Tenants[0].Apps[0].SPA.RedirectURIs = []string{spa} })
	code := f.visitor(t).signIn("redirect_uri", spa, "response_mode", "fragment").Get("code")
	f.redeem(t, code, "redirect_uri", spa).want(t, 400, 9002327, "invalid_request")
	tok := f.redeem(t, code, "redirect_uri", spa, "@Origin", origin)
	if tok.Error != "" || tok.header.Get("Access-Control-Allow-Origin") != origin {
		t.Fatalf("%s %v", tok.ErrorDescription, tok.header)
	}
	if tok := f.redeem(t, code, "@Origin", "https://evil.example"); tok.header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("any origin may read the answer")
	}
	f.clock.Add(refreshLifeSPA - time.Second)
	next := f.refresh(t, tok.RefreshToken, "@Origin", origin)
	if next.Error != "" {
		t.Fatal(next.ErrorDescription)
	}
	f.clock.Add(time.Second)
	f.refresh(t, next.RefreshToken, "@Origin", origin).want(t, 400, 700084, "invalid_grant")
}

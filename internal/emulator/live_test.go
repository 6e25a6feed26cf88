package emulator

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/passwords"
)

// TestLive_discovery: the real document does not name challenge methods.
func TestLive_discovery(t *testing.T) {
	f := newFixture(t, nil)
	var doc map[string]any
	f.getJSON(t, base+"/contoso/v2.0/.well-known/openid-configuration", &doc)
	if _, ok := doc["code_challenge_methods_supported"]; ok {
		t.Error("code_challenge_methods_supported is there")
	}
}

// TestLive_scopes: what scp and the answer's scope have, by what is asked, granted and set in the seed.
func TestLive_scopes(t *testing.T) {
	const api, second = "33334444-dddd-5555-eeee-6666ffff7777", "33334444-dddd-5555-eeee-888899990000"
	uri := "api://" + api
	for _, tc := range []struct {
		name, asked string
		granted     []string
		scopes      string
		scp, scope  string
		code        int
	}{
		{"API", uri + "/A openid profile offline_access", nil, "", "A B C", uri + "/A " + uri + "/B " + uri + "/C", 0},
		{"API by its app id", api + "/B email", nil, "", "A B C", api + "/B " + api + "/A " + api + "/C", 0},
		{"API in other letters", strings.ToUpper(uri) + "/a", nil, "", "A B C", strings.ToUpper(uri) + "/a " + strings.ToUpper(uri) + "/B " + strings.ToUpper(uri) + "/C", 0},
		{"two of the API", uri + "/C " + uri + "/A", nil, "", "A B C", uri + "/C " + uri + "/A " + uri + "/B", 0},
		{"API's default", uri + "/.default openid", nil, "", "A B C", uri + "/.default " + uri + "/A " + uri + "/B " + uri + "/C", 0},
		{"some granted", uri + "/A openid", []string{uri + "/A", uri + "/C", "openid"}, "", "A C", uri + "/A " + uri + "/C", 0},
		{"default of some", uri + "/.default", []string{uri + "/C"}, "asked", "C", uri + "/.default " + uri + "/C", 0},
		{"only asked", uri + "/A openid", nil, "asked", "A", uri + "/A", 0},
		{"said to be as usual", uri + "/A", nil, "consented", "A B C", uri + "/A " + uri + "/B " + uri + "/C", 0},
		{"not granted", uri + "/B", []string{uri + "/A"}, "", "", "", 65001},
		{"not granted, asked only", uri + "/B", []string{uri + "/A"}, "asked", "", "", 65001},
		{"OIDC only", "openid profile offline_access", nil, "", "openid profile email User.Read", "openid profile email User.Read", 0},
		{"OIDC only, little granted", "openid profile", []string{"openid", "offline_access"}, "", "openid profile", "openid profile", 0},
		{"OIDC only, asked only", "openid email", nil, "asked", "openid email", "openid email", 0},
		{"Graph", "https://graph.microsoft.com/User.Read openid", []string{"openid", "User.Read"}, "", "openid User.Read", "openid https://graph.microsoft.com/User.Read", 0},
		{"offline_access alone, asked only", "offline_access", []string{"User.Read"}, "asked", "", "", 0},
		{"offline_access alone", "offline_access", []string{"User.Read"}, "", "User.Read", "User.Read", 0},
		{"unknown at the API", uri + "/D", nil, "", "", "", 650053},
		{"unknown, bare: Graph's", "openid Calendars.Read", nil, "", "", "", 650053},
		{"unknown at Graph", "https://graph.microsoft.com/Mail.Read", nil, "", "", "", 650053},
		{"another's API", "api://" + second + "/A", nil, "", "", "", 500011},
		{"no name", uri + "/", nil, "", "", "", 70011},
		{"an API's scope with OIDC's name", uri + "/email", nil, "", "", "", 650053},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newFixture(t, func(o *Options) {
				d := &o.Seed.Tenants[0]
				d.APIs = []directory.API{{AppID: api, IdentifierURI: uri, Scopes: []string{"A", "B", "C"}}}
				d.AccessTokenScopes, d.Apps[0].GrantedScopes = tc.scopes, tc.granted
			})
			good := f.redeem(t, f.visitor(t).signIn("scope", "openid offline_access").Get("code"), "scope", "openid offline_access")
			got := f.refresh(t, good.RefreshToken, "scope", tc.asked)
			if tc.code != 0 {
				if !slices.Contains(got.ErrorCodes, tc.code) {
					t.Errorf("got %v, want %d", got.ErrorCodes, tc.code)
				}
				return
			}
			if got.Error != "" {
				t.Fatal(got.ErrorDescription)
			}
			if _, c := decode(t, got.AccessToken); fmt.Sprint(c["scp"]) != cmp.Or(tc.scp, "<nil>") || got.Scope != tc.scope {
				t.Errorf("scp %q, scope %q; want %q, %q", c["scp"], got.Scope, tc.scp, tc.scope)
			}
			if wants := strings.Contains(" "+tc.asked+" ", " openid "); wants != (got.IDToken != "") {
				t.Errorf("an ID token: %v", got.IDToken != "")
			}
		})
	}
}

// TestLive_consentOfSeveral: authorize may ask for several resources, and each has to be granted.
func TestLive_consentOfSeveral(t *testing.T) {
	for scope, granted := range map[string]bool{
		"openid api://" + forecast + "/Forecast.Read api://" + daemonApp + "/Access": true, "openid api://" + daemonApp + "/Access api://" + forecast + "/Forecast.Write": false,
	} {
		f := newProtocolFixture(t, func(d *directory.Tenant) {
			d.Apps[0].GrantedScopes = []string{"openid", "api://" + forecast + "/Forecast.Read", "api://" + daemonApp + "/Access"}
		})
		v := f.visitor(t)
		v.signIn("scope", "openid")
		v.get(authorizeURL("prompt", "none", "scope", scope))
		if q := v.answer(); (q.Get("code") != "") != granted || !granted && q.Get("error") != "consent_required" {
			t.Errorf("%s: %v", scope, q)
		}
	}
}

// TestLive_unknownScope: at authorize it goes to the redirect URI, with the service's words.
func TestLive_unknownScope(t *testing.T) {
	f := newFixture(t, nil)
	v := f.visitor(t)
	v.get(authorizeURL("scope", "openid Files.Read"))
	q := v.answer()
	want := "AADSTS650053: The application 'ciam-cli' asked for scope 'Files.Read' that doesn't exist on the resource '00000003-0000-0000-c000-000000000000'. Contact the app vendor. Trace ID: "
	if q.Get("error") != "invalid_client" || !strings.HasPrefix(q.Get("error_description"), want) || q.Has("error_uri") {
		t.Errorf("%v", q)
	}
}

// TestLive_errorURI has the numbers that are known to come with a help page, and some that do not.
func TestLive_errorURI(t *testing.T) {
	with := []int{70011, 90002, 500011, 700016, 900144, 7000215, 7000218, 7000222, 9002313}
	for _, code := range append([]int{70003, 700038, 65001, 650053}, with...) {
		f := &fault{Code: code}
		want := ""
		if slices.Contains(with, code) {
			want = fmt.Sprintf("https://login.microsoftonline.com/error?code=%d", code)
		}
		if got := f.helpURI(); got != want {
			t.Errorf("%d: %q", code, got)
		}
	}
	f := newFixture(t, nil)
	for code, pairs := range map[int][]string{
		7000218: {"client_id", webApp, "redirect_uri", webCallback}, 700016: {"client_id", tid}, 900144: {"code", ""}, 70011: {"scope", "openid api:///"},
		500011: {"scope", "api://nobody/X"}, 9002313: {"code", "nonsense"},
	} {
		tok := f.redeem(t, f.visitor(t).signIn().Get("code"), pairs...)
		if len(tok.ErrorCodes) != 1 || tok.ErrorCodes[0] != code || tok.ErrorURI != fmt.Sprintf("https://login.microsoftonline.com/error?code=%d", code) {
			t.Errorf("%d: %+v", code, tok.errorBody)
		}
	}
}

// TestLive_signUpCodes: guessing the code of a sign-up ends, over all flows, on the pages and in native authentication alike.
func TestLive_signUpCodes(t *testing.T) {
	const address = "guessed@example.com"
	f := newNativeFixture(t)
	guess := func() reply {
		started := f.call(t, "signup/v1.0/start", "username", address, "challenge_type", "oob password redirect")
		sent := f.with(t, started.ok(t), "signup/v1.0/challenge")
		var last reply
		for range passwords.CodeTries {
			last = f.with(t, sent.ok(t), "signup/v1.0/continue", "grant_type", "oob", "oob", "00000000")
		}
		return last
	}
	for i := 0; i < passwords.LockoutAfter; i += passwords.CodeTries {
		guess().want(t, 50181, "invalid_grant", "invalid_oob_value")
	}
	guess().want(t, 50053, "invalid_grant", "")
	v := f.visitor(t)
	v.get(authorizeURL("prompt", "create"))
	v.submit("next", "email", strings.ToUpper(address))
	v.submit("next", "code", f.mailed(t, strings.ToUpper(address)))
	v.wantText("too many wrong codes for this email address")
	// Somebody else is not locked out, and time ends it.
	other := f.visitor(t)
	other.get(authorizeURL("prompt", "create"))
	other.submit("next", "email", "other@example.com")
	other.submit("next", "code", f.mailed(t, "other@example.com"))
	other.want("new-password")
	f.clock.Add(passwords.LockoutFor)
	guess().want(t, 50181, "invalid_grant", "invalid_oob_value")
}

// TestLive_missing asks for what live tenants and their relatives have: an answer in the service's form that names it, a page
// for a browser, and a line in the log.
func TestLive_missing(t *testing.T) {
	f := newFixture(t, nil)
	for _, tc := range []struct {
		method, path string
		status, code int
		names        string
	}{
		{"POST", "/contoso/oauth2/token", 404, 90100, "no v1 endpoint; use /oauth2/v2.0/token"},
		{"GET", "/contoso/oauth2/authorize?client_id=x", 404, 90100, "no v1 endpoint; use /oauth2/v2.0/authorize"},
		{"POST", "/" + tid + "/oauth2/devicecode", 404, 90100, "no v1 endpoint; use /oauth2/v2.0/devicecode"},
		{"GET", "/contoso/oauth2/logout", 404, 90100, "no v1 endpoint; use /oauth2/v2.0/logout"},
		{"GET", "/contoso/discovery/keys", 404, 90100, "no v1 endpoint; use /discovery/v2.0/keys"},
		{"GET", "/contoso/.well-known/openid-configuration", 404, 90100, "without /v2.0"},
		{"GET", "/.well-known/openid-configuration", 404, 90100, "without /v2.0"},
		{"GET", "/contoso/v2.0/.well-known/oauth-authorization-server", 404, 90100, "RFC 8414"},
		{"POST", "/contoso/oauth2/v2.0/authorize-challenge", 404, 90100, "native authentication V2 is not emulated"},
		{"POST", "/contoso.onmicrosoft.com/api/v2.0/signin/start", 404, 90100, "native authentication V2 is not emulated"},
		{"POST", "/contoso/api/v2.0/auth/methods/password/pw-1/verify", 404, 90100, "native authentication V2 is not emulated"},
		{"POST", "/contoso/signup/v1.0/finish", 404, 90100, "native authentication V1 has no such step"},
		{"GET", "/contoso/oauth2/v2.0/userinfo", 404, 90100, "/oidc/userinfo"},
		{"GET", "/contoso/oidc/userinfo", 404, 90100, "/oidc/userinfo"},
		{"GET", "/contoso/oauth2/deviceauth", 404, 90100, "/common/oauth2/deviceauth"},
		{"GET", "/devicelogin", 404, 90100, "/common/oauth2/deviceauth"},
		{"POST", "/contoso/oauth2/v2.0/revoke", 404, 90100, "no revocation endpoint"},
		{"POST", "/contoso/oauth2/v2.0/par", 404, 90100, "RFC 9126"},
		{"POST", "/contoso/oauth2/v2.0/register", 404, 90100, "RFC 7591"},
		{"GET", "/contoso/v2.0/adminconsent?client_id=x", 404, 90100, "adminConsent"},
		{"POST", "/contoso/saml2", 404, 90100, "SAML"},
		{"GET", "/contoso/Samlp/metadata", 404, 90100, "SAML"},
		{"GET", "/contoso/federationmetadata/2007-06/federationmetadata.xml", 404, 90100, "SAML"},
		{"GET", "/contoso/wsfed", 404, 90100, "SAML"},
		{"POST", "/contoso/federation/oauth2", 404, 90100, "federated identity providers"},
		{"GET", "/contoso/kerberos", 404, 90100, "Kerberos"},
		{"GET", "/common/userrealm/ada@example.com", 404, 90100, "home realm"},
		{"POST", "/common/GetCredentialType", 404, 90100, "home realm"},
		{"GET", "/common/oauth2/nativeclient", 404, 90100, "nativeclient"},
		{"GET", "/contoso/B2C_1_signin/oauth2/v2.0/authorize", 404, 90100, "B2C"},
		{"GET", "/tfp/contoso/b2c_1_x/v2.0/.well-known/openid-configuration", 404, 90100, "B2C"},
		{"GET", "/v1.0/me", 404, 90100, "Microsoft Graph"},
		{"GET", "/beta/users", 404, 90100, "Microsoft Graph"},
		{"POST", "/oauth2/v2.0/token", 404, 90100, "begins with the tenant"},
		{"GET", "/v2.0/.well-known/openid-configuration", 404, 90100, "begins with the tenant"},
		{"GET", "/contoso", 404, 90100, "tenant alone"},
		{"GET", "/contoso/", 404, 90100, "tenant alone"},
		{"POST", "/contoso/oauth2/v2.0/Token", 404, 90100, "lower case"},
		{"POST", "/contoso/oauth2/v2.0/token/", 404, 90100, "without a slash"},
		{"PUT", "/contoso/whatever", 404, 90100, "nothing is at this path"},
		{"GET", "/common/v2.0/.well-known/openid-configuration", 400, 90002, "has no /common, /organizations or /consumers"},
		{"POST", "/organizations/oauth2/v2.0/token", 400, 90002, "has no /common, /organizations or /consumers"},
		{"POST", "/consumers/oauth2/v2.0/devicecode", 400, 90002, "has no /common, /organizations or /consumers"},
		{"GET", "/Common/oauth2/v2.0/logout", 400, 90002, "has no /common, /organizations or /consumers"},
		{"GET", "/consumers/whatever", 404, 90100, "has no /common, /organizations or /consumers"},
	} {
		t.Run(tc.method+" "+tc.path, func(t *testing.T) {
			page := strings.HasSuffix(strings.ToLower(strings.SplitN(tc.path, "?", 2)[0]), "/oauth2/v2.0/logout") // whose failures are pages
			w := f.plain(tc.method, tc.path, "application/json")
			var body errorBody
			if err := json.Unmarshal(w.Body.Bytes(), &body); !page && (err != nil || body.Error == "" || !slices.Equal(body.ErrorCodes, []int{tc.code}) ||
				!strings.HasPrefix(body.ErrorDescription, fmt.Sprintf("AADSTS%d: ", tc.code)) || !strings.Contains(body.ErrorDescription, tc.names) || body.TraceID == "" || body.CorrelationID == "") {
				t.Errorf("%d %s %v", w.Code, w.Body, err)
			}
			if w.Code != tc.status {
				t.Errorf("status %d", w.Code)
			}
			log := f.Requests()
			if r := log[len(log)-1]; r.AADSTS != tc.code || !strings.Contains(r.Missing, tc.names) || r.TraceID == "" {
				t.Errorf("log %+v", r)
			}
			if tc.status != 404 {
				return
			}
			if got := w.Header().Get("Access-Control-Allow-Origin"); got != "*" {
				t.Errorf("a web page may not read it: %q", got)
			}
			w = f.plain(tc.method, tc.path, "text/html,application/xhtml+xml")
			if !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") || w.Code != tc.status || !strings.Contains(w.Body.String(), "AADSTS90100") || !strings.Contains(w.Body.String(), `data-page="error"`) {
				t.Errorf("for a browser: %d %s", w.Code, w.Header())
			}
		})
	}
}

// plain sends a request with an Accept header.
func (f *fixture) plain(method, path, accept string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(""))
	r.Host = "localhost"
	r.Header.Set("Accept", accept)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	f.ServeHTTP(w, r)
	return w
}

// TestLive_plannedNumbers: a planned OAuth error has a number of its own, one that the service sends with it.
func TestLive_plannedNumbers(t *testing.T) {
	f := newFixture(t, nil)
	for name, code := range map[string]int{
		"invalid_request": 9002313, "invalid_client": 7000215, "unauthorized_client": 700016, "invalid_grant": 70000, "invalid_scope": 70011,
		"invalid_resource": 500011, "unsupported_grant_type": 70003, "unsupported_response_type": 700054, "invalid_instance": 50049,
		"login_required": 50058, "interaction_required": 50076, "consent_required": 65001, "access_denied": 65004, "server_error": 50000,
		"temporarily_unavailable": 90033, "authorization_pending": 70016, "slow_down": 70016, "authorization_declined": 65004,
		"bad_verification_code": 70018, "expired_token": 70020, "user_not_found": 50034, "user_already_exists": 1003037,
		"credential_required": 55103, "attributes_required": 55106, "unsupported_challenge_type": 901007, "something_else": 90100,
	} {
		f.plan(t, Fault{Endpoint: "token", OAuthError: name})
		got := f.redeem(t, "x")
		if got.Error != name || !slices.Equal(got.ErrorCodes, []int{code}) || !strings.HasPrefix(got.ErrorDescription, fmt.Sprintf("AADSTS%d: ", code)) ||
			strings.Contains(got.ErrorDescription, "fault was planned") != (name == "something_else") || got.status < 400 {
			t.Errorf("%s: %d %+v", name, got.status, got.errorBody)
		}
	}
	f.plan(t, Fault{Endpoint: "authorize", OAuthError: "temporarily_unavailable"})
	v := f.visitor(t)
	v.get(authorizeURL())
	if q := v.answer(); q.Get("error") != "temporarily_unavailable" || !strings.HasPrefix(q.Get("error_description"), "AADSTS90033: ") {
		t.Errorf("at authorize: %v", q)
	}
}

// TestGrants: no row of the token endpoint's table leaves out what all grants owe.
func TestGrants(t *testing.T) {
	const code, refresh, app, obo, device, native = "authorization_code", "refresh_token", "client_credentials", onBehalfOfGrantType, deviceGrantType, "password"
	for _, name := range []string{code, refresh, app, obo, device, native} {
		t.Run(name, func(t *testing.T) {
			for _, violation := range []struct {
				name   string
				pairs  []string // into the request
				change func(f *fixture, t *testing.T)
				want   map[string]int // by grant; "" for all others
			}{
				{"client authentication", []string{"client_secret", "wrong"}, nil, map[string]int{"": 700025, app: 7000215, obo: 7000215, native: 700025}},
				{"origin", []string{"@Origin", "http://localhost:3000"}, nil, map[string]int{"": 9002326, native: 0}},
				{"scope", []string{"scope", "openid Nothing.Read"}, nil, map[string]int{"": 650053, app: 1002012}},
				{"consent", []string{"scope", "api://" + forecast + "/Forecast.Write"}, nil, map[string]int{"": 65001, app: 1002012}},
				{"user", nil, func(f *fixture, t *testing.T) { f.disable(t, testEmail) }, map[string]int{"": 50057, app: 0}},
			} {
				f := newProtocolFixture(t, func(d *directory.Tenant) {
					for i := range d.Apps {
						d.Apps[i].GrantedScopes = []string{"openid", "profile", "offline_access", "User.Read", "api://" + forecast + "/Forecast.Read", "api://" + daemonApp + "/Access"}
					}
				})
				request := f.grantRequest(t, name)
				if violation.change != nil {
					violation.change(f, t)
				}
				got := f.token(t, url.Values{}, append(request, violation.pairs...)...)
				want, ok := violation.want[name]
				if !ok {
					want = violation.want[""]
				}
				if want == 0 && got.Error != "" || want != 0 && !slices.Equal(got.ErrorCodes, []int{want}) {
					t.Errorf("%s: got %v %s, want %d", violation.name, got.ErrorCodes, got.ErrorDescription, want)
				}
			}
			f := newProtocolFixture(t, nil)
			if got := f.token(t, url.Values{}, f.grantRequest(t, name)...); got.Error != "" {
				t.Errorf("as it should be: %s", got.ErrorDescription)
			}
		})
	}
	s := newFixture(t, nil).Server
	var rows []string
	for _, g := range slices.Concat([]grantType{byCode(), byRefreshToken(), forApp(), onBehalfOf()}, newDevice(s, nil).grants(), newNative(s).grants()) {
		rows = append(rows, g.name)
	}
	if want := []string{code, refresh, app, obo, device, "device_code", native, "oob", "mfa_oob", "continuation_token"}; !slices.Equal(rows, want) {
		t.Errorf("the table has %v: the test above is to try each", rows)
	}
}

// grantRequest is a good request of a grant for Ada, as name and value pairs.
func (f *fixture) grantRequest(t *testing.T, name string) []string {
	t.Helper()
	scope := "openid offline_access"
	user := func() tokens { return f.redeem(t, f.visitor(t).signIn("scope", scope).Get("code"), "scope", scope) }
	request := []string{"grant_type", name, "client_id", publicApp, "scope", scope}
	switch name {
	case "authorization_code":
		return append(request, "code", f.visitor(t).signIn("scope", scope).Get("code"), "redirect_uri", callback, "code_verifier", testVerifier)
	case "refresh_token":
		return append(request, "refresh_token", user().RefreshToken)
	case "client_credentials":
		return []string{"grant_type", name, "client_id", daemonApp, "client_secret", daemonCode, "scope", "api://" + forecast + "/.default"}
	case onBehalfOfGrantType:
		own := "openid api://" + daemonApp + "/Access"
		token := f.redeem(t, f.visitor(t).signIn("scope", own).Get("code"), "scope", own).AccessToken
		return []string{"grant_type", name, "client_id", daemonApp, "client_secret", daemonCode, "assertion", token, "requested_token_use", "on_behalf_of", "scope", "openid User.Read"}
	case deviceGrantType:
		d, _ := f.device(t)
		v := f.visitor(t)
		v.toConfirm(d.UserCode)
		v.submit("continue")
		return append(request, "device_code", d.DeviceCode)
	}
	token := f.challenged(t, testEmail)
	return []string{"grant_type", "password", "client_id", publicApp, "scope", scope, "continuation_token", token, "password", testPassword}
}

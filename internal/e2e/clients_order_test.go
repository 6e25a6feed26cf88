package e2e

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// order posts to the control area and reads what was made.
func (e *liveEmulator) order(path string, body map[string]any, into any) {
	e.t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		e.t.Fatal(err)
	}
	resp, err := e.client.Post(e.URL+"/_emulator/"+path, "application/json", bytes.NewReader(data))
	if err != nil {
		e.t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil || resp.StatusCode != http.StatusCreated {
		e.t.Fatalf("%s: status %d, %v", path, resp.StatusCode, err)
	}
}

// badKinds are the reasons of two libraries for each kind of token that is made to be refused; 403 is the API's own.
var badKinds = []struct {
	kind         string
	status       int
	jose, goOIDC string
}{
	{"expired", 401, "ERR_JWT_EXPIRED exp", "token is expired"},
	{"not-yet", 401, "ERR_JWT_CLAIM_VALIDATION_FAILED nbf", "before the nbf"},
	{"wrong-key", 401, "ERR_JWS_SIGNATURE_VERIFICATION_FAILED", "failed to verify id token signature"},
	{"unknown-kid", 401, "ERR_JWKS_NO_MATCHING_KEY", "failed to verify id token signature"},
	{"alg-none", 401, "ERR_JOSE_ALG_NOT_ALLOWED", "unexpected signature algorithm"},
	{"hs256", 401, "ERR_JOSE_ALG_NOT_ALLOWED", "unexpected signature algorithm"},
	{"wrong-audience", 401, "ERR_JWT_CLAIM_VALIDATION_FAILED aud", "expected audience"},
	{"wrong-issuer", 401, "ERR_JWT_CLAIM_VALIDATION_FAILED iss", "issued by a different provider"},
	{"wrong-tenant", 401, "tid of another tenant", "tid of another tenant"},
	{"missing-scp", 403, "neither scope nor role", "neither scope nor role"},
	{"id-token-as-access", 401, "ERR_JWT_CLAIM_VALIDATION_FAILED aud", "expected audience"},
	{"array-audience", 200, "user", "user"}, // allowed by RFC 7519, so these two take it
	{"wrong-nonce", 200, "user", "user"},    // an access token has none
}

// testOrders has an API judge tokens that one call has made: good ones, and every bad kind, which is refused for its own reason.
func testOrders(library string) func(*testing.T, string) {
	return func(t *testing.T, folder string) {
		e := startEmulator(t)
		env := append(e.environment(webApp), "TEST_API="+ordersAPI, "TEST_LIBRARY="+library)
		var home string
		if library == "go-oidc" {
			goOIDC(t, e, "api", env...).read("listening", &home)
		} else {
			node(t, env, folder, "api.js").read("listening", &home)
		}
		token := func(body map[string]any) string {
			var made struct {
				AccessToken string `json:"access_token"`
			}
			e.order("tokens", body, &made)
			return made.AccessToken
		}
		wantOrders(t, home, token(map[string]any{"user": ada}), 200, "user "+adaOID)
		wantOrders(t, home, token(map[string]any{"user": "new@example.com", "create_user": true, "scopes": []string{"Orders.Read"}}), 200, "user ")
		wantOrders(t, home, token(map[string]any{"app": "web"}), 200, "app "+webApp)
		wantOrders(t, home, token(map[string]any{"app": "desktop", "roles": []string{"Orders.Read.All"}}), 200, "app "+desktopApp)
		wantOrders(t, home, token(map[string]any{"app": "desktop"}), 403, "neither scope nor role")
		wantOrders(t, home, token(map[string]any{"user": ada, "claims": map[string]any{"aud": "somebody"}}), 401, "")
		for _, tc := range badKinds {
			reason := tc.jose
			if library == "go-oidc" {
				reason = tc.goOIDC
			}
			t.Run(tc.kind, func(t *testing.T) {
				wantOrders(t, home, token(map[string]any{"user": ada, "bad": tc.kind}), tc.status, reason)
			})
		}
	}
}

// testSignInAs gives a page of a single-page app what MSAL would have kept of a sign-in: the page, unmodified, finds the
// account and a token without asking anybody, and its refresh token is good.
func testSignInAs(msal string) func(*testing.T, string) {
	return func(t *testing.T, folder string) {
		e := startEmulator(t)
		s := node(t, append(e.environment(spaApp, ordersRead), "TEST_MSAL="+msal), folder, "spa-server.js")
		var home string
		s.read("listening", &home)
		var made struct {
			SessionStorage map[string]string `json:"session_storage"`
			Cookies        []struct{ Name, Value, Domain string }
		}
		e.order("sign-in", map[string]any{"user": ada, "app": "spa", "for": "msal-browser", "scopes": []string{"Orders.Read"}}, &made)
		if len(made.Cookies) != 1 || len(made.SessionStorage) != 6 {
			t.Fatalf("%d cookies, %d entries", len(made.Cookies), len(made.SessionStorage))
		}
		c := e.chromium()
		c.open(home)
		c.page("anonymous")
		entries, err := json.Marshal(made.SessionStorage)
		if err != nil {
			t.Fatal(err)
		}
		c.do("fill sessionStorage", chromedp.Evaluate[chromedp.Void]("Object.entries("+string(entries)+").forEach(([k, v]) => sessionStorage.setItem(k, v))"))
		c.open(home)
		c.page("known")
		c.click("silent")
		cached := spaResult(t, c, "silent")
		if !cached.FromCache || cached.Username != ada || cached.OID != adaOID || !strings.HasPrefix(cached.AccessToken, "ey") {
			t.Errorf("%s: silently: %+v", msal, cached)
		}
		checkUserToken(t, cached.AccessToken)
		c.click("refresh")
		if renewed := spaResult(t, c, "refreshed"); renewed.FromCache || renewed.AccessToken == cached.AccessToken || renewed.OID != adaOID {
			t.Errorf("%s: renewed: %+v", msal, renewed)
		}
	}
}

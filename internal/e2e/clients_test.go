package e2e

import (
	"encoding/base64"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// tokens is what a client says of an answer it got.
type tokens struct {
	Username, Name, OID, AccessToken string
	FromCache                        bool
}

const adaOID = "66667777-ffff-8888-aaaa-9999bbbb0000"

// checkAda wants an answer for the seeded customer.
func checkAda(t *testing.T, what string, got tokens) {
	t.Helper()
	if got.Username != "ada@example.com" || got.Name != "Ada Example" || got.OID != adaOID || got.AccessToken == "" || got.FromCache {
		t.Errorf("%s: %+v", what, got)
	}
}

// checkRenewal wants the same token from the cache and another one by refresh.
func checkRenewal(t *testing.T, first, cached, fresh tokens) {
	t.Helper()
	if !cached.FromCache || cached.AccessToken != first.AccessToken || cached.OID != first.OID {
		t.Errorf("from the cache: %+v, not %+v", cached, first)
	}
	if fresh.FromCache || fresh.AccessToken == "" || fresh.AccessToken == first.AccessToken || fresh.OID != first.OID {
		t.Errorf("by refresh: %+v after %+v", fresh, first)
	}
}

func testNodePublic(t *testing.T, folder string) {
	nodePublic(t, startEmulator(t), folder, "form_post")
}

func nodePublic(t *testing.T, e *liveEmulator, folder, mode string, env ...string) {
	s := node(t, append(e.environment(desktopApp, ordersRead), env...), folder, "msal-node-public.js")
	var address string
	s.read("open", &address)
	if q := query(t, address); q.Get("response_mode") != mode || q.Get("code_challenge_method") != "S256" {
		t.Errorf("authorize request: %v", q)
	}
	// Version 2, whose mode is query, closes its listener while the browser still reads the page.
	page, err := e.visitor().Visit(t.Context(), address)
	if mode == "form_post" && (err != nil || !strings.Contains(page.Text, "Auth code was successfully acquired")) {
		t.Errorf("the visit ended at %+v: %v", page, err)
	}
	var first, cached, fresh tokens
	s.read("signedIn", &first)
	s.read("cached", &cached)
	s.read("refreshed", &fresh)
	s.ended()
	checkAda(t, "signed in", first)
	checkRenewal(t, first, cached, fresh)
	checkUserToken(t, fresh.AccessToken)
}

func testNodeDevice(t *testing.T, folder string) {
	e := startEmulator(t)
	s := node(t, e.environment(desktopApp, ordersRead), folder, "msal-node-device.js")
	var code struct{ UserCode, VerificationURI string }
	s.read("code", &code)
	if code.VerificationURI != e.URL+"/common/oauth2/deviceauth" {
		t.Errorf("the page is %s", code.VerificationURI)
	}
	v := e.visitor()
	v.Attributes = map[string]string{"userCode": code.UserCode}
	if page := e.walk(v, code.VerificationURI); page.Name != "device-done" {
		t.Errorf("the visit ended at %+v", page)
	}
	var got tokens
	s.read("signedIn", &got)
	s.ended()
	checkAda(t, "signed in", got)
}

// testNodeDaemon has nothing but what `ciam emulator run` puts into the environment.
func testNodeDaemon(t *testing.T, folder string) {
	p := newProgram(t)
	p.env = append(p.env, "TEST_SCOPES="+ordersAll)
	out := p.must("emulator", "run", "--seed", clientsSeed, "--app", "web", "--", "node", filepath.Join(folder, "msal-node-daemon.js"))
	in := json.NewDecoder(strings.NewReader(out.stdout))
	checkDaemon(t, func(_ string, into *tokens) {
		message := map[string]*tokens{}
		if err := in.Decode(&message); err != nil {
			t.Fatal(err)
		}
		for _, said := range message {
			*into = *said
		}
	})
}

// testNodeCertificate proves itself with a certificate (private_key_jwt).
func testNodeCertificate(t *testing.T, folder string) {
	pair := newCertificate(t)
	e := startEmulator(t, "--seed", pair.seed)
	env := append(e.environment(webApp, ordersAll), "CIAM_CLIENT_SECRET=", "TEST_KEY_FILE="+pair.keyFile, "TEST_CERTIFICATE_FILE="+pair.certificateFile)
	s := node(t, env, folder, "msal-node-daemon.js")
	checkDaemon(t, func(key string, into *tokens) { s.read(key, into) })
	s.ended()
}

func checkDaemon(t *testing.T, read func(key string, into *tokens)) {
	t.Helper()
	var first, cached, fresh tokens
	read("first", &first)
	read("cached", &cached)
	read("fresh", &fresh)
	if first.AccessToken == "" || first.FromCache {
		t.Fatalf("first: %+v", first)
	}
	checkRenewal(t, first, cached, fresh)
	checkAppToken(t, fresh.AccessToken)
}

// testOpenIDClient insists on the issuer being where it looks, and checks the signature of the ID token.
func testOpenIDClient(t *testing.T, folder string) {
	e := startEmulator(t, "--issuer", "origin")
	if e.Issuer != e.Authority+"/v2.0" {
		t.Errorf("issuer %s", e.Issuer)
	}
	openIDClient(t, e, folder)
}

func openIDClient(t *testing.T, e *liveEmulator, folder string) {
	s := node(t, e.environment(desktopApp, ordersRead), folder, "openid-client.js")
	var address string
	s.read("open", &address)
	if page := e.visit(address); page.Text != "You may close this window." {
		t.Errorf("the visit ended at %+v", page)
	}
	var first, fresh tokens
	s.read("signedIn", &first)
	s.read("refreshed", &fresh)
	s.ended()
	checkAda(t, "signed in", first)
	if fresh.OID != first.OID || fresh.AccessToken == "" || fresh.AccessToken == first.AccessToken {
		t.Errorf("by refresh: %+v after %+v", fresh, first)
	}
}

// accessClaims are what the tests look at of an access token.
type accessClaims struct {
	Aud, Scp, Idtyp, Azpacr string
	Roles                   []string
}

func accessClaimsOf(t *testing.T, accessToken string) (claims accessClaims) {
	t.Helper()
	parts := strings.Split(accessToken, ".")
	if len(parts) != 3 {
		t.Fatalf("no JWT: %d parts", len(parts))
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err == nil {
		err = json.Unmarshal(payload, &claims)
	}
	if err != nil {
		t.Fatal(err)
	}
	return claims
}

// checkUserToken wants an access token for the API in a user's name.
func checkUserToken(t *testing.T, accessToken string) {
	t.Helper()
	if got := accessClaimsOf(t, accessToken); got.Aud != ordersAPI || got.Scp != "Orders.Read" || got.Idtyp == "app" {
		t.Errorf("access token for a user: %+v", got)
	}
}

// checkAppToken wants one in the app's own name.
func checkAppToken(t *testing.T, accessToken string) {
	t.Helper()
	if got := accessClaimsOf(t, accessToken); got.Aud != ordersAPI || got.Scp != "" || !slices.Equal(got.Roles, []string{"Orders.Read.All"}) {
		t.Errorf("access token for an app: %+v", got)
	}
}

package e2e

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// tokenAnswer is what the token endpoint gives, and the native endpoints on the way to it.
type tokenAnswer struct {
	AccessToken  string `json:"access_token"`
	IDToken      string `json:"id_token"`
	RefreshToken string `json:"refresh_token"`
	Continuation string `json:"continuation_token"`
	Problem      string `json:"error_description"`
}

// post sends a form to an endpoint of the tenant.
func (e *liveEmulator) post(path string, pairs ...string) tokenAnswer {
	e.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	resp, err := e.client.PostForm(e.Authority+"/oauth2/v2.0/"+path, form)
	if err != nil {
		e.t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer tokenAnswer
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || resp.StatusCode != http.StatusOK {
		e.t.Fatalf("%s: status %d, %s: %v", path, resp.StatusCode, answer.Problem, err)
	}
	return answer
}

// appToken is an access token of an app's own for the API.
func (e *liveEmulator) appToken(app string) string {
	e.t.Helper()
	return e.post("token", "grant_type", "client_credentials", "client_id", app, "client_secret", webAppSecret, "scope", ordersAll).AccessToken
}

// userTokens signs the seeded customer in to the desktop app, natively: no page is needed.
func (e *liveEmulator) userTokens(scopes ...string) tokenAnswer {
	e.t.Helper()
	first := e.post("initiate", "client_id", desktopApp, "username", ada, "challenge_type", "password redirect")
	next := e.post("challenge", "client_id", desktopApp, "continuation_token", first.Continuation, "challenge_type", "password redirect")
	return e.post("token", "client_id", desktopApp, "continuation_token", next.Continuation, "grant_type", "password", "password", password,
		"scope", strings.Join(append([]string{"openid", "profile", "offline_access"}, scopes...), " "))
}

// spoilt is an app's token with a planned fault.
func (e *liveEmulator) spoilt(kind string) string {
	e.t.Helper()
	e.control("POST", "faults", map[string]any{"endpoint": "token", "token": kind})
	return e.appToken(webApp)
}

// tampered is the token with a claim that the tenant did not sign.
func tampered(t *testing.T, token string) string {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("no JWT: %d parts", len(parts))
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	parts[1] = base64.RawURLEncoding.EncodeToString(append([]byte(`{"roles":["Orders.Read.All"],`), payload[1:]...))
	return strings.Join(parts, ".")
}

package emulator

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// FuzzJWT sends any JWT as client assertion, as user assertion and as bearer
// token: never a server error, never a token, never a user's claims.
func FuzzJWT(f *testing.F) {
	k, err := testKey()
	if err != nil {
		f.Fatal(err)
	}
	seed := DefaultSeed()
	seed.Tenants[0].Keys = []directory.Key{k}
	app := &seed.Tenants[0].Apps[1]
	app.KeyCredentials = []directory.KeyCredential{{Certificate: k.Certificate}}
	app.FederatedIdentityCredentials = []directory.FederatedCredential{{Issuer: ciIssuer, Subject: "s", JWKS: fuzzKeys(f, k)}}
	s, err := New(Options{Seed: seed, PasswordCost: 4})
	if err != nil {
		f.Fatal(err)
	}
	f.Add("eyJhbGciOiJub25lIn0.eyJpc3MiOiJ4In0.")
	f.Add("eyJhbGciOiJSUzI1NiIsImtpZCI6IngifQ.eyJpc3MiOiJodHRwczovL2NpLmV4YW1wbGUiLCJzdWIiOiJzIiwiYXVkIjpbXX0.AAAA")
	f.Add("eyJhbGciOiJQUzI1NiIsIng1dCI6NX0.eyJleHAiOjFlOTk5LCJhdWQiOnt9fQ.AA")
	f.Fuzz(func(t *testing.T, raw string) {
		for _, form := range []url.Values{
			{"grant_type": {"client_credentials"}, "scope": {"https://graph.microsoft.com/.default"}, "client_assertion": {raw}, "client_assertion_type": {assertionType}},
			{"grant_type": {onBehalfOfGrantType}, "scope": {"User.Read"}, "requested_token_use": {"on_behalf_of"}, "assertion": {raw}, "client_secret": {directory.DefaultClientSecret}},
		} {
			form.Set("client_id", webApp)
			w := s.answer(http.MethodPost, "/"+tid+"/oauth2/v2.0/token", form.Encode())
			var got struct {
				Error       string `json:"error"`
				AccessToken string `json:"access_token"`
			}
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code >= 500 || w.Code < 400 || got.Error == "" || got.AccessToken != "" {
				t.Fatalf("%d %v %s", w.Code, err, w.Body)
			}
		}
		r := httptest.NewRequest(http.MethodGet, "/oidc/userinfo", nil)
		r.Host = "localhost"
		r.Header.Set("Authorization", "Bearer "+raw)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != http.StatusUnauthorized {
			t.Fatalf("userinfo: %d %s", w.Code, w.Body)
		}
	})
}

func fuzzKeys(f *testing.F, k directory.Key) string {
	_, cert, err := k.Parse()
	if err != nil {
		f.Fatal(err)
	}
	b, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: cert.PublicKey, KeyID: "x"}}})
	if err != nil {
		f.Fatal(err)
	}
	return string(b)
}

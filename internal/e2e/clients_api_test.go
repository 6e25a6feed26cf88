package e2e

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// unknownKey is what passport-azure-ad says of a key that it does not have, and of a token without a key ID.
const unknownKey = "We did not receive a token we know how to validate"

// apiRefusals are the reasons of each library for a token that an API must not take.
var apiRefusals = []struct {
	kind string
	by   map[string]string
}{
	{"wrong_key", map[string]string{"jose": "ERR_JWS_SIGNATURE_VERIFICATION_FAILED", "jsonwebtoken": "invalid signature", "passport-azure-ad": "invalid signature", "go-oidc": "failed to verify id token signature"}},
	{"unknown_kid", map[string]string{"jose": "ERR_JWKS_NO_MATCHING_KEY", "jsonwebtoken": "Unable to find a signing key that matches", "passport-azure-ad": unknownKey, "go-oidc": "failed to verify id token signature"}},
	{"alg_none", map[string]string{"jose": "ERR_JOSE_ALG_NOT_ALLOWED", "jsonwebtoken": "jwt signature is required", "passport-azure-ad": "missing in jwtString", "go-oidc": "unexpected signature algorithm"}},
	{"hs256", map[string]string{"jose": "ERR_JOSE_ALG_NOT_ALLOWED", "jsonwebtoken": "invalid algorithm", "passport-azure-ad": "invalid algorithm", "go-oidc": "unexpected signature algorithm"}},
	{"wrong_audience", map[string]string{"jose": "ERR_JWT_CLAIM_VALIDATION_FAILED aud", "jsonwebtoken": "jwt audience invalid", "passport-azure-ad": "jwt audience is invalid", "go-oidc": "expected audience"}},
	{"wrong_issuer", map[string]string{"jose": "ERR_JWT_CLAIM_VALIDATION_FAILED iss", "jsonwebtoken": "jwt issuer invalid", "passport-azure-ad": "jwt issuer is invalid", "go-oidc": "issued by a different provider"}},
	{"expired", map[string]string{"jose": "ERR_JWT_EXPIRED exp", "jsonwebtoken": "jwt expired", "passport-azure-ad": "jwt is expired", "go-oidc": "token is expired"}},
	{"not_yet_valid", map[string]string{"jose": "ERR_JWT_CLAIM_VALIDATION_FAILED nbf", "jsonwebtoken": "jwt not active", "passport-azure-ad": "jwt is not active", "go-oidc": "before the nbf"}},
	{"tampered", map[string]string{"jose": "ERR_JWS_SIGNATURE_VERIFICATION_FAILED", "jsonwebtoken": "invalid signature", "passport-azure-ad": "invalid signature", "go-oidc": "failed to verify id token signature"}},
	{"an ID token", map[string]string{"jose": "ERR_JWT_CLAIM_VALIDATION_FAILED aud", "jsonwebtoken": "jwt audience invalid", "passport-azure-ad": "jwt audience is invalid", "go-oidc": "expected audience"}},
	{"a token for Microsoft Graph", map[string]string{"jose": "ERR_JWT_CLAIM_VALIDATION_FAILED aud", "jsonwebtoken": "jwt audience invalid", "passport-azure-ad": "jwt audience is invalid", "go-oidc": "expected audience"}},
	{"garbage", map[string]string{"jose": "ERR_JWS_INVALID", "jsonwebtoken": "jwt malformed", "passport-azure-ad": "Invalid JWT token", "go-oidc": "malformed jwt"}},
}

// testAPI has an API check tokens of users and of apps with a library, under the issuer of a live tenant.
func testAPI(library string) func(*testing.T, string) {
	return func(t *testing.T, folder string) {
		e := startEmulator(t)
		env := append(e.environment(webApp), "TEST_API="+ordersAPI, "TEST_LIBRARY="+library)
		var home string
		if library == "go-oidc" {
			goOIDC(t, e, "api", env...).read("listening", &home)
		} else {
			node(t, env, folder, "api.js").read("listening", &home)
		}
		user := e.userTokens(ordersRead)
		wantOrders(t, home, user.AccessToken, 200, "user "+adaOID)
		wantOrders(t, home, e.appToken(webApp), 200, "app "+webApp)
		wantOrders(t, home, e.appToken(rolelessApp), 403, "neither scope nor role")
		wantOrders(t, home, "", 401, "no token")

		for _, tc := range apiRefusals {
			token := ""
			switch tc.kind {
			case "tampered":
				token = tampered(t, user.AccessToken)
			case "an ID token":
				token = user.IDToken
			case "a token for Microsoft Graph":
				token = e.userTokens().AccessToken
			case "garbage":
				token = "no.jwt"
			default:
				token = e.spoilt(tc.kind)
			}
			t.Run(tc.kind, func(t *testing.T) { wantOrders(t, home, token, 401, tc.by[library]) })
		}

		e.control("POST", "keys/rotate", nil) // the API has to look for the new key, and to keep the old one
		if library == "passport-azure-ad" {   // which does so after half an hour
			wantOrders(t, home, e.appToken(webApp), 401, unknownKey)
		} else {
			wantOrders(t, home, e.appToken(webApp), 200, "app "+webApp)
		}
		wantOrders(t, home, user.AccessToken, 200, "user "+adaOID)
	}
}

// wantOrders asks the API with a token. said is in the reason of a refusal, or who the API says the caller is.
func wantOrders(t *testing.T, home, token string, status int, said string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, home+"/orders", nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct{ Caller, OID, App, Reason string }
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		t.Fatalf("status %d: %v", resp.StatusCode, err)
	}
	got := answer.Reason
	if resp.StatusCode == http.StatusOK {
		got = answer.Caller + " " + answer.OID + answer.App
	}
	if resp.StatusCode != status || !strings.Contains(got, said) {
		t.Errorf("%d %q; want %d %q", resp.StatusCode, got, status, said)
	}
}

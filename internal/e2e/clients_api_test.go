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
	kind                            string
	jose, jsonwebtoken, passportAAD string
}{
	{"wrong_key", "ERR_JWS_SIGNATURE_VERIFICATION_FAILED", "invalid signature", "invalid signature"},
	{"unknown_kid", "ERR_JWKS_NO_MATCHING_KEY", "Unable to find a signing key that matches", unknownKey},
	{"alg_none", "ERR_JOSE_ALG_NOT_ALLOWED", "jwt signature is required", "missing in jwtString"},
	{"hs256", "ERR_JOSE_ALG_NOT_ALLOWED", "invalid algorithm", "invalid algorithm"},
	{"wrong_audience", "ERR_JWT_CLAIM_VALIDATION_FAILED aud", "jwt audience invalid", "jwt audience is invalid"},
	{"wrong_issuer", "ERR_JWT_CLAIM_VALIDATION_FAILED iss", "jwt issuer invalid", "jwt issuer is invalid"},
	{"expired", "ERR_JWT_EXPIRED exp", "jwt expired", "jwt is expired"},
	{"not_yet_valid", "ERR_JWT_CLAIM_VALIDATION_FAILED nbf", "jwt not active", "jwt is not active"},
	{"tampered", "ERR_JWS_SIGNATURE_VERIFICATION_FAILED", "invalid signature", "invalid signature"},
	{"an ID token", "ERR_JWT_CLAIM_VALIDATION_FAILED aud", "jwt audience invalid", "jwt audience is invalid"},
	{"a token for Microsoft Graph", "ERR_JWT_CLAIM_VALIDATION_FAILED aud", "jwt audience invalid", "jwt audience is invalid"},
	{"garbage", "ERR_JWS_INVALID", "jwt malformed", "Invalid JWT token"},
}

// testAPI has an API check tokens of users and of apps with a library, under the issuer of a live tenant.
func testAPI(library string) func(*testing.T, string) {
	return func(t *testing.T, folder string) {
		e := startEmulator(t)
		s := node(t, append(e.environment(webApp), "TEST_API="+ordersAPI, "TEST_LIBRARY="+library), folder, "api.js")
		var home string
		s.read("listening", &home)
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
			reason := map[string]string{"jose": tc.jose, "jsonwebtoken": tc.jsonwebtoken, "passport-azure-ad": tc.passportAAD}[library]
			t.Run(tc.kind, func(t *testing.T) { wantOrders(t, home, token, 401, reason) })
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

package emulator

import (
	"context"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

func (f *fixture) plan(t *testing.T, p Fault) Fault {
	t.Helper()
	p, err := f.AddFault(p)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestFault_answers(t *testing.T) {
	f := newFixture(t, nil)
	good := f.redeem(t, f.visitor(t).signIn().Get("code")).RefreshToken
	for _, tc := range []struct {
		name, plan string
		status     int
		code       int
		oauth      string
		retry      string
	}{
		{"server error", `{"endpoint":"token","status":503}`, 503, 50000, "server_error", ""},
		{"rate limit", `{"endpoint":"token","status":429,"retry_after":7}`, 429, 90055, "temporarily_unavailable", "7"},
		{"rate limit by number", `{"endpoint":"token","aadsts":90055}`, 429, 90055, "temporarily_unavailable", ""},
		{"rate limit by its header", `{"endpoint":"token","retry_after":3}`, 429, 90055, "temporarily_unavailable", "3"},
		{"interaction", `{"endpoint":"token","aadsts":50076}`, 400, 50076, "interaction_required", ""},
		{"by its name", `{"endpoint":"token","oauth_error":"consent_required"}`, 400, 65001, "consent_required", ""},
		{"a number nobody knows", `{"endpoint":"token","aadsts":123456,"oauth_error":"invalid_grant","status":401}`, 401, 123456, "invalid_grant", ""},
		{"everywhere", `{"endpoint":"*","aadsts":700082}`, 400, 700082, "invalid_grant", ""},
		{"of this tenant", `{"endpoint":"token","tenant":"contoso.onmicrosoft.com","aadsts":50057}`, 400, 50057, "invalid_grant", ""},
		{"with a suberror", `{"endpoint":"token","oauth_error":"invalid_grant","suberror":"bad_token","description":"Because."}`, 400, 70000, "invalid_grant", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			made := f.must(t, "POST", "/faults", tc.plan)
			got := f.refresh(t, good, "@client-request-id", "11112222-3333-4444-5555-666677778888")
			got.want(t, tc.status, tc.code, tc.oauth)
			if got.header.Get("Retry-After") != tc.retry || got.CorrelationID != "11112222-3333-4444-5555-666677778888" {
				t.Errorf("Retry-After %q, %+v", got.header.Get("Retry-After"), got.errorBody)
			}
			if strings.Contains(tc.plan, "suberror") && (got.raw["suberror"] != "bad_token" || !strings.HasPrefix(got.ErrorDescription, "AADSTS70000: Because.")) {
				t.Errorf("%v", got.raw)
			}
			log := f.Requests()
			if r := log[len(log)-1]; r.Fault != made["id"] || r.AADSTS != tc.code || r.ClientID != publicApp {
				t.Errorf("%+v", r)
			}
			if next := f.refresh(t, good); next.Error != "" {
				t.Errorf("the fault happened twice: %s", next.ErrorDescription)
			}
		})
	}
}

func TestFault_matching(t *testing.T) {
	f := newFixture(t, nil)
	get := func(path string) int {
		t.Helper()
		resp, err := (&http.Client{Transport: f.Transport()}).Get(base + path)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		return resp.StatusCode
	}
	keys, metadata := "/"+tid+"/discovery/v2.0/keys", "/contoso/v2.0/.well-known/openid-configuration"
	first := f.plan(t, Fault{Endpoint: "keys", Count: 2, Status: 500})
	f.plan(t, Fault{Endpoint: "keys", Status: 502})
	r := httptest.NewRequest(http.MethodOptions, keys, nil)
	r.Host = "localhost"
	f.ServeHTTP(httptest.NewRecorder(), r) // a preflight uses nothing up
	var got []int
	for _, path := range []string{metadata, keys, controlRoot + "/health", "/", keys, keys, keys} {
		got = append(got, get(path))
	}
	if want := []int{200, 500, 200, 200, 500, 502, 200}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if first.Left != 2 || len(f.Faults()) != 0 {
		t.Errorf("%+v %v", first, f.Faults())
	}
	a := f.plan(t, Fault{Endpoint: "discovery", Status: 500, Count: 5})
	get(metadata)
	if l := f.Faults(); len(l) != 1 || l[0].Left != 4 {
		t.Errorf("%+v", l)
	}
	f.must(t, "DELETE", "/faults/"+a.ID, "")
	if s := get(metadata); s != 200 {
		t.Errorf("%d after its deletion", s)
	}
	for range maxFaults {
		f.plan(t, Fault{Endpoint: "*", Status: 500})
	}
	if _, err := f.AddFault(Fault{Endpoint: "*", Status: 500}); !errors.Is(err, errTooManyFaults) {
		t.Errorf("%v", err)
	}
	f.must(t, "DELETE", "/faults", "")
	if s := get(metadata); s != 200 {
		t.Errorf("%d after all were deleted", s)
	}
}

func TestFault_endpoints(t *testing.T) {
	for path, want := range map[string]string{
		"/contoso/v2.0/.well-known/openid-configuration": "discovery", "/" + tid + "/discovery/v2.0/keys": "keys", "/common/discovery/instance": "instance",
		"/contoso/oauth2/v2.0/token": "token", "/contoso/oauth2/v2.0/authorize": "authorize", "/contoso/oauth2/v2.0/logout": "logout",
		"/contoso/oauth2/v2.0/devicecode": "devicecode", "/common/oauth2/deviceauth": "deviceauth", "/contoso/userflow/sign-in": "userflow",
		"/contoso/oauth2/v2.0/initiate": "native", "/contoso/signup/v1.0/start": "native", "/contoso/resetpassword/v1.0/submit": "native",
		"/": "", "/nowhere": "", "/favicon.ico": "", "": "",
	} {
		if got := endpointOf(path); got != want || want != "" && !slices.Contains(Endpoints(), want) {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
}

func TestFault_pages(t *testing.T) {
	f := newFixture(t, nil)
	v := f.visitor(t)
	f.plan(t, Fault{Endpoint: "authorize", AADSTS: 65001})
	v.get(authorizeURL())
	if q := v.answer(); q.Get("error") != "consent_required" || q.Get("state") != "st&ate" || !strings.HasPrefix(q.Get("error_description"), "AADSTS65001: ") {
		t.Errorf("%v", q)
	}
	f.plan(t, Fault{Endpoint: "authorize", AADSTS: 65001})
	if v.get(authorizeURL("redirect_uri", "https://evil.example/")); v.page.outside != nil || v.page.name != "error" {
		t.Errorf("a fault was sent to a redirect URI that is not registered: %v", v.page.outside)
	}
	f.plan(t, Fault{Endpoint: "authorize", Status: 500, Description: "<script>alert(1)</script>"})
	if v.get(authorizeURL()); v.page.status != 500 || v.page.name != "error" || strings.Contains(v.page.body, "<script>alert") || !strings.Contains(v.page.text, "<script>alert(1)</script>") {
		t.Errorf("%d %s", v.page.status, v.page.text)
	}
	f.plan(t, Fault{Endpoint: "userflow", Status: 503})
	if v.get(authorizeURL()); v.page.status != 503 {
		t.Errorf("%d %s", v.page.status, v.page.text)
	}
	f.plan(t, Fault{Endpoint: "token", Status: 502, Body: "<html>Bad gateway</html>"})
	resp, err := v.client.PostForm(base+"/contoso/oauth2/v2.0/token", url.Values{"client_id": {publicApp}})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if b, _ := io.ReadAll(resp.Body); resp.StatusCode != 502 || string(b) != "<html>Bad gateway</html>" || resp.Header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("%d %s %v", resp.StatusCode, b, resp.Header)
	}
	if csp := resp.Header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'") {
		t.Errorf("script could run in a planned body: %q", csp)
	}
}

func TestFault_connection(t *testing.T) {
	f := newFixture(t, nil)
	srv := httptest.NewServer(f)
	defer srv.Close()
	over := map[string]*http.Client{base: {Transport: f.Transport()}, srv.URL: srv.Client()}
	for origin, client := range over {
		f.plan(t, Fault{Endpoint: "token", DropConnection: true})
		resp, err := client.Post(origin+"/contoso/oauth2/v2.0/token", "application/x-www-form-urlencoded", strings.NewReader("client_id=x"))
		if err == nil {
			resp.Body.Close()
			t.Errorf("%s: answered %d", origin, resp.StatusCode)
		}
		log := f.Requests()
		if r := log[len(log)-1]; r.Status != 0 || r.Fault == "" {
			t.Errorf("%+v", r)
		}
	}
	f.plan(t, Fault{Endpoint: "keys", DelayMS: 60})
	begun := time.Now()
	resp, err := srv.Client().Get(srv.URL + "/contoso/discovery/v2.0/keys")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if took := time.Since(begun); took < 60*time.Millisecond || resp.StatusCode != 200 {
		t.Errorf("%d after %s", resp.StatusCode, took)
	}
	f.plan(t, Fault{Endpoint: "keys", DelayMS: maxDelayMS})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, srv.URL+"/contoso/discovery/v2.0/keys", nil)
	if err != nil {
		t.Fatal(err)
	}
	begun = time.Now()
	if _, err := srv.Client().Do(r); err == nil || time.Since(begun) > 10*time.Second {
		t.Errorf("%v after %s", err, time.Since(begun))
	}
}

// judge checks an ID token as a careful client does and says what is wrong.
func (f *fixture) judge(t *testing.T, jwt string) string {
	t.Helper()
	var set jose.JSONWebKeySet
	f.getJSON(t, base+"/"+tid+"/discovery/v2.0/keys", &set)
	h, c := decode(t, jwt)
	if h["alg"] != "RS256" {
		return fmt.Sprint("alg ", h["alg"])
	}
	signed, err := jose.ParseSignedCompact(jwt, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		t.Fatal(err)
	}
	keys := set.Key(fmt.Sprint(h["kid"]))
	if len(keys) == 0 {
		return "kid"
	}
	if _, err := signed.Verify(keys[0].Key); err != nil {
		return "signature"
	}
	now := float64(f.clock.Now().Unix())
	switch {
	case c["iss"] != "https://"+tid+".ciamlogin.com/"+tid+"/v2.0":
		return "iss"
	case fmt.Sprintf("%T", c["aud"]) == "[]interface {}" && c["aud"].([]any)[0] == publicApp:
		return "aud array"
	case c["aud"] != publicApp:
		return "aud"
	case c["exp"].(float64) <= now:
		return "exp"
	case c["nbf"].(float64) > now:
		return "nbf"
	case c["tid"] != tid:
		return "tid"
	case c["nonce"] != "no-nce":
		return "nonce"
	}
	return ""
}

func TestFault_tokens(t *testing.T) {
	f := newFixture(t, nil)
	want := map[string]string{
		"wrong_key": "signature", "unknown_kid": "kid", "alg_none": "alg none", "hs256": "alg HS256", "wrong_audience": "aud", "wrong_issuer": "iss",
		"wrong_nonce": "nonce", "expired": "exp", "not_yet_valid": "nbf", "array_audience": "aud array", "wrong_tenant": "tid", "missing_scp": "", // which an ID token has not
	}
	for _, how := range append(TokenFaults(), "") {
		t.Run(how, func(t *testing.T) {
			if _, ok := want[how]; !ok && how != "" {
				t.Fatal("not tested")
			}
			code := f.visitor(t).signIn().Get("code")
			if how != "" {
				f.plan(t, Fault{Endpoint: "token", Token: how})
			}
			tok := f.redeem(t, code)
			if tok.Error != "" {
				t.Fatal(tok.ErrorDescription)
			}
			if got := f.judge(t, tok.IDToken); got != want[how] {
				t.Errorf("the ID token fails for %q, want %q", got, want[how])
			}
			if _, at := decode(t, tok.AccessToken); (at["scp"] == nil) != (how == "missing_scp") {
				t.Errorf("scp is %v", at["scp"])
			}
			if how == "hs256" {
				f.checkHS256(t, tok.AccessToken)
			}
		})
	}
}

// checkHS256 makes sure that the token would pass a client which lets the token
// choose the algorithm.
func (f *fixture) checkHS256(t *testing.T, jwt string) {
	t.Helper()
	signed, err := jose.ParseSignedCompact(jwt, []jose.SignatureAlgorithm{jose.HS256})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := f.keyring.Keys(t.Context(), tid)
	if err != nil {
		t.Fatal(err)
	}
	der := keys[0].Certificate.RawSubjectPublicKeyInfo
	if _, ok := keys[0].Certificate.PublicKey.(*rsa.PublicKey); !ok {
		t.Fatal("not RSA")
	}
	if kid := signed.Signatures[0].Header.KeyID; kid != keys[0].ID {
		t.Errorf("kid %q, not that of the published key", kid)
	}
	if _, err := signed.Verify(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})); err != nil {
		t.Error(err)
	}
}

func TestFault_unsignedHasNoSignature(t *testing.T) {
	f := newFixture(t, nil)
	f.plan(t, Fault{Endpoint: "token", Token: "alg_none"})
	tok := f.redeem(t, f.visitor(t).signIn().Get("code"))
	head, rest, _ := strings.Cut(tok.IDToken, ".")
	b, err := base64.RawURLEncoding.DecodeString(head)
	if err != nil || !json.Valid(b) || !strings.Contains(string(b), `"kid":"`) || !strings.HasSuffix(rest, ".") {
		t.Errorf("%s %v", b, err)
	}
}

// TestFault_costsNothing holds the path of a healthy request against allocation.
func TestFault_costsNothing(t *testing.T) {
	f := newFixture(t, nil)
	r := httptest.NewRequest(http.MethodPost, "/contoso/oauth2/v2.0/token", nil)
	if n := testing.AllocsPerRun(100, func() {
		if f.faults.take(f.Server, r) != nil || planned(r.Context()) != nil {
			t.Error("a fault out of nothing")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

package emulator

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/memory"
)

func (f *fixture) getJSON(t *testing.T, address string, into any) *http.Response {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := f.Transport().RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		t.Fatalf("%s: %d %v", address, resp.StatusCode, err)
	}
	return resp
}

func TestDiscovery(t *testing.T) {
	guid := "https://" + tid + ".ciamlogin.com/" + tid + "/v2.0"
	for _, tc := range []struct {
		name, origin, tenant, issuer string
		mode                         IssuerMode
	}{
		{"guid", base, tid, guid, IssuerGUID},
		{"domain", base, "contoso.onmicrosoft.com", guid, IssuerGUID},
		{"subdomain in capitals", base, "CONTOSO", guid, IssuerGUID},
		{"the real host", "https://contoso.ciamlogin.com", "contoso.onmicrosoft.com", guid, IssuerGUID},
		{"custom domain", "https://login.contoso.com", tid, guid, IssuerGUID},
		{"origin issuer", "https://localhost:8444", "contoso", "https://localhost:8444/" + tid + "/v2.0", IssuerOrigin},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newFixture(t, func(o *Options) {
				o.Issuer = tc.mode
				o.Seed.Tenants[0].CustomDomains = []string{"login.contoso.com"}
			})
			var md map[string]any
			resp := f.getJSON(t, tc.origin+"/"+tc.tenant+"/v2.0/.well-known/openid-configuration?", &md)
			if resp.Header.Get("Access-Control-Allow-Origin") != "*" {
				t.Error("single-page apps cannot read it")
			}
			for name, want := range map[string]string{
				"issuer": tc.issuer, "token_endpoint": tc.origin + "/" + tid + "/oauth2/v2.0/token",
				"authorization_endpoint": tc.origin + "/" + tid + "/oauth2/v2.0/authorize",
				"end_session_endpoint":   tc.origin + "/" + tid + "/oauth2/v2.0/logout", "jwks_uri": tc.origin + "/" + tid + "/discovery/v2.0/keys",
			} {
				if md[name] != want {
					t.Errorf("%s is %v, want %s", name, md[name], want)
				}
			}
		})
	}
	f := newFixture(t, nil)
	var body errorBody
	if resp := f.getJSON(t, base+"/nobody/v2.0/.well-known/openid-configuration", &body); resp.StatusCode != 400 || !slices.Equal(body.ErrorCodes, []int{90002}) {
		t.Errorf("unknown tenant: %d %+v", resp.StatusCode, body)
	}
	var set struct{ Keys []jwk }
	f.getJSON(t, base+"/"+tid+"/discovery/v2.0/keys", &set)
	if len(set.Keys) != 1 || set.Keys[0].Kid != set.Keys[0].X5t || len(set.Keys[0].Kid) != 27 || set.Keys[0].Use != "sig" || len(set.Keys[0].X5c) != 1 || set.Keys[0].Issuer != guid {
		t.Errorf("keys %+v", set)
	}
}

func TestInstanceDiscovery(t *testing.T) {
	f := newFixture(t, nil)
	for asked, want := range map[string]string{
		"https://localhost:8444/contoso.onmicrosoft.com/oauth2/v2.0/authorize": "https://localhost:8444/" + tid + "/v2.0/.well-known/openid-configuration",
		"https://login.evil.example/contoso/oauth2/v2.0/authorize":             "",
		"https://localhost:8444/nobody/oauth2/v2.0/authorize":                  "",
		"": "",
	} {
		var body struct {
			Endpoint string `json:"tenant_discovery_endpoint"`
			Error    string `json:"error"`
		}
		f.getJSON(t, base+"/common/discovery/instance?api-version=1.1&authorization_endpoint="+url.QueryEscape(asked), &body)
		if body.Endpoint != want || (want == "") != (body.Error == "invalid_instance") {
			t.Errorf("%s: %+v", asked, body)
		}
	}
}

func TestServe_hosts(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Seed.Tenants[0].CustomDomains = []string{"login.contoso.com"} })
	for host, want := range map[string]int{
		"localhost": 200, "localhost:1": 200, "LOCALHOST:1": 200, "127.0.0.1:80": 200, "127.9.9.9": 200, "[::1]:3": 200, "contoso.ciamlogin.com": 200,
		tid + ".ciamlogin.com": 200, "login.contoso.com:8443": 200,
		"evil.example": 421, "10.0.0.1": 421, "localhost.evil.example": 421, "ciamlogin.com.evil.example": 421, "evilciamlogin.com": 421, "": 421, "[": 421,
	} {
		r := httptest.NewRequest(http.MethodGet, "/_emulator/health", nil)
		r.RemoteAddr = "127.0.0.1:1"
		r.Host = host
		w := httptest.NewRecorder()
		f.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("host %q: %d, want %d", host, w.Code, want)
		}
		if w.Header().Get("X-Content-Type-Options") != "nosniff" || w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("host %q: headers %v", host, w.Header())
		}
	}
}

func TestServe_cookies(t *testing.T) {
	f := newFixture(t, nil)
	v := f.visitor(t)
	v.get(authorizeURL("login_hint", testEmail))
	v.submit("next")
	v.submit("next", "password", testPassword)
	c := v.page.header.Get("Set-Cookie")
	if !strings.HasPrefix(c, "ciam-emulator-session-contoso=") || !strings.Contains(c, "; HttpOnly; SameSite=Lax") || strings.Contains(c, "Secure") {
		t.Errorf("over http: %s", c)
	}
	r := httptest.NewRequest(http.MethodGet, "https://localhost/"+strings.TrimPrefix(authorizeURL(), base+"/"), nil)
	w := httptest.NewRecorder()
	f.ServeHTTP(w, r)
	if c := w.Header().Get("Set-Cookie"); !strings.Contains(c, "; HttpOnly; Secure; SameSite=Lax") {
		t.Errorf("over https: %s", c)
	}
}

func TestLogout(t *testing.T) {
	for _, tc := range []struct {
		name   string
		query  url.Values
		goes   string // "" for the page
		signed bool   // still signed in afterwards
	}{
		{"plain", nil, "", false},
		{"tutorial's address", url.Values{"post_logout_redirect_uri": {"http://localhost:3000"}}, "http://localhost:3000/", false},
		{"another port", url.Values{"post_logout_redirect_uri": {"http://localhost:51234"}, "state": {"a b"}}, "http://localhost:51234/?state=a+b", false},
		{"of the app named", url.Values{"post_logout_redirect_uri": {webCallback}, "client_id": {webApp}}, webCallback, false},
		{"of another app", url.Values{"post_logout_redirect_uri": {webCallback}, "client_id": {publicApp}}, "", false},
		{"not registered", url.Values{"post_logout_redirect_uri": {"https://evil.example/"}, "state": {"x"}}, "", false},
		{"script", url.Values{"post_logout_redirect_uri": {"javascript:alert(1)"}}, "", false},
		{"own hint", url.Values{"logout_hint": {testEmail}, "post_logout_redirect_uri": {"http://localhost:3000"}}, "http://localhost:3000/", false},
		{"own hint claim", url.Values{"logout_hint": {"claim"}}, "", false},
		{"somebody else's hint", url.Values{"logout_hint": {"bob@example.com"}}, "", true},
		{"bad id_token_hint", url.Values{"id_token_hint": {"x"}, "post_logout_redirect_uri": {"http://localhost:3000"}}, "http://localhost:3000/", false},
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			t.Run(tc.name+" "+method, func(t *testing.T) {
				f := newFixture(t, nil)
				v := f.visitor(t)
				tok := f.redeem(t, v.signIn().Get("code"))
				if tc.query.Get("logout_hint") == "claim" {
					_, c := decode(t, tok.IDToken)
					tc.query.Set("logout_hint", c["login_hint"].(string))
				}
				address := base + "/" + tid + "/oauth2/v2.0/logout"
				if method == http.MethodGet {
					v.get(address + "?" + tc.query.Encode())
				} else {
					v.post(address, tc.query)
				}
				got := ""
				if v.page.outside != nil {
					got = v.page.outside.String()
				} else {
					v.want("signed-out")
				}
				if got != tc.goes {
					t.Errorf("went to %q, want %q", got, tc.goes)
				}
				v.get(authorizeURL("prompt", "none"))
				if signed := v.answer().Get("code") != ""; signed != tc.signed {
					t.Errorf("signed in: %v", signed)
				}
				if tok := f.refresh(t, tok.RefreshToken); tok.Error != "" {
					t.Errorf("sign-out ended the refresh token, which the real one does not: %s", tok.ErrorDescription)
				}
			})
		}
	}
}

func TestOutbox(t *testing.T) {
	f := newFixture(t, nil)
	f.signUpTo(f.visitor(t), "code", "one@example.com")
	f.signUpTo(f.visitor(t), "code", "two@example.com")
	var box struct{ Messages []Message }
	f.getJSON(t, base+"/_emulator/outbox?to=TWO@example.com", &box)
	if len(box.Messages) != 1 || box.Messages[0] != f.Outbox()[1] {
		t.Errorf("%+v", box)
	}
	for range memory.MaxMessages {
		f.outbox.Send(Message{To: "x"})
	}
	if n := len(f.Outbox()); n != memory.MaxMessages {
		t.Errorf("%d messages kept", n)
	}
}

func TestIssuedSecrets(t *testing.T) {
	f := newFixture(t, nil)
	v := f.visitor(t)
	f.signUpTo(v, "attributes", "rec@example.com")
	v.submit("create", "displayName", "Rec")
	code := v.answer().Get("code")
	tok := f.redeem(t, code)
	f.redeem(t, "x", "client_id", webApp, "client_secret", "typed secret")
	got := f.IssuedSecrets()
	for _, want := range []string{code, tok.AccessToken, tok.IDToken, tok.RefreshToken, testVerifier, testPassword, f.lastCode(t, "rec@example.com"), "typed secret"} {
		if !slices.Contains(got, want) {
			t.Errorf("%q was not recorded", want[:min(len(want), 12)])
		}
	}
	if quiet := newFixture(t, func(o *Options) { o.RecordSecrets = false }); quiet.visitor(t).signIn() == nil || len(quiet.IssuedSecrets()) != 0 {
		t.Error("secrets were recorded without being asked for")
	}
}

// TestState_survives restarts the tenant on its file: users, keys, refresh
// tokens and pairwise subjects stay, and nothing in the file is a secret in clear.
func TestState_survives(t *testing.T) {
	file := filepath.Join(t.TempDir(), "new folder", "tenant.yaml")
	start := func() *fixture { return newFixture(t, func(o *Options) { o.DataFile = file }) }
	f := start()
	v := f.visitor(t)
	f.signUpTo(v, "attributes", "stay@example.com")
	v.submit("create", "displayName", "Stay")
	tok := f.redeem(t, v.answer().Get("code"))
	if err := f.store.HashPasswords(t.Context()); err != nil { // the seed's, otherwise a second after the start
		t.Fatal(err)
	}
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(file)
	if err != nil || os.PathSeparator == '/' && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v %v", info.Mode(), err)
	}
	for _, secret := range append(f.IssuedSecrets(), testPassword, directory.DefaultClientSecret) {
		if bytes.Contains(before, []byte(secret)) {
			t.Errorf("the file holds %q in clear", secret[:min(8, len(secret))])
		}
	}

	g := start()
	next := g.refresh(t, tok.RefreshToken)
	if next.Error != "" {
		t.Fatal(next.ErrorDescription)
	}
	_, a := decode(t, tok.IDToken)
	_, b := decode(t, next.IDToken)
	if a["sub"] != b["sub"] || a["oid"] != b["oid"] {
		t.Errorf("%v became %v", a, b)
	}
	g.verify(t, tok.IDToken)
	w := g.visitor(t)
	w.get(authorizeURL("login_hint", "stay@example.com"))
	w.submit("next")
	w.submit("next", "password", testPassword)
	if w.answer().Get("code") == "" {
		t.Fatal(w.page.text)
	}
	w.signIn("prompt", "login") // the seed's user, now with a hash
	if after, _ := os.ReadFile(file); !bytes.Equal(before, after) {
		t.Error("a sign-in or a refresh wrote the state")
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(file), ".*~*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestState_shared signs up at two servers on one file at once.
func TestState_shared(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tenant.yaml")
	servers := []*fixture{}
	for range 2 {
		servers = append(servers, newFixture(t, func(o *Options) { o.DataFile = file }))
	}
	var wg sync.WaitGroup
	for i, f := range servers {
		for j := range 5 {
			wg.Go(func() {
				v := f.visitor(t)
				f.signUpTo(v, "attributes", string(rune('a'+i))+string(rune('a'+j))+"@example.com")
				v.submit("create", "displayName", "X")
				if v.answer().Get("code") == "" {
					t.Error(v.page.text)
				}
			})
		}
	}
	wg.Wait()
	for _, f := range servers {
		if n := len(f.store.View().Tenants[0].Users); n != 11 {
			t.Errorf("%d users, want 11", n)
		}
	}
}

func TestNew_generatesKey(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tenant.yaml")
	kids := map[string]bool{}
	for range 2 {
		f := newFixture(t, func(o *Options) { o.DataFile, o.Seed.Tenants[0].Keys = file, nil })
		tok := f.redeem(t, f.visitor(t).signIn().Get("code"))
		f.verify(t, tok.IDToken)
		h, _ := decode(t, tok.IDToken)
		kids[h["kid"].(string)] = true
	}
	if len(kids) != 1 {
		t.Errorf("the key was not kept: %v", kids)
	}
}

func TestNew_refusesBadState(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tenant.yaml")
	if err := os.WriteFile(file, []byte("version: 1\ntenants:\n  - id: nonsense\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := New(Options{DataFile: file})
	var fe *directory.FormatError
	if !errors.As(err, &fe) || fe.Line != 3 || fe.Path != "tenants[0].id" {
		t.Errorf("%v", err)
	}
	if b, _ := os.ReadFile(file); !strings.Contains(string(b), "nonsense") {
		t.Error("the file was overwritten")
	}
}

func TestTransport(t *testing.T) {
	f := newFixture(t, nil)
	t.Run("over a socket all the same", func(t *testing.T) {
		srv := httptest.NewServer(f)
		defer srv.Close()
		resp, err := http.Get(srv.URL + "/contoso/discovery/v2.0/keys")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if b, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != 200 || !bytes.Contains(b, []byte(`"kid"`)) {
			t.Errorf("%d %v %s", resp.StatusCode, err, b)
		}
	})
	t.Run("ended context", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		r, _ := http.NewRequestWithContext(ctx, http.MethodGet, base+"/_emulator/health", nil)
		if _, err := f.Transport().RoundTrip(r); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	})
	t.Run("a body that never ends", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		r, _ := http.NewRequestWithContext(ctx, http.MethodPost, base+"/"+tid+"/oauth2/v2.0/token", endless{})
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		f.send(t, r).want(t, 413, 9002313, "invalid_request")
	})
	t.Run("answer not read", func(t *testing.T) {
		r, _ := http.NewRequest(http.MethodGet, base+"/"+tid+"/discovery/v2.0/keys", nil)
		resp, err := f.Transport().RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	})
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}

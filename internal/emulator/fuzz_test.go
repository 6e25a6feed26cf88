package emulator

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/clocktest"
	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// fuzzServer is a default tenant for fuzzing.
func fuzzServer(f *testing.F) *Server {
	k, err := testKey()
	if err != nil {
		f.Fatal(err)
	}
	seed := DefaultSeed()
	seed.Tenants[0].Keys = []directory.Key{k}
	s, err := New(Options{Seed: seed, PasswordCost: 4})
	if err != nil {
		f.Fatal(err)
	}
	return s
}

// FuzzAuthorize sends any query: never a server error, and never a redirect
// away from the tenant except to a registered address.
func FuzzAuthorize(f *testing.F) {
	s := fuzzServer(f)
	for _, seed := range []string{
		strings.SplitN(authorizeURL(), "?", 2)[1], "", "client_id=" + publicApp, "client_id=%zz",
		"client_id=" + publicApp + "&redirect_uri=http://localhost:3000@evil.example&response_type=code",
		"client_id=" + publicApp + "&redirect_uri=http://localhost:3000\\evil.example",
		"client_id=" + publicApp + "&redirect_uri=http://localhost&response_mode=form_post&state=%00%ff",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		r := httptest.NewRequest(http.MethodGet, "/"+tid+"/oauth2/v2.0/authorize", nil)
		r.Host, r.URL.RawQuery = "localhost", query
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Fatalf("%d for %q", w.Code, query)
		}
		loc := w.Header().Get("Location")
		if loc == "" || strings.HasPrefix(loc, "/"+tid+"/userflow/") {
			return
		}
		u, err := url.Parse(loc)
		if err != nil || !strings.EqualFold(u.Hostname(), "localhost") || u.Scheme != "http" || u.User != nil || u.Path != "/" {
			t.Fatalf("redirected to %q by %q", loc, query)
		}
	})
}

// FuzzToken sends any body: the answer is JSON, an error, and no token.
func FuzzToken(f *testing.F) {
	s := fuzzServer(f)
	for _, seed := range []string{
		"", "grant_type=authorization_code&client_id=" + publicApp + "&code=1.Ax&redirect_uri=x", "grant_type=refresh_token&refresh_token=1.AAAAA&client_id=" + publicApp,
		"client_id=%", "a=1;b=2", "grant_type=authorization_code&client_id=" + webApp + "&client_secret=x&client_assertion=y&code=z&redirect_uri=w",
	} {
		f.Add(seed, "Basic "+seed)
	}
	f.Fuzz(func(t *testing.T, body, authorization string) {
		r := httptest.NewRequest(http.MethodPost, "/"+tid+"/oauth2/v2.0/token", strings.NewReader(body))
		r.Host = "localhost"
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Authorization", authorization)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		var got struct {
			errorBody
			AccessToken string `json:"access_token"`
		}
		b, _ := io.ReadAll(w.Body)
		if err := json.Unmarshal(b, &got); err != nil || w.Code >= 500 || w.Code < 400 || got.Error == "" || len(got.ErrorCodes) != 1 || got.AccessToken != "" {
			t.Fatalf("%d %v %s", w.Code, err, b)
		}
	})
}

// FuzzUserFlow sends any form to the pages of a flow: never a server error,
// never a code, never an account.
func FuzzUserFlow(f *testing.F) {
	s := fuzzServer(f)
	f.Add("sign-in", "email=ada@example.com")
	f.Add("sign-up", "email=ada@example.com&action=next")
	f.Add("code", "code=00000000")
	f.Add("attributes", "displayName=x")
	f.Fuzz(func(t *testing.T, page, body string) {
		start := httptest.NewRequest(http.MethodGet, strings.TrimPrefix(authorizeURL(), base), nil)
		start.Host = "localhost"
		w := httptest.NewRecorder()
		s.ServeHTTP(w, start)
		loc, err := url.Parse(w.Header().Get("Location"))
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodPost, "/x", strings.NewReader("flow="+loc.Query().Get("flow")+"&"+body))
		r.URL.Path = "/" + tid + "/userflow/" + page
		r.Host = "localhost"
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for _, c := range w.Result().Cookies() {
			r.AddCookie(c)
		}
		w = httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code >= 500 || strings.Contains(w.Header().Get("Location"), "code=") || len(s.store.View().Tenants[0].Users) > 0 {
			t.Fatalf("%d %s", w.Code, w.Header().Get("Location"))
		}
	})
}

// FuzzLoginHint reads any hint and any id_token_hint without trouble.
func FuzzLoginHint(f *testing.F) {
	f.Add(loginHintClaim(&directory.User{ID: "u", Email: "e@example.com"}, tid))
	f.Add("O.e30")
	f.Add("a.e30.b")
	f.Fuzz(func(t *testing.T, hint string) {
		s := &session{userID: "u", email: "e@example.com", authTime: clocktest.Now()}
		if s.matchesHint(hint) && !strings.HasPrefix(hint, hintPrefix) && !strings.EqualFold(hint, "u") && !strings.EqualFold(hint, "e@example.com") {
			t.Errorf("%q is taken for the user", hint)
		}
		_ = audienceOf(hint)
	})
}

package emulator

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// TestAuthorize_page lists the requests whose failure must stay on a page: the
// place to send it to is itself in doubt.
func TestAuthorize_page(t *testing.T) {
	f := newFixture(t, nil)
	for _, tc := range []struct {
		name, url string
		code      int
		status    int
	}{
		{"unknown client", authorizeURL("client_id", "99999999-aaaa-2222-bbbb-3333cccc4444"), 700016, 400},
		{"placeholder as client", authorizeURL("client_id", "Enter_the_Application_Id_here"), 700016, 400},
		{"no client", authorizeURL("client_id", ""), 900144, 400},
		{"no redirect", authorizeURL("redirect_uri", ""), 900971, 400},
		{"redirect to another host", authorizeURL("redirect_uri", "https://evil.example/"), 50011, 400},
		{"redirect to another path", authorizeURL("redirect_uri", callback+"/cb"), 50011, 400},
		{"redirect with fragment", authorizeURL("redirect_uri", callback+"#x"), 50011, 400},
		{"redirect of the other app", authorizeURL("redirect_uri", webCallback), 50011, 400},
		{"unknown tenant", strings.Replace(authorizeURL(), tid, "99999999-0000-cccc-1111-dddd2222eeee", 1), 90002, 400},
		{"doubled parameter", authorizeURL() + "&redirect_uri=" + url.QueryEscape("https://evil.example/"), 9000411, 400},
		{"broken escape", authorizeURL() + "&x=%zz", 9002313, 400},
		{"too long", authorizeURL("state", strings.Repeat("s", maxRequest)), 9002313, 413},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := f.visitor(t).get(tc.url)
			if p.outside != nil {
				t.Fatalf("redirected to %s", p.outside)
			}
			if p.status != tc.status || p.name != "error" || !strings.Contains(p.text, fmt.Sprintf("AADSTS%d: ", tc.code)) {
				t.Errorf("page %q %d: %s", p.name, p.status, p.text)
			}
			for _, want := range []string{"Trace ID", "Correlation ID", timestamp()} {
				if !strings.Contains(p.text, want) {
					t.Errorf("page lacks %q", want)
				}
			}
		})
	}
}

// TestAuthorize_refusal lists the failures that the app is told.
func TestAuthorize_refusal(t *testing.T) {
	f := newFixture(t, func(o *Options) {
		o.Seed.Tenants[0].Apps[0].SPA.RedirectURIs = []string{"https://spa.example/app"}
	})
	for _, tc := range []struct {
		name  string
		pairs []string
		oauth string
		code  int
	}{
		{"no response type", []string{"response_type", ""}, "invalid_request", 900144},
		{"implicit", []string{"response_type", "id_token token"}, "unsupported_response_type", 700054},
		{"hybrid", []string{"response_type", "code id_token"}, "unsupported_response_type", 700054},
		{"nonsense response type", []string{"response_type", "x"}, "unsupported_response_type", 70005},
		{"unknown response mode", []string{"response_mode", "web_message"}, "invalid_request", 70007},
		{"no scope", []string{"scope", ""}, "invalid_request", 900144},
		{"unknown scope", []string{"scope", "openid Everything.Write"}, "invalid_client", 650053},
		{"unknown resource", []string{"scope", "openid api://nobody/read"}, "invalid_resource", 500011},
		{"unknown prompt", []string{"prompt", "dance"}, "invalid_request", 90023},
		{"short challenge", []string{"code_challenge", "abc"}, "invalid_request", 501491},
		{"long S256 challenge", []string{"code_challenge", testS256 + "A"}, "invalid_request", 501491},
		{"challenge alphabet", []string{"code_challenge", "+" + testS256[1:]}, "invalid_request", 501491},
		{"short plain challenge", []string{"code_challenge", "abc", "code_challenge_method", "plain"}, "invalid_request", 501491},
		{"unknown challenge method", []string{"code_challenge_method", "S512"}, "invalid_request", 501491},
		{"method without challenge", []string{"code_challenge", ""}, "invalid_request", 501491},
		{"single-page app without PKCE", []string{"redirect_uri", "https://spa.example/app", "code_challenge", "", "code_challenge_method", ""}, "invalid_request", 9002325},
		{"silent without session", []string{"prompt", "none"}, "login_required", 50058},
	} {
		t.Run(tc.name, func(t *testing.T) {
			v := f.visitor(t)
			p := v.get(authorizeURL(tc.pairs...))
			q := v.answer()
			if q.Get("error") != tc.oauth || q.Get("state") != "st&ate" || p.status != http.StatusFound {
				t.Fatalf("%d %v", p.status, q)
			}
			want := fmt.Sprintf("AADSTS%d: ", tc.code)
			if d := q.Get("error_description"); !strings.HasPrefix(d, want) || strings.ContainsAny(d, "\r\n") ||
				!strings.Contains(d, ". Trace ID: ") || !strings.Contains(d, " Correlation ID: ") || !strings.HasSuffix(d, " Timestamp: "+timestamp()) {
				t.Errorf("description %q", d)
			}
			if q.Has("code") {
				t.Error("a code came along")
			}
		})
	}
}

func TestAuthorize_correlation(t *testing.T) {
	f := newFixture(t, nil)
	v := f.visitor(t)
	const id = "01234567-89ab-cdef-0123-456789abcdef"
	v.get(authorizeURL("prompt", "none", "client-request-id", id))
	if d := v.answer().Get("error_description"); !strings.Contains(d, "Correlation ID: "+id) {
		t.Error(d)
	}
	v.get(authorizeURL("prompt", "none", "client-request-id", "x\r\ny"))
	if d := v.answer().Get("error_description"); strings.Contains(d, "x\r\ny") {
		t.Error(d)
	}
}

func TestAuthorize_modes(t *testing.T) {
	f := newFixture(t, nil)
	for _, mode := range []string{"", "query", "fragment", "form_post"} {
		t.Run("mode "+mode, func(t *testing.T) {
			v := f.visitor(t)
			q := v.signIn("response_mode", mode)
			if q.Get("code") == "" || q.Get("state") != "st&ate" || !directory.IsGUID(q.Get("session_state")) || q.Get("client_info") == "" {
				t.Fatalf("answer %v", q)
			}
			switch p := v.page; mode {
			case "form_post":
				if p.forms[0].action != callback || !strings.Contains(p.header.Get("Content-Security-Policy"), "form-action 'self' http://localhost:*") {
					t.Errorf("form to %s under %s", p.forms[0].action, p.header.Get("Content-Security-Policy"))
				}
			case "fragment":
				if p.outside.RawQuery != "" || p.outside.Fragment == "" || p.outside.Path != "/" {
					t.Errorf("went to %s", p.outside)
				}
			default:
				if p.outside.Fragment != "" || p.outside.Path != "/" {
					t.Errorf("went to %s", p.outside)
				}
			}
			if tok := f.redeem(t, q.Get("code")); tok.Error != "" {
				t.Errorf("redeem: %s", tok.ErrorDescription)
			}
		})
	}
	t.Run("without state and client_info", func(t *testing.T) {
		q := f.visitor(t).signIn("state", "", "client_info", "")
		if q.Has("state") || q.Has("client_info") {
			t.Errorf("answer %v", q)
		}
	})
	t.Run("as a POST", func(t *testing.T) {
		v := f.visitor(t)
		u, _ := url.Parse(authorizeURL())
		v.post(base+u.Path, u.Query())
		v.want("sign-in")
	})
}

func TestAuthorize_prompts(t *testing.T) {
	f := newFixture(t, nil)
	t.Run("create starts at sign-up with the hint", func(t *testing.T) {
		v := f.visitor(t)
		v.get(authorizeURL("prompt", "create", "login_hint", "new@example.com"))
		if p := v.want("sign-up"); p.forms[0].fields.Get("email") != "new@example.com" {
			t.Errorf("prefilled %v", p.forms[0].fields)
		}
	})
	t.Run("login hint is prefilled", func(t *testing.T) {
		v := f.visitor(t)
		v.get(authorizeURL("login_hint", testEmail))
		if p := v.want("sign-in"); p.forms[0].fields.Get("email") != testEmail {
			t.Errorf("prefilled %v", p.forms[0].fields)
		}
	})
	v := f.visitor(t)
	first := v.signIn()
	t.Run("a session answers silently with the same sid", func(t *testing.T) {
		v.get(authorizeURL("prompt", "consent", "domain_hint", "example.com", "x-client-SKU", "Go", "claims", "{}"))
		if q := v.answer(); q.Get("code") == "" || q.Get("session_state") != first.Get("session_state") {
			t.Errorf("answer %v", q)
		}
	})
	t.Run("login asks again", func(t *testing.T) {
		v.get(authorizeURL("prompt", "login"))
		v.want("sign-in")
	})
	t.Run("another login hint asks again", func(t *testing.T) {
		v.get(authorizeURL("login_hint", "bob@example.com"))
		v.want("sign-in")
		v.get(authorizeURL("login_hint", "bob@example.com", "prompt", "none"))
		if q := v.answer(); q.Get("error") != "login_required" {
			t.Errorf("answer %v", q)
		}
	})
	t.Run("select_account shows the account", func(t *testing.T) {
		v.get(authorizeURL("prompt", "select_account"))
		v.want("pick-account")
		v.submit("", "account", "0")
		if q := v.answer(); q.Get("code") == "" || q.Get("session_state") != first.Get("session_state") {
			t.Errorf("answer %v", q)
		}
	})
	t.Run("select_account can change the account", func(t *testing.T) {
		v.get(authorizeURL("prompt", "select_account"))
		v.follow("use-another")
		v.want("sign-in")
	})
	t.Run("select_account without session signs in", func(t *testing.T) {
		w := f.visitor(t)
		w.get(authorizeURL("prompt", "select_account"))
		w.want("sign-in")
	})
	t.Run("another browser is asked", func(t *testing.T) {
		w := f.visitor(t)
		w.get(authorizeURL())
		w.want("sign-in")
	})
}

func TestSession_ends(t *testing.T) {
	for _, tc := range []struct {
		name string
		do   func(*fixture)
	}{
		{"after a day", func(f *fixture) { f.clock.Add(sessionLife) }},
		{"when revoked", func(f *fixture) {
			f.changeUser(t, func(u *directory.User) { u.RevokedBefore = f.clock.Now().Add(1) })
		}},
		{"when the user is disabled", func(f *fixture) { f.changeUser(t, func(u *directory.User) { u.Disabled = true }) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newFixture(t, nil)
			v := f.visitor(t)
			v.signIn()
			v.get(authorizeURL("prompt", "none"))
			if v.answer().Get("code") == "" {
				t.Fatal("no session to begin with")
			}
			tc.do(f)
			v.get(authorizeURL("prompt", "none"))
			if q := v.answer(); q.Get("error") != "login_required" {
				t.Errorf("answer %v", q)
			}
		})
	}
}

// changeUser changes the seeded user.
func (f *fixture) changeUser(t *testing.T, change func(*directory.User)) {
	t.Helper()
	if err := f.store.Update(t.Context(), func(d *directory.Document) error {
		change(&d.Tenants[0].Users[0])
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func TestSameRedirect(t *testing.T) {
	for _, tc := range []struct {
		registered, got string
		want            bool
	}{
		{"http://localhost", "http://localhost", true},
		{"http://localhost", "http://localhost:3000", true},
		{"http://localhost", "http://localhost:3000/", true},
		{"http://localhost:3000/auth/redirect", "http://localhost:51000/auth/redirect", true},
		{"http://127.0.0.1/cb", "http://127.0.0.1:9/cb", true},
		{"http://localhost", "http://LOCALHOST:3000", true},
		{"http://localhost", "https://localhost", false},
		{"http://localhost", "http://127.0.0.1", false},
		{"http://localhost", "http://localhost/cb", false},
		{"http://localhost/cb", "http://localhost/CB", false},
		{"http://localhost/cb", "http://localhost/cb/", false},
		{"http://localhost/cb", "http://localhost/cb?x=1", false},
		{"http://localhost/cb?x=1", "http://localhost/cb?x=1", true},
		{"http://localhost", "http://localhost#f", false},
		{"http://localhost", "http://me@localhost", false},
		{"http://localhost", "http://localhost.evil.example", false},
		{"http://localhost", "http://localhost:3000\\@evil.example", false},
		{"https://app.example/cb", "https://app.example/cb", true},
		{"https://app.example/cb", "https://app.example:8443/cb", false},
		{"https://app.example/cb", "https://app.example/x/../cb", false},
		{"https://app.example/cb", "https://app.example/%63b", false},
		{"msal00001111://auth", "msal00001111://auth", true},
		{"urn:ietf:wg:oauth:2.0:oob", "urn:ietf:wg:oauth:2.0:oob2", false},
	} {
		if got := sameRedirect(tc.registered, tc.got); got != tc.want {
			t.Errorf("registered %s, got %s: %v", tc.registered, tc.got, got)
		}
	}
}

func TestFindRedirect_exactFirst(t *testing.T) {
	app := &directory.App{
		Web:          directory.Platform{RedirectURIs: []string{"http://localhost:3000"}},
		PublicClient: directory.Platform{RedirectURIs: []string{"http://localhost:4000"}},
	}
	for uri, want := range map[string]platform{"http://localhost:4000": platformPublic, "http://localhost:3000": platformWeb, "http://localhost:5": platformWeb} {
		if p, ok := findRedirect(app, uri); !ok || p != want {
			t.Errorf("%s: %s %v", uri, p, ok)
		}
	}
}

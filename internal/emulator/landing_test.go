package emulator

import (
	"crypto/tls"
	"net/http/httptest"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// landing asks for a page of the control area as a browser on this machine does.
func (f *fixture) landing(path string, https bool) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", path, nil)
	r.Host, r.RemoteAddr = "localhost:8765", "127.0.0.1:9"
	if https {
		r.TLS = &tls.ConnectionState{}
	}
	w := httptest.NewRecorder()
	f.ServeHTTP(w, r)
	return w
}

const hostile = `"><script>alert(1)</script>{{.}}</style>`

func TestLanding(t *testing.T) {
	f := newFixture(t, func(o *Options) {
		o.CAFile = "/home/ada b/ca.pem"
		ten := &o.Seed.Tenants[0]
		ten.DisplayName = hostile
		ten.Apps[0].DisplayName = hostile
		ten.Apps[0].SPA.RedirectURIs = []string{"http://localhost:5173/"}
		ten.UserFlows[0].DisplayName = hostile
		ten.Users[0].Attributes["displayName"] = hostile
		ten.Users[0].Disabled = true
		o.Seed.Tenants = append(o.Seed.Tenants, directory.Tenant{ID: "aaaabbbb-0000-cccc-1111-dddd2222ffff", Subdomain: "fabrikam", Keys: ten.Keys})
	})
	f.outbox.Send(Message{To: hostile, Code: "12345678", Purpose: hostile})
	for path, want := range map[string][]string{
		"/": {
			testEmail, "disabled", publicApp, webApp, "http://localhost:3000/auth/redirect", "contoso.onmicrosoft.com", "fabrikam.onmicrosoft.com",
			`authority: "https://localhost:8765/` + tid + `"`, `knownAuthorities: ["localhost:8765"]`, `redirectUri: "http://localhost:5173/"`,
			"NODE_EXTRA_CA_CERTS='/home/ada b/ca.pem'", "public.WithInstanceDiscovery(false)", "--issuer origin", "export CIAM_CLIENT_ID=" + publicApp,
			"openid profile offline_access",
		},
		"/?tenant=contoso&app=" + webApp: {"ConfidentialClientApplication", `clientSecret: "` + directory.DefaultClientSecret + `"`, "confidential.NewCredFromSecret"},
		"/?tenant=%22%3E%3Cscript&app=x": {publicApp},
		outboxPage:                       {"12345678"},
	} {
		t.Run(path, func(t *testing.T) {
			w := f.landing(path, true)
			doc, err := html.Parse(strings.NewReader(w.Body.String()))
			if w.Code != 200 || err != nil {
				t.Fatalf("%d %v", w.Code, err)
			}
			text := visible(t, doc, path == outboxPage)
			for _, s := range append(want, hostile) {
				if !strings.Contains(text, s) {
					t.Errorf("the page lacks %q", s)
				}
			}
			csp := w.Header().Get("Content-Security-Policy")
			for _, part := range []string{"default-src 'none'", "base-uri 'none'", "form-action 'none'", "style-src 'sha256-"} {
				if !strings.Contains(csp, part) {
					t.Errorf("policy lacks %s: %s", part, csp)
				}
			}
			if strings.Contains(csp, "script-src") || strings.Contains(csp, "unsafe") {
				t.Errorf("policy %s", csp)
			}
			if framed := strings.Contains(csp, "frame-ancestors 'self'") && w.Header().Get("X-Frame-Options") == "SAMEORIGIN"; framed != (path == outboxPage) {
				t.Errorf("frames: %s, %s", csp, w.Header().Get("X-Frame-Options"))
			}
		})
	}
	for _, secret := range []string{"the app's client secret"} {
		g := newFixture(t, func(o *Options) { o.Seed.Tenants[0].Apps[1].PasswordCredentials[0].SecretText = "own secret" })
		body := g.landing("/?tenant=contoso&app="+webApp, false).Body.String()
		if text := html.UnescapeString(body); strings.Contains(text, "own secret") || !strings.Contains(text, secret) || !strings.Contains(text, "without --http") {
			t.Error("the page shows a secret, or does not say what plain http lacks")
		}
	}
	if w := f.landing("/nothing", true); w.Code != 404 {
		t.Errorf("%d", w.Code)
	}
}

// visible is the text of a page. It holds the page against script, and against
// reloading unless it may.
func visible(t *testing.T, n *html.Node, reloads bool) string {
	t.Helper()
	if n.Type == html.TextNode {
		return n.Data
	}
	var b strings.Builder
	if n.Data == "script" {
		t.Error("a script")
	}
	for _, a := range n.Attr {
		if strings.HasPrefix(a.Key, "on") || a.Key == "style" || strings.HasPrefix(strings.TrimSpace(strings.ToLower(a.Val)), "javascript:") {
			t.Errorf("%s has %s=%q", n.Data, a.Key, a.Val)
		}
		if a.Key == "http-equiv" && a.Val == "refresh" && !reloads {
			t.Error("the page reloads while somebody copies from it")
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if n.Data != "style" {
			b.WriteString(visible(t, c, reloads))
		}
	}
	return b.String()
}

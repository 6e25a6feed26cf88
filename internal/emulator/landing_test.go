package emulator

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
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
	f.outbox.Send(Message{To: "ada@example.com", Code: "87654321", Purpose: hostile})
	for path, want := range map[string][]string{
		"/": {
			testEmail, "disabled", publicApp, webApp, "http://localhost:3000/auth/redirect", "contoso.onmicrosoft.com", "fabrikam.onmicrosoft.com",
			`authority: "https://localhost:8765/` + tid + `"`, `knownAuthorities: ["localhost:8765"]`, `redirectUri: "http://localhost:5173/"`,
			"NODE_EXTRA_CA_CERTS='/home/ada b/ca.pem'", "public.WithInstanceDiscovery(false)", "--issuer origin", "export CIAM_CLIENT_ID=" + publicApp,
			"openid profile offline_access",
		},
		"/?tenant=contoso&app=" + webApp:     {"ConfidentialClientApplication", `clientSecret: "` + directory.DefaultClientSecret + `"`, "confidential.NewCredFromSecret"},
		"/?tenant=%22%3E%3Cscript&app=x":     {publicApp},
		outboxPage:                           {"12345678", "87654321", "Look again"},
		outboxPage + "?to=ada%40example.com": {"87654321", "All messages"},
		outboxPage + "?framed&to=%3Cscript":  {"No one-time code was sent yet"},
	} {
		t.Run(path, func(t *testing.T) {
			w := f.landing(path, true)
			doc, err := html.Parse(strings.NewReader(w.Body.String()))
			if w.Code != 200 || err != nil {
				t.Fatalf("%d %v", w.Code, err)
			}
			text, scripts := readable(t, doc)
			if !strings.Contains(path, "framed") {
				want = append(want, hostile)
			}
			for _, s := range want {
				if !strings.Contains(text, s) {
					t.Errorf("the page lacks %q", s)
				}
			}
			if other := "12345678"; strings.Contains(path, "?to=") && strings.Contains(text, other) {
				t.Error("it shows the messages of others")
			}
			csp := w.Header().Get("Content-Security-Policy")
			sum := sha256.Sum256([]byte(strings.Join(scripts, "")))
			for _, part := range []string{"default-src 'none'", "base-uri 'none'", "form-action 'none'", "connect-src 'self'", "style-src 'sha256-", "script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"} {
				if !strings.Contains(csp, part) {
					t.Errorf("policy lacks %s: %s", part, csp)
				}
			}
			if strings.Contains(csp, "unsafe") || len(scripts) != 1 {
				t.Errorf("policy %s; %d scripts", csp, len(scripts))
			}
			isOutbox := strings.HasPrefix(path, outboxPage)
			if framed := strings.Contains(csp, "frame-ancestors 'self'") && w.Header().Get("X-Frame-Options") == "SAMEORIGIN"; framed != isOutbox {
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

// TestCodePage_outbox checks that the page which asks for a code leads to the page with the codes of its address.
func TestCodePage_outbox(t *testing.T) {
	f := newFixture(t, nil)
	v := f.visitor(t)
	f.signUpTo(v, "code", "new+er@example.com")
	if got, want := v.page.links["outbox"], base+outboxPage+"?to=new%2Ber%40example.com"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// readable is the text of a page that somebody without script sees, and its scripts. It holds the page against anything that
// runs or reloads by itself, and against controls that do nothing where there is no script.
func readable(t *testing.T, n *html.Node) (text string, scripts []string) {
	t.Helper()
	if n.Type == html.TextNode {
		return n.Data, nil
	}
	attrs := map[string]string{}
	for _, a := range n.Attr {
		attrs[a.Key] = a.Val
		if strings.HasPrefix(a.Key, "on") || a.Key == "style" || strings.HasPrefix(strings.TrimSpace(strings.ToLower(a.Val)), "javascript:") {
			t.Errorf("%s has %s=%q", n.Data, a.Key, a.Val)
		}
		if a.Key == "http-equiv" && a.Val == "refresh" {
			t.Error("the page reloads while somebody copies from it")
		}
	}
	_, hidden := attrs["hidden"]
	_, revealed := attrs["data-script"]
	switch {
	case n.Data == "script":
		if len(attrs) != 0 {
			t.Errorf("a script with %v", attrs)
		}
		return "", []string{n.FirstChild.Data}
	case n.Data == "style", hidden && attrs["id"] == "said":
		return "", nil
	case hidden && !revealed:
		t.Errorf("a %s that nobody ever sees", n.Data)
	case hidden:
		return "", nil
	case n.Data == "button", n.Data == "input", n.Data == "form":
		t.Errorf("a %s that does nothing without script", n.Data)
	}
	var b strings.Builder
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		inner, more := readable(t, c)
		b.WriteString(inner)
		scripts = append(scripts, more...)
	}
	return b.String(), scripts
}

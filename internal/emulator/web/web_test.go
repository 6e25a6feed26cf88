package web

import (
	"crypto/sha256"
	"encoding/base64"
	"flag"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

var update = flag.Bool("update", false, "write the golden pages")

// pages are all pages as the tenant draws them.
func pages() []*Page {
	t := For("")
	page := func(name, heading string, change func(*Page)) *Page {
		p := &Page{Name: name, T: t, Tenant: "Contoso", Domain: "contoso.onmicrosoft.com", App: "ciam-cli", Heading: heading, Text: []string{"Text."}}
		if change != nil {
			change(p)
		}
		return p
	}
	form := func(name string, fields ...Field) *Page {
		return page(name, "Heading of "+name, func(p *Page) {
			p.Action, p.FlowID, p.Cancel, p.Submit, p.Fields = "/tid/userflow/"+name, "flow-id", true, Button{"next", t.Next}, fields
			p.FormTargets = []string{"http://localhost:*"}
		})
	}
	code := form(Code, Field{ID: "code", Label: t.Code, Type: "text", Autocomplete: "one-time-code", InputMode: "numeric", Required: true, Error: t.WrongCode, Autofocus: true})
	code.Resend, code.Outbox, code.Account = true, "http://localhost:1/_emulator/outbox", "ada@example.com"
	password := form(Password, Field{ID: "password", Label: t.Password, Type: "password", Autocomplete: "current-password", Required: true})
	password.Alert, password.Username = t.Locked, "ada@example.com"
	signIn := form(SignIn, Field{ID: "email", Label: t.Email, Type: "email", Autocomplete: "username", Required: true, Autofocus: true})
	signIn.Links = []Link{{ID: "create-account", Lead: t.NoAccount, Text: t.CreateOne, Href: "/tid/userflow/sign-up?flow=f"}}
	forgot := form(Forgot, Field{ID: "email", Label: t.Email, Type: "email", Value: "ada@example.com", Autocomplete: "username", Required: true, Alerted: true, Autofocus: true})
	forgot.Alert = t.TooManyCodes
	signIn.Brand = Brand{Color: "#ffe600", Logo: "data:image/png;base64,iVBORw0KGgo="}
	return []*Page{
		signIn, password, code,
		form(SignUp, Field{ID: "email", Label: t.Email, Type: "email", Autocomplete: "username"}),
		form(NewPassword,
			Field{ID: "newPassword", Label: t.NewPassword, Type: "password", Autocomplete: "new-password", Hint: t.PasswordRules, Error: t.PasswordLength},
			Field{ID: "confirmPassword", Label: t.ConfirmPassword, Type: "password", Autocomplete: "new-password"}),
		form(Attributes, Field{ID: "displayName", Label: "Display Name", Type: "text", Value: "Ada", Required: true, MaxLength: 256}, Field{ID: "country", Label: "Country/Region", Type: "select", Optional: true, Options: []Option{{"Peru", "PE", true}, {"Chad", "TD", false}}, Error: "Choose.", Hint: "Where you live."},
			Field{ID: "extension_1_Plan", Label: "Plan", Type: "radio", Required: true, Options: []Option{{"Basic", "b", false}, {"Premium", "p", true}}, Error: "Choose one."},
			Field{ID: "extension_1_Topics", Label: "Topics", Type: "checkboxes", Required: true, Options: []Option{{"News", "n", true}, {"Offers", "o", true}}, Error: "Choose some.", Hint: "Any."},
			Field{ID: "extension_1_Age", Label: "Age", Type: "text", InputMode: "numeric", Value: "x", Error: "Enter a number."},
			Field{ID: "extension_1_Terms", Label: "I agree", Type: "checkbox", Checked: true, Required: true, Error: "Tick it."}),
		forgot,
		page(Consent, t.ConsentHeading, func(p *Page) {
			p.Action, p.FlowID, p.Submit = "/tid/userflow/consent-missing", "flow-id", Button{"cancel", t.ReturnToApp}
		}),
		page(PickAccount, t.PickHeading, func(p *Page) {
			p.Choices = []Choice{{ID: "account-0", Value: "0", Name: "Ada", Email: "ada@example.com"}}
			p.Links = []Link{{ID: "use-another", Text: t.UseAnother, Href: "/x"}}
		}),
		page(Finished, t.FinishedHeading, nil), page(SignedOut, t.SignedOutHeading, nil),
		page(Error, t.ErrorHeading, func(p *Page) {
			p.Status, p.Alert, p.Rows = 400, "AADSTS700016: text", []Row{{t.TraceID, "id"}}
		}),
		form(DeviceCode, Field{ID: "userCode", Label: t.Device().Code, Type: "text", Autocomplete: "off", Required: true, Autofocus: true, Error: t.Device().WrongCode}),
		page(DeviceConfirm, "Are you trying to sign in to ciam-cli?", func(p *Page) {
			p.Action, p.FlowID, p.Cancel, p.Submit, p.Account = "/common/oauth2/deviceauth", "visit-id", true, Button{"continue", t.Continue}, "ada@example.com"
		}),
		page(DeviceDone, "You have signed in to ciam-cli", nil),
		page(FormPost, t.FormPostHeading, func(p *Page) {
			p.Post = &Post{Action: "http://localhost:3000", Fields: []Row{{"code", "c"}, {"state", `"><b>`}}}
		}),
	}
}

func write(t *testing.T, p *Page) *httptest.ResponseRecorder {
	t.Helper()
	r, err := New()
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	if err := r.Write(w, p); err != nil {
		t.Fatal(err)
	}
	return w
}

// TestPages_golden compares every page with testdata; run with -update after a
// wanted change and look at the difference.
func TestPages_golden(t *testing.T) {
	for _, p := range pages() {
		t.Run(p.Name, func(t *testing.T) {
			got := write(t, p).Body.String()
			if i, j := strings.Index(got, "<style>"), strings.Index(got, "</style>"); i > 0 && j > i {
				got = got[:i+len("<style>")] + got[j:]
			}
			file := filepath.Join("testdata", p.Name+".html")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("differs from %s; got\n%s", file, got)
			}
		})
	}
}

// TestPages_accessible holds every page against what a screen reader, a
// keyboard and a password manager need.
func TestPages_accessible(t *testing.T) {
	for _, p := range pages() {
		t.Run(p.Name, func(t *testing.T) {
			doc, err := html.Parse(write(t, p).Body)
			if err != nil {
				t.Fatal(err)
			}
			ids, labels, focused, h1 := map[string]bool{}, map[string]bool{}, 0, 0
			each(doc, func(n *html.Node) {
				if id := attr(n, "id"); id != "" {
					if ids[id] {
						t.Errorf("id %s twice", id)
					}
					ids[id] = true
				}
				if n.Data == "label" {
					labels[attr(n, "for")] = true
				}
				if has(n, "autofocus") {
					focused++
				}
				if n.Data == "h1" {
					h1++
				}
			})
			each(doc, func(n *html.Node) {
				switch n.Data {
				case "html":
					if attr(n, "lang") != "en" {
						t.Error("no language")
					}
				case "body":
					if attr(n, "data-page") != p.Name {
						t.Errorf("data-page %q", attr(n, "data-page"))
					}
				case "fieldset":
					if find := strings.Fields(attr(n, "aria-describedby")); n.FirstChild == nil || len(find) == 0 || !ids[find[0]] {
						t.Errorf("fieldset %s: its error is not tied to it", attr(n, "id"))
					}
					legends := 0
					each(n, func(c *html.Node) {
						if c.Data == "legend" {
							legends++
						}
					})
					if legends != 1 {
						t.Errorf("fieldset %s has %d legends", attr(n, "id"), legends)
					}
				case "input", "select":
					if attr(n, "type") != "hidden" && !has(n, "hidden") && !labels[attr(n, "id")] {
						t.Errorf("input %s has no label", attr(n, "id"))
					}
					for id := range strings.FieldsSeq(attr(n, "aria-describedby")) {
						if !ids[id] {
							t.Errorf("described by %s, which is not there", id)
						}
					}
					if has(n, "aria-invalid") && !strings.Contains(attr(n, "aria-describedby"), attr(n, "id")+"-error") {
						t.Errorf("the error of %s is not tied to it", attr(n, "id"))
					}
				case "a", "img", "script", "link", "iframe":
					for _, name := range []string{"src", "href"} {
						if v := attr(n, name); v != "" && !strings.HasPrefix(v, "/") && !ids[strings.TrimPrefix(v, "#")] && v != "data:," && !strings.HasPrefix(v, "data:image/png;base64,") && attr(n, "id") != "outbox" {
							t.Errorf("%s %s=%q is not on the page's own origin", n.Data, name, v)
						}
					}
				}
				for _, a := range n.Attr {
					if strings.HasPrefix(a.Key, "on") || a.Key == "style" {
						t.Errorf("%s has %s, which the policy blocks", n.Data, a.Key)
					}
				}
			})
			if focused > 1 || h1 != 1 {
				t.Errorf("%d autofocus, %d h1", focused, h1)
			}
		})
	}
}

// TestPages_policy checks that the policy allows exactly the page's own style
// and script.
func TestPages_policy(t *testing.T) {
	for _, p := range pages() {
		t.Run(p.Name, func(t *testing.T) {
			w := write(t, p)
			csp := w.Header().Get("Content-Security-Policy")
			for _, part := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
				if !strings.Contains(csp, part) {
					t.Errorf("policy lacks %s: %s", part, csp)
				}
			}
			if strings.Contains(csp, "unsafe") {
				t.Errorf("policy %s", csp)
			}
			body := w.Body.String()
			for _, tag := range []string{"style", "script"} {
				_, rest, ok := strings.Cut(body, "<"+tag+">")
				if !ok {
					if tag == "style" || p.Name == FormPost {
						t.Errorf("no %s", tag)
					}
					continue
				}
				if tag == "script" && p.Name != FormPost {
					t.Error("a script on a page that needs none")
				}
				content, _, _ := strings.Cut(rest, "</"+tag+">")
				sum := sha256.Sum256([]byte(content))
				if want := tag + "-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(csp, want) {
					t.Errorf("policy does not allow the page's %s", tag)
				}
			}
		})
	}
}

func TestRenderer_unknownPage(t *testing.T) {
	r, err := New()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Write(httptest.NewRecorder(), &Page{Name: "nonsense", T: For("")}); err == nil {
		t.Error("no error")
	}
	if len(r.pages) != len(pages()) {
		t.Errorf("%d pages are tested, %d exist", len(pages()), len(r.pages))
	}
}

func each(n *html.Node, f func(*html.Node)) {
	if n.Type == html.ElementNode {
		f(n)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		each(c, f)
	}
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

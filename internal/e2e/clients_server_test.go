package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/html"
)

const foreignTenant = "ddddeeee-3333-ffff-4444-aaaa5555bbbb"

// testOIDCProvider has ciam sign in to a server that is nobody's emulator, as far as ciam's rule for issuers goes: a tenant
// on this machine may be its own issuer.
func testOIDCProvider(t *testing.T, folder string) {
	env := append(os.Environ(), "CIAM_TENANT_ID="+foreignTenant, "CIAM_CLIENT_ID="+desktopApp)
	var authority string
	node(t, env, folder, "oidc-provider.js").read("listening", &authority)
	p := newProgram(t)
	p.useFile()
	p.must("profile", "add", "foreign", "--tenant", authority, "--client-id", desktopApp)
	person := newPerson(t)

	cancelled := p.start("login", "--prompt", "consent")
	person.visit(cancelled.opened(), "cancel")
	if out := cancelled.wait(); out.code != 8 || out.stdout != "" || !strings.Contains(out.stderr, "(access_denied): End-User aborted interaction") {
		t.Errorf("cancelled: %+v", out)
	}

	login := p.start("login", "--prompt", "consent")
	person.visit(login.opened(), ada)
	login.must()
	var claims struct{ Iss, Aud, Tid, Ver, Name, OID string }
	if err := json.Unmarshal([]byte(p.must("claims", "-o", "json").stdout), &claims); err != nil {
		t.Fatal(err)
	}
	if claims.Iss != authority+"/v2.0" || claims.Aud != desktopApp || claims.Tid != foreignTenant || claims.Ver != "2.0" || claims.Name != "Ada Example" || claims.OID != ada {
		t.Errorf("claims: %+v", claims)
	}
	wantRotation(t, p, strings.TrimSuffix(authority, "/"+foreignTenant))

	logout := p.start("logout")
	person.visit(logout.opened(), ada)
	logout.must()
	if out := p.run("token"); out.code != 4 {
		t.Errorf("token after the sign-out: %+v", out)
	}
	again := p.start("login", "--prompt", "consent")
	person.pages = nil
	person.visit(again.opened(), ada)
	again.must()
	if !strings.Contains(strings.Join(person.pages, " "), "login") {
		t.Errorf("after the sign-out the server asked for %v", person.pages)
	}
	p.must("logout", "--local")
}

// wantRotation renews in five processes at once: each refresh token is sent once, or the server ends them all.
func wantRotation(t *testing.T, p *program, origin string) {
	t.Helper()
	first := p.must("token").stdout
	var wg sync.WaitGroup
	out := make([]result, 5)
	for i := range out {
		wg.Go(func() { out[i] = p.run("token", "--force-refresh") })
	}
	wg.Wait()
	for i, r := range out {
		if r.code != 0 || strings.TrimSpace(r.stdout) == "" || r.stdout == first {
			t.Errorf("process %d: %+v", i, r)
		}
	}
	_, body := get(t, origin+"/counts")
	var counts struct {
		Refreshed int
		Refused   []string
	}
	if err := json.Unmarshal([]byte(body), &counts); err != nil || counts.Refreshed == 0 || len(counts.Refused) > 0 {
		t.Errorf("the server counted %s: %v", body, err)
	}
	p.must("token", "--force-refresh") // what is kept is the newest
}

// person is somebody at pages that no test knows beforehand: they type their name into the fields, and press the button.
type person struct {
	t      *testing.T
	client *http.Client
	pages  []string // the prompts that were answered
}

func newPerson(t *testing.T) *person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &person{t, &http.Client{Jar: jar}, nil}
}

// visit goes on as long as a page has a form. The name cancel follows the link of that name instead.
func (v *person) visit(address, name string) {
	v.t.Helper()
	resp, err := v.client.Get(address)
	for range 10 {
		if err != nil {
			v.t.Fatal(err)
		}
		doc, parseErr := html.Parse(io.LimitReader(resp.Body, 1<<20))
		_ = resp.Body.Close()
		if parseErr != nil {
			v.t.Fatal(parseErr)
		}
		form := element(doc, "form", "") // also of a 400: so comes form_post with an error
		link := element(doc, "a", "/abort")
		switch {
		case name == "cancel" && link != nil:
			resp, err = v.client.Get(absolute(v.t, resp, attribute(link, "href")))
		case form == nil:
			return
		default:
			resp, err = v.client.PostForm(absolute(v.t, resp, attribute(form, "action")), v.fill(form, name))
		}
	}
	v.t.Fatalf("the pages do not end: %v", v.pages)
}

// fill is what the person sends: hidden fields as they are, their name everywhere else, and yes to what a button asks.
func (v *person) fill(form *html.Node, name string) url.Values {
	values := url.Values{}
	for n := range form.Descendants() {
		if n.Type != html.ElementNode || n.Data != "input" || attribute(n, "name") == "" {
			continue
		}
		value := attribute(n, "value")
		if attribute(n, "type") != "hidden" && value == "" {
			value = name
		}
		values.Set(attribute(n, "name"), value)
	}
	if prompt := values.Get("prompt"); prompt != "" {
		v.pages = append(v.pages, prompt)
	}
	if strings.Contains(attribute(form, "id"), "logout") {
		values.Set("logout", "yes")
	}
	return values
}

// element is the first of that name whose href ends so.
func element(root *html.Node, name, href string) *html.Node {
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && n.Data == name && strings.HasSuffix(attribute(n, "href"), href) {
			return n
		}
	}
	return nil
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func absolute(t *testing.T, at *http.Response, ref string) string {
	t.Helper()
	u, err := at.Request.URL.Parse(ref)
	if err != nil {
		t.Fatal(err)
	}
	return u.String()
}

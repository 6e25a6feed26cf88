package emulator

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/ciam-cli/ciam/internal/clocktest"
	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

const (
	testPassword = "Correct-Horse-7"
	testEmail    = "ada@example.com"
	testVerifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" // RFC 7636 appendix B
	testS256     = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
	callback     = "http://localhost:3000"
	webCallback  = "http://localhost:3000/auth/redirect"
	base         = "http://localhost:4321"
	tid          = directory.DefaultTenantID
	publicApp    = directory.DefaultPublicApp
	webApp       = directory.DefaultConfidentialApp
)

// testKey is one signing key for all tests: making one takes 100 ms.
var testKey = sync.OnceValues(func() (directory.Key, error) { return directory.GenerateKey(clocktest.Now()) })

// timestamp is the pinned time as Entra writes it into its errors.
func timestamp() string { return clocktest.Now().Format("2006-01-02 15:04:05Z") }

// clock is a settable clock.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) Now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.t }
func (c *clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

type fixture struct {
	*Server
	clock *clock
}

// newFixture starts a default tenant with a key, a clock that stands still, and
// one user when the seed has none.
func newFixture(t *testing.T, change func(*Options)) *fixture {
	t.Helper()
	k, err := testKey()
	if err != nil {
		t.Fatal(err)
	}
	c := &clock{t: clocktest.Now()}
	seed := DefaultSeed()
	seed.Tenants[0].Keys = []directory.Key{k}
	seed.Tenants[0].Users = []directory.User{{
		ID: "aaaaaaaa-0000-1111-2222-bbbbbbbbbbbb", Email: testEmail, Password: testPassword,
		Attributes: map[string]string{"displayName": "Ada Example", "givenName": "Ada", "surname": "Example"},
	}}
	o := Options{Seed: seed, Now: c.Now, PasswordCost: 4, RecordSecrets: true}
	if change != nil {
		change(&o)
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return &fixture{Server: s, clock: c}
}

// visitor is a browser without script: cookies, forms, redirects. It stops at
// an address outside the tenant.
type visitor struct {
	t      *testing.T
	client *http.Client
	page   *page
}

// page is where the visitor is.
type page struct {
	status  int
	header  http.Header
	url     *url.URL
	outside *url.URL // the app's address the tenant redirected to
	body    string
	name    string // data-page
	forms   []form
	links   map[string]string // id to href
	text    string
}

type form struct {
	action string
	fields url.Values // hidden and prefilled
	ids    []string
}

func (f *fixture) visitor(t *testing.T) *visitor {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t: t, client: &http.Client{Transport: f.Transport(), Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if r.URL.Host != "localhost:4321" {
			return http.ErrUseLastResponse
		}
		return nil
	}}}
}

func (v *visitor) get(address string) *page {
	v.t.Helper()
	resp, err := v.client.Get(address)
	return v.arrive(resp, err)
}

func (v *visitor) post(address string, values url.Values) *page {
	v.t.Helper()
	resp, err := v.client.PostForm(address, values)
	return v.arrive(resp, err)
}

func (v *visitor) arrive(resp *http.Response, err error) *page {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	p := &page{status: resp.StatusCode, header: resp.Header, url: resp.Request.URL, body: string(b), links: map[string]string{}}
	if loc := resp.Header.Get("Location"); loc != "" {
		if p.outside, err = url.Parse(loc); err != nil {
			v.t.Fatal(err)
		}
	}
	doc, err := html.Parse(strings.NewReader(p.body))
	if err != nil {
		v.t.Fatal(err)
	}
	p.read(doc)
	v.page = p
	return p
}

func (p *page) read(n *html.Node) {
	attr := func(name string) string {
		for _, a := range n.Attr {
			if a.Key == name {
				return a.Val
			}
		}
		return ""
	}
	switch {
	case n.Type == html.TextNode && n.Parent != nil && n.Parent.Data != "style" && n.Parent.Data != "script":
		p.text += strings.TrimSpace(n.Data) + "\n"
	case n.Data == "body":
		p.name = attr("data-page")
	case n.Data == "form":
		p.forms = append(p.forms, form{action: attr("action"), fields: url.Values{}})
	case n.Data == "input" && len(p.forms) > 0:
		f := &p.forms[len(p.forms)-1]
		checked := slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "checked" })
		if kind := attr("type"); checked || kind != "radio" && kind != "checkbox" {
			f.fields.Set(attr("name"), attr("value"))
		}
		f.ids = append(f.ids, attr("id"))
	case n.Data == "a" && attr("id") != "":
		p.links[attr("id")] = attr("href")
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		p.read(c)
	}
}

// submit fills in the page's form and presses a button; pairs are field, value.
func (v *visitor) submit(action string, pairs ...string) *page {
	v.t.Helper()
	address, values := v.filled(action, pairs...)
	return v.post(address, values)
}

func (v *visitor) filled(action string, pairs ...string) (string, url.Values) {
	v.t.Helper()
	if len(v.page.forms) == 0 {
		v.t.Fatalf("page %q has no form: %s", v.page.name, v.page.text)
	}
	f := v.page.forms[0]
	values := url.Values{}
	for k, s := range f.fields {
		values[k] = s
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	values.Set("action", action)
	to, err := v.page.url.Parse(f.action)
	if err != nil {
		v.t.Fatal(err)
	}
	return to.String(), values
}

func (v *visitor) follow(id string) *page {
	v.t.Helper()
	href, ok := v.page.links[id]
	if !ok {
		v.t.Fatalf("page %q has no link %q", v.page.name, id)
	}
	to, err := v.page.url.Parse(href)
	if err != nil {
		v.t.Fatal(err)
	}
	return v.get(to.String())
}

func (v *visitor) want(name string) *page {
	v.t.Helper()
	if v.page.name != name {
		v.t.Fatalf("page %q (%d), want %q: %s", v.page.name, v.page.status, name, v.page.text)
	}
	return v.page
}

// authorizeURL is an authorization request of the public app; pairs replace
// parameters, and an empty value removes one.
func authorizeURL(pairs ...string) string {
	q := url.Values{
		"client_id": {publicApp}, "response_type": {"code"}, "redirect_uri": {callback}, "scope": {"openid profile offline_access"},
		"state": {"st&ate"}, "nonce": {"no-nce"}, "code_challenge": {testS256}, "code_challenge_method": {"S256"}, "client_info": {"1"},
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			q.Del(pairs[i])
			continue
		}
		q.Set(pairs[i], pairs[i+1])
	}
	return base + "/" + tid + "/oauth2/v2.0/authorize?" + q.Encode()
}

// signIn goes from the authorization request to the answer with the seeded user.
func (v *visitor) signIn(pairs ...string) url.Values {
	v.t.Helper()
	v.get(authorizeURL(pairs...))
	v.want("sign-in")
	v.submit("next", "email", testEmail)
	v.want("password")
	v.submit("next", "password", testPassword)
	return v.answer()
}

// answer is what the tenant sends to the app, in whichever response mode.
func (v *visitor) answer() url.Values {
	v.t.Helper()
	if v.page.name == "form-post" {
		return v.page.forms[0].fields
	}
	if v.page.outside == nil {
		v.t.Fatalf("page %q (%d) instead of an answer: %s", v.page.name, v.page.status, v.page.text)
	}
	raw := v.page.outside.RawQuery
	if raw == "" {
		raw = v.page.outside.EscapedFragment()
	}
	q, err := url.ParseQuery(raw)
	if err != nil {
		v.t.Fatal(err)
	}
	return q
}

// tokens is a token endpoint answer of either kind.
type tokens struct {
	tokenResponse
	errorBody
	status int
	header http.Header
	raw    map[string]any
}

// redeem posts to the token endpoint; pairs replace parameters as in authorizeURL.
func (f *fixture) redeem(t *testing.T, code string, pairs ...string) tokens {
	t.Helper()
	q := url.Values{
		"client_id": {publicApp}, "grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback},
		"code_verifier": {testVerifier}, "scope": {"openid profile offline_access"}, "client_info": {"1"},
	}
	return f.token(t, q, pairs...)
}

func (f *fixture) refresh(t *testing.T, refreshToken string, pairs ...string) tokens {
	t.Helper()
	return f.token(t, url.Values{
		"client_id": {publicApp}, "grant_type": {"refresh_token"}, "refresh_token": {refreshToken}, "client_info": {"1"},
	}, pairs...)
}

func (f *fixture) token(t *testing.T, q url.Values, pairs ...string) tokens {
	t.Helper()
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	tenant := tid
	for i := 0; i+1 < len(pairs); i += 2 {
		switch name, value := pairs[i], pairs[i+1]; {
		case name == "@tenant":
			tenant = value
		case strings.HasPrefix(name, "@"):
			header.Set(name[1:], value)
		case value == "":
			q.Del(name)
		default:
			q.Set(name, value)
		}
	}
	r, err := http.NewRequest(http.MethodPost, base+"/"+tenant+"/oauth2/v2.0/token", strings.NewReader(q.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = header
	return f.send(t, r)
}

func (f *fixture) send(t *testing.T, r *http.Request) tokens {
	t.Helper()
	resp, err := f.Transport().RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	out := tokens{status: resp.StatusCode, header: resp.Header}
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, into := range []any{&out.tokenResponse, &out.errorBody, &out.raw} {
		if err := json.Unmarshal(b, into); err != nil {
			t.Fatalf("status %d: %v: %s", resp.StatusCode, err, b)
		}
	}
	return out
}

func decode(t *testing.T, jwt string) (header, payload map[string]any) {
	t.Helper()
	parts := strings.Split(jwt, ".")
	if len(parts) != 3 {
		t.Fatalf("not a JWT: %d parts", len(parts))
	}
	for i, into := range []*map[string]any{&header, &payload} {
		b, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(b, into); err != nil {
			t.Fatal(err)
		}
	}
	return header, payload
}

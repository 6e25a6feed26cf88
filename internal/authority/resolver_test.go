package authority

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/clocktest"
)

const guidTestIssuer = "https://" + testTenant + ".ciamlogin.com/" + testTenant + "/v2.0"

var testNow = clocktest.Now()

func stamp(t time.Time) string { return t.Format(time.RFC3339) }

type members = map[string]any

// tenant is a real server on loopback that counts. Its handlers can be replaced.
type tenant struct {
	*httptest.Server
	metadata, keys     http.HandlerFunc
	askedMeta, askedJK atomic.Int32
}

func newTenant(t *testing.T) *tenant {
	s := &tenant{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("Accept") != "application/json":
			http.Error(w, "no Accept header", http.StatusNotAcceptable)
		case strings.HasSuffix(r.URL.Path, "/v2.0/.well-known/openid-configuration"):
			s.askedMeta.Add(1)
			s.metadata(w, r)
		case strings.HasSuffix(r.URL.Path, "/keys"):
			s.askedJK.Add(1)
			s.keys(w, r)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(s.Close)
	s.metadata = respond(200, s.document(nil))
	s.keys = respond(200, jwks(testJWK("key-1", testKey())))
	return s
}

// authority is the tenant by its id, on loopback.
func (s *tenant) authority() Authority { return Authority{Base: s.URL, Tenant: testTenant} }

// document is good metadata with changes; nil deletes a member.
func (s *tenant) document(changes members) string { return metadataDocument(s.URL, changes) }

func metadataDocument(base string, changes members) string {
	d := members{
		"issuer":                        guidTestIssuer,
		"authorization_endpoint":        base + "/" + testTenant + "/oauth2/v2.0/authorize",
		"token_endpoint":                base + "/" + testTenant + "/oauth2/v2.0/token",
		"jwks_uri":                      base + "/" + testTenant + "/discovery/v2.0/keys",
		"end_session_endpoint":          base + "/" + testTenant + "/oauth2/v2.0/logout",
		"device_authorization_endpoint": base + "/" + testTenant + "/oauth2/v2.0/devicecode",
		"userinfo_endpoint":             "https://graph.microsoft.com/oidc/userinfo",
	}
	maps.Copy(d, changes)
	maps.DeleteFunc(d, func(_ string, v any) bool { return v == nil })
	b, err := json.Marshal(d)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func respond(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// atOnce is a pause that takes no time.
func atOnce(context.Context, time.Duration) error { return nil }

func resolver(dir string) *Resolver {
	return &Resolver{CacheDir: dir, Now: func() time.Time { return testNow }, pause: atOnce}
}

func TestResolver_Metadata(t *testing.T) {
	s := newTenant(t)
	md, err := resolver("").Metadata(t.Context(), s.authority(), "")
	if err != nil {
		t.Fatal(err)
	}
	want := Metadata{
		Authority: s.URL + "/" + testTenant, Issuer: guidTestIssuer, TenantID: testTenant,
		AuthorizationEndpoint: s.URL + "/" + testTenant + "/oauth2/v2.0/authorize", TokenEndpoint: s.URL + "/" + testTenant + "/oauth2/v2.0/token",
		JWKSURI: s.URL + "/" + testTenant + "/discovery/v2.0/keys", EndSessionEndpoint: s.URL + "/" + testTenant + "/oauth2/v2.0/logout",
		DeviceAuthorizationEndpoint: s.URL + "/" + testTenant + "/oauth2/v2.0/devicecode", FetchedAt: testNow,
	}
	if md != want {
		t.Errorf("got  %+v\nwant %+v", md, want)
	}
}

// TestResolver_Metadata_forms routes every host name to one server, as the tenant's forms differ in host and path only.
func TestResolver_Metadata_forms(t *testing.T) {
	for _, form := range []string{
		"contoso", "contoso.onmicrosoft.com", testTenant, "https://contoso.ciamlogin.com/" + testTenant, "https://login.contoso.com/" + testTenant,
		"https://login.contoso.com/contoso.onmicrosoft.com",
	} {
		t.Run(form, func(t *testing.T) {
			a, err := Parse(form)
			if err != nil {
				t.Fatal(err)
			}
			r := resolver("")
			r.HTTP = &http.Client{Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
				if req.URL.String() != a.DiscoveryURL() {
					t.Errorf("asked for %s", req.URL)
				}
				return answer(req, 200, metadataDocument(a.Base, nil)), nil
			})}
			md, err := r.Metadata(t.Context(), a, "")
			if err != nil || md.TenantID != testTenant {
				t.Errorf("got %+v, %v", md, err)
			}
			// Endpoints may be on the guid host too.
			r = resolver("")
			r.HTTP = &http.Client{Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
				return answer(req, 200, metadataDocument("https://"+testTenant+".ciamlogin.com", nil)), nil
			})}
			if _, err := r.Metadata(t.Context(), a, testTenant); err != nil {
				t.Error(err)
			}
		})
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func answer(req *http.Request, status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: req}
}

// TestResolver_Metadata_untrusted offers documents that break one rule each.
func TestResolver_Metadata_untrusted(t *testing.T) {
	const sub, loop = "https://contoso.ciamlogin.com", "http://localhost:3001"
	issuer := func(host, tid string) string { return host + "/" + tid + "/v2.0" }
	for _, tt := range []struct {
		name, authority, pinned string
		changes                 members
		field                   string // "" = accepted
	}{
		{"tenant learnt", sub, "", nil, ""},
		{"tenant pinned", sub, testTenant, nil, ""},
		{"tenant pinned in upper case", sub, strings.ToUpper(testTenant), nil, ""},
		{"pinned to another tenant", sub, otherTenant, nil, "issuer"},
		{"another tenant than in the path", sub + "/" + otherTenant, "", nil, "issuer"},
		{"another tenant than in the host", otherTenant, "", nil, "issuer"},
		{"pinned against the path", sub + "/" + otherTenant, testTenant, nil, "tenant id of the authority"},
		{"no issuer", sub, "", members{"issuer": nil}, "issuer"},
		{"issuer not a string", sub, "", members{"issuer": []string{guidTestIssuer}}, "issuer"},
		{"foreign issuer", sub, "", members{"issuer": "https://evil.example/" + testTenant + "/v2.0"}, "issuer"},
		{"issuer on the subdomain", sub, "", members{"issuer": issuer(sub, testTenant)}, "issuer"},
		{"issuer of employees", sub, "", members{"issuer": issuer("https://login.microsoftonline.com", testTenant)}, "issuer"},
		{"issuer over http", sub, "", members{"issuer": "http" + guidTestIssuer[5:]}, "issuer"},
		{"issuer in upper case", sub, "", members{"issuer": strings.ToUpper(guidTestIssuer)}, "issuer"},
		{"tenant id in upper case, learnt", sub, "", members{"issuer": issuer("https://"+strings.ToUpper(testTenant)+".ciamlogin.com", strings.ToUpper(testTenant))}, "issuer"},
		{"tenant id in upper case, pinned", sub, testTenant, members{"issuer": issuer("https://"+testTenant+".ciamlogin.com", strings.ToUpper(testTenant))}, "issuer"},
		{"issuer of two tenants", sub, "", members{"issuer": "https://" + otherTenant + ".ciamlogin.com/" + testTenant + "/v2.0"}, "issuer"},
		{"issuer with more behind", sub, "", members{"issuer": guidTestIssuer + "/"}, "issuer"},
		{"issuer without version", sub, "", members{"issuer": strings.TrimSuffix(guidTestIssuer, "/v2.0")}, "issuer"},
		{"issuer of no tenant id", sub, "", members{"issuer": "https://contoso.ciamlogin.com/contoso/v2.0"}, "issuer"},
		{"host that only ends alike", sub, "", members{"issuer": "https://" + testTenant + ".ciamlogin.com.evil.example/" + testTenant + "/v2.0"}, "issuer"},

		{"token endpoint over http", sub, "", members{"token_endpoint": "http://contoso.ciamlogin.com/t"}, "token_endpoint"},
		{"token endpoint elsewhere", sub, "", members{"token_endpoint": "https://evil.example/t"}, "token_endpoint"},
		{"token endpoint of another tenant", sub, "", members{"token_endpoint": "https://fabrikam.ciamlogin.com/t"}, "token_endpoint"},
		{"token endpoint on another guid host", sub, "", members{"token_endpoint": "https://" + otherTenant + ".ciamlogin.com/t"}, "token_endpoint"},
		{"token endpoint on another port", sub, "", members{"token_endpoint": sub + ":8443/t"}, "token_endpoint"},
		{"token endpoint on loopback", sub, "", members{"token_endpoint": "https://localhost/t"}, "token_endpoint"},
		{"token endpoint missing", sub, "", members{"token_endpoint": nil}, "token_endpoint"},
		{"token endpoint relative", sub, "", members{"token_endpoint": "/t"}, "token_endpoint"},
		{"token endpoint with user", sub, "", members{"token_endpoint": "https://a@contoso.ciamlogin.com/t"}, "token_endpoint"},
		{"token endpoint with fragment", sub, "", members{"token_endpoint": sub + "/t#f"}, "token_endpoint"},
		{"token endpoint too long", sub, "", members{"token_endpoint": sub + "/" + strings.Repeat("t", 2048)}, "token_endpoint"},
		{"authorize elsewhere", sub, "", members{"authorization_endpoint": "https://evil.example/a"}, "authorization_endpoint"},
		{"authorize missing", sub, "", members{"authorization_endpoint": nil}, "authorization_endpoint"},
		{"keys elsewhere", sub, "", members{"jwks_uri": "https://evil.example/k"}, "jwks_uri"},
		{"keys missing", sub, "", members{"jwks_uri": ""}, "jwks_uri"},
		{"sign-out elsewhere", sub, "", members{"end_session_endpoint": "https://evil.example/o"}, "end_session_endpoint"},
		{"sign-out a number", sub, "", members{"end_session_endpoint": 7}, "end_session_endpoint"},
		{"no sign-out", sub, "", members{"end_session_endpoint": nil}, ""},
		{"device code elsewhere", sub, "", members{"device_authorization_endpoint": "https://evil.example/d"}, "device_authorization_endpoint"},
		{"no device code", sub, "", members{"device_authorization_endpoint": nil}, ""},
		{"userinfo elsewhere", sub, "", members{"userinfo_endpoint": "https://graph.microsoft.com/oidc/userinfo"}, ""},
		{"names in other case are others", sub, "", members{"ISSUER": "https://evil.example", "Token_Endpoint": "https://evil.example"}, ""},
		{"explicit default port", sub, "", members{"token_endpoint": "https://contoso.ciamlogin.com:443/t"}, ""},

		{"loopback, guid issuer", loop + "/" + testTenant, "", nil, ""},
		{"loopback, issuer of its origin", loop + "/" + testTenant, "", members{"issuer": issuer(loop, testTenant)}, ""},
		{"loopback, tenant learnt from its origin", loop + "/contoso", "", members{"issuer": issuer(loop, testTenant)}, ""},
		{"loopback, issuer of its origin, other tenant", loop + "/" + testTenant, "", members{"issuer": issuer(loop, otherTenant)}, "issuer"},
		{"loopback, issuer of its origin, no tenant id", loop + "/contoso", "", members{"issuer": issuer(loop, "contoso")}, "issuer"},
		{"loopback, tenant id in upper case", loop + "/contoso", "", members{"issuer": issuer(loop, strings.ToUpper(testTenant))}, "issuer"},
		{"loopback, issuer of another port", loop + "/" + testTenant, "", members{"issuer": issuer("http://localhost:3002", testTenant)}, "issuer"},
		{"loopback, issuer of another name", loop + "/" + testTenant, "", members{"issuer": issuer("http://127.0.0.1:3001", testTenant)}, "issuer"},
		{"loopback, endpoint on the guid host", loop + "/" + testTenant, "", members{"token_endpoint": "https://" + testTenant + ".ciamlogin.com/t"}, "token_endpoint"},
		{"loopback, endpoint on another port", loop + "/" + testTenant, "", members{"jwks_uri": "http://localhost:3002/k"}, "jwks_uri"},
		{"custom domain, issuer of its origin", "https://login.contoso.com/" + testTenant, "", members{"issuer": issuer("https://login.contoso.com", testTenant)}, "issuer"},
		{"custom domain, endpoint on the subdomain", "https://login.contoso.com/" + testTenant, "", members{"token_endpoint": sub + "/t"}, "token_endpoint"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, err := Parse(tt.authority)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			r := resolver(dir)
			r.HTTP = &http.Client{Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
				return answer(req, 200, metadataDocument(a.Base, tt.changes)), nil
			})}
			md, err := r.Metadata(t.Context(), a, tt.pinned)
			if tt.field == "" {
				if err != nil || md.TenantID != testTenant {
					t.Errorf("got %+v, %v; want it accepted", md, err)
				}
				return
			}
			var e *UntrustedMetadataError
			if !errors.As(err, &e) || e.Field != tt.field || e.Expected == "" || md != (Metadata{}) || len(err.Error()) > 900 {
				t.Errorf("got %+v, %v; want %s untrusted", md, err, tt.field)
			}
			if _, ok := r.read(a.String()); ok {
				t.Error("it was cached")
			}
		})
	}
}

func TestResolver_Metadata_arguments(t *testing.T) {
	r := resolver("")
	r.HTTP = &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) { panic("asked") })}
	for name, tt := range map[string]struct {
		a      Authority
		pinned string
	}{
		"zero":                  {Authority{}, ""},
		"http made by hand":     {Authority{"http://contoso.ciamlogin.com", testTenant}, ""},
		"not canonical":         {Authority{"https://contoso.ciamlogin.com/", testTenant}, ""},
		"tenant id is none":     {Authority{"https://contoso.ciamlogin.com", testTenant}, "contoso"},
		"path behind the host":  {Authority{"https://contoso.ciamlogin.com", testTenant + "/v2.0"}, ""},
		"user name in the base": {Authority{"https://a@contoso.ciamlogin.com", testTenant}, ""},
	} {
		var form *FormError
		if _, err := r.Metadata(t.Context(), tt.a, tt.pinned); !errors.As(err, &form) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// TestResolver_Metadata_answers is the list of bad answers to discovery.
func TestResolver_Metadata_answers(t *testing.T) {
	const entra = `{"error":"invalid_tenant","error_description":"AADSTS90002: Tenant 'contoso' not found. Check it.\r\nTrace ID: 1\r\nCorrelation ID: 2","error_codes":[90002]}`
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { t.Error("the redirect was followed") }))
	defer elsewhere.Close()
	huge := `{"issuer":"` + strings.Repeat("x", 1<<20) + `"}`
	for _, tt := range []struct {
		name    string
		handler http.HandlerFunc
		status  int
		says    string
	}{
		{"html", respond(200, " <!doctype html><title>Sign in</title>"), 200, "web page (HTML)"},
		{"empty", respond(200, ""), 200, "is empty"},
		{"null", respond(200, "null"), 200, "not a JSON object"},
		{"array", respond(200, "[]"), 200, "not a JSON object"},
		{"cut json", respond(200, `{"issuer":`), 200, "is not JSON"},
		{"nested deep", respond(200, `{"a":`+strings.Repeat("[", 100_000)+strings.Repeat("]", 100_000)+`}`), 200, "is nested more than 32 deep"},
		{"a member twice", respond(200, `{"issuer":"a","issuer":"a"}`), 200, `has the member "issuer" twice`},
		{"a member twice, once escaped", respond(200, `{"issuer":"a","i\u0073suer":"a"}`), 200, `has the member "issuer" twice`},
		{"a member twice that is not looked at", respond(200, `{"x":{"y":1,"y":1}}`), 200, `has the member "y" twice`},
		{"huge", respond(200, huge), 200, "over 1 MB"},
		{"huge refusal", respond(404, huge), 404, "over 1 MB"},
		{"404 as html", respond(404, "<html>"), 404, "nothing at this address"},
		{"404 as other json", respond(404, `{"message":"no"}`), 404, "nothing at this address"},
		{"400 as html", respond(400, "<html>"), 400, "web page (HTML)"},
		{"403 as entra", respond(403, entra), 403, "AADSTS90002"},
		{"429", respond(429, ""), 429, "asked too often"},
		{"500", respond(500, "oops"), 500, "has a fault"},
		{"503 as entra", respond(503, entra), 503, "has a fault"},
		{"204", respond(204, ""), 204, ""},
		{"304", respond(304, ""), 304, ""},
		{"redirect elsewhere", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere.URL, http.StatusFound) }, 0, "another place and not followed"},
		{"redirect to itself", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) }, 0, "in a circle"},
		{"connection cut", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, "{")
		}, 200, "the answer broke off"},
		{"connection dropped", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 0, "closed before any answer"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newTenant(t)
			s.metadata = tt.handler
			_, err := resolver("").Metadata(t.Context(), s.authority(), "")
			var e *UnreachableError
			if !errors.As(err, &e) || e.Status != tt.status || e.URL != s.authority().DiscoveryURL() || !strings.Contains(e.Reason, tt.says) || e.Reason == "" {
				t.Errorf("got %#v", err)
			}
			if err != nil && (!strings.HasPrefix(err.Error(), e.URL+": ") || len(err.Error()) > 900) {
				t.Errorf("message: %v", err)
			}
		})
	}
	for _, tt := range []struct {
		name, body string
		status     int
		code       int
		says       string
	}{
		{"400", entra, 400, 90002, "Tenant 'contoso' not found. Check it."},
		{"404", entra, 404, 90002, "Tenant 'contoso' not found. Check it."},
		{"code in the text only", `{"error":"invalid_tenant","error_description":"AADSTS90002: x"}`, 400, 90002, "x"},
		{"no code", `{"error":"invalid_tenant"}`, 400, 0, ""},
		{"code of another type", `{"error":"invalid_tenant","error_codes":"x","error_description":5}`, 400, 0, ""},
		{"long text", `{"error":"e","error_description":"` + strings.Repeat("é", 9999) + `"}`, 400, 0, "é"},
	} {
		t.Run("unknown tenant "+tt.name, func(t *testing.T) {
			s := newTenant(t)
			s.metadata = respond(tt.status, tt.body)
			_, err := resolver("").Metadata(t.Context(), s.authority(), "")
			var e *UnknownTenantError
			if !errors.As(err, &e) || e.Tenant != testTenant || e.AADSTS != tt.code || !strings.Contains(e.Description, tt.says) ||
				strings.Contains(e.Description, "Trace") || len(e.Description) > 512 {
				t.Errorf("got %#v", err)
			}
		})
	}
}

func TestResolver_Metadata_sameHostRedirect(t *testing.T) {
	s := newTenant(t)
	s.metadata = func(w http.ResponseWriter, r *http.Request) {
		if s.askedMeta.Load() == 1 {
			http.Redirect(w, r, "/moved"+r.URL.Path, http.StatusFound)
			return
		}
		respond(200, s.document(nil))(w, r)
	}
	if _, err := resolver("").Metadata(t.Context(), s.authority(), ""); err != nil {
		t.Error(err)
	}
}

func TestResolver_Metadata_slow(t *testing.T) {
	for name, begin := range map[string]string{"no answer": "", "a body that never ends": "{"} {
		t.Run(name, func(t *testing.T) {
			s := newTenant(t)
			release := make(chan struct{})
			t.Cleanup(func() { close(release) }) // before the server waits for its handlers
			s.metadata = func(w http.ResponseWriter, _ *http.Request) {
				if begin != "" {
					io.WriteString(w, begin)
					w.(http.Flusher).Flush()
				}
				<-release
			}
			r := resolver("")
			r.Timeout = 50 * time.Millisecond
			_, err := r.Metadata(t.Context(), s.authority(), "")
			var e *UnreachableError
			if !errors.As(err, &e) || !strings.Contains(e.Reason, "no complete answer within 50ms") {
				t.Errorf("got %v", err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(20*time.Millisecond, cancel)
			e = nil
			if _, err := resolver("").Metadata(ctx, s.authority(), ""); !errors.Is(err, context.Canceled) || errors.As(err, &e) {
				t.Errorf("cancelled: got %v", err)
			}
		})
	}
}

func TestResolver_Metadata_noServer(t *testing.T) {
	s := newTenant(t)
	s.Close()
	_, err := resolver("").Metadata(t.Context(), s.authority(), "")
	var e *UnreachableError
	if !errors.As(err, &e) || e.Status != 0 || !strings.Contains(strings.ToLower(e.Reason), "refused") {
		t.Errorf("got %v", err)
	}
	if strings.Count(fmt.Sprint(err), s.URL) != 1 {
		t.Errorf("the URL is repeated: %v", err)
	}
}

func TestResolver_Metadata_certificate(t *testing.T) {
	s := httptest.NewUnstartedServer(respond(200, "{}"))
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // the client's refusal is expected
	s.StartTLS()
	defer s.Close()
	_, err := resolver("").Metadata(t.Context(), Authority{Base: s.URL, Tenant: testTenant}, "")
	var e *UnreachableError
	if !errors.As(err, &e) || !strings.Contains(e.Reason, "certificate is not trusted") {
		t.Errorf("got %v", err)
	}
}

func TestResolver_Metadata_concurrent(t *testing.T) {
	s := newTenant(t)
	r := resolver(t.TempDir())
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			md, err := r.Metadata(t.Context(), s.authority(), "")
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := r.Keys(md).Key(t.Context(), "key-1"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if m, k := s.askedMeta.Load(), s.askedJK.Load(); m != 1 || k != 1 {
		t.Errorf("%d requests for metadata and %d for keys, want 1 and 1", m, k)
	}
}

// TestResolver_Metadata_waiting: who waits for another's request can give up alone.
func TestResolver_Metadata_waiting(t *testing.T) {
	s := newTenant(t)
	asked, release := make(chan struct{}), make(chan struct{})
	s.metadata = func(w http.ResponseWriter, r *http.Request) {
		close(asked)
		<-release
		respond(200, s.document(nil))(w, r)
	}
	r := resolver("")
	first := make(chan error, 1)
	go func() {
		_, err := r.Metadata(t.Context(), s.authority(), "")
		first <- err
	}()
	<-asked
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Metadata(ctx, s.authority(), ""); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	close(release)
	if err := <-first; err != nil {
		t.Error(err)
	}
}

func FuzzMetadata(f *testing.F) {
	f.Add(metadataDocument("https://contoso.ciamlogin.com", nil))
	f.Add(`{"issuer":5}`)
	f.Add(`<html>`)
	f.Fuzz(func(t *testing.T, body string) {
		a, err := Parse("contoso")
		if err != nil {
			t.Fatal(err)
		}
		r := resolver("")
		r.HTTP = &http.Client{Transport: roundTrip(func(req *http.Request) (*http.Response, error) { return answer(req, 200, body), nil })}
		md, err := r.Metadata(t.Context(), a, "")
		if err != nil {
			if err.Error() == "" || len(err.Error()) > 2000 {
				t.Errorf("message of %d bytes", len(err.Error()))
			}
			return
		}
		if md.Issuer != guidIssuer(md.TenantID) || !strings.HasPrefix(md.TokenEndpoint, "https://") {
			t.Errorf("accepted %+v", md)
		}
	})
}

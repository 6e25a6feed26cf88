package auth

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/clocktest"
	"github.com/ciam-cli/ciam/internal/config"
	"github.com/ciam-cli/ciam/internal/emulator"
	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/visitor"
	"github.com/ciam-cli/ciam/internal/idtoken"
	"github.com/ciam-cli/ciam/internal/keychain"
	"github.com/ciam-cli/ciam/internal/loopback"
	"github.com/ciam-cli/ciam/internal/tokencache"
)

// tenantKey is made once: it takes 100 ms.
var tenantKey = sync.OnceValues(func() (directory.Key, error) { return directory.GenerateKey(clocktest.Running()()) })

const (
	userEmail    = "ada@example.com"
	userPassword = "Correct-Horse-9"
)

// world is a tenant, a store that counts, and a person with a browser.
type world struct {
	t      *testing.T
	tenant *emulator.Server
	// answer, when set, takes the place of the tenant for requests it wants.
	answer   func(*http.Request) *http.Response
	base     func() time.Time // the tenant's clock; ours is off by clock
	clock    time.Duration
	store    keychain.Store
	service  *Service
	app      App
	visitor  *visitor.Visitor
	warnings []string
	requests atomic.Int32
	mu       sync.Mutex
}

// RoundTrip reaches the tenant for every host but our own listener's: names of the internet are routed to it.
func (w *world) RoundTrip(req *http.Request) (*http.Response, error) {
	w.requests.Add(1)
	if w.answer != nil {
		if resp := w.answer(req); resp != nil {
			resp.Request = req
			return resp, nil
		}
	}
	return w.tenant.Transport().RoundTrip(req)
}

// network is what the person's browser uses: our listener through a socket, the tenant inside the process.
type network struct{ w *world }

func (n network) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Hostname() == "localhost" && !strings.HasPrefix(req.URL.Path, "/"+directory.DefaultTenantID) && !strings.HasPrefix(req.URL.Path, "/contoso") {
		return http.DefaultTransport.RoundTrip(req)
	}
	return n.w.tenant.Transport().RoundTrip(req)
}

func (w *world) now() time.Time { return w.base().Add(w.clock) }

func newWorld(t *testing.T, tenant string, edit ...func(*emulator.Seed)) *world {
	t.Helper()
	key, err := tenantKey()
	if err != nil {
		t.Fatal(err)
	}
	seed := emulator.DefaultSeed()
	seed.Tenants[0].Keys = []directory.Key{key}
	seed.Tenants[0].CustomDomains = []string{"login.contoso.com"}
	seed.Tenants[0].Users = []directory.User{{ID: "bbbbcccc-1111-dddd-2222-eeee3333ffff", Email: userEmail, Password: userPassword, Attributes: map[string]string{"displayName": "Ada Example"}}}
	for _, e := range edit {
		e(seed)
	}
	w := &world{t: t, store: keychain.Memory(), base: clocktest.Running()}
	w.tenant, err = emulator.New(emulator.Options{Seed: seed, PasswordCost: 4, RecordSecrets: true, Now: w.base})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.tenant.Close() })
	client := &http.Client{Transport: w, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	w.service = &Service{HTTP: client, Store: w.store, Now: w.now, Rand: rand.Reader,
		Authorities: &authority.Resolver{HTTP: client, CacheDir: t.TempDir(), Now: w.now},
		Locks:       tokencache.Lock{Dir: t.TempDir(), Limit: 10 * time.Second},
		Warn:        func(m string) { w.mu.Lock(); w.warnings = append(w.warnings, m); w.mu.Unlock() }}
	a, err := authority.Parse(tenant)
	if err != nil {
		t.Fatal(err)
	}
	w.app = App{Profile: "test", Authority: a, ClientID: directory.DefaultPublicApp}
	w.visitor = w.newVisitor()
	return w
}

// newVisitor is the person with a browser without cookies.
func (w *world) newVisitor() *visitor.Visitor {
	v := visitor.New(network{w})
	v.Email, v.Password = userEmail, userPassword
	return v
}

// request is a sign-in in which the visitor plays the browser.
func (w *world) request() LoginRequest {
	return LoginRequest{
		Redirect:     func(confidential bool) (*url.URL, error) { return config.Profile{}.Redirect(confidential) },
		ResponseMode: "form_post", Timeout: 20 * time.Second,
		OnReady: func(_ context.Context, ready Ready) error {
			go func() {
				ctx := w.t.Context() // a browser outlives the wait: it fetches its page after it
				if _, err := w.visitor.Visit(ctx, ready.URL); err != nil && ctx.Err() == nil {
					w.t.Errorf("visit: %v", err)
				}
			}()
			return nil
		},
		Success: func(*idtoken.Token) loopback.Page { return loopback.Page{Heading: "in"} },
		Failure: func(error) loopback.Page { return loopback.Page{Heading: "out"} },
	}
}

func (w *world) login() (*LoginResult, error) {
	return w.service.Login(context.Background(), w.app, w.request())
}

func (w *world) mustLogin() *LoginResult {
	w.t.Helper()
	r, err := w.login()
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func (w *world) token(req TokenRequest) (TokenResult, error) {
	return w.service.Token(context.Background(), w.app, req)
}

// TestLogin_authorities signs in with every form of authority, the issuer being the tenant's GUID form each time.
func TestLogin_authorities(t *testing.T) {
	const tid = directory.DefaultTenantID
	for _, form := range []string{"contoso", "contoso.onmicrosoft.com", tid, "https://contoso.ciamlogin.com", "https://contoso.ciamlogin.com/contoso.onmicrosoft.com",
		"https://" + tid + ".ciamlogin.com/" + tid + "/v2.0", "https://login.contoso.com/" + tid, "http://localhost:3080/" + tid} {
		t.Run(form, func(t *testing.T) {
			w := newWorld(t, form)
			r := w.mustLogin()
			if want := "https://" + tid + ".ciamlogin.com/" + tid + "/v2.0"; r.IDToken.Issuer != want || r.Session.Issuer != want || r.Session.TenantID != tid {
				t.Errorf("issuer %s, session %s, tenant %s", r.IDToken.Issuer, r.Session.Issuer, r.Session.TenantID)
			}
			got, err := w.token(TokenRequest{ForceRefresh: true})
			if err != nil || got.AccessToken.Secret == r.AccessToken.Secret {
				t.Errorf("refresh: %v", err)
			}
		})
	}
}

func TestLogin_confidential(t *testing.T) {
	w := newWorld(t, "contoso")
	w.app.ClientID = directory.DefaultConfidentialApp
	w.app.Credential = Credential{Secret: directory.DefaultClientSecret}
	r := w.mustLogin()
	if r.IDToken.Audience != directory.DefaultConfidentialApp {
		t.Errorf("audience %s", r.IDToken.Audience)
	}
	if _, err := w.token(TokenRequest{ForceRefresh: true}); err != nil {
		t.Error(err)
	}
	// The secret kept in the token store serves as well.
	w.app.Credential = Credential{}
	w.app.Owner = Owner{Keeper: "profile test", Authority: w.app.Authority, ClientID: w.app.ClientID}
	if err := w.service.KeepSecret(context.Background(), w.app, directory.DefaultClientSecret); err != nil {
		t.Fatal(err)
	}
	if _, err := w.token(TokenRequest{ForceRefresh: true}); err != nil {
		t.Error(err)
	}
	w.mustLogin()
}

func TestLogin_requestOnTheWire(t *testing.T) {
	w := newWorld(t, "contoso")
	w.app.Scopes = []string{"email", "api://x/read", "OPENID"}
	req := w.request()
	req.Prompt, req.LoginHint, req.DomainHint, req.UILocales, req.ResponseMode = "login", "ada@example.com", "Google", "de en", "query"
	seen := make(chan url.Values, 1)
	req.OnReady = func(_ context.Context, ready Ready) error {
		u, err := url.Parse(ready.URL)
		if err != nil {
			return err
		}
		if u.Host != "contoso.ciamlogin.com" {
			t.Errorf("the person is sent to %s", u.Host)
		}
		seen <- u.Query()
		return errors.New("enough")
	}
	if _, err := w.service.Login(context.Background(), w.app, req); err == nil || err.Error() != "enough" {
		t.Fatal(err)
	}
	q := <-seen
	for name, want := range map[string]string{"client_id": w.app.ClientID, "response_type": "code", "response_mode": "query", "scope": "openid profile offline_access email api://x/read",
		"prompt": "login", "login_hint": "ada@example.com", "domain_hint": "Google", "ui_locales": "de en", "client_info": "1", "code_challenge_method": "S256"} {
		if q.Get(name) != want {
			t.Errorf("%s = %q, want %q", name, q.Get(name), want)
		}
	}
	if len(q.Get("state")) < 43 || len(q.Get("nonce")) < 43 || q.Get("state") == q.Get("nonce") || len(q.Get("code_challenge")) != 43 {
		t.Errorf("state %q, nonce %q, challenge %q", q.Get("state"), q.Get("nonce"), q.Get("code_challenge"))
	}
}

func TestLogin_refusals(t *testing.T) {
	for name, tc := range map[string]struct {
		edit  func(*world)
		code  int
		oauth string
	}{
		"wrong secret": {func(w *world) {
			w.app.ClientID, w.app.Credential = directory.DefaultConfidentialApp, Credential{Secret: "wrong"}
		}, 7000215, "invalid_client"},
		"missing secret": {func(w *world) {
			w.app.ClientID = directory.DefaultConfidentialApp
		}, 7000218, "invalid_client"},
		"secret on a public app": {func(w *world) { w.app.Credential = Credential{Secret: "anything"} }, 700025, "invalid_client"},
		"cancelled":              {func(w *world) { w.visitor.Cancel = true }, 65004, "access_denied"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "contoso", func(s *emulator.Seed) {
				// both kinds of app have both redirect URIs, so that the secret is what fails
				for i := range s.Tenants[0].Apps {
					a := &s.Tenants[0].Apps[i]
					if a.AppID == directory.DefaultPublicApp {
						a.PublicClient.RedirectURIs = append(a.PublicClient.RedirectURIs, "http://localhost/auth/redirect")
					}
				}
			})
			tc.edit(w)
			_, err := w.login()
			var refused *RefusedError
			if !errors.As(err, &refused) || refused.Details.Code != tc.code || refused.Code != tc.oauth || refused.Details.CorrelationID == "" || refused.Details.TraceID == "" {
				t.Fatalf("got %v (%+v)", err, refused)
			}
			if refused.Cancelled() != (name == "cancelled") {
				t.Errorf("Cancelled = %t", refused.Cancelled())
			}
			w.nothingKept()
		})
	}
}

func (w *world) nothingKept() {
	w.t.Helper()
	if _, err := w.store.Get(context.Background(), w.app.Profile); !errors.Is(err, keychain.ErrNotFound) {
		w.t.Errorf("something was kept: %v", err)
	}
}

func TestLogin_redirectNotRegistered(t *testing.T) {
	w := newWorld(t, "contoso")
	req := w.request()
	req.Timeout = 300 * time.Millisecond
	req.Redirect = func(bool) (*url.URL, error) { return url.Parse("http://localhost:3000/not/registered") }
	_, err := w.service.Login(context.Background(), w.app, req)
	var timeout *TimeoutError
	if !errors.As(err, &timeout) || !strings.Contains(timeout.RedirectURI, "/not/registered") {
		t.Errorf("got %v", err)
	}
	w.nothingKept()
}

func TestLogin_interrupted(t *testing.T) {
	w := newWorld(t, "contoso")
	ctx, cancel := context.WithCancel(context.Background())
	req := w.request()
	req.OnReady = func(context.Context, Ready) error { cancel(); return nil }
	if _, err := w.service.Login(ctx, w.app, req); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	w.nothingKept()
}

// brokenStore takes nothing.
type brokenStore struct{ keychain.Store }

func (b brokenStore) Set(context.Context, string, []byte) error {
	return &keychain.UnavailableError{Message: "the keychain is full"}
}

func TestLogin_notKept(t *testing.T) {
	w := newWorld(t, "contoso")
	w.service.Store = brokenStore{w.store}
	r, err := w.login()
	var notKept *NotKeptError
	var unavailable *keychain.UnavailableError
	if !errors.As(err, &notKept) || !errors.As(err, &unavailable) {
		t.Fatalf("got %v", err)
	}
	if r == nil || r.AccessToken.Secret == "" {
		t.Error("the tokens of the sign-in are lost")
	}
}

// respond is an answer of the token endpoint.
func respond(status int, contentType, body string) *http.Response {
	return &http.Response{StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{"Content-Type": {contentType}}, Body: io.NopCloser(strings.NewReader(body))}
}

func tokenEndpoint(resp func() *http.Response) func(*http.Request) *http.Response {
	return func(r *http.Request) *http.Response {
		if strings.HasSuffix(r.URL.Path, "/oauth2/v2.0/token") {
			return resp()
		}
		return nil
	}
}

func TestLogin_unusableAnswers(t *testing.T) {
	const secret = "SECRET-IN-THE-ANSWER"
	for name, tc := range map[string]struct {
		resp func() *http.Response
		want string
	}{
		"a web page":      {func() *http.Response { return respond(200, "text/html", "<html>"+secret) }, "a web page"},
		"empty":           {func() *http.Response { return respond(200, "application/json", "") }, "an empty answer"},
		"cut JSON":        {func() *http.Response { return respond(200, "application/json", `{"access_token":"`+secret) }, "it is not JSON"},
		"500":             {func() *http.Response { return respond(500, "application/json", `{}`) }, "HTTP 500"},
		"no access token": {func() *http.Response { return respond(200, "application/json", `{"token_type":"Bearer"}`) }, "expected an access_token"},
		"no ID token": {func() *http.Response {
			return respond(200, "application/json", `{"token_type":"Bearer","access_token":"`+secret+`","expires_in":3600}`)
		}, "expected an id_token"},
		"another type": {func() *http.Response {
			return respond(200, "application/json", `{"token_type":"mac","expires_in":"3600","access_token":"`+secret+`"}`)
		}, "token_type"},
		"huge": {func() *http.Response {
			return respond(200, "application/json", `{"x":"`+strings.Repeat("a", 1<<20)+`"}`)
		}, "over 1 MB"},
		"redirect": {func() *http.Response {
			r := respond(307, "text/plain", "{}")
			r.Header.Set("Location", "https://evil.example/")
			return r
		}, "HTTP 307"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "contoso")
			w.answer = tokenEndpoint(tc.resp)
			_, err := w.login()
			var unusable *AnswerError
			if !errors.As(err, &unusable) || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want *AnswerError with %q", err, tc.want)
			}
			if err != nil && strings.Contains(err.Error(), secret) {
				t.Errorf("the answer is quoted: %v", err)
			}
			w.nothingKept()
		})
	}
}

// TestLogin_tokenNotVerified swaps the ID token for another: nothing reaches MSAL's cache or the store.
func TestLogin_tokenNotVerified(t *testing.T) {
	w := newWorld(t, "contoso")
	first := w.mustLogin()
	if err := w.store.Delete(context.Background(), w.app.Profile); err != nil {
		t.Fatal(err)
	}
	// A genuine token of the same app and person, of an earlier sign-in: only the nonce differs.
	w.answer = tokenEndpoint(func() *http.Response {
		return respond(200, "application/json", fmt.Sprintf(`{"token_type":"Bearer","access_token":"a","expires_in":3600,"id_token":%q}`, first.IDToken.Raw))
	})
	w.visitor = visitor.New(network{w})
	w.visitor.Email, w.visitor.Password = userEmail, userPassword
	_, err := w.login()
	var invalid *idtoken.VerificationError
	if !errors.As(err, &invalid) || !strings.Contains(err.Error(), "nonce") {
		t.Errorf("got %v", err)
	}
	w.nothingKept()
}

// TestLogin_parallel signs in twice at once on one profile: one browser, one session.
func TestLogin_parallel(t *testing.T) {
	w := newWorld(t, "contoso")
	var opened atomic.Int32
	req := w.request()
	visit := req.OnReady
	req.OnReady = func(ctx context.Context, ready Ready) error {
		opened.Add(1)
		time.Sleep(200 * time.Millisecond) // the other one is waiting by now
		return visit(ctx, ready)
	}
	var wg sync.WaitGroup
	var shared atomic.Int32
	for range 3 {
		wg.Go(func() {
			r, err := w.service.Login(context.Background(), w.app, req)
			if err != nil {
				t.Error(err)
			} else if r.Shared {
				shared.Add(1)
			}
		})
	}
	wg.Wait()
	if opened.Load() != 1 || shared.Load() != 2 {
		t.Errorf("%d browsers, %d shared", opened.Load(), shared.Load())
	}
}

func TestToken_cachedThenRefreshed(t *testing.T) {
	w := newWorld(t, "contoso")
	r := w.mustLogin()
	w.requests.Store(0)
	got, err := w.token(TokenRequest{})
	if err != nil || got.AccessToken.Secret != r.AccessToken.Secret || w.requests.Load() != 0 {
		t.Fatalf("%v, %d requests", err, w.requests.Load())
	}
	got, err = w.token(TokenRequest{MinTTL: 10 * time.Hour})
	if err != nil || got.AccessToken.Secret == r.AccessToken.Secret || w.requests.Load() != 1 {
		t.Errorf("a longer validity: %v, %d requests", err, w.requests.Load())
	}
}

func TestToken_singleFlight(t *testing.T) {
	w := newWorld(t, "contoso")
	r := w.mustLogin()
	w.expire()
	w.requests.Store(0)
	var mu sync.Mutex
	tokens := map[string]int{}
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			got, err := w.token(TokenRequest{})
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			tokens[got.AccessToken.Secret]++
			mu.Unlock()
		})
	}
	wg.Wait()
	if len(tokens) != 1 || tokens[r.AccessToken.Secret] != 0 || w.requests.Load() != 1 {
		t.Errorf("%d different tokens, %d requests", len(tokens), w.requests.Load())
	}
}

// expire makes the stored access tokens run out, as time would.
func (w *world) expire() {
	w.t.Helper()
	ctx := context.Background()
	record, err := tokencache.Load(ctx, w.store, w.app.Profile)
	if err != nil {
		w.t.Fatal(err)
	}
	for i := range record.Session.AccessTokens {
		record.Session.AccessTokens[i].ExpiresAt = w.now().Add(time.Minute)
	}
	if err := tokencache.Save(ctx, w.store, w.app.Profile, record); err != nil {
		w.t.Fatal(err)
	}
}

func TestToken_revoked(t *testing.T) {
	w := newWorld(t, "contoso")
	w.mustLogin()
	before, _ := w.store.Get(context.Background(), w.app.Profile)
	w.answer = tokenEndpoint(func() *http.Response {
		return respond(400, "application/json", `{"error":"invalid_grant","error_description":"AADSTS50173: The provided grant has expired due to it being revoked.\r\nTrace ID: 11111111-0000-0000-0000-000000000000\r\nCorrelation ID: 22222222-0000-0000-0000-000000000000\r\nTimestamp: 2026-11-24 09:00:00Z","error_codes":[50173]}`)
	})
	_, err := w.token(TokenRequest{ForceRefresh: true})
	var login *LoginRequiredError
	var refused *RefusedError
	if !errors.As(err, &login) || !errors.As(err, &refused) || refused.Details.Code != 50173 {
		t.Errorf("got %v", err)
	}
	if after, _ := w.store.Get(context.Background(), w.app.Profile); string(after) != string(before) {
		t.Error("the session was changed by a refusal")
	}
}

// TestToken_refusedWhileValid has the tenant refuse the app, not the person: a token that is still valid is given, and does
// not hide it.
func TestToken_refusedWhileValid(t *testing.T) {
	w := newWorld(t, "contoso")
	w.mustLogin()
	w.expire()
	w.answer = tokenEndpoint(func() *http.Response {
		return respond(401, "application/json", `{"error":"invalid_client","error_description":"AADSTS7000222: The provided client secret keys are expired.","error_codes":[7000222]}`)
	})
	if _, err := w.token(TokenRequest{}); err != nil || len(w.warnings) != 1 || !strings.Contains(w.warnings[0], "AADSTS7000222") {
		t.Errorf("got %v, warnings %q", err, w.warnings)
	}
	_, err := w.token(TokenRequest{ForceRefresh: true})
	var refused *RefusedError
	if !errors.As(err, &refused) || refused.Details.Code != 7000222 {
		t.Errorf("got %v", err)
	}
}

// TestToken_retries has the tenant stumble: the same request is sent again, as the tenant asks, and not for ever.
func TestToken_retries(t *testing.T) {
	stumble := func(n int, status int, header string) func(*world) func(*http.Request) *http.Response {
		return func(*world) func(*http.Request) *http.Response {
			left := n
			return func(r *http.Request) *http.Response {
				if !strings.HasSuffix(r.URL.Path, "/token") || left == 0 {
					return nil
				}
				left--
				resp := respond(status, "text/plain", "busy")
				resp.Header.Set("Retry-After", header)
				return resp
			}
		}
	}
	for name, tc := range map[string]struct {
		answer   func(*world) func(*http.Request) *http.Response
		requests int32
		ok       bool
	}{
		"500 then 200":         {stumble(1, 500, ""), 2, true},
		"429 with Retry-After": {stumble(1, 429, "1"), 2, true},
		"503 for ever":         {stumble(99, 503, "0"), 3, false},
		"a wait too long":      {stumble(1, 429, "3600"), 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "contoso")
			w.mustLogin()
			w.requests.Store(0)
			w.answer = tc.answer(w)
			_, err := w.token(TokenRequest{ForceRefresh: true})
			if (err == nil) != tc.ok || w.requests.Load() != tc.requests {
				t.Errorf("%v after %d requests, want %d", err, w.requests.Load(), tc.requests)
			}
		})
	}
}

// TestDeviceLogin has the person take a while: pending, then too fast, then signed in. The tokens are a genuine
// answer of the tenant, so that verification and MSAL have something real to work on.
func TestDeviceLogin(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "contoso")
	var genuine []byte
	w.answer = func(r *http.Request) *http.Response {
		if !strings.HasSuffix(r.URL.Path, "/token") {
			return nil
		}
		resp, err := w.tenant.Transport().RoundTrip(r)
		if err != nil {
			t.Error(err)
			return nil
		}
		defer resp.Body.Close()
		genuine, _ = io.ReadAll(resp.Body)
		return respond(200, "application/json", string(genuine))
	}
	w.mustLogin()
	if err := w.store.Delete(context.Background(), w.app.Profile); err != nil {
		t.Fatal(err)
	}
	var polls []time.Time
	w.answer = func(r *http.Request) *http.Response {
		_ = r.ParseForm()
		switch {
		case strings.HasSuffix(r.URL.Path, "/devicecode"):
			return respond(200, "application/json", `{"device_code":"secret-device-code","user_code":"ABCD-1234","verification_uri":"https://microsoft.com/devicelogin","expires_in":900,"interval":1}`)
		case !strings.HasSuffix(r.URL.Path, "/token") || r.PostForm.Get("grant_type") != deviceGrant:
			return nil
		}
		polls = append(polls, w.now())
		if r.PostForm.Get("device_code") != "secret-device-code" {
			t.Errorf("form %v", r.PostForm)
		}
		switch len(polls) {
		case 1:
			return respond(400, "application/json", `{"error":"authorization_pending","error_description":"AADSTS70016: pending"}`)
		case 2:
			return respond(400, "application/json", `{"error":"slow_down","error_description":"AADSTS70016: too fast"}`)
		}
		return respond(200, "application/json", string(genuine))
	}
	var shown DeviceCode
	r, err := w.service.DeviceLogin(context.Background(), w.app, DeviceRequest{Timeout: time.Minute, OnCode: func(_ context.Context, c DeviceCode) error { shown = c; return nil }})
	if err != nil {
		t.Fatal(err)
	}
	if shown.UserCode != "ABCD-1234" || shown.Page != "https://contoso.ciamlogin.com/common/oauth2/deviceauth" || shown.ServicePage != "https://microsoft.com/devicelogin" {
		t.Errorf("shown: %+v", shown)
	}
	if len(polls) != 3 || polls[1].Sub(polls[0]) < time.Second || polls[2].Sub(polls[1]) < 6*time.Second {
		t.Errorf("%d polls: %v", len(polls), polls)
	}
	if r.IDToken.PreferredUsername != userEmail {
		t.Errorf("signed in as %q", r.IDToken.PreferredUsername)
	}
	w.answer = nil
	if _, err := w.token(TokenRequest{ForceRefresh: true}); err != nil {
		t.Errorf("the refresh token was lost: %v", err)
	}
}

func TestDeviceLogin_ends(t *testing.T) {
	for name, tc := range map[string]struct {
		device, token string
		want          any
	}{
		"declined":     {`{"device_code":"d","user_code":"u","expires_in":900,"interval":1}`, `{"error":"authorization_declined","error_description":"AADSTS70019: no"}`, new(*RefusedError)},
		"expired":      {`{"device_code":"d","user_code":"u","expires_in":900,"interval":1}`, `{"error":"expired_token","error_description":"AADSTS70020: late"}`, new(*RefusedError)},
		"never":        {`{"device_code":"d","user_code":"u","expires_in":2,"interval":1}`, `{"error":"authorization_pending"}`, new(*TimeoutError)},
		"refused":      {`{"error":"unauthorized_client","error_description":"AADSTS700016: unknown app"}`, ``, new(*RefusedError)},
		"no user code": {`{"device_code":"d","expires_in":900}`, ``, new(*AnswerError)},
		"a web page":   {`<html>`, ``, new(*AnswerError)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "contoso")
			w.answer = func(r *http.Request) *http.Response {
				switch {
				case strings.HasSuffix(r.URL.Path, "/devicecode"):
					return respond(200, "application/json", tc.device)
				case strings.HasSuffix(r.URL.Path, "/token"):
					return respond(400, "application/json", tc.token)
				}
				return nil
			}
			_, err := w.service.DeviceLogin(context.Background(), w.app, DeviceRequest{Timeout: time.Minute, OnCode: func(context.Context, DeviceCode) error { return nil }})
			if !errors.As(err, tc.want) {
				t.Errorf("got %v, want %T", err, tc.want)
			}
			w.nothingKept()
		})
	}
}

// TestToken_refreshIn has the tenant ask for an earlier renewal (refresh_in): the token is used until then only.
func TestToken_refreshIn(t *testing.T) {
	w := newWorld(t, "contoso")
	w.mustLogin()
	w.answer = tokenEndpoint(func() *http.Response {
		return respond(200, "application/json", `{"token_type":"Bearer","access_token":"early","expires_in":3600,"refresh_in":"1800"}`)
	})
	if _, err := w.token(TokenRequest{ForceRefresh: true}); err != nil {
		t.Fatal(err)
	}
	w.answer = nil
	for _, tc := range []struct {
		later time.Duration
		kept  bool
	}{{29 * time.Minute, true}, {31 * time.Minute, false}} {
		w.clock = tc.later
		got, err := w.token(TokenRequest{})
		if err != nil || (got.AccessToken.Secret == "early") != tc.kept {
			t.Errorf("after %s: kept %t, %v", tc.later, got.AccessToken.Secret == "early", err)
		}
	}
}

// TestToken_hangingTenant has the token endpoint accept the request and say nothing.
func TestToken_hangingTenant(t *testing.T) {
	w := newWorld(t, "contoso")
	w.mustLogin()
	w.service.Timeout = 50 * time.Millisecond
	w.answer = func(r *http.Request) *http.Response {
		if strings.HasSuffix(r.URL.Path, "/token") {
			<-r.Context().Done()
			return &http.Response{StatusCode: 200, Body: io.NopCloser(failingReader{r.Context().Err()}), Header: http.Header{}}
		}
		return nil
	}
	began := time.Now()
	_, err := w.token(TokenRequest{ForceRefresh: true})
	var answer *AnswerError
	if !errors.As(err, &answer) || time.Since(began) > 5*time.Second {
		t.Errorf("after %s: %v", time.Since(began), err)
	}
}

type failingReader struct{ err error }

func (f failingReader) Read([]byte) (int, error) { return 0, f.err }

// TestToken_notKept has the store take nothing, as on a full disk: the token is given all the same, with a warning.
func TestToken_notKept(t *testing.T) {
	w := newWorld(t, "contoso")
	r := w.mustLogin()
	w.service.Store = brokenStore{w.store}
	got, err := w.token(TokenRequest{ForceRefresh: true})
	if err != nil || got.AccessToken.Secret == r.AccessToken.Secret || len(w.warnings) != 1 || !strings.Contains(w.warnings[0], "could not be kept") {
		t.Errorf("%v, warnings %v", err, w.warnings)
	}
}

func TestAppToken(t *testing.T) {
	w := newWorld(t, "contoso")
	scope := []string{"api://11112222-bbbb-3333-cccc-4444dddd5555/.default"}
	w.app.ClientID, w.app.Credential = directory.DefaultConfidentialApp, Credential{Secret: directory.DefaultClientSecret}
	var forms []url.Values
	w.answer = func(r *http.Request) *http.Response {
		if !strings.HasSuffix(r.URL.Path, "/token") {
			return nil
		}
		_ = r.ParseForm()
		forms = append(forms, r.PostForm)
		return respond(200, "application/json", fmt.Sprintf(`{"token_type":"Bearer","access_token":"app-%d","expires_in":3599}`, len(forms)))
	}
	ctx := context.Background()
	first, err := w.service.AppToken(ctx, w.app, TokenRequest{Scopes: scope})
	if err != nil || first.AccessToken.Secret != "app-1" || len(forms) != 1 || forms[0].Get("grant_type") != "client_credentials" {
		t.Fatalf("%+v, %v, %v", first.AccessToken.Requested, err, forms)
	}
	second, err := w.service.AppToken(ctx, w.app, TokenRequest{Scopes: scope})
	if err != nil || second.AccessToken.Secret != "app-1" || len(forms) != 1 {
		t.Errorf("a valid token was not reused: %v", err)
	}
	third, err := w.service.AppToken(ctx, w.app, TokenRequest{Scopes: scope, ForceRefresh: true})
	if err != nil || third.AccessToken.Secret != "app-2" {
		t.Errorf("forced: %v", err)
	}
	// It is no sign-in.
	var login *LoginRequiredError
	if _, err := w.service.Session(ctx, w.app); !errors.As(err, &login) {
		t.Errorf("a session appeared: %v", err)
	}
	// Another app's token is not given out.
	other := w.app
	other.ClientID = "33334444-dddd-5555-eeee-6666ffff7777"
	if got, err := w.service.AppToken(ctx, other, TokenRequest{Scopes: scope}); err != nil || got.AccessToken.Secret != "app-3" {
		t.Errorf("another app: %q, %v", got.AccessToken.Secret, err)
	}
	w.app.Credential = Credential{}
	w.app.Profile = "fresh"
	if _, err := w.service.AppToken(ctx, w.app, TokenRequest{Scopes: scope}); !errors.Is(err, ErrNoCredential) {
		t.Errorf("without a credential: %v", err)
	}
	for _, scopes := range [][]string{nil, {"openid"}, {"a/.default", "b/.default"}} {
		if _, err := w.service.AppToken(ctx, w.app, TokenRequest{Scopes: scopes}); !errors.Is(err, ErrAppScopes) {
			t.Errorf("scopes %v: %v", scopes, err)
		}
	}
}

func TestToken_offline(t *testing.T) {
	w := newWorld(t, "contoso")
	r := w.mustLogin()
	w.expire() // a minute is left
	w.service.HTTP.Transport = failing{}
	got, err := w.token(TokenRequest{})
	if err != nil || got.AccessToken.Secret != r.AccessToken.Secret || len(w.warnings) == 0 {
		t.Errorf("%v, warnings %v", err, w.warnings)
	}
	_, err = w.token(TokenRequest{ForceRefresh: true})
	var unreachable *authority.UnreachableError
	if !errors.As(err, &unreachable) {
		t.Errorf("forced: %v", err)
	}
	w.clock = 2 * time.Minute
	if _, err = w.token(TokenRequest{}); !errors.As(err, &unreachable) {
		t.Errorf("expired: %v", err)
	}
}

type failing struct{}

func (failing) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("connection refused")
}

// TestToken_withoutIDToken has the tenant leave the ID token out of a refresh, as OpenID Connect allows: the session
// keeps its refresh token and its claims.
func TestToken_withoutIDToken(t *testing.T) {
	w := newWorld(t, "contoso")
	r := w.mustLogin()
	w.answer = tokenEndpoint(func() *http.Response {
		return respond(200, "application/json", `{"token_type":"Bearer","access_token":"fresh","expires_in":3600,"refresh_token":"unbound"}`)
	})
	got, err := w.token(TokenRequest{ForceRefresh: true})
	if err != nil || got.AccessToken.Secret != "fresh" || got.Session.IDToken != r.Session.IDToken {
		t.Fatalf("%v", err)
	}
	w.answer = nil
	if _, err := w.token(TokenRequest{ForceRefresh: true}); err != nil {
		t.Errorf("the next refresh: %v", err)
	}
}

// TestToken_anotherPerson has a refresh answer with the ID token of somebody else.
func TestToken_anotherPerson(t *testing.T) {
	const other = "grace@example.com"
	w := newWorld(t, "contoso", func(s *emulator.Seed) {
		s.Tenants[0].Users = append(s.Tenants[0].Users, directory.User{ID: "ccccdddd-2222-eeee-3333-ffff4444aaaa", Email: other, Password: userPassword, Attributes: map[string]string{"displayName": "Grace"}})
	})
	w.visitor.Email = other
	foreign := w.mustLogin()
	w.visitor = visitor.New(network{w})
	w.visitor.Email, w.visitor.Password = userEmail, userPassword
	w.mustLogin()
	w.answer = tokenEndpoint(func() *http.Response {
		return respond(200, "application/json", fmt.Sprintf(`{"token_type":"Bearer","access_token":"a","expires_in":3600,"id_token":%q}`, foreign.IDToken.Raw))
	})
	_, err := w.token(TokenRequest{ForceRefresh: true})
	var invalid *idtoken.VerificationError
	if !errors.As(err, &invalid) || !strings.Contains(err.Error(), "sub") {
		t.Errorf("got %v", err)
	}
}

func TestToken_scopeSets(t *testing.T) {
	w := newWorld(t, "contoso")
	r := w.mustLogin()
	if _, err := w.token(TokenRequest{Scopes: []string{"openid", "profile"}}); err != nil {
		t.Fatal(err)
	}
	w.requests.Store(0)
	got, err := w.token(TokenRequest{Scopes: []string{"email"}})
	if err != nil || got.AccessToken.Secret != r.AccessToken.Secret || w.requests.Load() != 0 {
		t.Errorf("OpenID Connect scopes name no API: %v, %d requests", err, w.requests.Load())
	}
}

func TestSession_mismatch(t *testing.T) {
	w := newWorld(t, "contoso")
	w.mustLogin()
	for name, edit := range map[string]func(*App){
		"another app":       func(a *App) { a.ClientID = directory.DefaultConfidentialApp },
		"another tenant id": func(a *App) { a.TenantID = "00000000-0000-0000-0000-000000000000" },
		"another authority": func(a *App) { a.Authority, _ = authority.Parse("fabrikam") },
		"nobody":            func(a *App) { a.Profile = "other" },
	} {
		t.Run(name, func(t *testing.T) {
			app := w.app
			edit(&app)
			_, err := w.service.Session(context.Background(), app)
			var login *LoginRequiredError
			if !errors.As(err, &login) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestLogout(t *testing.T) {
	w := newWorld(t, "contoso")
	w.mustLogin()
	returnTo, _ := url.Parse(config.PostLogoutRedirectURI)
	var address string
	req := LogoutRequest{PostLogoutRedirectURI: returnTo, Timeout: 20 * time.Second, Page: func() loopback.Page { return loopback.Page{Heading: "out"} },
		OnReady: func(_ context.Context, ready Ready) error {
			address = ready.URL
			w.nothingKept() // the tokens go first
			go func() { _, _ = w.visitor.Visit(t.Context(), ready.URL) }()
			return nil
		}}
	got, err := w.service.Logout(context.Background(), w.app, req)
	if err != nil || !got.Deleted || !got.Returned {
		t.Fatalf("%+v, %v", got, err)
	}
	u, _ := url.Parse(address)
	if q := u.Query(); u.Host != "contoso.ciamlogin.com" || q.Get("logout_hint") == "" || !strings.HasPrefix(q.Get("post_logout_redirect_uri"), "http://localhost:") || q.Has("id_token_hint") {
		t.Errorf("end-session URL: %s", address)
	}
	got, err = w.service.Logout(context.Background(), w.app, req)
	if err != nil || got.Deleted || got.Returned {
		t.Errorf("a second time: %+v, %v", got, err)
	}
}

func TestLogout_bounded(t *testing.T) {
	w := newWorld(t, "contoso")
	w.mustLogin()
	returnTo, _ := url.Parse(config.PostLogoutRedirectURI)
	got, err := w.service.Logout(context.Background(), w.app, LogoutRequest{PostLogoutRedirectURI: returnTo, Timeout: 50 * time.Millisecond,
		OnReady: func(context.Context, Ready) error { return nil }})
	var timeout *TimeoutError
	if !errors.As(err, &timeout) || !got.Deleted || got.Returned {
		t.Errorf("%+v, %v", got, err)
	}
	w.nothingKept()
}

func TestLogout_unreadable(t *testing.T) {
	w := newWorld(t, "contoso")
	if err := w.store.Set(context.Background(), w.app.Profile, []byte("rubbish")); err != nil {
		t.Fatal(err)
	}
	got, err := w.service.Logout(context.Background(), w.app, LogoutRequest{})
	if err != nil || !got.Deleted || len(w.warnings) != 1 {
		t.Errorf("%+v, %v, %v", got, err, w.warnings)
	}
	w.nothingKept()
}

func TestNoteSkew(t *testing.T) {
	w := newWorld(t, "contoso")
	w.service.noteSkew(time.Minute)
	w.service.noteSkew(7*time.Minute + 10*time.Second)
	w.service.noteSkew(-3 * time.Minute)
	if got := strings.Join(w.warnings, "; "); got != "your clock is 7m0s slow by the tenant's; your clock is 3m0s fast by the tenant's" {
		t.Errorf("%q", got)
	}
}

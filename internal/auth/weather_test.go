package auth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/wire"
	"github.com/ciam-cli/ciam/internal/wire/wiretest"
)

// trouble is what a poor network or a tenant in trouble does to one request.
type trouble struct {
	name string
	do   func(*http.Request) (*http.Response, error)
	// What must come of a request that can be repeated, and of one that must not be once it may have arrived: how often it
	// is made, and how long it takes in all.
	again, once tries
	says        func(error) bool
	passes      bool // a poll goes on
}

type tries struct {
	requests int
	took     time.Duration
}

// troubles is one axis of the table.
func troubles() []trouble {
	fails := func(err error) func(*http.Request) (*http.Response, error) {
		return func(*http.Request) (*http.Response, error) { return nil, err }
	}
	answers := func(status int, contentType, body string, headers ...string) func(*http.Request) (*http.Response, error) {
		return func(r *http.Request) (*http.Response, error) {
			resp := respond(status, contentType, body)
			for i := 0; i < len(headers); i += 2 {
				resp.Header.Set(headers[i], headers[i+1])
			}
			resp.Request = r
			return resp, nil
		}
	}
	unreachable := func(cause wire.Cause) func(error) bool {
		return func(err error) bool {
			var e *authority.UnreachableError
			var answer *AnswerError
			return errors.As(err, &e) && e.Cause == cause && !errors.As(err, &answer)
		}
	}
	because := func(want int, cause wire.Cause) func(error) bool {
		return func(err error) bool {
			var e *AnswerError
			return errors.As(err, &e) && e.Status == want && e.Cause == cause && strings.Contains(err.Error(), fmt.Sprintf("(HTTP %d)", want))
		}
	}
	status := func(want int) func(error) bool { return because(want, wire.CauseStatus) }
	at, three := tries{1, 0}, tries{3, 1500 * time.Millisecond}
	return []trouble{
		{"dropped", fails(io.ErrUnexpectedEOF), three, at, unreachable(wire.CauseDropped), true},
		{"refused", fails(&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", wiretest.Refused())}), three, three, unreachable(wire.CauseRefused), true},
		{"no name", fails(&net.DNSError{Name: "contoso.ciamlogin.com", IsNotFound: true}), at, at, unreachable(wire.CauseDNS), true},
		{"broken off", func(r *http.Request) (*http.Response, error) {
			resp := respond(200, "application/json", "")
			resp.Body, resp.Request = io.NopCloser(io.MultiReader(strings.NewReader(`{"access_`), failingReader{io.ErrUnexpectedEOF})), r
			return resp, nil
		}, three, at, because(200, wire.CauseDamaged), true},
		{"a proxy that wants a password", fails(&wire.ProxyError{Proxy: "proxy:3128", Status: 407}), at, at, unreachable(wire.CauseProxyAuth), true},
		{"time-out", func(r *http.Request) (*http.Response, error) { <-r.Context().Done(); return nil, r.Context().Err() }, tries{1, requestTimeout}, tries{1, requestTimeout}, unreachable(wire.CauseTimeout), true},
		{"429", answers(429, "text/plain", ""), three, three, status(429), true},
		{"429, after 2 seconds", answers(429, "text/plain", "", "Retry-After", "2"), tries{3, 4 * time.Second}, tries{3, 4 * time.Second}, status(429), true},
		{"429, after an hour", answers(429, "text/plain", "", "Retry-After", "3600"), at, at, status(429), true},
		{"502 HTML", answers(502, "text/html", "<html>Bad Gateway"), three, three, status(502), true},
		{"503 JSON", answers(503, "application/json", `{"error":"temporarily_unavailable","error_description":"AADSTS90033: A transient error has occurred."}`), three, three, func(err error) bool {
			var refused *RefusedError
			return errors.As(err, &refused) && refused.Passing() && refused.Status == 503
		}, true},
		{"429 JSON of its own", answers(429, "application/json", `{"error":"too_many_requests"}`), three, three, func(err error) bool {
			var refused *RefusedError
			return errors.As(err, &refused) && refused.Status == 429
		}, true},
		{"503 JSON that is no error", answers(503, "application/json", `{"message":"busy"}`), three, three, status(503), true},
		{"403, nothing in it", answers(403, "text/plain", ""), at, at, status(403), false},
		{"403 JSON that is no error", answers(403, "application/json", `{"access_token":"x","token_type":"Bearer","expires_in":3600}`), at, at, status(403), false},
		{"404", answers(404, "text/html", "<html>"), at, at, because(404, wire.CauseWebPage), true}, // a page of the network in between
		{"404, nothing in it", answers(404, "text/plain", ""), at, at, status(404), false},
	}
}

// TestToken_tenantInTrouble: what the tenant says while it is in trouble is not about the session, whatever words it
// takes. A token that is valid for a minute more is given, unless a new one was demanded.
func TestToken_tenantInTrouble(t *testing.T) {
	for _, tt := range []struct {
		status int
		body   string
	}{
		{503, `{"error":"temporarily_unavailable"}`}, {429, `{"error":"too_many_requests"}`}, {500, `{"error":"server_error","error_description":"AADSTS50000: There was an error issuing a token."}`},
		{400, `{"error":"server_error"}`}, {503, `{"error":"invalid_grant"}`}, {503, `{"error":"interaction_required"}`}, {502, "<html>"}, {503, ""},
	} {
		t.Run(fmt.Sprint(tt.status, tt.body), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := calm(t)
				w.expire()
				w.answer = tokenEndpoint(func() *http.Response { return respond(tt.status, "application/json", tt.body) })
				got, err := w.token(TokenRequest{})
				if err != nil || got.AccessToken.Secret == "" || len(w.warnings) != 1 {
					t.Errorf("%v, warnings %q", err, w.warnings)
				}
				_, err = w.token(TokenRequest{ForceRefresh: true})
				var login *LoginRequiredError
				if !Passing(err) || errors.As(err, &login) {
					t.Errorf("forced: %v", err)
				}
			})
		})
	}
}

// storm has trouble at the paths that end in suffix, n times or, below zero, for ever, and counts the requests to them.
type storm struct {
	w        *world
	suffix   string
	do       func(*http.Request) (*http.Response, error)
	left     int
	requests int
	began    time.Time
	when     []time.Duration // since it began
}

func (s *storm) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.HasSuffix(r.URL.Path, s.suffix) {
		return s.w.RoundTrip(r)
	}
	s.requests++
	s.when = append(s.when, time.Since(s.began))
	if s.left == 0 {
		return s.w.RoundTrip(r)
	}
	s.left--
	return s.do(r)
}

// calm is a world with a session and without sockets, so that it can live on a clock of its own.
func calm(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, "contoso")
	if _, err := w.nativeLogin(&mailbox{password: userPassword}, NativeRequest{}); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Second) // what is issued at this very moment needs no renewal
	return w
}

// TestWeather is the table of troubles and of the requests that they can happen to. Time is not real.
func TestWeather(t *testing.T) {
	ctx := context.Background()
	for _, kind := range []struct {
		name, suffix string
		repeatable   bool
		ask          func(*world) error
	}{
		{"device code request", "/devicecode", true, func(w *world) error {
			_, err := w.service.DeviceLogin(ctx, w.app, DeviceRequest{Timeout: time.Minute, OnCode: func(context.Context, DeviceCode) error { return errors.New("a code was shown") }})
			return err
		}},
		{"native, the first step", atInitiate, false, func(w *world) error {
			_, err := w.nativeLogin(&mailbox{password: userPassword}, NativeRequest{Timeout: time.Hour})
			return err
		}},
		{"native, the tokens", atToken, false, func(w *world) error {
			_, err := w.nativeLogin(&mailbox{password: userPassword}, NativeRequest{Timeout: time.Hour})
			return err
		}},
		{"code redemption", atToken, false, func(w *world) error {
			md, err := w.service.Authorities.Metadata(ctx, w.app.Authority, "")
			if err != nil {
				return err
			}
			_, err = w.service.redeem(ctx, w.app, md, Credential{}, attempt{"s", "n", strings.Repeat("v", 43)}, "http://localhost:3000", "code")
			return err
		}},
		{"refresh", atToken, true, func(w *world) error {
			_, err := w.token(TokenRequest{ForceRefresh: true})
			return err
		}},
		{"client credentials", atToken, true, func(w *world) error {
			app := w.app
			app.ClientID, app.Credential = directory.DefaultConfidentialApp, Credential{Secret: directory.DefaultClientSecret}
			_, err := w.service.AppToken(ctx, app, TokenRequest{Scopes: []string{"api://x/.default"}})
			return err
		}},
	} {
		for _, tt := range troubles() {
			t.Run(kind.name+"/"+tt.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := calm(t)
					s := &storm{w: w, suffix: kind.suffix, do: tt.do, left: -1}
					w.service.HTTP.Transport = s
					want := tt.once
					if kind.repeatable {
						want = tt.again
					}
					if kind.name == "refresh" || kind.name == "client credentials" {
						want.took = min(want.took, longBudget)
					}
					began := time.Now()
					err := kind.ask(w)
					if took := time.Since(began); s.requests != want.requests || took != want.took {
						t.Errorf("%d requests in %s, want %d in %s", s.requests, took, want.requests, want.took)
					}
					if !tt.says(err) {
						t.Errorf("got %T: %v", err, err)
					}
					if Passing(err) != tt.passes {
						t.Errorf("Passing = %t", Passing(err))
					}
				})
			})
		}
	}
}

// deviceWorld answers for device codes of 15 minutes, and has an honest answer ready for when the person has signed in.
func deviceWorld(t *testing.T) (*world, DeviceRequest) {
	t.Helper()
	w := newWorld(t, "contoso")
	r := &recorder{next: w}
	w.service.HTTP.Transport = r
	if _, err := w.nativeLogin(&mailbox{password: userPassword}, NativeRequest{}); err != nil {
		t.Fatal(err)
	}
	if err := w.store.Delete(context.Background(), w.app.Profile); err != nil {
		t.Fatal(err)
	}
	w.answer = func(req *http.Request) *http.Response {
		switch {
		case strings.HasSuffix(req.URL.Path, "/devicecode"):
			return respond(200, "application/json", `{"device_code":"d","user_code":"u","verification_uri":"https://contoso.ciamlogin.com/x","expires_in":"900","interval":5.0}`)
		case strings.HasSuffix(req.URL.Path, atToken):
			return respond(200, "application/json", string(r.body))
		}
		return nil
	}
	return w, DeviceRequest{Timeout: time.Hour, OnCode: func(context.Context, DeviceCode) error { return nil }}
}

// TestWeather_devicePoll has trouble in the middle of a device sign-in: what passes ends nothing before the code
// expires, and the interval stays within two minutes.
func TestWeather_devicePoll(t *testing.T) {
	for _, tt := range troubles() {
		for _, left := range []int{3, 7, -1} {
			name := map[int]string{3: "a while", 7: "long", -1: "for ever"}[left]
			t.Run(tt.name+"/"+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w, req := deviceWorld(t)
					began := time.Now()
					s := &storm{w: w, suffix: atToken, do: tt.do, left: left, began: began}
					w.service.HTTP.Transport = s
					r, err := w.service.DeviceLogin(context.Background(), w.app, req)
					took := time.Since(began)
					for i := 1; i < len(s.when); i++ {
						if gap := s.when[i] - s.when[i-1]; gap > maxDeviceInterval+requestTimeout || gap < 5*time.Second {
							t.Errorf("poll %d came after %s", i, gap)
						}
					}
					var timeout *TimeoutError
					switch {
					case !tt.passes:
						if !tt.says(err) || s.requests != 1 {
							t.Errorf("after %d polls: %v", s.requests, err)
						}
					case left < 0:
						if took != 15*time.Minute || !tt.says(err) || errors.As(err, &timeout) || !strings.Contains(err.Error(), "not finished within 15m0s") {
							t.Errorf("after %s: %v", took, err)
						}
					case err != nil || r.IDToken.PreferredUsername != userEmail:
						t.Errorf("after %d polls in %s: %v", s.requests, took, err)
					case len(w.warnings) != 1:
						t.Errorf("warnings %q", w.warnings)
					}
				})
			})
		}
	}
}

// TestDevicePoll_interval is the table of answers and of the time to the next poll.
func TestDevicePoll_interval(t *testing.T) {
	pending, slow := `400 {"error":"authorization_pending"}`, `400 {"error":"slow_down"}`
	for _, tt := range []struct {
		name, interval string
		answers        []string
		gaps           []time.Duration // before each poll, in seconds
	}{
		{"as the tenant asks", "7", []string{pending, pending}, []time.Duration{7, 7, 7}},
		{"by default", "0", []string{pending}, []time.Duration{5, 5}},
		{"slower", "5", []string{slow, pending, slow}, []time.Duration{5, 10, 10, 15}},
		{"throttled by the code", "5", []string{strings.Replace(slow, "400", "429", 1)}, []time.Duration{5, 10}},
		{"trouble and calm", "5", []string{"502 <html>", "502 <html>", pending, "502 <html>"}, []time.Duration{5, 10, 20, 5, 10}},
		{"never over two minutes", "50", []string{"502 ", "502 ", "502 ", slow}, []time.Duration{50, 100, 120, 120, 55}},
		{"asked for every hour", "3600", []string{pending, slow}, []time.Duration{120, 120, 120}},
		{"a wait that the tenant asks for", "5", []string{"503 after 70", "429 after 3", "429 after 9999"}, []time.Duration{5, 70, 120, 120}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, req := deviceWorld(t)
				honest := w.answer
				began := time.Now()
				s := &storm{w: w, suffix: atToken, left: len(tt.answers), began: began}
				s.do = func(r *http.Request) (*http.Response, error) {
					status, body, _ := strings.Cut(tt.answers[s.requests-1], " ")
					code := map[string]int{"400": 400, "429": 429, "502": 502, "503": 503}[status]
					resp := respond(code, "application/json", body)
					if after, ok := strings.CutPrefix(body, "after "); ok {
						resp.Header.Set("Retry-After", after)
					}
					resp.Request = r
					return resp, nil
				}
				w.answer = func(r *http.Request) *http.Response {
					if strings.HasSuffix(r.URL.Path, "/devicecode") {
						return respond(200, "application/json", `{"device_code":"d","user_code":"u","expires_in":900,"interval":`+tt.interval+`}`)
					}
					return honest(r)
				}
				w.service.HTTP.Transport = s
				if _, err := w.service.DeviceLogin(context.Background(), w.app, req); err != nil {
					t.Fatal(err)
				}
				var last time.Duration
				for i, when := range s.when {
					if i < len(tt.gaps) && when-last != tt.gaps[i]*time.Second {
						t.Errorf("poll %d came after %s, want %ds", i+1, when-last, tt.gaps[i])
					}
					last = when
				}
				if len(s.when) != len(tt.gaps) {
					t.Errorf("%d polls, want %d", len(s.when), len(tt.gaps))
				}
			})
		})
	}
}

// TestWeather_nativePoll has trouble while a new password is put in force.
func TestWeather_nativePoll(t *testing.T) {
	for _, tt := range troubles() {
		for _, left := range []int{4, -1} {
			name := map[int]string{4: "a while", -1: "for ever"}[left]
			t.Run(tt.name+"/"+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t, "contoso")
					s := &storm{w: w, suffix: atResetPoll, do: tt.do, left: left}
					w.service.HTTP.Transport = s
					began := time.Now()
					r, err := w.nativeLogin(&mailbox{fresh: "Another-Horse-7"}, NativeRequest{Mode: NativeResetPassword, Timeout: time.Hour})
					took := time.Since(began)
					switch {
					case !tt.passes:
						if !tt.says(err) {
							t.Errorf("got %v", err)
						}
					case left < 0:
						if !tt.says(err) || took > maxPollWait+requestTimeout || took < maxPollWait-time.Minute {
							t.Errorf("after %s: %v", took, err)
						}
					case err != nil || r.IDToken.PreferredUsername != userEmail:
						t.Errorf("after %d polls in %s: %v", s.requests, took, err)
					}
				})
			})
		}
	}
}

// TestMoved has cached metadata name endpoints at which there is nothing any more: the metadata are asked for once more,
// and so is the endpoint that they name now.
func TestMoved(t *testing.T) {
	ctx := context.Background()
	const old = "/old/token"
	for name, ask := range map[string]func(*world) error{
		"refresh": func(w *world) error { _, err := w.token(TokenRequest{ForceRefresh: true}); return err },
		"code":    func(w *world) error { _, err := w.login(); return err },
		"device code": func(w *world) error {
			_, err := w.service.DeviceLogin(ctx, w.app, DeviceRequest{Timeout: time.Minute, OnCode: func(context.Context, DeviceCode) error { return errShown }})
			if errors.Is(err, errShown) {
				return nil
			}
			return err
		},
		"client credentials, by a certificate's like": func(w *world) error {
			app := w.app
			app.ClientID, app.Credential = directory.DefaultConfidentialApp, Credential{Secret: directory.DefaultClientSecret}
			_, err := w.service.AppToken(ctx, app, TokenRequest{Scopes: []string{"https://graph.microsoft.com/.default"}})
			return err
		},
	} {
		for _, tt := range []struct {
			name      string
			status    int
			stays     bool // the metadata name the same endpoint again
			ok        bool
			discovery int
		}{
			{"nothing there", 404, false, true, 1},
			{"gone", 410, false, true, 1},
			{"nothing there, and nothing new", 404, true, false, 1},
			{"not allowed", 403, false, false, 0},
		} {
			t.Run(name+"/"+tt.name, func(t *testing.T) {
				w := newWorld(t, "contoso")
				w.mustLogin()
				w.clock += 2 * time.Minute // metadata that were fetched just now are believed
				discovery, early := 0, true
				w.answer = func(r *http.Request) *http.Response {
					switch {
					case strings.HasSuffix(r.URL.Path, "/openid-configuration") && (early || tt.stays):
						discovery++
						return w.changed(r, "/oauth2/v2.0/token", old, "/oauth2/v2.0/devicecode", "/old/devicecode")
					case strings.HasSuffix(r.URL.Path, "/openid-configuration"):
						discovery++
					case strings.Contains(r.URL.Path, "/old/"):
						return respond(tt.status, "text/plain", "")
					}
					return nil
				}
				md, err := w.service.Authorities.Metadata(ctx, w.app.Authority, "")
				if err != nil {
					t.Fatal(err)
				}
				w.clock += 2 * time.Minute
				if md, err = w.service.Authorities.Refetch(ctx, md); err != nil || !strings.HasSuffix(md.TokenEndpoint, old) {
					t.Fatalf("the old metadata: %+v, %v", md, err)
				}
				w.clock += 2 * time.Minute
				early, discovery = false, 0
				w.visitor = w.newVisitor()
				if err := ask(w); (err == nil) != tt.ok || discovery != tt.discovery {
					t.Errorf("%v after %d requests for metadata, want %d", err, discovery, tt.discovery)
				}
			})
		}
	}
}

var errShown = errors.New("a code was shown")

// changed is the tenant's own answer with texts replaced.
func (w *world) changed(r *http.Request, replace ...string) *http.Response {
	resp, err := w.tenant.Transport().RoundTrip(r)
	if err != nil {
		w.t.Error(err)
		return nil
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	return respond(resp.StatusCode, "application/json", strings.NewReplacer(replace...).Replace(string(body)))
}

// TestRedirects: what goes to the token endpoint goes nowhere else, although the client it is given would follow.
func TestRedirects(t *testing.T) {
	ctx := context.Background()
	for name, ask := range map[string]func(*world) error{
		"code":    func(w *world) error { _, err := w.login(); return err },
		"refresh": func(w *world) error { _, err := w.token(TokenRequest{ForceRefresh: true}); return err },
		"device code": func(w *world) error {
			_, err := w.service.DeviceLogin(ctx, w.app, DeviceRequest{Timeout: time.Minute, OnCode: func(context.Context, DeviceCode) error { return nil }})
			return err
		},
		"native": func(w *world) error {
			_, err := w.nativeLogin(&mailbox{password: userPassword}, NativeRequest{})
			return err
		},
		"client credentials": func(w *world) error {
			app := w.app
			app.ClientID, app.Credential = directory.DefaultConfidentialApp, Credential{Secret: directory.DefaultClientSecret}
			_, err := w.service.AppToken(ctx, app, TokenRequest{Scopes: []string{"api://x/.default"}})
			return err
		},
	} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			t.Run(name, func(t *testing.T) {
				w := newWorld(t, "contoso")
				w.mustLogin()
				w.visitor = w.newVisitor()
				w.service.HTTP = &http.Client{Transport: w} // one that follows
				w.answer = func(r *http.Request) *http.Response {
					if r.URL.Host != "contoso.ciamlogin.com" || strings.HasPrefix(r.URL.Path, "/elsewhere") {
						t.Errorf("%d was followed to %s", status, r.URL)
						return respond(200, "application/json", "{}")
					}
					if r.Method != http.MethodPost {
						return nil
					}
					resp := respond(status, "text/plain", "")
					resp.Header.Set("Location", map[bool]string{true: "https://evil.example/token", false: "/elsewhere"}[status%2 == 1])
					return resp
				}
				err := ask(w)
				var unusable *AnswerError
				if !errors.As(err, &unusable) || unusable.Status != status {
					t.Errorf("%d: %v", status, err)
				}
			})
		}
	}
}

package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ciam-cli/ciam/internal/keychain"
	"github.com/ciam-cli/ciam/internal/tokencache"
)

// stored is how the stored token stands, and what is asked for.
type stored struct {
	name          string
	left, renewIn time.Duration // until it expires, until refresh_in is over; a renewIn of 0 is none
	req           TokenRequest
	withheld      bool // there is nothing to give
	silent        bool // a failure that may pass is not worth a word
	waits         bool // for somebody else who has the lock
}

func storedTokens() []stored {
	const h, m = time.Hour, time.Minute
	return []stored{
		{"valid", h, 0, TokenRequest{}, false, true, false},
		{"due by refresh_in", h, -m, TokenRequest{}, false, true, false},
		{"under the margin", 3 * m, 0, TokenRequest{}, false, false, true},
		{"under --min-ttl", 20 * m, 0, TokenRequest{MinTTL: 30 * m}, true, false, true},
		{"forced", h, 0, TokenRequest{ForceRefresh: true}, true, false, true},
		{"expired", -m, 0, TokenRequest{}, true, false, true},
	}
}

// weather is what stands in the way of a renewal.
type weather struct {
	name    string
	answer  func(*http.Request) (*http.Response, error)
	spoil   func(t *testing.T, w *world) (undo func())
	refused bool // it needs the person
	ok      bool // the renewal works all the same
	// brings is what ends the wait where a budget does not.
}

func weathers() []weather {
	say := func(status int, kind, body string) func(*http.Request) (*http.Response, error) {
		return func(*http.Request) (*http.Response, error) { return respond(status, kind, body), nil }
	}
	hold := func(t *testing.T, w *world) func() {
		release, err := w.service.Locks.Acquire(context.Background(), w.app.Profile, refreshing)
		if err != nil {
			t.Fatal(err)
		}
		return release
	}
	return []weather{
		{name: "dropped", answer: func(*http.Request) (*http.Response, error) { return nil, errors.New("EOF") }},
		{name: "refused connection", answer: func(*http.Request) (*http.Response, error) { return nil, errors.New("connection refused") }},
		{name: "time-out", answer: func(r *http.Request) (*http.Response, error) { <-r.Context().Done(); return nil, r.Context().Err() }},
		{name: "429", answer: say(429, "application/json", `{"error":"temporarily_unavailable"}`)},
		{name: "503 JSON", answer: say(503, "application/json", `{"error":"invalid_grant"}`)},
		{name: "503 HTML", answer: say(503, "text/html", "<html>")},
		{name: "lock busy", spoil: hold},
		{name: "holder stopped", spoil: hold},
		{name: "lock not creatable", spoil: func(t *testing.T, w *world) func() {
			file := filepath.Join(t.TempDir(), "file")
			if err := os.WriteFile(file, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			w.service.Locks.Dir = filepath.Join(file, "locks")
			return func() {}
		}},
		{name: "store not writable", spoil: func(_ *testing.T, w *world) func() { w.service.Store = readOnly{w.service.Store}; return func() {} }, ok: true},
		{name: "refused", answer: say(400, "application/json", `{"error":"invalid_grant","error_description":"AADSTS50173: revoked"}`), refused: true},
		{name: "a second factor", answer: say(400, "application/json", `{"error":"interaction_required","error_description":"AADSTS50076: MFA"}`), refused: true},
	}
}

// TestCases6_renewingFails is the table "A token when renewing fails": weather × how the stored token stands.
func TestCases6_renewingFails(t *testing.T) {
	rows := 0
	for _, wt := range weathers() {
		for _, st := range storedTokens() {
			rows++
			t.Run(wt.name+"/"+st.name, func(t *testing.T) {
				inTime(t, wt.spoil == nil, func(t *testing.T, w *world) {
					w.stand(st)
					undo := func() {}
					if wt.spoil != nil {
						undo = wt.spoil(t, w)
					}
					requests := 0
					if wt.answer != nil {
						w.service.HTTP = &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
							if !strings.HasSuffix(r.URL.Path, "/token") {
								return w.RoundTrip(r)
							}
							requests++
							return wt.answer(r)
						})}
					}
					before := w.warned()
					began := time.Now()
					result, err := w.token(st.req)
					took, warned := time.Since(began), w.warned()-before
					undo()

					budget := w.service.budget(must)
					if !st.withheld {
						budget = w.service.budget(due)
					}
					if wt.spoil == nil && took > budget || wt.spoil != nil && took > budget+time.Second {
						t.Errorf("took %s of %s", took, budget)
					}
					if st.name == "valid" && requests != 0 || !st.waits && wt.spoil != nil && !wt.ok && took > budget/2 {
						t.Errorf("waited %s, %d requests", took, requests)
					}
					switch {
					case !st.withheld || wt.ok:
						if err != nil || result.AccessToken.Secret == "" {
							t.Fatalf("withheld: %v", err)
						}
						wantWarning := st.name != "valid" && (wt.refused || wt.ok || !st.silent)
						if (warned > 0) != wantWarning {
							t.Errorf("%d warnings: %q", warned, w.warnings)
						}
						if wt.refused && st.name != "valid" && !strings.Contains(strings.Join(w.warnings, ";"), "sign in again before") {
							t.Errorf("warnings %q", w.warnings)
						}
					case wt.refused:
						var login *LoginRequiredError
						if !errors.As(err, &login) {
							t.Errorf("got %v, want exit 4", err)
						}
					default:
						if !passing(err) {
							t.Errorf("got %T %v, want exit 5", err, err)
						}
					}
				})
			})
		}
	}
	if rows != 12*6 {
		t.Errorf("%d rows", rows)
	}
}

// inTime runs a test in time that is not real, or, where a lock of the system is waited for, in real time with a renewal's
// time cut short.
func inTime(t *testing.T, fake bool, test func(*testing.T, *world)) {
	if fake {
		synctest.Test(t, func(t *testing.T) { test(t, calm(t)) })
		return
	}
	w := newWorld(t, "contoso")
	if _, err := w.nativeLogin(&mailbox{password: userPassword}, NativeRequest{}); err != nil {
		t.Fatal(err)
	}
	w.service.budgets.short, w.service.budgets.long = 200*time.Millisecond, 600*time.Millisecond
	test(t, w)
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// readOnly is a token store that nothing can be written to.
type readOnly struct{ keychain.Store }

func (readOnly) Set(context.Context, string, []byte) error { return errors.New("read-only") }

// stand makes the stored token stand as st says.
func (w *world) stand(st stored) {
	w.t.Helper()
	record, err := tokencache.Load(context.Background(), w.store, w.app.Profile)
	if err != nil {
		w.t.Fatal(err)
	}
	for i := range record.Session.AccessTokens {
		at := &record.Session.AccessTokens[i]
		at.IssuedAt, at.ExpiresAt, at.RefreshAt = w.now().Add(-time.Hour), w.now().Add(st.left), time.Time{}
		if st.renewIn != 0 {
			at.RefreshAt = w.now().Add(st.renewIn)
		}
	}
	if err := tokencache.Save(context.Background(), w.store, w.app.Profile, record); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) warned() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.warnings)
}

// TestCases6_handOver is what waiters take over of the process that they waited for: failure × what they ask.
func TestCases6_handOver(t *testing.T) {
	other := []string{"api://x/other"}
	for _, row := range []struct {
		name     string
		status   int // of the holder's answer; 0 drops it
		body     string
		scopes   []string // that the waiter asks for
		requests int
		exit     string
	}{
		{"503, the same scope", 503, `{"error":"temporarily_unavailable"}`, nil, 1, "passing"},
		{"503, another scope", 503, `{"error":"temporarily_unavailable"}`, other, 1, "passing"},
		{"dropped, another scope", 0, "", other, 1, "passing"},
		{"refused, the same scope", 400, `{"error":"invalid_grant"}`, nil, 1, "person"},
		{"refused, another scope", 400, `{"error":"invalid_scope"}`, other, 2, "refused"},
	} {
		t.Run(row.name, func(t *testing.T) {
			inTime(t, false, func(t *testing.T, w *world) {
				w.service.budgets.long = 5 * time.Second
				w.stand(stored{left: -time.Minute})
				var mu sync.Mutex
				requests := 0
				w.service.HTTP = &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
					if !strings.HasSuffix(r.URL.Path, "/token") {
						return w.RoundTrip(r)
					}
					mu.Lock()
					requests++
					mu.Unlock()
					time.Sleep(400 * time.Millisecond) // the others arrive meanwhile
					if row.status == 0 {
						return nil, errors.New("EOF")
					}
					return respond(row.status, "application/json", row.body), nil
				})}
				errs := make([]error, 20)
				var wg sync.WaitGroup
				for i := range errs {
					wg.Go(func() {
						req := TokenRequest{}
						if i > 0 {
							time.Sleep(200 * time.Millisecond)
							req.Scopes = row.scopes
						}
						_, errs[i] = w.token(req)
					})
				}
				wg.Wait()
				if requests > 3*row.requests || row.requests > 1 && requests < 2 {
					t.Errorf("%d requests", requests)
				}
				for i, err := range errs {
					var login *LoginRequiredError
					var refused *RefusedError
					got := "?"
					switch {
					case passing(err):
						got = "passing"
					case errors.As(err, &login):
						got = "person"
					case errors.As(err, &refused):
						got = "refused"
					}
					if got != row.exit {
						t.Errorf("%d: %s, %v", i, got, err)
					}
				}
			})
		})
	}
}

// TestCases6_claims keeps a claims challenge with the session and sends it with the next sign-in, once.
func TestCases6_claims(t *testing.T) {
	const challenge = `{"access_token":{"acrs":{"essential":true,"value":"c1"}}}`
	w := newWorld(t, "contoso")
	w.mustLogin()
	w.answer = tokenEndpoint(func() *http.Response {
		return respond(400, "application/json", fmt.Sprintf(`{"error":"interaction_required","error_description":"AADSTS50076: MFA","claims":%q}`, challenge))
	})
	if _, err := w.token(TokenRequest{ForceRefresh: true}); err == nil {
		t.Fatal("renewed")
	}
	w.answer = nil
	for i, want := range []string{challenge, ""} {
		asked := ""
		req := w.request()
		open := req.OnReady
		req.OnReady = func(ctx context.Context, ready Ready) error {
			u, err := url.Parse(ready.URL)
			if err != nil {
				return err
			}
			asked = u.Query().Get("claims")
			return open(ctx, ready)
		}
		w.visitor = w.newVisitor()
		if _, err := w.service.Login(context.Background(), w.app, req); err != nil || asked != want {
			t.Errorf("sign-in %d asked for %q: %v", i+1, asked, err)
		}
	}
}

// TestCases6_together has twenty demand a new token at once: one request, and everybody has what it brought.
func TestCases6_together(t *testing.T) {
	inTime(t, false, func(t *testing.T, w *world) {
		w.service.budgets.long = 10 * time.Second
		var mu sync.Mutex
		requests := 0
		w.service.HTTP = &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			if strings.HasSuffix(r.URL.Path, "/token") {
				mu.Lock()
				requests++
				mu.Unlock()
				time.Sleep(300 * time.Millisecond)
			}
			return w.RoundTrip(r)
		})}
		w.clock = time.Hour // an issue time that is in the future for nobody but the clock
		secrets := make([]string, 20)
		var wg sync.WaitGroup
		for i := range secrets {
			wg.Go(func() {
				result, err := w.token(TokenRequest{ForceRefresh: true})
				if err != nil {
					t.Error(err)
				}
				secrets[i] = result.AccessToken.Secret
			})
		}
		wg.Wait()
		for _, s := range secrets {
			if s == "" || s != secrets[0] {
				t.Fatal("not everybody has the same token")
			}
		}
		if requests != 1 {
			t.Errorf("%d requests", requests)
		}
	})
}

// slowStore takes longer for a write than a renewal has left.
type slowStore struct{ keychain.Store }

func (s slowStore) Set(ctx context.Context, name string, data []byte) error {
	time.Sleep(time.Second)
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.Store.Set(ctx, name, data)
}

// TestCases6_keepsWhatCameLate stores a token that came just in time, however long that takes.
func TestCases6_keepsWhatCameLate(t *testing.T) {
	inTime(t, true, func(t *testing.T, w *world) {
		w.stand(stored{left: 3 * time.Minute})
		w.service.Store = slowStore{w.service.Store}
		w.service.HTTP = &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			time.Sleep(shortBudget - 100*time.Millisecond)
			return w.RoundTrip(r)
		})}
		before := w.warned()
		result, err := w.token(TokenRequest{})
		if err != nil || w.warned() != before || result.AccessToken.ExpiresAt.Sub(w.now()) < 30*time.Minute {
			t.Errorf("%v, warnings %q", err, w.warnings)
		}
	})
}

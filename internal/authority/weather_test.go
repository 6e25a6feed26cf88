package authority

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/wire"
)

// trouble is what a poor network does to a request.
type trouble struct {
	name   string
	answer http.HandlerFunc // nil when nothing listens
	// What must come of it: how often it is asked, how long is waited in between, and what is said in the end.
	requests int32
	waited   time.Duration
	cause    wire.Cause
	status   int
}

// troubles is one axis of the table; the other is what is asked for.
func troubles(t *testing.T) []trouble {
	page := respond(502, "<html>Bad Gateway")
	after := func(value string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", value)
			w.WriteHeader(429)
		}
	}
	return []trouble{
		{"dropped", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 3, 1500 * time.Millisecond, wire.CauseDropped, 0},
		{"refused", nil, 0, 1500 * time.Millisecond, wire.CauseRefused, 0},
		{"time-out", func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-r.Context().Done():
			case <-t.Context().Done():
			}
		}, 1, 0, wire.CauseTimeout, 0},
		{"429", respond(429, ""), 3, 1500 * time.Millisecond, wire.CauseStatus, 429},
		{"429, after 2 seconds", after("2"), 3, 4 * time.Second, wire.CauseStatus, 429},
		{"429, after an hour", after("3600"), 1, 0, wire.CauseStatus, 429},
		{"502 HTML", page, 3, 1500 * time.Millisecond, wire.CauseStatus, 502},
		{"503 JSON", respond(503, `{"error":"temporarily_unavailable"}`), 3, 1500 * time.Millisecond, wire.CauseStatus, 503},
		{"403, nothing in it", respond(403, ""), 1, 0, wire.CauseDamaged, 403},
		{"404", respond(404, ""), 1, 0, wire.CauseStatus, 404},
	}
}

// TestWeather is the table of troubles and of what this room asks for.
func TestWeather(t *testing.T) {
	for _, tt := range troubles(t) {
		t.Run("discovery/"+tt.name, func(t *testing.T) {
			s := newTenant(t)
			s.metadata = tt.answer
			tt.holds(t, s, &s.askedMeta, func(r *Resolver) error {
				_, err := r.Metadata(t.Context(), s.authority(), "")
				return err
			})
		})
		t.Run("keys/"+tt.name, func(t *testing.T) {
			s := newTenant(t)
			md, err := resolver("").Metadata(t.Context(), s.authority(), "")
			if err != nil {
				t.Fatal(err)
			}
			s.keys = tt.answer
			tt.holds(t, s, &s.askedJK, func(r *Resolver) error {
				_, err := r.Keys(md).Key(t.Context(), "key-1")
				return err
			})
		})
	}
}

func (tt trouble) holds(t *testing.T, s *tenant, asked interface{ Load() int32 }, ask func(*Resolver) error) {
	t.Helper()
	if tt.answer == nil {
		s.Close()
	}
	var waited time.Duration
	r := resolver(t.TempDir())
	r.HTTP = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // Go asks again by itself on a connection that it kept
	r.Timeout = 5 * time.Second
	if tt.cause == wire.CauseTimeout {
		r.Timeout = 100 * time.Millisecond
	}
	r.pause = func(_ context.Context, d time.Duration) error { waited += d; return nil }
	err := ask(r)
	var e *UnreachableError
	if !errors.As(err, &e) || e.Cause != tt.cause || e.Status != tt.status || e.Reason == "" {
		t.Errorf("got %#v", err)
	}
	if asked.Load() != tt.requests || waited != tt.waited {
		t.Errorf("%d requests and %s of waiting, want %d and %s", asked.Load(), waited, tt.requests, tt.waited)
	}
}

// TestResolver_Refetch: metadata in the cache are believed for 24 hours, unless an endpoint of them says that there is
// nothing. Then they are asked for once more, once a minute at most.
func TestResolver_Refetch(t *testing.T) {
	s := newTenant(t)
	now := testNow
	dir := t.TempDir()
	start := func() *Resolver {
		return &Resolver{CacheDir: dir, Now: func() time.Time { return now }, pause: atOnce}
	}
	md, err := start().Metadata(t.Context(), s.authority(), "")
	if err != nil {
		t.Fatal(err)
	}
	step := func(what string, r *Resolver, from Metadata, want string, requests int32) Metadata {
		t.Helper()
		before := s.askedMeta.Load()
		got, err := r.Refetch(t.Context(), from)
		if err != nil || !strings.HasSuffix(got.TokenEndpoint, want) || s.askedMeta.Load()-before != requests {
			t.Errorf("%s: %s, %v, %d requests", what, got.TokenEndpoint, err, s.askedMeta.Load()-before)
		}
		return got
	}
	s.metadata = respond(200, s.document(members{"token_endpoint": s.URL + "/new/token"}))
	step("just fetched", start(), md, "/oauth2/v2.0/token", 0)
	now = now.Add(time.Minute)
	moved := step("a minute old", start(), md, "/new/token", 1)
	step("another process has asked", start(), md, "/new/token", 0)
	step("what came is not asked for again at once", start(), moved, "/new/token", 0)
	now = now.Add(time.Minute)
	moved = step("a broken tenant, a minute later", start(), moved, "/new/token", 1)
	if got, err := start().Metadata(t.Context(), s.authority(), ""); err != nil || !strings.HasSuffix(got.TokenEndpoint, "/new/token") {
		t.Errorf("kept: %v, %v", got, err)
	}

	now = now.Add(time.Minute)
	s.metadata = respond(200, s.document(members{"issuer": "https://" + otherTenant + ".ciamlogin.com/" + otherTenant + "/v2.0"}))
	if _, err := start().Refetch(t.Context(), moved); !is[*UntrustedMetadataError](err) {
		t.Errorf("another tenant in its place: %v", err)
	}
	s.metadata = respond(500, "")
	if _, err := start().Refetch(t.Context(), moved); !is[*UnreachableError](err) {
		t.Errorf("unreachable: %v", err)
	}
}

// TestKeys_Key_moved: a tenant whose keys are elsewhere now is found by cached metadata.
func TestKeys_Key_moved(t *testing.T) {
	for _, tt := range []struct {
		name  string
		old   http.HandlerFunc // at the old address
		found bool
		asked int32 // for metadata
	}{
		{"nothing there", respond(404, ""), true, 1},
		{"gone", respond(410, ""), true, 1},
		{"nothing there, says Entra", respond(404, `{"error":"invalid_tenant"}`), true, 1},
		{"a fault", respond(500, ""), false, 0},
		{"not allowed", respond(403, ""), false, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newTenant(t)
			now := testNow
			r := &Resolver{CacheDir: t.TempDir(), Now: func() time.Time { return now }, pause: atOnce}
			md, err := r.Metadata(t.Context(), s.authority(), "")
			if err != nil {
				t.Fatal(err)
			}
			now = now.Add(time.Hour)
			good := s.keys
			s.keys = func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/new/keys" {
					good(w, r)
					return
				}
				tt.old(w, r)
			}
			s.metadata = respond(200, s.document(members{"jwks_uri": s.URL + "/new/keys"}))
			s.askedMeta.Store(0)
			for range 2 {
				if _, err := r.Keys(md).Key(t.Context(), "key-1"); (err == nil) != tt.found {
					t.Errorf("got %v", err)
				}
			}
			if got := s.askedMeta.Load(); got != tt.asked {
				t.Errorf("%d requests for metadata, want %d", got, tt.asked)
			}
			if got := s.askedJK.Load(); tt.found && got != 2 {
				t.Errorf("%d requests for keys, want one at the old and one at the new address", got)
			}
		})
	}
}

// TestResolver_Metadata_proxy: what a proxy said is said to be the proxy's.
func TestResolver_Metadata_proxy(t *testing.T) {
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) }))
	t.Cleanup(proxy.Close)
	a, err := Parse("contoso")
	if err != nil {
		t.Fatal(err)
	}
	r := resolver("")
	transport := &http.Transport{Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: proxy.Listener.Addr().String()}), OnProxyConnectResponse: wire.KeepProxyAnswer}
	t.Cleanup(transport.CloseIdleConnections)
	r.HTTP = &http.Client{Transport: transport}
	_, err = r.Metadata(t.Context(), a, "")
	var e *UnreachableError
	address := proxy.Listener.Addr().String()
	if !errors.As(err, &e) || e.Cause != wire.CauseProxyRefused || e.Proxy != address || !strings.Contains(err.Error(), "the proxy "+address+" refused to connect to contoso.ciamlogin.com (HTTP status 403)") {
		t.Errorf("got %v", err)
	}
}

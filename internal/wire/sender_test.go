package wire

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ciam-cli/ciam/internal/clocktest"
	"github.com/ciam-cli/ciam/internal/wire/wiretest"
)

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func answer(status int, headers ...string) *http.Response {
	resp := &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}"))}
	for i := 0; i < len(headers); i += 2 {
		resp.Header.Set(headers[i], headers[i+1])
	}
	return resp
}

// TestSender_redirects: a form with a secret goes nowhere but where it was sent to, whatever the client it was given
// would do. A document may move on its own host.
func TestSender_redirects(t *testing.T) {
	for _, tt := range []struct {
		name, to   string
		sameOrigin bool
		status     int
		requests   int
		cause      Cause
	}{
		{"elsewhere", "https://evil.example/token", false, 307, 1, ""},
		{"elsewhere by another method", "https://evil.example/token", false, 302, 1, ""},
		{"on the host", "https://contoso.example/other", false, 307, 1, ""},
		{"for good", "https://contoso.example/other", false, 308, 1, ""},
		{"a document, elsewhere", "https://evil.example/x", true, 302, 1, CauseRedirect},
		{"a document, to http", "http://contoso.example/x", true, 302, 1, CauseRedirect},
		{"a document, in a circle", "https://contoso.example/x", true, 302, 4, CauseRedirect},
	} {
		t.Run(tt.name, func(t *testing.T) {
			requests := 0
			client := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				requests++
				if r.URL.Host != "contoso.example" || r.URL.Scheme != "https" {
					t.Errorf("the redirect was followed to %s", r.URL)
				}
				return answer(tt.status, "Location", tt.to), nil
			})}
			reply, err := New(client, Options{SameOrigin: tt.sameOrigin}).Post(t.Context(), "https://contoso.example/token", url.Values{"client_secret": {"s"}})
			var e *UnreachableError
			if tt.cause == "" && (err != nil || reply.Status != tt.status || reply.Location != tt.to) || tt.cause != "" && (!errors.As(err, &e) || e.Cause != tt.cause) || requests != tt.requests {
				t.Errorf("status %d, %v after %d requests", reply.Status, err, requests)
			}
			if client.CheckRedirect != nil {
				t.Error("the caller's client was changed")
			}
		})
	}
}

// TestSender_again is the table of what is tried again, how often and after how long. Time is not real.
func TestSender_again(t *testing.T) {
	dropped, refused := io.ErrUnexpectedEOF, wiretest.Refused()
	for _, tt := range []struct {
		name       string
		method     string // POST when ""
		repeatable bool
		atMostOnce bool
		first      func(try int) (*http.Response, error)
		limit      time.Duration // of the caller; 0 for none
		requests   int
		waited     time.Duration
	}{
		{name: "an answer", first: always(200), requests: 1},
		{name: "a refusal", first: always(400), requests: 1},
		{name: "forbidden", first: always(403), requests: 1},
		{name: "nothing there", first: always(404), requests: 1},
		{name: "a status that no other try betters", first: always(501), requests: 1},
		{name: "a gateway's trouble", first: always(502), requests: 3, waited: 1500 * time.Millisecond},
		{name: "a cloud's own status", first: always(520), requests: 3, waited: 1500 * time.Millisecond},
		{name: "a request that came too slowly", first: always(408), requests: 3, waited: 1500 * time.Millisecond},
		{name: "too many", first: always(429), requests: 3, waited: 1500 * time.Millisecond},
		{name: "too many, of what must not be done twice", atMostOnce: true, first: always(429), requests: 3, waited: 1500 * time.Millisecond},
		{name: "trouble, of what must not be done twice", atMostOnce: true, first: always(503), requests: 1},
		{name: "a gateway's trouble, of what must not be done twice", atMostOnce: true, first: always(504), requests: 1},
		{name: "dropped, of what must not be done twice", atMostOnce: true, first: func(int) (*http.Response, error) { return nil, dropped }, requests: 1},
		{name: "not arrived, of what must not be done twice", atMostOnce: true, first: func(int) (*http.Response, error) { return nil, refused }, requests: 3, waited: 1500 * time.Millisecond},
		{name: "too many, twice", first: then(2, 429, 200), requests: 3, waited: 1500 * time.Millisecond},
		{name: "a wait that is asked for", first: then(1, 429, 200, "Retry-After", "7"), requests: 2, waited: 7 * time.Second},
		{name: "no wait asked for", first: always(503, "Retry-After", "0"), requests: 3},
		{name: "a wait that is too long", first: always(503, "Retry-After", "11"), requests: 1},
		{name: "a wait of an hour", first: always(429, "Retry-After", "3600"), requests: 1},
		{name: "a wait without end", first: always(429, "Retry-After", "9223372036854775807"), requests: 1},
		{name: "a wait before now", first: always(429, "Retry-After", "-5"), requests: 3, waited: 1500 * time.Millisecond},
		{name: "a wait by the server's clock", first: then(1, 503, 200, "Date", "Sun, 06 Nov 1994 08:49:37 GMT", "Retry-After", "Sun, 06 Nov 1994 08:49:41 GMT"), requests: 2, waited: 4 * time.Second},
		{name: "a wait that is over", first: always(503, "Date", "Sun, 06 Nov 1994 08:49:37 GMT", "Retry-After", "Sun, 06 Nov 1994 08:49:31 GMT"), requests: 3},
		{name: "a caller who has no time", first: always(503), limit: 500 * time.Millisecond, requests: 1},
		{name: "a caller who has time for one", first: always(503), limit: 1200 * time.Millisecond, requests: 2, waited: 500 * time.Millisecond},
		{name: "a caller who has no time for what is asked", first: always(503, "Retry-After", "5"), limit: 5 * time.Second, requests: 1},
		{name: "refused", first: fails(refused), requests: 3, waited: 1500 * time.Millisecond},
		{name: "refused, then taken", first: failsFirst(refused), requests: 2, waited: 500 * time.Millisecond},
		{name: "dropped, with a code", first: fails(dropped), requests: 1},
		{name: "dropped, what can be repeated", repeatable: true, first: fails(dropped), requests: 3, waited: 1500 * time.Millisecond},
		{name: "dropped, a document", method: "GET", first: failsFirst(dropped), requests: 2, waited: 500 * time.Millisecond},
		{name: "closed while idle", repeatable: true, first: failsFirst(errors.New("http: server closed idle connection")), requests: 2, waited: 500 * time.Millisecond},
		{name: "closed while idle, with a code", first: fails(errors.New("http: server closed idle connection")), requests: 1},
		{name: "something else", repeatable: true, first: fails(errors.New("the demo's file is damaged")), requests: 1},
		{name: "hanging", repeatable: true, first: fails(context.DeadlineExceeded), requests: 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				if tt.limit != 0 {
					ctx, cancel = context.WithTimeout(t.Context(), tt.limit)
				}
				defer cancel()
				requests := 0
				client := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
					requests++
					if body, err := io.ReadAll(r.Body); r.Method == "POST" && (err != nil || string(body) != "a=b") {
						t.Errorf("try %d sent %q, %v", requests, body, err)
					}
					return tt.first(requests)
				})}
				s := New(client, Options{Repeatable: tt.repeatable, AtMostOnce: tt.atMostOnce})
				began := time.Now()
				if tt.method == "GET" {
					_, _ = s.Get(ctx, "https://contoso.example/")
				} else {
					_, _ = s.Post(ctx, "https://contoso.example/", url.Values{"a": {"b"}})
				}
				if waited := time.Since(began); requests != tt.requests || waited != tt.waited {
					t.Errorf("%d requests and %s of waiting, want %d and %s", requests, waited, tt.requests, tt.waited)
				}
			})
		})
	}
}

func always(status int, headers ...string) func(int) (*http.Response, error) {
	return func(int) (*http.Response, error) { return answer(status, headers...), nil }
}

func then(n, first, last int, headers ...string) func(int) (*http.Response, error) {
	return func(try int) (*http.Response, error) {
		if try <= n {
			return answer(first, headers...), nil
		}
		return answer(last), nil
	}
}

func fails(err error) func(int) (*http.Response, error) {
	return func(int) (*http.Response, error) { return nil, err }
}

func failsFirst(err error) func(int) (*http.Response, error) {
	return func(try int) (*http.Response, error) {
		if try == 1 {
			return nil, err
		}
		return answer(200), nil
	}
}

// TestSender_contextEnds: the caller's own end is returned as it is, during a request and between two.
func TestSender_contextEnds(t *testing.T) {
	why := errors.New("enough")
	for name, transport := range map[string]roundTrip{
		"during":  func(r *http.Request) (*http.Response, error) { <-r.Context().Done(); return nil, r.Context().Err() },
		"between": func(*http.Request) (*http.Response, error) { return answer(503, "Retry-After", "9"), nil },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(time.Second, func() { cancel(why) })
				_, err := New(&http.Client{Transport: transport}, Options{}).Get(ctx, "https://contoso.example/")
				var e *UnreachableError
				if !errors.Is(err, why) || errors.As(err, &e) {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

// TestSkew: the Date header has whole seconds and was written between request and answer; only more than that is a skew.
func TestSkew(t *testing.T) {
	now := clocktest.Now()
	for _, tt := range []struct {
		name        string
		clock, took time.Duration // ours against the tenant's, and how long the answer took
		want        time.Duration
	}{
		{"the same", 0, 0, 0},
		{"a slow answer", 0, 20 * time.Second, 0},
		{"half a second", 500 * time.Millisecond, 0, 0},
		{"ours is fast", 30 * time.Minute, 0, -30 * time.Minute},
		{"ours is slow", -7 * time.Minute, 0, 7 * time.Minute},
		{"ours is fast and the answer slow", 30 * time.Minute, 4 * time.Second, -30*time.Minute - 4*time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			header := now.Format(http.TimeFormat)
			if got := Skew(header, now.Add(tt.clock), now.Add(tt.clock+tt.took)); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
	for _, header := range []string{"", "today", "1994-11-06"} {
		if got := Skew(header, now, now); got != 0 {
			t.Errorf("%q: %s", header, got)
		}
	}
}

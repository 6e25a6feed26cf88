package loopback

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestListener_Wait(t *testing.T) {
	for name, tc := range map[string]struct {
		method, query, contentType, body string
		want                             Answer
		err                              error
	}{
		"form":                {"POST", "", form, right + "&session_state=x&client_info=y", Answer{Code: "the-code"}, nil},
		"form with a charset": {"POST", "", form + "; charset=UTF-8", right, Answer{Code: "the-code"}, nil},
		"query":               {"GET", "?" + right, "", "", Answer{Code: "the-code"}, nil},
		"error": {"POST", "", form, "error=access_denied&error_subcode=cancel&error_uri=https%3A%2F%2Fx&error_description=AADSTS65004%3A+no%0D%0ATrace+ID%3A+1&state=" + testState,
			Answer{Error: "access_denied", ErrorSubcode: "cancel", ErrorURI: "https://x", ErrorDescription: "AADSTS65004: no\r\nTrace ID: 1"}, nil},
		"error in the query":            {"GET", "?error=server_error&state=" + testState, "", "", Answer{Error: "server_error"}, nil},
		"an error is never redeemed":    {"POST", "", form, right + "&error=e", Answer{Error: "e"}, nil},
		"neither code nor error":        {"POST", "", form, "state=" + testState, Answer{}, ErrNoCode},
		"an empty code":                 {"GET", "?code=&state=" + testState, "", "", Answer{}, ErrNoCode},
		"the query of a form is unread": {"POST", "?code=other&state=other", form, right, Answer{Code: "the-code"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			f := start(t, "/auth/redirect", Options{})
			sent := f.send(tc.method, "/auth/redirect"+tc.query, tc.contentType, tc.body)
			if sent.status != http.StatusSeeOther {
				t.Errorf("the browser got %d, %v", sent.status, sent.err)
			}
			if to := sent.header.Get("Location"); !strings.HasPrefix(to, "/result/") || strings.Contains(to, "code") {
				t.Errorf("sent on to %q", to)
			}
			a, err := f.Wait(t.Context())
			if !errors.Is(err, tc.err) || a == nil {
				t.Fatalf("got %v, %v", a, err)
			}
			f.outcome.markShown() // this browser does not follow
			a.outcome = nil
			if *a != tc.want {
				t.Errorf("got %#v, code %q", a, a.Code)
			}
		})
	}
}

func TestListener_secondAnswer(t *testing.T) {
	f := start(t, "", Options{})
	first := f.post(right)
	for _, again := range []reply{f.post("code=second&state=" + testState), f.send("GET", "/?"+right, "", ""), f.send("GET", "/", "", "")} {
		if again.status != http.StatusConflict || !strings.Contains(again.body, "answered already") {
			t.Errorf("the second got %d %s", again.status, again.body)
		}
	}
	if first.status != http.StatusSeeOther || f.mustWait().Code != "the-code" {
		t.Errorf("the first got %d", first.status)
	}
	f.mustStillWait()
	f.outcome.markShown()
}

// TestListener_parallelAnswers lets many right answers race: exactly one wins.
func TestListener_parallelAnswers(t *testing.T) {
	f := start(t, "/cb", Options{})
	const n = 20
	status := make(chan int, n)
	for range n {
		go func() { status <- f.post(right).status }()
	}
	count := map[int]int{}
	for range n {
		count[<-status]++
	}
	if count[http.StatusSeeOther] != 1 || count[http.StatusConflict] != n-1 {
		t.Errorf("statuses %v", count)
	}
	f.mustWait()
	f.mustStillWait()
	f.outcome.markShown()
}

// TestAnswer_Reply holds the browser back until the caller knows how the sign-in ended.
func TestAnswer_Reply(t *testing.T) {
	f := start(t, "/cb", Options{})
	path := f.post(right).header.Get("Location")
	a := f.mustWait()
	page := f.fetch(path)
	select {
	case early := <-page:
		t.Fatalf("the page was shown before the reply: %d %s", early.status, early.body)
	case <-time.After(100 * time.Millisecond):
	}
	a.Reply(Page{Title: "Signed in", Heading: "Signed in as <b>Ada</b>", Rows: []Row{{"name", "<script>alert(1)</script>", ""}}})
	a.Reply(Page{Status: 500, Heading: "a second reply"})
	began := time.Now()
	f.Close()
	if took := time.Since(began); took > time.Second {
		t.Errorf("Close took %s", took)
	}
	got := <-page
	if got.status != 200 || !strings.Contains(got.body, "Signed in as &lt;b&gt;Ada") || strings.Contains(got.body, "<script") {
		t.Errorf("%d, %v: %s", got.status, got.err, got.body)
	}
}

// TestAnswer_Reply_reload: a browser that reloads while it waits, or after it was served, gets the page again.
func TestAnswer_Reply_reload(t *testing.T) {
	f := start(t, "/cb", Options{})
	path := f.post(right).header.Get("Location")
	a := f.mustWait()
	ctx, cancel := context.WithCancel(t.Context())
	abandoned := make(chan struct{})
	go func() {
		defer close(abandoned)
		req, _ := http.NewRequestWithContext(ctx, "GET", "http://localhost:"+strconv.Itoa(f.binding.port)+path, nil)
		http.DefaultClient.Do(req)
	}()
	cancel()
	<-abandoned
	a.Reply(Page{Heading: "done"})
	for range 2 {
		if got := <-f.fetch(path); got.status != 200 || !strings.Contains(got.body, "done") {
			t.Errorf("%d, %v", got.status, got.err)
		}
	}
}

func TestListener_Close(t *testing.T) {
	t.Run("without a reply", func(t *testing.T) {
		f := start(t, "/cb", Options{})
		page := f.fetch(f.post(right).header.Get("Location"))
		f.Close()
		f.Close()
		if got := <-page; got.status != 500 || !strings.Contains(got.body, "was not finished") {
			t.Errorf("%d, %v: %s", got.status, got.err, got.body)
		}
		if c, err := net.Dial("tcp", "localhost:"+strconv.Itoa(f.binding.port)); err == nil {
			c.Close()
			t.Error("the port is still bound")
		}
	})
	t.Run("before an answer", func(t *testing.T) {
		f := start(t, "/cb", Options{})
		began := time.Now()
		f.Close()
		if took := time.Since(began); took > time.Second {
			t.Errorf("took %s", took)
		}
		if a, err := f.Wait(t.Context()); !errors.Is(err, ErrClosed) {
			t.Errorf("Wait: %v, %v", a, err)
		}
	})
	t.Run("a browser that does not fetch its page", func(t *testing.T) {
		f := start(t, "/cb", Options{limits: limits{linger: 50 * time.Millisecond}})
		f.post(right)
		began := time.Now()
		f.Close()
		if took := time.Since(began); took > time.Second {
			t.Errorf("took %s", took)
		}
	})
	t.Run("a browser that has its page is waited for no longer, whatever the limits", func(t *testing.T) {
		long := time.Hour
		f := start(t, "/cb", Options{limits: limits{header: long, body: long, write: long, idle: long, result: long, linger: long, grace: long}})
		ahead, err := net.Dial("tcp", "localhost:"+strconv.Itoa(f.binding.port))
		if err != nil {
			t.Fatal(err)
		}
		defer ahead.Close()
		page := f.fetch(f.post(right).header.Get("Location"))
		f.mustWait().Reply(Page{Heading: "done"})
		closed := make(chan error, 1)
		go func() { closed <- f.Close() }()
		select {
		case <-closed:
		case <-time.After(20 * time.Second):
			f.outcome.markShown() // or the clean-up would wait for it, too
			t.Error("Close waits for a limit")
		}
		if got := <-page; got.status != 200 {
			t.Errorf("%d, %v", got.status, got.err)
		}
	})
	t.Run("connections that browsers open ahead", func(t *testing.T) {
		f := start(t, "/cb", Options{})
		c, err := net.Dial("tcp", "localhost:"+strconv.Itoa(f.binding.port))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		page := f.fetch(f.post(right).header.Get("Location"))
		f.mustWait().Reply(Page{Heading: "done"})
		began := time.Now()
		f.Close()
		if took := time.Since(began); took > 500*time.Millisecond {
			t.Errorf("took %s", took)
		}
		if got := <-page; got.status != 200 {
			t.Errorf("%d, %v", got.status, got.err)
		}
	})
}

func TestListener_Wait_endsWithContext(t *testing.T) {
	f := start(t, "/cb", Options{})
	why := errors.New("why")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	if a, err := f.Wait(ctx); a != nil || !errors.Is(err, why) {
		t.Errorf("got %v, %v", a, err)
	}
}

// TestListener_Wait_serverFails: a listener that breaks is told, not waited for.
func TestListener_Wait_serverFails(t *testing.T) {
	f := start(t, "/cb", Options{})
	closeAll(f.binding.listeners)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if _, err := f.Wait(ctx); !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v", err)
	}
}

func TestListener_anyReturn(t *testing.T) {
	for name, tc := range map[string]struct {
		method, target, state string
		status                int
	}{
		"no state":                     {"GET", "/", testState, 303},
		"right state":                  {"GET", "/?state=" + testState, testState, 303},
		"none expected":                {"GET", "/?state=whatever", "", 303},
		"wrong state":                  {"GET", "/?state=other", testState, 400},
		"empty state":                  {"GET", "/?state=", testState, 400},
		"two states":                   {"GET", "/?state=" + testState + "&state=" + testState, testState, 400},
		"two states, none expected":    {"GET", "/?state=a&state=a", "", 400},
		"a POST":                       {"POST", "/", testState, 405},
		"another path":                 {"GET", "/favicon.ico", testState, 404},
		"a result page without ticket": {"GET", "/result/x", testState, 404},
	} {
		t.Run(name, func(t *testing.T) {
			f := start(t, "", Options{AnyReturn: true, State: tc.state})
			got := f.send(tc.method, tc.target, form, "")
			if got.status != tc.status {
				t.Errorf("status %d, want %d", got.status, tc.status)
			}
			if tc.status != 303 {
				f.mustStillWait()
				return
			}
			page := f.fetch(got.header.Get("Location"))
			f.mustWait().Reply(Page{Heading: "You are signed out"})
			f.Close()
			if got := <-page; !strings.Contains(got.body, "signed out") {
				t.Errorf("%d, %v: %s", got.status, got.err, got.body)
			}
		})
	}
}

func TestListen_mistakes(t *testing.T) {
	for name, o := range map[string]Options{
		"no redirect URI": {State: "s"},
		"https":           {State: "s", RedirectURI: &url.URL{Scheme: "https", Host: "localhost"}},
		"another host":    {State: "s", RedirectURI: &url.URL{Scheme: "http", Host: "example.com"}},
		"no state":        {RedirectURI: &url.URL{Scheme: "http", Host: "localhost:1"}},
	} {
		if l, err := Listen(t.Context(), o); err == nil {
			l.Close()
			t.Errorf("%s: no error", name)
		}
	}
}

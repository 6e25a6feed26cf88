package loopback

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	testState = "s3cr3t-state-of-this-sign-in"
	form      = "application/x-www-form-urlencoded"
	right     = "code=the-code&state=" + testState
)

// fixture is a listener with a browser in front of it.
type fixture struct {
	*Listener
	t      *testing.T
	mu     sync.Mutex
	strays []string
}

// start listens on a port that was free a moment ago, not on 3000: something may be there.
func start(t *testing.T, path string, o Options) *fixture {
	t.Helper()
	listeners, port, err := bindFree(t.Context(), bindBoth)
	if err != nil {
		t.Fatal(err)
	}
	closeAll(listeners)
	o.RedirectURI = &url.URL{Scheme: "http", Host: "localhost:" + strconv.Itoa(port), Path: path}
	if o.State == "" && !o.AnyReturn {
		o.State = testState
	}
	f := &fixture{t: t}
	o.OnStray = func(reason string) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.strays = append(f.strays, reason)
	}
	if f.Listener, err = Listen(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func (f *fixture) told() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return strings.Join(f.strays, "; ")
}

// reply is what the browser got.
type reply struct {
	status int
	header http.Header
	body   string
	err    error
}

// send makes one request to a path with query, without following redirects.
func (f *fixture) send(method, target, contentType, body string, edit ...func(*http.Request)) reply {
	req, err := http.NewRequest(method, "http://localhost:"+strconv.Itoa(f.binding.port)+target, strings.NewReader(body))
	if err != nil {
		return reply{err: err}
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	for _, e := range edit {
		e(req)
	}
	client := http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		return reply{err: err}
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, string(page), err}
}

func (f *fixture) post(body string) reply {
	return f.send("POST", f.path(), form, body)
}

// fetch gets a page in the background, as a browser that was sent there does.
func (f *fixture) fetch(path string) <-chan reply {
	got := make(chan reply, 1)
	go func() { got <- f.send("GET", path, "", "") }()
	return got
}

// mustWait returns the answer that has to be there.
func (f *fixture) mustWait() *Answer {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), 20*time.Second)
	defer cancel()
	a, err := f.Wait(ctx)
	if err != nil {
		f.t.Fatalf("wait: %v", err)
	}
	return a
}

// mustStillWait fails when the wait has ended. Requests are answered after they were judged, so there is nothing to
// wait for here.
func (f *fixture) mustStillWait() {
	f.t.Helper()
	select {
	case a := <-f.answers:
		f.t.Fatalf("the wait ended with %v", a)
	default:
	}
}

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

// TestListener_ignores sends what is not the answer. Each gets a page of its own, the wait goes on, and the answer that
// comes after it is taken.
func TestListener_ignores(t *testing.T) {
	host := func(h string) func(*http.Request) { return func(r *http.Request) { r.Host = h } }
	for name, tc := range map[string]struct {
		method, target, contentType, body string
		edit                              func(*http.Request)
		status                            int
		told                              string
	}{
		"a favicon":                      {"GET", "/favicon.ico", "", "", nil, 404, "/favicon.ico"},
		"another path":                   {"POST", "/other", form, right, nil, 404, "/other"},
		"the path with a slash more":     {"POST", "/cb/", form, right, nil, 404, "/cb/"},
		"the path escaped another way":   {"GET", "/c%62?" + right, "", "", nil, 404, "/cb"},
		"the root":                       {"GET", "/?" + right, "", "", nil, 404, `"/"`},
		"no state":                       {"POST", "/cb", form, "code=c", nil, 400, "without state"},
		"no state, an error":             {"GET", "/cb?error=access_denied", "", "", nil, 400, "without state"},
		"an empty request":               {"GET", "/cb", "", "", nil, 400, "without state"},
		"wrong state":                    {"POST", "/cb", form, "code=c&state=other", nil, 400, "wrong state"},
		"empty state":                    {"POST", "/cb", form, "code=c&state=", nil, 400, "wrong state"},
		"the beginning of the state":     {"GET", "/cb?code=c&state=" + testState[:9], "", "", nil, 400, "wrong state"},
		"the state twice":                {"POST", "/cb", form, right + "&state=" + testState, nil, 400, "more than one state"},
		"right state, then a wrong one":  {"GET", "/cb?" + right + "&state=x", "", "", nil, 400, "more than one state"},
		"the code twice":                 {"POST", "/cb", form, right + "&code=d", nil, 400, "twice"},
		"the error twice":                {"GET", "/cb?error=a&error=b&state=" + testState, "", "", nil, 400, "twice"},
		"any parameter twice":            {"POST", "/cb", form, right + "&client_info=a&client_info=b", nil, 400, "twice"},
		"broken escapes":                 {"GET", "/cb?%zz&" + right, "", "", nil, 400, "cannot be parsed"},
		"a foreign host":                 {"POST", "/cb", form, right, host("evil.example"), 421, "evil.example"},
		"a foreign host with our port":   {"POST", "/cb", form, right, func(r *http.Request) { r.Host = "evil.example:" + r.URL.Port() }, 421, "evil.example"},
		"localhost of somebody else":     {"POST", "/cb", form, right, func(r *http.Request) { r.Host = "localhost.evil.example:" + r.URL.Port() }, 421, "evil.example"},
		"another port":                   {"POST", "/cb", form, right, host("localhost:1"), 421, "localhost:1"},
		"no port":                        {"POST", "/cb", form, right, host("localhost"), 421, "localhost"},
		"a foreign host, the root":       {"GET", "/", "", "", host("evil.example"), 421, "evil.example"},
		"a POST that is no form":         {"POST", "/cb", "text/plain", right, nil, 415, "no form"},
		"a POST without a type":          {"POST", "/cb", "", right, nil, 415, "no form"},
		"a POST of JSON":                 {"POST", "/cb", "application/json", `{"state":"` + testState + `"}`, nil, 415, "no form"},
		"a multipart form":               {"POST", "/cb", "multipart/form-data; boundary=x", "--x--", nil, 415, "no form"},
		"PUT":                            {"PUT", "/cb", form, right, nil, 405, "PUT"},
		"HEAD":                           {"HEAD", "/cb?" + right, "", "", nil, 405, "HEAD"},
		"OPTIONS":                        {"OPTIONS", "/cb", "", "", nil, 405, "OPTIONS"},
		"a body of 1 MB":                 {"POST", "/cb", form, right + "&x=" + strings.Repeat("a", 1<<20), nil, 413, "64 KiB"},
		"a body of 1 MB in front":        {"POST", "/cb", form, "x=" + strings.Repeat("a", 1<<20) + "&" + right, nil, 413, "64 KiB"},
		"a result page that is not ours": {"GET", "/result/AAAAAAAAAAAAAAAAAAAAAAAAAA", "", "", nil, 404, "/result/"},
	} {
		t.Run(name, func(t *testing.T) {
			f := start(t, "/cb", Options{})
			var edits []func(*http.Request)
			if tc.edit != nil {
				edits = append(edits, tc.edit)
			}
			got := f.send(tc.method, tc.target, tc.contentType, tc.body, edits...)
			if got.status != tc.status {
				t.Errorf("status %d (%v), want %d", got.status, got.err, tc.status)
			}
			if tc.method != "HEAD" && !strings.Contains(got.body, "Nothing to do here") {
				t.Errorf("no page of its own: %q", got.body)
			}
			if told := f.told(); !strings.Contains(told, tc.told) || strings.Contains(told, testState) || strings.Contains(told, "the-code") {
				t.Errorf("told %q, want %q and no parameters", told, tc.told)
			}
			f.mustStillWait()
			f.post(right)
			if a := f.mustWait(); a.Code != "the-code" {
				t.Errorf("then got %#v", a)
			}
			f.outcome.markShown()
		})
	}
}

// TestListener_names reaches the listener under each of its names, and on both address families.
func TestListener_names(t *testing.T) {
	f := start(t, "/cb", Options{})
	for _, name := range []string{"localhost", "LOCALHOST", "127.0.0.1", "[::1]"} {
		got := f.send("POST", "/cb", form, "state=wrong", func(r *http.Request) { r.Host = name + ":" + strconv.Itoa(f.binding.port) })
		if got.status != http.StatusBadRequest {
			t.Errorf("%s: %d, %v", name, got.status, got.err)
		}
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

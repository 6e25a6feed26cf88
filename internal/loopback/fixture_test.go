package loopback

import (
	"context"
	"io"
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

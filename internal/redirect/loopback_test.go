package loopback

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

const state = "the-state-of-this-sign-in"

type fixture struct {
	*Listener
	t      *testing.T
	mu     sync.Mutex
	strays []string
}

func listen(t *testing.T, redirect string, o Options) *fixture {
	t.Helper()
	u, err := url.Parse(redirect)
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{t: t}
	o.RedirectURI, o.State = u, state
	o.OnStray = func(reason string) { f.mu.Lock(); f.strays = append(f.strays, reason); f.mu.Unlock() }
	if f.Listener, err = Listen(context.Background(), o); err != nil {
		t.Fatal(err)
	}
	f.grace = 200 * time.Millisecond // most tests fetch no result page
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func (f *fixture) stray() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return strings.Join(f.strays, "; ")
}

// still checks that the wait has not ended.
func (f *fixture) still() {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
	defer cancel()
	if a, err := f.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
		f.t.Errorf("the wait ended: %v, %v", a, err)
	}
}

func (f *fixture) request(method, ref, contentType, body string, edit ...func(*http.Request)) (*http.Response, string) {
	f.t.Helper()
	req, err := http.NewRequest(method, f.RedirectURI()+ref, strings.NewReader(body))
	if err != nil {
		f.t.Fatal(err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	for _, e := range edit {
		e(req)
	}
	client := http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		f.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	return resp, string(text)
}

const form = "application/x-www-form-urlencoded"

func TestListener_Wait_answers(t *testing.T) {
	for name, send := range map[string]func(f *fixture) *http.Response{
		"form_post": func(f *fixture) *http.Response {
			r, _ := f.request("POST", "", form, "code=the-code&state="+state+"&session_state=x")
			return r
		},
		"query": func(f *fixture) *http.Response {
			r, _ := f.request("GET", "?code=the-code&state="+state, "", "")
			return r
		},
		"form with a charset": func(f *fixture) *http.Response {
			r, _ := f.request("POST", "", form+"; charset=utf-8", "code=the-code&state="+state)
			return r
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := listen(t, "http://localhost/auth/redirect", Options{})
			resp := send(f)
			if resp.StatusCode != http.StatusSeeOther || strings.Contains(resp.Header.Get("Location"), "code") {
				t.Errorf("status %d, Location %q", resp.StatusCode, resp.Header.Get("Location"))
			}
			a, err := f.Wait(context.Background())
			if err != nil || a.Code != "the-code" {
				t.Fatalf("%v, %v", a, err)
			}
			// The page is held back until the caller replies, and the second reply changes nothing.
			type shown struct {
				status int
				body   string
			}
			page := make(chan shown, 1)
			go func() {
				r, err := http.Get("http://localhost:" + strconv.Itoa(f.port) + resp.Header.Get("Location"))
				if err != nil {
					page <- shown{body: err.Error()}
					return
				}
				defer r.Body.Close()
				b, _ := io.ReadAll(r.Body)
				page <- shown{r.StatusCode, string(b)}
			}()
			select {
			case p := <-page:
				t.Fatalf("shown before the reply: %v", p)
			case <-time.After(50 * time.Millisecond):
			}
			a.Reply(Page{Title: "T", Heading: "Signed in as <b>Ada</b>", Rows: []Row{{"name", "<script>alert(1)</script>", "n"}}})
			a.Reply(Page{Status: 500, Heading: "second"})
			began := time.Now()
			_ = f.Close()
			p := <-page
			if p.status != 200 || !strings.Contains(p.body, "Signed in as &lt;b&gt;Ada") || strings.Contains(p.body, "<script>") {
				t.Errorf("%d %s", p.status, p.body)
			}
			if took := time.Since(began); took > time.Second {
				t.Errorf("Close took %s", took)
			}
		})
	}
}

func TestListener_Wait_refusal(t *testing.T) {
	f := listen(t, "http://localhost", Options{})
	f.request("POST", "/", form, url.Values{"state": {state}, "error": {"access_denied"}, "error_description": {"AADSTS65004: the user canceled"}}.Encode())
	a, err := f.Wait(context.Background())
	if err != nil || a.Error != "access_denied" || !strings.Contains(a.ErrorDescription, "AADSTS65004") {
		t.Errorf("%v, %v", a, err)
	}
}

func TestListener_Wait_noCode(t *testing.T) {
	f := listen(t, "http://localhost", Options{})
	f.request("POST", "/", form, "state="+state)
	if a, err := f.Wait(context.Background()); !errors.Is(err, ErrNoCode) || a == nil {
		t.Errorf("%v, %v", a, err)
	}
}

// TestListener_ignores sends what is not the answer. Each gets its own reply, the wait goes on, and the answer that
// comes afterwards is taken.
func TestListener_ignores(t *testing.T) {
	right := "state=" + state + "&code=c"
	for name, tc := range map[string]struct {
		method, ref, contentType, body string
		edit                           func(*http.Request)
		status                         int
		stray                          string
	}{
		"a favicon":          {"GET", "/favicon.ico", "", "", nil, 404, "favicon"},
		"another path":       {"POST", "/other", form, right, nil, 404, "/other"},
		"a path below":       {"GET", "/x?" + right, "", "", nil, 404, "/x"},
		"no state":           {"POST", "", form, "code=c", nil, 400, "without state"},
		"no state in a GET":  {"GET", "?code=c", "", "", nil, 400, "without state"},
		"wrong state":        {"POST", "", form, "code=c&state=other", nil, 400, "another sign-in"},
		"a prefix of it":     {"POST", "", form, "code=c&state=" + state[:5], nil, 400, "another sign-in"},
		"empty state":        {"POST", "", form, "code=c&state=", nil, 400, "another sign-in"},
		"state twice":        {"POST", "", form, right + "&state=" + state, nil, 400, "several states"},
		"an error, no state": {"POST", "", form, "error=access_denied", nil, 400, "without state"},
		"code twice":         {"POST", "", form, right + "&code=d", nil, 400, "twice"},
		"error twice":        {"POST", "", form, "error=a&error=b&state=" + state, nil, 400, "twice"},
		"a foreign host":     {"POST", "", form, right, func(r *http.Request) { r.Host = "evil.example" }, 421, "evil.example"},
		"another port":       {"POST", "", form, right, func(r *http.Request) { r.Host = "localhost:1" }, 421, "localhost:1"},
		"no form":            {"POST", "", "text/plain", right, nil, 415, "not a form"},
		"JSON":               {"POST", "", "application/json", `{"state":"` + state + `"}`, nil, 415, "not a form"},
		"PUT":                {"PUT", "", form, right, nil, 405, "PUT"},
		"OPTIONS":            {"OPTIONS", "", "", "", nil, 405, "OPTIONS"},
		"bad escapes":        {"GET", "?state=%zz", "", "", nil, 400, "parsed"},
		"a body of 1 MB":     {"POST", "", form, right + "&x=" + strings.Repeat("a", 1<<20), nil, 413, "64 KB"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := listen(t, "http://localhost/cb", Options{})
			edit := func(*http.Request) {}
			if tc.edit != nil {
				edit = tc.edit
			}
			resp, body := f.request(tc.method, tc.ref, tc.contentType, tc.body, edit)
			if name == "a favicon" { // on the host, not below the path
				resp, body = f.request("GET", "", "", "", func(r *http.Request) { r.URL.Path = "/favicon.ico" })
			}
			if resp.StatusCode != tc.status {
				t.Errorf("status %d, want %d", resp.StatusCode, tc.status)
			}
			if tc.method != "OPTIONS" && !strings.Contains(body, "Nothing to do here") {
				t.Errorf("no page of its own: %q", body)
			}
			if !strings.Contains(f.stray(), tc.stray) {
				t.Errorf("told %q, want %q", f.stray(), tc.stray)
			}
			f.still()
			f.request("POST", "", form, right)
			if a, err := f.Wait(context.Background()); err != nil || a.Code != "c" {
				t.Errorf("the answer was not taken: %v, %v", a, err)
			}
		})
	}
}

func TestListener_secondAnswer(t *testing.T) {
	f := listen(t, "http://localhost", Options{})
	f.request("POST", "/", form, "code=first&state="+state)
	resp, body := f.request("POST", "/", form, "code=second&state="+state)
	if resp.StatusCode != http.StatusConflict || !strings.Contains(body, "answered already") {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
	if a, err := f.Wait(context.Background()); err != nil || a.Code != "first" {
		t.Errorf("%v, %v", a, err)
	}
	f.still()
}

// TestListener_bodyThatNeverEnds sends half a form and waits: others are served meanwhile, and the sender is let go.
func TestListener_bodyThatNeverEnds(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for the body time-out")
	}
	t.Parallel()
	f := listen(t, "http://localhost", Options{})
	c, err := net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(f.port))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: localhost:%d\r\nContent-Type: %s\r\nContent-Length: 100\r\n\r\nstate=", f.port, form)
	if resp, _ := f.request("POST", "/", form, "state=wrong"); resp.StatusCode != 400 {
		t.Errorf("another request got %d", resp.StatusCode)
	}
	_ = c.SetReadDeadline(time.Now().Add(bodyTimeout + 10*time.Second))
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatalf("the stalled sender got no answer: %v", err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusRequestTimeout {
		t.Errorf("status %d", resp.StatusCode)
	}
	f.still()
}

// TestListener_flood opens more connections than there is room for and says nothing on them.
func TestListener_flood(t *testing.T) {
	f := listen(t, "http://localhost", Options{})
	for range 2 * maxConnections {
		c, err := net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(f.port))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	// Silent connections are dropped after the header time-out; the other family's room is its own, too.
	deadline := time.Now().Add(headerTimeout + 10*time.Second)
	for {
		req, _ := http.NewRequest("POST", f.RedirectURI(), strings.NewReader("code=c&state="+state))
		req.Header.Set("Content-Type", form)
		client := http.Client{Timeout: 5 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		resp, err := client.Do(req)
		if err == nil {
			_ = resp.Body.Close()
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("never answered again: %v", err)
		}
		time.Sleep(100 * time.Millisecond)
	}
	if a, err := f.Wait(context.Background()); err != nil || a.Code != "c" {
		t.Errorf("%v, %v", a, err)
	}
}

func TestListener_bothFamilies(t *testing.T) {
	f := listen(t, "http://localhost", Options{})
	for _, host := range []string{"127.0.0.1", "::1"} {
		c, err := net.Dial("tcp", net.JoinHostPort(host, strconv.Itoa(f.port)))
		if err != nil {
			if host == "::1" && !hasIPv6() {
				continue
			}
			t.Errorf("%s does not answer: %v", host, err)
			continue
		}
		_ = c.Close()
	}
}

func hasIPv6() bool {
	l, err := net.Listen("tcp6", "[::1]:0")
	if err == nil {
		_ = l.Close()
	}
	return err == nil
}

// TestListen_portTaken holds the preferred port on one family at a time: a server on ::1 alone would swallow the answer.
func TestListen_portTaken(t *testing.T) {
	for _, host := range []string{"127.0.0.1", "::1"} {
		t.Run(host, func(t *testing.T) {
			if host == "::1" && !hasIPv6() {
				t.Skip("no IPv6 on this machine")
			}
			other, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
			if err != nil {
				t.Fatal(err)
			}
			defer other.Close()
			port := other.Addr().(*net.TCPAddr).Port
			f := listen(t, "http://localhost:"+strconv.Itoa(port)+"/cb", Options{})
			if f.Moved() == nil || f.Moved().Port != port || f.port == port || f.RedirectURI() != "http://localhost:"+strconv.Itoa(f.port)+"/cb" {
				t.Errorf("moved %v, redirect URI %s", f.Moved(), f.RedirectURI())
			}
			if name, _ := os.ReadFile("/proc/self/comm"); len(name) > 0 && !strings.Contains(f.Moved().Holder, strconv.Itoa(os.Getpid())) {
				t.Errorf("holder %q, want this process", f.Moved().Holder)
			}
			u, _ := url.Parse("http://localhost/cb")
			_, err = Listen(context.Background(), Options{RedirectURI: u, Port: port, State: state})
			var taken *PortError
			if !errors.As(err, &taken) || taken.Port != port || !strings.Contains(err.Error(), strconv.Itoa(port)) {
				t.Errorf("with the port demanded: %v", err)
			}
		})
	}
}

func TestListen_preferredPort(t *testing.T) {
	probe, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := probe.Addr().(*net.TCPAddr).Port
	_ = probe.Close()
	f := listen(t, "http://localhost:"+strconv.Itoa(port), Options{})
	if f.Moved() != nil || f.port != port {
		t.Errorf("port %d, moved %v", f.port, f.Moved())
	}
}

func TestListener_https(t *testing.T) {
	f := listen(t, "http://localhost", Options{})
	if _, err := tls.Dial("tcp", "127.0.0.1:"+strconv.Itoa(f.port), &tls.Config{InsecureSkipVerify: true}); err == nil { //nolint: it must fail
		t.Error("a TLS handshake succeeded")
	}
	for deadline := time.Now().Add(5 * time.Second); !strings.Contains(f.stray(), "https"); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("told %q", f.stray())
		}
	}
	f.still()
}

func TestListener_anyReturn(t *testing.T) {
	for name, tc := range map[string]struct {
		method, ref string
		taken       bool
	}{
		"no state":    {"GET", "", true},
		"right state": {"GET", "?state=" + state, true},
		"wrong state": {"GET", "?state=other", false},
		"a post":      {"POST", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			f := listen(t, "http://localhost", Options{AnyReturn: true})
			f.request(tc.method, "/"+tc.ref, form, "")
			if !tc.taken {
				f.still()
				return
			}
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			if _, err := f.Wait(ctx); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestListener_Close_withoutReply(t *testing.T) {
	f := listen(t, "http://localhost", Options{})
	resp, _ := f.request("POST", "/", form, "code=c&state="+state)
	got := make(chan string, 1)
	go func() {
		r, err := http.Get("http://localhost:" + strconv.Itoa(f.port) + resp.Header.Get("Location"))
		if err != nil {
			got <- err.Error()
			return
		}
		defer r.Body.Close()
		b, _ := io.ReadAll(r.Body)
		got <- string(b)
	}()
	time.Sleep(50 * time.Millisecond)
	_ = f.Close()
	_ = f.Close()
	if body := <-got; !strings.Contains(body, "was not finished") {
		t.Errorf("got %s", body)
	}
	if c, err := net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(f.port)); err == nil {
		_ = c.Close()
		t.Error("the port is still bound")
	}
}

func TestListener_headers(t *testing.T) {
	f := listen(t, "http://localhost", Options{})
	resp, _ := f.request("GET", "/nothing", "", "")
	for name, want := range map[string]string{"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Frame-Options": "DENY"} {
		if got := resp.Header.Get(name); !strings.Contains(got, want) {
			t.Errorf("%s: %q", name, got)
		}
	}
	if len(resp.Cookies()) > 0 {
		t.Error("a cookie is set")
	}
}

func TestAnswer_neverPrintsTheCode(t *testing.T) {
	a := &Answer{Code: "SECRET-CODE", Error: "e"}
	j, _ := json.Marshal(a)
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "a", a, "v", *a)
	for _, out := range []string{fmt.Sprintf("%v %+v %#v %s %d", a, a, a, a, a), fmt.Sprintf("%v %+v %#v", *a, *a, *a), string(j), log.String()} {
		if strings.Contains(out, "SECRET") {
			t.Errorf("printed: %s", out)
		}
	}
}

func FuzzJudge(f *testing.F) {
	f.Add("code=c&state=" + state)
	f.Add("state=a&state=b&%zz")
	u, _ := url.Parse("http://localhost")
	l := &Listener{options: Options{RedirectURI: u, State: state}}
	f.Fuzz(func(t *testing.T, body string) {
		values, err := url.ParseQuery(body)
		if err != nil {
			return
		}
		if l.judge(values) == nil && (len(values["state"]) != 1 || values.Get("state") != state || len(values["code"]) > 1) {
			t.Errorf("taken: %q", body)
		}
	})
}

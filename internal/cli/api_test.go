package cli

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/term"
)

// api is a protected API on the machine's network: it keeps what was sent to it.
type api struct {
	*httptest.Server
	mu   sync.Mutex
	got  []*http.Request
	body []string
}

// onNetwork puts h on the network of m beside the tenant.
func onNetwork(m *machine, serve func(http.Handler) *httptest.Server, h http.HandlerFunc) *api {
	a := &api{}
	a.Server = serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		a.mu.Lock()
		a.got, a.body = append(a.got, r), append(a.body, string(body))
		a.mu.Unlock()
		h(w, r)
	}))
	m.t.Cleanup(a.Close)
	previous := m.network
	if previous == nil {
		previous = m.tenant.Transport()
	}
	m.network = byHost{a.Listener.Addr().String(), a.Client().Transport, previous}
	return a
}

// byHost sends requests for one address over one transport, and the rest over another.
type byHost struct {
	address    string
	here, rest http.RoundTripper
}

func (b byHost) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Host == b.address {
		return b.here.RoundTrip(req)
	}
	return b.rest.RoundTrip(req)
}

// calls are the requests since the last time, by method, path and body.
func (a *api) calls() (lines []string, last *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i, r := range a.got {
		lines = append(lines, r.Method+" "+r.URL.RequestURI()+" "+a.body[i])
		last = r
	}
	a.got, a.body = nil, nil
	return lines, last
}

func ok(w http.ResponseWriter, _ *http.Request) {
	_, _ = io.WriteString(w, `{"id":7,"big":12345678901234567890}`)
}

func TestAPI_request(t *testing.T) {
	m, token := signedIn(t)
	server := onNetwork(m, httptest.NewTLSServer, ok)
	file := filepath.Join(t.TempDir(), "body.json")
	if err := os.WriteFile(file, []byte(`{"from":"file"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	const jsonType = "application/json"
	agent := (&run{Env: &Env{Version: "test"}}).userAgent()
	for _, c := range []struct {
		name, stdin string
		args        []string
		call, typ   string
	}{
		{"get", "", nil, "GET /orders?a=1 ", ""},
		{"a body implies post", "", []string{"-d", "{}"}, "POST /orders?a=1 {}", jsonType},
		{"an empty body too", "", []string{"-d", ""}, "POST /orders?a=1 ", jsonType},
		{"a file", "", []string{"-d", "@" + file}, `POST /orders?a=1 {"from":"file"}`, jsonType},
		{"stdin", "typed", []string{"--data", "-"}, "POST /orders?a=1 typed", jsonType},
		{"stdin as a file", "typed", []string{"--data", "@-"}, "POST /orders?a=1 typed", jsonType},
		{"content type", "", []string{"-d", "a=b", "--content-type", "application/x-www-form-urlencoded"}, "POST /orders?a=1 a=b", "application/x-www-form-urlencoded"},
		{"content type as a header", "", []string{"-d", "x", "-H", "content-type: text/plain"}, "POST /orders?a=1 x", "text/plain"},
		{"method", "", []string{"put", "-d", "x"}, "PUT /orders?a=1 x", jsonType},
		{"method without a body", "", []string{"DELETE"}, "DELETE /orders?a=1 ", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			m.stdin = c.stdin
			args := append([]string{"api", "-H", "X-One: 1", "-H", "X-One:2"}, c.args...)
			o := m.must(append(args, server.URL+"/orders?a=1")...)
			if o.stdout != `{"id":7,"big":12345678901234567890}` || o.stderr != "" {
				t.Errorf("%q, %q", o.stdout, o.stderr)
			}
			calls, r := server.calls()
			if len(calls) != 1 || calls[0] != c.call {
				t.Fatalf("calls %q, want %q", calls, c.call)
			}
			if h := r.Header; h.Get("Authorization") != "Bearer "+token || h.Get("Content-Type") != c.typ || strings.Join(h["X-One"], ",") != "1,2" || h.Get("User-Agent") != agent {
				t.Errorf("headers %v", h)
			}
		})
	}
	m.stdin = ""
}

func TestAPI_usage(t *testing.T) {
	m, _ := signedIn(t)
	m.network = nil
	for _, c := range []struct {
		name, says string
		args       []string
	}{
		{"no url", "no URL to call", nil},
		{"too much", "unexpected argument", []string{"GET", "https://x", "y"}},
		{"http", "http://api.contoso.com would show the token", []string{"http://api.contoso.com/"}},
		{"http to a name that begins like localhost", "would show the token", []string{"http://localhost.evil.example/"}},
		{"http to an address that begins like loopback", "would show the token", []string{"http://127.0.0.1.evil.example/"}},
		{"http to any address", "would show the token", []string{"http://0.0.0.0/"}},
		{"http in capitals", "would show the token", []string{"HTTP://api.contoso.com/"}},
		{"another scheme", "is no URL that begins with https://", []string{"ftp://api.contoso.com/"}},
		{"no scheme", "is no URL that begins with https://", []string{"api.contoso.com/orders"}},
		{"no host", "is no URL that begins with https://", []string{"https:///orders"}},
		{"control character", "is no URL", []string{"https://x/\n"}},
		{"user name", "the URL has a user name", []string{"https://localhost@evil.example/"}},
		{"method", `"GE T" is no HTTP method`, []string{"GE T", "https://x"}},
		{"authorization", "--header Authorization is what ciam itself sends", []string{"https://x", "-H", "authorization: Bearer x"}},
		{"host", "--header Host follows from the URL", []string{"https://x", "-H", "Host: y"}},
		{"length", "--header Content-Length follows", []string{"https://x", "-H", "Content-Length: 1"}},
		{"header without a colon", "is not of the form 'Name: value'", []string{"https://x", "-H", "X"}},
		{"header without a name", "is not of the form 'Name: value'", []string{"https://x", "-H", ": x"}},
		{"header with a break", "has a control character", []string{"https://x", "-H", "X: a\r\nAuthorization: b"}},
		{"authorization behind a blank", "what ciam itself sends", []string{"https://x", "-H", "Authorization : b"}},
		{"type without a body", "there is none", []string{"https://x", "--content-type", "text/plain"}},
		{"two types", "exclude each other", []string{"https://x", "-d", "", "--content-type", "a/b", "-H", "Content-Type: c/d"}},
		{"missing file", notThere(t), []string{"https://x", "-d", "@" + filepath.Join(t.TempDir(), "missing")}},
		{"folder", "it is a folder", []string{"https://x", "-d", "@" + t.TempDir()}},
		{"no time", "--timeout 0s is not positive", []string{"https://x", "--timeout", "0s"}},
		{"format", "is no output format", []string{"https://x", "-o", "header"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := m.run(append([]string{"api"}, c.args...)...)
			if o.code != exitUsage || o.stdout != "" || !strings.Contains(o.stderr, c.says) {
				t.Errorf("exit %d, %q, %q; want %q", o.code, o.stdout, o.stderr, c.says)
			}
			if m.requests.Load() != 0 || m.reads.Load() != 0 {
				t.Error("the token was fetched, or something was asked, before the command line was checked")
			}
		})
	}
	if o := m.run("api", "-i", "--jq", ".", "https://x"); o.code != exitUsage {
		t.Errorf("-i and --jq: exit %d", o.code)
	}
	m.must("logout", "--local")
	m.fails(exitLogin, nil, "api", "https://api.contoso.com/")
}

func TestParseAPIURL_loopback(t *testing.T) {
	for _, good := range []string{"http://localhost:8080/x", "http://LOCALHOST", "http://127.0.0.1/x", "http://127.1.2.3", "http://[::1]:1/", "https://api.contoso.com"} {
		if _, err := parseAPIURL(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
}

func TestAPI_statuses(t *testing.T) {
	m, token := signedIn(t)
	server := onNetwork(m, httptest.NewServer, func(w http.ResponseWriter, r *http.Request) {
		var status int
		_, _ = fmt.Sscanf(r.URL.Path, "/%d", &status)
		w.WriteHeader(status)
		if status != http.StatusNoContent && status != http.StatusNotModified {
			// An API that shows what it got must not make ciam show it on stderr.
			_, _ = fmt.Fprintf(w, "%q", "answer for "+r.Header.Get("Authorization"))
		}
	})
	for _, c := range []struct {
		status, code int
		says         string
	}{
		{200, 0, ""}, {201, 0, ""}, {204, 0, ""}, {304, 0, ""},
		{300, 1, "300 Multiple Choices"}, {400, 1, "400 Bad Request"},
		{401, 1, "401 Unauthorized\nhint: the API did not accept the token, which is for "}, {403, 1, "403 Forbidden\nhint: the API knows who calls and does not allow it"},
		{404, 1, "404 Not Found"}, {500, 1, "500 Internal Server Error"}, {599, 1, ": 599\n"},
	} {
		path := fmt.Sprintf("/%d", c.status)
		o := m.run("api", server.URL+path+"?secret=query")
		body := `"answer for Bearer ` + token + `"`
		if c.status == 204 || c.status == 304 {
			body = ""
		}
		if o.code != c.code || o.stdout != body || !strings.Contains(o.stderr, c.says) || (c.code == 0) != (o.stderr == "") || strings.Contains(o.stderr, token) || strings.Contains(o.stderr, "query") {
			t.Errorf("%d: exit %d, stdout %q, stderr %q", c.status, o.code, o.stdout, o.stderr)
		}
		if c.code != 0 && !strings.Contains(o.stderr, "ciam: GET "+server.URL+path+": ") {
			t.Errorf("%d: stderr does not name the call: %q", c.status, o.stderr)
		}
		if o := m.run("api", server.URL+path, "--jq", "."); c.code != 0 && (o.code != 1 || o.stdout != "" || !strings.Contains(o.stderr, ": "+strconv.Itoa(c.status)) || strings.Contains(o.stderr, token)) {
			t.Errorf("%d with --jq: exit %d, %q, %q", c.status, o.code, o.stdout, o.stderr)
		}
	}
}

func TestAPI_jq(t *testing.T) {
	m, _ := signedIn(t)
	answer := ""
	server := onNetwork(m, httptest.NewServer, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, answer) })
	for _, c := range []struct {
		answer, jq, stdout string
		code               int
		says               string
	}{
		{`[{"id":1},{"id":"two"}]`, ".[].id", "1\ntwo\n", 0, ""},
		{`{"n":12345678901234567890}`, ".n", "12345678901234567890\n", 0, ""},
		{`<html>`, ".", "", 1, "not_json"}, {`{"a":1} {"b":2}`, ".", "", 1, "not_json"}, {``, ".", "", 1, "the answer is empty"},
		{`"` + strings.Repeat("x", maxFiltered) + `"`, ".", "", 1, "over 32 MB"},
		{`{}`, ".[", "", 2, "jq expression"},
	} {
		answer = c.answer
		o := m.run("api", server.URL, "--jq", c.jq)
		if o.code != c.code || o.stdout != c.stdout || !strings.Contains(o.stderr, c.says) {
			t.Errorf("%.30s: exit %d, %.100q, %q", c.answer, o.code, o.stdout, o.stderr)
		}
	}
}

func TestAPI_include(t *testing.T) {
	m, _ := signedIn(t)
	server := onNetwork(m, httptest.NewServer, func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Date"] = nil
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Add("X-B", "1")
		w.Header().Add("X-B", "2")
		w.Header().Set("A-First", "x")
		_, _ = io.WriteString(w, "body")
	})
	const want = "HTTP/1.1 200 OK\r\nA-First: x\r\nContent-Length: 4\r\nContent-Type: text/plain\r\nX-B: 1\r\nX-B: 2\r\n\r\nbody"
	if o := m.must("api", "-i", server.URL); o.stdout != want {
		t.Errorf("%q, want %q", o.stdout, want)
	}
}

// TestAPI_redirects is the rule that the token goes to the origin of the URL and nowhere else.
func TestAPI_redirects(t *testing.T) {
	m, token := signedIn(t)
	other := onNetwork(m, httptest.NewServer, ok)
	to, status := "", http.StatusFound
	redirect := func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/end" {
			ok(w, r)
			return
		}
		http.Redirect(w, r, to, status)
	}
	secure, plain := onNetwork(m, httptest.NewTLSServer, redirect), onNetwork(m, httptest.NewServer, redirect)
	otherPort := other.URL[strings.LastIndex(other.URL, ":"):]
	for _, c := range []struct {
		name string
		from *api
		to   string
	}{
		{"another port", plain, other.URL + "/end?code=secret"},
		{"another name for this machine", plain, "http://localhost" + otherPort + "/end?code=secret"},
		{"another scheme", secure, "http://" + secure.Listener.Addr().String() + "/end?code=secret"},
		{"another host", secure, "https://evil.example/end?code=secret"},
		{"without a scheme", secure, "//evil.example/end?code=secret"},
	} {
		t.Run(c.name, func(t *testing.T) {
			to = c.to
			m.requests.Store(0)
			o := m.run("api", c.from.URL+"/begin")
			where, _ := url.Parse(c.to)
			if o.code != 1 || !strings.Contains(o.stderr, "a redirect to ") || !strings.Contains(o.stderr, where.Host+"/end, which is not followed: the token is for "+c.from.URL+" only") || strings.Contains(o.stderr, "secret") || strings.Contains(o.stderr, token) {
				t.Errorf("exit %d, %q", o.code, o.stderr)
			}
			if calls, _ := other.calls(); len(calls) != 0 || m.requests.Load() != 1 {
				t.Errorf("%d requests, and %q to the other server", m.requests.Load(), calls)
			}
			c.from.calls()
		})
	}

	// Within the origin it is followed, with the token.
	to = "/end"
	for _, c := range []struct {
		status     int
		args       []string
		stdin      string
		code       int
		call, says string
	}{
		{302, nil, "", 0, "GET /end ", ""}, {303, []string{"-d", "x"}, "", 0, "GET /end ", ""},
		{307, []string{"-d", "x"}, "", 0, "POST /end x", ""}, {308, []string{"-d", "-"}, "typed", 1, "POST /begin typed", "cannot be sent twice"},
	} {
		status, m.stdin = c.status, c.stdin
		o := m.run(append([]string{"api", secure.URL + "/begin"}, c.args...)...)
		calls, last := secure.calls()
		if o.code != c.code || len(calls) == 0 || calls[len(calls)-1] != c.call || !strings.Contains(o.stderr, c.says) {
			t.Errorf("%d: exit %d, calls %q, %q", c.status, o.code, calls, o.stderr)
		} else if last.Header.Get("Authorization") != "Bearer "+token {
			t.Errorf("%d: the token was not sent on", c.status)
		}
	}
	status, m.stdin, to = 302, "", "/begin"
	o := m.run("api", secure.URL+"/begin")
	if calls, _ := secure.calls(); o.code != exitUnreachable || !strings.Contains(o.stderr, "redirects in a circle") || len(calls) != 10 {
		t.Errorf("circle: exit %d after %d calls, %q", o.code, len(calls), o.stderr)
	}
}

func TestSameOrigin(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"https://a/x", "https://a:443/y", true}, {"https://A", "https://a", true}, {"http://a", "http://a:80", true}, {"https://a?x", "https://a#y", true},
		{"https://a", "http://a", false}, {"https://a:80", "http://a:80", false}, {"https://a", "https://b.a", false}, {"https://a", "https://a:444", false}, {"https://a", "https://a.", false},
	} {
		a, _ := url.Parse(c.a)
		b, _ := url.Parse(c.b)
		if sameOrigin(a, b) != c.same {
			t.Errorf("%s and %s: want %v", c.a, c.b, c.same)
		}
	}
}

func TestAPI_unreachable(t *testing.T) {
	m, token := signedIn(t)
	hold := make(chan struct{})
	server := onNetwork(m, httptest.NewServer, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/cut":
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "half")
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		case "/silent":
			<-hold
		case "/slow":
			_, _ = io.WriteString(w, "half")
			w.(http.Flusher).Flush()
			<-hold
		}
	})
	t.Cleanup(func() { close(hold) })
	for _, c := range []struct {
		name, url, says string
		stdout          string
	}{
		{"nobody there", "http://127.0.0.1:1/x?q=secret", "GET http://127.0.0.1:1/x: ", ""},
		{"cut off", server.URL + "/cut?q=secret", "the answer broke off", "half"},
		{"no answer in time", server.URL + "/silent?q=secret", "no whole answer within 300ms", ""},
		{"half an answer in time", server.URL + "/slow?q=secret", "no whole answer within 300ms", "half"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.name == "nobody there" {
				network := m.network
				m.network = byHost{"127.0.0.1:1", http.DefaultTransport, network}
				defer func() { m.network = network }()
			}
			o := m.run("api", "--timeout", "300ms", c.url)
			if o.code != exitUnreachable || o.stdout != c.stdout || !strings.Contains(o.stderr, c.says) || !strings.Contains(o.stderr, "hint: ") || strings.Contains(o.stderr, "secret") || strings.Contains(o.stderr, token) {
				t.Errorf("exit %d, %q, %q", o.code, o.stdout, o.stderr)
			}
		})
	}
}

func TestAPI_debug(t *testing.T) {
	m, token := signedIn(t)
	server := onNetwork(m, httptest.NewServer, ok)
	o := m.must("api", "--debug", "-H", "X-Key: header-secret", "-d", "body-secret", server.URL+"/orders?q=query-secret")
	if !strings.Contains(o.stderr, "url="+server.URL+"/orders status=200") || strings.Contains(o.stderr, "-secret") || strings.Contains(o.stderr, token) {
		t.Errorf("%q", o.stderr)
	}
}

// TestAPI_terminal is an answer that would clear the screen of a terminal, and may in a pipe.
func TestAPI_terminal(t *testing.T) {
	for _, c := range []struct {
		tty  bool
		want string
	}{{false, "HTTP/1.1 200 OK\r\nX-A: \x1b[31m\r\n\r\n\x1b[2J\n\xe2\x82"}, {true, "HTTP/1.1 200 OK\nX-A: \\u001b[31m\n\n\\u001b[2J\n\\xe2\\x82"}} {
		streams, _, out, _ := term.Test()
		streams.OutTTY = c.tty
		call := &apiCall{run: &run{Env: &Env{Streams: streams}}, options: apiOptions{include: true}}
		resp := &http.Response{Proto: "HTTP/1.1", Status: "200 OK", StatusCode: 200, Header: http.Header{"X-A": {"\x1b[31m"}}, Body: io.NopCloser(strings.NewReader("\x1b[2J\n\xe2\x82"))}
		if err := call.finish(t.Context(), resp); err != nil || out.String() != c.want {
			t.Errorf("terminal %v: %q, want %q, %v", c.tty, out, c.want, err)
		}
	}
}

// TestAPI_caFile runs as a process, with the system's network and not the one of the tests.
func TestAPI_caFile(t *testing.T) {
	m, token := signedIn(t)
	server := httptest.NewTLSServer(protectedAPI(token))
	defer server.Close()
	cmd := m.program("api", server.URL)
	if out, err := cmd.CombinedOutput(); cmd.ProcessState.ExitCode() != exitUnreachable || !bytes.Contains(out, []byte("certificate")) {
		t.Errorf("an unknown certificate is accepted: %s, %v", out, err)
	}
	ca := filepath.Join(m.home, "ca.pem")
	if err := os.WriteFile(ca, certificatePEM(server), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd = m.program("api", server.URL, "--jq", ".for")
	cmd.Env = append(cmd.Env, "CIAM_CA_FILE="+ca)
	if out, err := cmd.CombinedOutput(); string(out) != "ada\n" || err != nil {
		t.Errorf("%s, %v", out, err)
	}
}

// TestAPI_proxy has a proxy of the environment carry the call: a request for a host, not for a path.
func TestAPI_proxy(t *testing.T) {
	m, _ := signedIn(t)
	asked := make(chan string, 1)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case asked <- r.Method + " " + r.Host + " " + r.Header.Get("Authorization"):
		default:
		}
		w.WriteHeader(http.StatusBadGateway)
	}))
	defer proxy.Close()
	cmd := m.program("api", "https://api.contoso.example/orders")
	cmd.Env = append(cmd.Env, "HTTPS_PROXY="+proxy.URL, "https_proxy="+proxy.URL, "NO_PROXY=", "no_proxy=")
	out, _ := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() != exitUnreachable {
		t.Errorf("%s", out)
	}
	select {
	case got := <-asked:
		if got != "CONNECT api.contoso.example:443 " {
			t.Errorf("the proxy was asked %q: it must not see the token", got)
		}
	case <-time.After(time.Second):
		t.Error("the proxy was not asked")
	}
}

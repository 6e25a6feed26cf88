package loopback

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// TestListener_stranger: another local user asks, at every stage of a sign-in, in whichever way, and is told none of what
// only the browser knows: the state, the path that is waited for, that of the result page, the code, who signed in.
func TestListener_stranger(t *testing.T) {
	const path, state, code, name = "/the-path-of-this-app", "the-state-nobody-knows", "the-code-of-this-sign-in", "Ada Example"
	request := func(first string, headers ...string) string {
		return first + " HTTP/1.1\r\nHost: localhost:PORT\r\nConnection: close\r\n" + strings.Join(headers, "\r\n") + "\r\n\r\n"
	}
	asks := map[string]string{
		"the root":                  request("GET /"),
		"a result page":             request("GET /result/"),
		"a guessed result page":     request("GET /result/AAAAAAAAAAAAAAAAAAAAAAAAAA"),
		"a short address":           request("GET /abcdefgh"),
		"a folder up":               request("GET /../result/"),
		"HEAD":                      request("HEAD /"),
		"OPTIONS of all":            request("OPTIONS *"),
		"a preflight":               request("OPTIONS /", "Origin: https://evil.example", "Access-Control-Request-Method: POST"),
		"TRACE":                     request("TRACE /", "X-Mine: 1"),
		"CONNECT":                   request("CONNECT localhost:443"),
		"a proxied address":         request("GET http://localhost:PORT/"),
		"an upgrade":                request("GET /", "Upgrade: h2c, websocket"),
		"a range":                   request("GET /", "Range: bytes=0-10"),
		"a foreign host":            "GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
		"no host":                   "GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
		"HTTP 1.0":                  "GET / HTTP/1.0\r\n\r\n",
		"HTTP 2":                    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"nonsense":                  "nonsense\r\n\r\n",
		"TLS":                       "\x16\x03\x01\x00\x05hello",
		"the path, no state":        request("GET " + path),
		"the path, a wrong state":   request("GET " + path + "?code=c&state=wrong"),
		"the path, half the state":  request("GET " + path + "?code=c&state=" + state[:11]),
		"the path, empty states":    request("GET " + path + "?state=&state="),
		"the path, an error":        request("GET " + path + "?error=access_denied"),
		"the path, another method":  request("PUT " + path),
		"the path, JSON":            request("POST "+path, "Content-Type: application/json", "Content-Length: 0"),
		"the path, a wrong form":    request("POST "+path, "Content-Type: "+form, "Content-Length: 7") + "state=x",
		"the path, a broken form":   request("POST "+path, "Content-Type: "+form, "Content-Length: 3") + "%zz",
		"the path, a large form":    request("POST "+path, "Content-Type: "+form, "Content-Length: 70000") + strings.Repeat("a", 70000),
		"the path, chunks of chaos": request("POST "+path, "Content-Type: "+form, "Transfer-Encoding: chunked") + "zz\r\n",
	}
	f := start(t, path, Options{State: state})
	short := f.Offer("https://tenant.example/authorize?state="+state+"&nonce=the-nonce&code_challenge=the-challenge", nil)
	secrets := []string{short[len(short)-shortLength:], "the-nonce", "the-challenge", state, path, strings.TrimPrefix(path, "/"), f.outcome.path, strings.TrimPrefix(f.outcome.path, "/result/"), code, name}
	ask := func(when string) {
		for what, bytes := range asks {
			c := f.dial()
			io.WriteString(c, strings.ReplaceAll(bytes, "PORT", strconv.Itoa(f.binding.port)))
			got, err := io.ReadAll(c)
			if len(got) == 0 {
				t.Errorf("%s, %s: no answer, %v", when, what, err)
			}
			for _, secret := range secrets {
				if strings.Contains(string(got), secret) {
					t.Errorf("%s, %s: the answer holds %q:\n%s", when, what, secret, got)
				}
			}
			for _, no := range []string{"Location:", "Access-Control-", "Set-Cookie:", "Server:", "HTTP/1.1 2", "HTTP/1.1 3", "HTTP/1.1 101"} {
				if strings.Contains(string(got), no) {
					t.Errorf("%s, %s: the answer holds %q:\n%s", when, what, no, got)
				}
			}
			c.Close()
		}
	}
	ask("before the answer")
	browser := f.post(fmt.Sprintf("code=%s&state=%s", code, state))
	if browser.status != http.StatusSeeOther {
		t.Fatalf("the browser got %d, %v", browser.status, browser.err)
	}
	ask("before the page")
	f.mustWait().Reply(Page{Heading: name})
	ask("with the page ready")
	if page := <-f.fetch(browser.header.Get("Location")); !strings.Contains(page.body, name) {
		t.Errorf("the browser's page: %d, %v", page.status, page.err)
	}
	ask("after the page")
}

package loopback

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

func (f *fixture) dial() net.Conn {
	f.t.Helper()
	c, err := net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(f.binding.port))
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(20 * time.Second))
	return c
}

// TestListener_bodyThatNeverEnds sends half a form and stays: others are served meanwhile, and it is let go.
func TestListener_bodyThatNeverEnds(t *testing.T) {
	f := start(t, "/cb", Options{limits: limits{header: 200 * time.Millisecond, body: 300 * time.Millisecond}})
	stuck := f.dial()
	fmt.Fprintf(stuck, "POST /cb HTTP/1.1\r\nHost: localhost:%d\r\nContent-Type: %s\r\nContent-Length: 1000\r\n\r\n%s", f.binding.port, form, right)
	if got := f.post("state=wrong"); got.status != http.StatusBadRequest {
		t.Errorf("another request got %d, %v", got.status, got.err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(stuck), nil)
	if err != nil {
		t.Fatalf("it was not told: %v", err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusRequestTimeout || !strings.Contains(f.told(), "did not end") {
		t.Errorf("status %d, told %q", resp.StatusCode, f.told())
	}
	f.mustStillWait()
	f.post(right)
	f.mustWait()
	f.outcome.markShown()
}

// TestListener_dripping sends a byte now and then: the limit is for the whole request, not for each byte.
func TestListener_dripping(t *testing.T) {
	for name, begin := range map[string]string{
		"header": "POST /cb HTTP/1.1\r\nX: ",
		"body":   "POST /cb HTTP/1.1\r\nHost: localhost:%d\r\nContent-Type: " + form + "\r\nContent-Length: 100000\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := start(t, "/cb", Options{limits: limits{header: 200 * time.Millisecond, body: 200 * time.Millisecond}})
			c := f.dial()
			io.WriteString(c, strings.ReplaceAll(begin, "%d", strconv.Itoa(f.binding.port)))
			gone := make(chan struct{})
			go func() { io.Copy(io.Discard, c); close(gone) }()
			for deadline := time.After(15 * time.Second); ; {
				select {
				case <-gone:
					return
				case <-deadline:
					t.Fatal("it is still served")
				case <-time.After(20 * time.Millisecond):
					io.WriteString(c, "a")
				}
			}
		})
	}
}

// TestListener_flood fills every connection with silence: the answer gets through all the same.
func TestListener_flood(t *testing.T) {
	f := start(t, "/cb", Options{limits: limits{header: 300 * time.Millisecond, connections: 8}})
	for range 24 {
		f.dial()
	}
	if got := f.post(right); got.status != http.StatusSeeOther {
		t.Errorf("status %d, %v", got.status, got.err)
	}
	f.mustWait()
	f.outcome.markShown()
}

// TestListener_connections: above the limit a connection waits until another one ends, or has had its time.
func TestListener_connections(t *testing.T) {
	const most = 4
	f := start(t, "/cb", Options{limits: limits{connections: most, grace: time.Minute, header: time.Minute}})
	var silent []net.Conn
	for range most {
		silent = append(silent, f.dial())
	}
	next := f.dial()
	fmt.Fprintf(next, "GET /favicon.ico HTTP/1.1\r\nHost: localhost:%d\r\n\r\n", f.binding.port)
	next.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
	if n, err := next.Read(make([]byte, 1)); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("it was served: %d bytes, %v", n, err)
	}
	for _, c := range silent {
		c.Close()
	}
	next.SetReadDeadline(time.Now().Add(20 * time.Second))
	if resp, err := http.ReadResponse(bufio.NewReader(next), nil); err != nil || resp.StatusCode != http.StatusNotFound {
		t.Errorf("then %v, %v", resp, err)
	}
}

// TestListener_slowResult keeps the browser waiting for longer than any stranger may take.
func TestListener_slowResult(t *testing.T) {
	f := start(t, "/cb", Options{limits: limits{header: 50 * time.Millisecond, body: 50 * time.Millisecond, write: 100 * time.Millisecond, idle: 50 * time.Millisecond}})
	page := f.fetch(f.post(right).header.Get("Location"))
	a := f.mustWait()
	time.Sleep(400 * time.Millisecond)
	a.Reply(Page{Heading: "at last"})
	f.Close()
	if got := <-page; got.status != 200 || !strings.Contains(got.body, "at last") {
		t.Errorf("%d, %v: %s", got.status, got.err, got.body)
	}
}

// TestListener_resultLimit: even a caller that never replies does not hold a browser for ever.
func TestListener_resultLimit(t *testing.T) {
	f := start(t, "/cb", Options{limits: limits{result: 50 * time.Millisecond}})
	if got := <-f.fetch(f.post(right).header.Get("Location")); got.status != http.StatusGatewayTimeout {
		t.Errorf("%d, %v", got.status, got.err)
	}
}

func TestListener_longHeader(t *testing.T) {
	f := start(t, "/cb", Options{})
	if got := f.send("GET", "/cb?"+right+"&x="+strings.Repeat("a", 1<<20), "", ""); got.err == nil && got.status != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("status %d", got.status)
	}
	f.mustStillWait()
}

// TestListener_https: a browser with an HSTS rule for localhost begins a TLS handshake.
func TestListener_https(t *testing.T) {
	f := start(t, "/cb", Options{})
	_, err := tls.Dial("tcp", "127.0.0.1:"+strconv.Itoa(f.binding.port), &tls.Config{InsecureSkipVerify: true})
	if err == nil || !strings.Contains(err.Error(), "protocol version") {
		t.Errorf("the handshake ended with %v, want the alert", err)
	}
	if f.told() != StrayHTTPS {
		t.Errorf("told %q", f.told())
	}
	f.mustStillWait()
	if got := f.post(right); got.status != http.StatusSeeOther {
		t.Errorf("then %d, %v", got.status, got.err)
	}
	f.outcome.markShown()
}

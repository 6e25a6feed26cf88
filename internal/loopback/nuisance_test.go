package loopback

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// stalls are the ways to hold a connection without ever asking anything: what is sent at once, and what follows.
var stalls = map[string]struct {
	sends     string // %d is the port
	halfClose bool
	trickle   bool // one byte per second goes on
}{
	"connected, silent":     {},
	"slow header":           {sends: "POST /cb HTTP/1.1\r\nHost: localhost:%d\r\nX: "},
	"slow body":             {sends: "POST /cb HTTP/1.1\r\nHost: localhost:%d\r\nContent-Type: " + form + "\r\nContent-Length: 1000\r\n\r\ncode=c"},
	"slow body, other path": {sends: "POST /other HTTP/1.1\r\nHost: localhost:%d\r\nContent-Length: 1000\r\n\r\nx"},
	"keep-alive, idle":      {sends: "GET /cb HTTP/1.1\r\nHost: localhost:%d\r\nConnection: keep-alive\r\n\r\n"},
	"too large, unread":     {sends: "POST /cb HTTP/1.1\r\nHost: localhost:%d\r\nContent-Type: " + form + "\r\nContent-Length: 99999\r\n\r\n" + strings.Repeat("a", maxBody+1)},
	"half-closed":           {sends: "POST /cb HTTP/1.1\r\nHost: localhost:%d\r\nContent-Type: " + form + "\r\nContent-Length: 1000\r\n\r\ncode=c", halfClose: true},
	"trickling header":      {sends: "POST /cb HTTP/1.1\r\nX: ", trickle: true},
	"trickling body":        {sends: "POST /cb HTTP/1.1\r\nHost: localhost:%d\r\nContent-Type: " + form + "\r\nContent-Length: 1000\r\n\r\n", trickle: true},
}

// stall opens n connections of one kind to one address. They stay open until the test ends.
func (f *fixture) stall(kind, host string, n int) {
	f.t.Helper()
	s := stalls[kind]
	var conns []net.Conn
	for range n {
		c, err := net.Dial("tcp", f.at(host))
		if err != nil {
			f.t.Fatal(err)
		}
		f.t.Cleanup(func() { c.Close() })
		io.WriteString(c, strings.ReplaceAll(s.sends, "%d", strconv.Itoa(f.binding.port)))
		if s.halfClose {
			c.(*net.TCPConn).CloseWrite()
		}
		conns = append(conns, c)
	}
	if !s.trickle {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	f.t.Cleanup(func() { cancel(); done.Wait() })
	done.Go(func() {
		for tick := time.NewTicker(time.Second); ; {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			for _, c := range conns {
				io.WriteString(c, "a")
			}
		}
	})
}

func (f *fixture) at(host string) string { return net.JoinHostPort(host, strconv.Itoa(f.binding.port)) }

// sendTo is send to one address family.
func (f *fixture) sendTo(host, method, target, body string) reply {
	f.t.Helper()
	client := http.Client{Timeout: 60 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", f.at(host))
		}}}
	req, err := http.NewRequest(method, "http://"+f.at("localhost")+target, strings.NewReader(body))
	if err != nil {
		return reply{err: err}
	}
	req.Header.Set("Content-Type", form)
	resp, err := client.Do(req)
	if err != nil {
		return reply{err: err}
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, string(page), err}
}

// within fails when the reply has another status or took a second.
func (f *fixture) within(what string, status int, send func() reply) reply {
	f.t.Helper()
	began := time.Now()
	got := send()
	if took := time.Since(began); took > time.Second || got.status != status {
		f.t.Errorf("%s: status %d (%v) after %s, want %d within 1s", what, got.status, got.err, took.Round(time.Millisecond), status)
	}
	return got
}

func families(t *testing.T) []string {
	if hasIPv6(t) {
		return []string{"127.0.0.1", "::1"}
	}
	return []string{"127.0.0.1"}
}

// TestListener_stalled: behind 200 connections of each kind the answer is taken within a second, whichever family they and
// it came by, and so is the page that follows.
func TestListener_stalled(t *testing.T) {
	for kind := range stalls {
		for _, theirs := range families(t) {
			for _, ours := range families(t) {
				t.Run(kind+", "+theirs+", answer by "+ours, func(t *testing.T) {
					f := start(t, "/cb", Options{})
					f.stall(kind, theirs, 200)
					got := f.within("the answer", http.StatusSeeOther, func() reply { return f.sendTo(ours, "POST", "/cb", right) })
					f.stall(kind, theirs, 200)
					f.mustWait().Reply(Page{Heading: "done"})
					page := f.within("the page", http.StatusOK, func() reply { return f.sendTo(ours, "GET", got.header.Get("Location"), "") })
					if !strings.Contains(page.body, "done") {
						t.Errorf("the page is %q", page.body)
					}
				})
			}
		}
	}
}

// TestListener_oneWait sends all of it to one listener: every kind on every family, with 1,000 forged callbacks in
// between, and then the answer.
func TestListener_oneWait(t *testing.T) {
	f := start(t, "/cb", Options{})
	hosts := families(t)
	rounds := len(stalls) * len(hosts)
	forged := 0
	for kind := range stalls {
		for _, host := range hosts {
			f.stall(kind, host, 200)
			f.within("a forged answer behind "+kind, http.StatusBadRequest, func() reply { return f.sendTo(host, "POST", "/cb", "code=c&state=forged") })
			var all sync.WaitGroup
			for range 8 {
				all.Go(func() {
					for range 1000/rounds/8 + 1 {
						f.sendTo(host, "POST", "/cb", "code=c&state=forged")
					}
				})
			}
			all.Wait()
			forged += 1 + 8*(1000/rounds/8+1)
		}
	}
	if forged < 1000 {
		t.Fatalf("%d forged callbacks", forged)
	}
	f.mustStillWait()
	f.within("the answer", http.StatusSeeOther, func() reply { return f.sendTo(hosts[len(hosts)-1], "POST", "/cb", right) })
	if a := f.mustWait(); a.Code != "the-code" {
		t.Errorf("got %v", a)
	}
	f.outcome.markShown()
}

// TestListener_keepsItsBrowser: who has shown the state, or knows the result page, is no longer one of those that go. The
// browser keeps its connection for both, through a flood on the same family.
func TestListener_keepsItsBrowser(t *testing.T) {
	f := start(t, "/cb", Options{limits: limits{connections: 4, grace: time.Millisecond, idle: time.Minute}})
	c := f.dial()
	fmt.Fprintf(c, "GET /cb?%s HTTP/1.1\r\nHost: localhost:%d\r\n\r\n", right, f.binding.port)
	r := bufio.NewReader(c)
	resp, err := http.ReadResponse(r, nil)
	if err != nil || resp.StatusCode != http.StatusSeeOther {
		t.Fatalf("%v, %v", resp, err)
	}
	f.stall("connected, silent", "127.0.0.1", 40)
	f.within("a stranger after the flood", http.StatusNotFound, func() reply { return f.sendTo("127.0.0.1", "GET", "/x", "") })
	fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: localhost:%d\r\n\r\n", resp.Header.Get("Location"), f.binding.port)
	other := f.fetch(resp.Header.Get("Location")) // on a connection of its own, as some browsers do
	time.Sleep(50 * time.Millisecond)
	f.stall("connected, silent", "127.0.0.1", 40)
	f.within("a stranger while the page is held", http.StatusNotFound, func() reply { return f.sendTo("127.0.0.1", "GET", "/x", "") })
	f.mustWait().Reply(Page{Heading: "done"})
	if resp, err = http.ReadResponse(r, nil); err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("the browser's own connection: %v, %v", resp, err)
	}
	if got := <-other; got.status != http.StatusOK {
		t.Errorf("another connection: %d, %v", got.status, got.err)
	}
}

// TestListener_grace: a connection has some time to say what it wants before a newer one may take its place.
func TestListener_grace(t *testing.T) {
	f := start(t, "/cb", Options{limits: limits{connections: 2, grace: 300 * time.Millisecond}})
	slow := f.dial()
	time.Sleep(50 * time.Millisecond)
	f.stall("connected, silent", "127.0.0.1", 20)
	time.Sleep(50 * time.Millisecond)
	fmt.Fprintf(slow, "GET /cb?%s HTTP/1.1\r\nHost: localhost:%d\r\n\r\n", right, f.binding.port)
	if resp, err := http.ReadResponse(bufio.NewReader(slow), nil); err != nil || resp.StatusCode != http.StatusSeeOther {
		t.Errorf("%v, %v", resp, err)
	}
	f.outcome.markShown()
}

// TestListener_oldestGoes: of those that wait, the one that has waited longest goes, and only when there is no room.
func TestListener_oldestGoes(t *testing.T) {
	f := start(t, "/cb", Options{limits: limits{connections: 3, grace: time.Millisecond, header: time.Minute}})
	var conns []net.Conn
	alive := func(c net.Conn) bool {
		c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		_, err := c.Read(make([]byte, 1))
		timeout, ok := err.(net.Error)
		return ok && timeout.Timeout()
	}
	for n := range 6 {
		conns = append(conns, f.dial())
		time.Sleep(10 * time.Millisecond)
		if n < 3 && f.told() != "" {
			t.Errorf("told %q with %d connections", f.told(), n+1)
		}
	}
	for i, c := range conns {
		if got, want := alive(c), i >= 3; got != want {
			t.Errorf("connection %d: alive %t", i, got)
		}
	}
	if told := f.told(); strings.Count(told, "at once") != 1 {
		t.Errorf("told %q, want one word about it", told)
	}
}

// TestListener_Close_crowded: strangers who wait for a place do not hold Close up.
func TestListener_Close_crowded(t *testing.T) {
	f := start(t, "/cb", Options{limits: limits{connections: 2, grace: time.Minute}})
	f.stall("connected, silent", "127.0.0.1", 10)
	time.Sleep(20 * time.Millisecond)
	began := time.Now()
	f.Close()
	if took := time.Since(began); took > time.Second {
		t.Errorf("took %s", took)
	}
}

// TestListener_familiesApart: a crowd on one family costs nobody on the other a connection, such as one that a browser opened
// ahead.
func TestListener_familiesApart(t *testing.T) {
	hosts := families(t)
	if len(hosts) < 2 {
		t.Skip("this machine has one family")
	}
	for i, theirs := range hosts {
		f := start(t, "/cb", Options{limits: limits{connections: 3, grace: time.Millisecond, header: time.Minute}})
		ahead, err := net.Dial("tcp", f.at(hosts[1-i]))
		if err != nil {
			t.Fatal(err)
		}
		defer ahead.Close()
		f.stall("slow header", theirs, 30)
		f.within("a stranger on "+theirs, http.StatusNotFound, func() reply { return f.sendTo(theirs, "GET", "/x", "") })
		fmt.Fprintf(ahead, "GET /cb?%s HTTP/1.1\r\nHost: localhost:%d\r\n\r\n", right, f.binding.port)
		if resp, err := http.ReadResponse(bufio.NewReader(ahead), nil); err != nil || resp.StatusCode != http.StatusSeeOther {
			t.Errorf("a crowd on %s: %v, %v", theirs, resp, err)
		}
		f.outcome.markShown()
	}
}

package cli

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator"
)

// TestCosts counts what each command costs: the table of docs/architecture.md.
func TestCosts(t *testing.T) {
	m := newMachine(t)
	for _, step := range []struct {
		name                                        string
		args                                        []string
		before                                      func()
		reads, writes, removals, requests, browsers int32
	}{
		{"first login", []string{"login"}, nil, 1, 1, 0, 3, 1}, // discovery, keys, token
		{"cached token", []string{"token"}, nil, 1, 0, 0, 0, 0},
		{"whoami", []string{"whoami"}, nil, 1, 0, 0, 0, 0},
		{"claims", []string{"claims"}, nil, 1, 0, 0, 0, 0},
		{"one claim", []string{"claims", "oid"}, nil, 1, 0, 0, 0, 0},
		{"expired token", []string{"token"}, func() { m.clock += 2 * time.Hour }, 2, 1, 0, 1, 0},
		{"claims of an expired ID token", []string{"claims"}, func() { m.clock += 2 * time.Hour }, 1, 0, 0, 0, 0},
		{"forced refresh", []string{"token", "--force-refresh"}, nil, 2, 1, 0, 1, 0},
		{"cached again", []string{"token"}, nil, 1, 0, 0, 0, 0},
		{"second login", []string{"login"}, m.newBrowser, 1, 1, 0, 1, 1},
		{"refresh after a day", []string{"token"}, func() { m.clock += 25 * time.Hour }, 2, 1, 0, 3, 0}, // metadata and keys are over 24 h old
	} {
		if step.before != nil {
			step.before()
		}
		m.must(step.args...)
		if r, w, d, q, b := m.reads.Load(), m.writes.Load(), m.removals.Load(), m.requests.Load(), m.browsers.Load(); r != step.reads || w != step.writes || d != step.removals || q != step.requests || b != step.browsers {
			t.Errorf("%s: %d reads, %d writes, %d deletes, %d requests, %d browsers; want %d, %d, %d, %d, %d",
				step.name, r, w, d, q, b, step.reads, step.writes, step.removals, step.requests, step.browsers)
		}
	}
	m.must("logout", "--local")
	if q, b := m.requests.Load(), m.browsers.Load(); q != 0 || b != 0 || m.items.Len() != 0 {
		t.Errorf("logout --local: %d requests, %d browsers, %d items left", q, b, m.items.Len())
	}
	m.must("version")
	if r, q := m.reads.Load(), m.requests.Load(); r+q != 0 {
		t.Errorf("version: %d reads, %d requests", r, q)
	}
}

// TestCosts_afterTheAnswer counts what a person waits for when the browser has sent the answer: no request and no access to
// the token store but these is made one after the other.
func TestCosts_afterTheAnswer(t *testing.T) {
	m := newMachine(t)
	for _, c := range []struct {
		name                    string
		requests, reads, writes int32
	}{
		{"first login", 2, 0, 1}, // token, keys
		{"second login", 1, 0, 1},
	} {
		m.newBrowser()
		var requests, reads, writes int32
		m.visitor.OnPage = func(page string) {
			if page == "form-post" { // the page that sends it
				requests, reads, writes = m.requests.Load(), m.reads.Load(), m.writes.Load()
			}
		}
		m.must("login")
		if requests, reads, writes = m.requests.Load()-requests, m.reads.Load()-reads, m.writes.Load()-writes; requests != c.requests || reads != c.reads || writes != c.writes {
			t.Errorf("%s: %d requests, %d reads, %d writes; want %d, %d, %d", c.name, requests, reads, writes, c.requests, c.reads, c.writes)
		}
	}
}

// TestEmbedded_stop: a connection that a browser opened ahead and never used is not waited for when the demo's pages end.
func TestEmbedded_stop(t *testing.T) {
	port, stop, err := newEmbedded(emulator.Options{PasswordCost: 4}).serve()
	if err != nil {
		t.Fatal(err)
	}
	address := "localhost:" + strconv.Itoa(port)
	ahead, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer ahead.Close()
	resp, err := http.Get("http://" + address + "/") // accepted after the other one
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if err := stop(); err != nil {
		t.Errorf("the end was waited for: %v", err)
	}
}

// TestDebug_showsNoSecret greps everything that runs with --debug print for every secret that the tenant issued.
func TestDebug_showsNoSecret(t *testing.T) {
	m := newMachine(t)
	var all strings.Builder
	for _, args := range [][]string{{"login", "--debug"}, {"login", "--debug", "--response-mode", "query", "-o", "json"}, {"whoami", "--debug"},
		{"token", "--debug", "--force-refresh"}, {"logout", "--debug"}} {
		m.newBrowser()
		o := m.must(args...)
		if !strings.Contains(o.stderr, "level=DEBUG") && args[0] != "whoami" {
			t.Errorf("%v: nothing is traced", args)
		}
		all.WriteString(o.stderr)
		if args[0] != "token" { // its stdout is the token
			all.WriteString(o.stdout)
		}
	}
	secrets := m.tenant.IssuedSecrets()
	if len(secrets) < 8 {
		t.Fatalf("the tenant recorded %d secrets only", len(secrets))
	}
	for _, s := range append(secrets, "Correct-Horse-9") {
		if strings.Contains(all.String(), s) {
			t.Errorf("a secret of %d characters (%.6s…) is shown", len(s), s)
		}
	}
}

// TestTracer_showsNoSecret traces requests that carry secrets where the program's own do not: in the query, in
// headers, in the body and in errors.
func TestTracer_showsNoSecret(t *testing.T) {
	for name, next := range map[string]http.RoundTripper{
		"an answer": answering(page(200, "text/plain", "SECRET-BODY")),
		"a failure": answering(func(*http.Request) *http.Response { return nil }),
	} {
		t.Run(name, func(t *testing.T) {
			var log strings.Builder
			tr := &tracer{next: next, now: time.Now, log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
			req, err := http.NewRequest("POST", "https://user:SECRET-PASSWORD@contoso.ciamlogin.com/path?code=SECRET-CODE#SECRET-FRAGMENT", strings.NewReader("SECRET-SENT"))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Authorization", "Bearer SECRET-TOKEN")
			client := &http.Client{Transport: tr}
			if resp, err := client.Do(req); err == nil {
				_ = resp.Body.Close()
			}
			if !strings.Contains(log.String(), "https://contoso.ciamlogin.com/path") || strings.Contains(log.String(), "SECRET") {
				t.Errorf("traced: %s", log.String())
			}
		})
	}
}

type answering func(*http.Request) *http.Response

func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	if resp := a(r); resp != nil {
		return resp, nil
	}
	return nil, fmt.Errorf("%s: %w", r.URL, errors.New("connection refused"))
}

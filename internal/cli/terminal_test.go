package cli

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ciam-cli/ciam/internal/emulator/visitor"
	"github.com/ciam-cli/ciam/internal/keychain"
)

// typing is a run at a terminal where somebody looks at the screen and then types. The terminal stays open.
func (m *machine) typing(person func(screen func() string) string, args ...string) outcome {
	m.t.Helper()
	keys, keyboard := io.Pipe()
	defer keyboard.Close()
	m.keys = keys
	if m.live == 0 {
		m.live = 80
	}
	defer func() { m.keys, m.live = nil, 0 }()
	return m.watching(func(screen func() string) { io.WriteString(keyboard, person(screen)) }, args...)
}

// watching is a run that somebody watches, who has to come to an end too.
func (m *machine) watching(person func(screen func() string), args ...string) outcome {
	m.t.Helper()
	gone := make(chan struct{})
	m.watch = func(screen func() string) { defer close(gone); person(screen) }
	defer func() { m.watch = nil; <-gone }()
	return m.run(args...)
}

// lastScreen is what stands on a terminal after all of text.
func lastScreen(text string) string {
	var lines []string
	var line []rune
	at := 0
	for _, r := range text {
		switch r {
		case '\n':
			lines, line, at = append(lines, strings.TrimRight(string(line), " ")), nil, 0
		case '\r':
			at = 0
		case '\b':
			at = max(0, at-1)
		default:
			for len(line) <= at {
				line = append(line, ' ')
			}
			line[at] = r
			at++
		}
	}
	return strings.Join(append(lines, strings.TrimRight(string(line), " ")), "\n")
}

func mustQuery(t *testing.T, address string) url.Values {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil || address == "" {
		t.Errorf("no address: %q, %v", address, err)
		return url.Values{}
	}
	return u.Query()
}

// endOf signs in at an address, and returns the one that the browser cannot show at the end.
func (m *machine) endOf(start string) string {
	v := visitor.New(stopsAtHome{browserNetwork{m}})
	v.Email, v.Password = m.visitor.Email, m.visitor.Password
	_, err := v.Visit(m.t.Context(), start)
	var stop *urlStop
	if !errors.As(err, &stop) {
		m.t.Errorf("the browser did not end at localhost: %v", err)
		return ""
	}
	return stop.address
}

// stopsAtHome is a network on which localhost is another machine.
type stopsAtHome struct{ http.RoundTripper }

type urlStop struct{ address string }

func (e *urlStop) Error() string { return "nobody listens at localhost" }

func (n stopsAtHome) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Hostname() == "localhost" {
		return nil, &urlStop{req.URL.String()}
	}
	return n.RoundTripper.RoundTrip(req)
}

// probing counts how often it is asked whether a store can be written to.
type probing struct {
	keychain.Store
	probes *atomic.Int32
}

func (p probing) Probe(ctx context.Context) error {
	p.probes.Add(1)
	return p.Store.Probe(ctx)
}

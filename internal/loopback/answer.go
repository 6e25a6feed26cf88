package loopback

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// Answer is what the tenant sent back (RFC 6749 sections 4.1.2 and 4.1.2.1). Its state was right; the rest of it is
// untrusted text. At most one of Code and Error is set. It prints, logs and marshals without the code, which is a secret
// until it is redeemed.
type Answer struct {
	Code                                            string
	Error, ErrorDescription, ErrorURI, ErrorSubcode string

	outcome *outcome
}

// Reply sends the page that the browser waits for. It does not wait for the page to arrive; Close does. The first call
// counts.
func (a *Answer) Reply(p Page) {
	if a.outcome != nil {
		a.outcome.reply(p)
	}
}

// redacted is an Answer without its code.
type redacted struct {
	Code             string `json:"code,omitempty"`
	Error            string `json:"error,omitempty"`
	ErrorDescription string `json:"error_description,omitempty"`
}

func (a Answer) redacted() redacted {
	r := redacted{Error: a.Error, ErrorDescription: a.ErrorDescription}
	if a.Code != "" {
		r.Code = "[redacted]"
	}
	return r
}

// Format implements fmt.Formatter, for every verb.
func (a Answer) Format(f fmt.State, _ rune) {
	r := a.redacted()
	io.WriteString(f, fmt.Sprintf("answer with code %q, error %q, description %q", r.Code, r.Error, r.ErrorDescription))
}

// LogValue implements slog.LogValuer.
func (a Answer) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(a)) }

// MarshalJSON implements json.Marshaler.
func (a Answer) MarshalJSON() ([]byte, error) { return json.Marshal(a.redacted()) }

// outcome is the page that the browser ends on, and where.
type outcome struct {
	path     string // not to be guessed
	expected atomic.Bool
	fetched  atomic.Bool // by a browser, which was sent there; an answer that was pasted has none
	page     Page        // set before ready is closed
	ready    chan struct{}
	replied  sync.Once
	shown    chan struct{} // closed when the page went out
	showing  sync.Once
}

func newOutcome() *outcome {
	return &outcome{path: "/result/" + rand.Text(), ready: make(chan struct{}), shown: make(chan struct{})}
}

// expect notes that there is an answer; false when there was one before.
func (o *outcome) expect() bool { return o.expected.CompareAndSwap(false, true) }

func (o *outcome) isExpected() bool { return o.expected.Load() }

// isPath reports whether path is that of the page. Before a browser was sent there, nobody can know it.
func (o *outcome) isPath(path string) bool { return o.isExpected() && path == o.path }

func (o *outcome) reply(p Page) {
	o.replied.Do(func() {
		o.page = p
		close(o.ready)
	})
}

func (o *outcome) markShown() { o.showing.Do(func() { close(o.shown) }) }

// linger waits, for at most d, until the browser that was sent to the page has it.
func (o *outcome) linger(d time.Duration) {
	if !o.fetched.Load() {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-o.shown:
	case <-timer.C:
	}
}

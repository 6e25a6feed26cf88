package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/ciam-cli/ciam/internal/auth"
	"github.com/ciam-cli/ciam/internal/loopback"
	"github.com/ciam-cli/ciam/internal/term"
)

// waiting is a wait for the browser, or for what a person brings from it.
type waiting struct {
	*errand
	run   *run
	ready auth.Ready
	way   way
	seen  seen
	// done ends what begin began, and returns when the terminal is free.
	done func()
}

// seen is what was seen meanwhile: it tells why no answer came.
type seen struct {
	opened  bool        // a browser was
	failed  bool        // one was to be, and could not
	visited atomic.Bool // the short address was: a browser is at the tenant
	wrong   atomic.Int32
	// stray is why the last request to the listener was not the answer; nil for none.
	stray atomic.Pointer[string]
}

// stillWaiting is when a log is told what is being waited for.
const stillWaiting = 20 * time.Second

// mostWrong is how many wrong addresses can be pasted.
const mostWrong = 10

// begin shows how long the wait may still last, or takes what is pasted, until done or ctx's end.
func (w *waiting) begin(ctx context.Context) {
	ctx, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	w.done = func() { stop(); <-ended }
	go func() {
		defer close(ended)
		if w.way.pastes() && w.paste(ctx) {
			return
		}
		w.countDown(ctx)
	}()
}

// countDown is a line that changes; in a log it is one line, and late.
func (w *waiting) countDown(ctx context.Context) {
	r := w.run
	if r.global.quiet {
		return
	}
	if !r.Streams.CanChange() {
		select {
		case <-ctx.Done():
		case <-time.After(stillWaiting):
			r.info("waiting for the browser to come back to %s (Ctrl-C stops, --timeout is %s)", w.ready.RedirectURI, w.timeout)
		}
		return
	}
	defer r.Streams.Status("")
	end, _ := ctx.Deadline()
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for {
		r.Streams.Status("Waiting for the browser · " + countdown(time.Until(end)) + " left · Ctrl-C ends it")
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// countdown is a time left as 4:51.
func countdown(d time.Duration) string {
	seconds := int(max(0, d+time.Second-1) / time.Second)
	return fmt.Sprintf("%d:%02d", seconds/60, seconds%60)
}

// paste takes addresses until one is the answer, or until they are too many. It returns false when nobody can paste any more,
// and the browser may still come.
func (w *waiting) paste(ctx context.Context) bool {
	r := w.run
	end, _ := ctx.Deadline()
	until := r.Now().Add(time.Until(end)).Local().Format("15:04")
	err := r.Streams.Paste(ctx, term.Prompt{Question: "address: ", Aside: "(until " + until + "; Ctrl-C ends it)", Shown: withoutAnswer}, w.take)
	switch {
	case err == nil, ctx.Err() != nil:
		return true
	case errors.Is(err, term.ErrInterrupted):
		w.ready.GiveUp(&stoppedError{os.Interrupt})
		return true
	case !errors.Is(err, term.ErrNoAnswer):
		r.log.Debug("terminal", "not read", err)
	}
	r.info("Nothing can be pasted any more; the browser can still come to\n%s", w.ready.RedirectURI)
	return false
}

// take judges what was pasted; true ends the asking.
func (w *waiting) take(text string) bool {
	err := w.ready.Paste(text)
	var wrong *loopback.PasteError
	if !errors.As(err, &wrong) {
		return true
	}
	w.run.sayLines(pasteAdvice(wrong.Kind))
	if wrong.Kind == loopback.PasteEmpty || w.seen.wrong.Add(1) < mostWrong {
		return false
	}
	w.ready.GiveUp(&wrongPastesError{})
	return true
}

// wrongPastesError is a person who has pasted too many addresses of something else.
type wrongPastesError struct{}

func (e *wrongPastesError) Error() string {
	return fmt.Sprintf("%d addresses were pasted, and none is the one that this sign-in ends at", mostWrong)
}

func pasteAdvice(kind loopback.PasteKind) string {
	switch kind {
	case loopback.PasteEmpty:
		return "Nothing was pasted. Paste the address of the page at the end, and press Enter."
	case loopback.PasteTooLong:
		return "That is longer than 16 KiB, which no such address is. Paste the address alone."
	case loopback.PasteControl:
		return "That holds control characters, which no address does. Paste the address alone."
	case loopback.PasteStart:
		return "That is the page to open; paste the one at the end, after signing in."
	case loopback.PasteCode:
		return "That is a code alone, which could be of any sign-in. Paste the whole address."
	case loopback.PasteMalformed:
		return "That address is of this sign-in, but not whole. Paste all of it."
	}
	return "That address is from another sign-in (its state is not ours). Paste the one of\nthe page that opened just now."
}

// withoutAnswer is what is shown of an address while it is typed or pasted: not the code, and one line of it.
func withoutAnswer(text string) string {
	const most = 34
	if text == "" {
		return ""
	}
	shown, cut := text, false
	if i := strings.IndexAny(text, "?#="); i >= 0 {
		shown, cut = text[:i+1], i+1 < len(text)
	}
	if runes := []rune(shown); len(runes) > most {
		shown, cut = string(runes[:most]), true
	}
	if !cut {
		return shown
	}
	return fmt.Sprintf("%s… (%d characters)", shown, len([]rune(text)))
}

// stray tells of requests to the listener that are not the answer: in the debug log, but for the one a person can mend.
func (r *run) stray(reason string) {
	if reason == loopback.StrayHTTPS {
		r.httpsOnce.Do(func() { r.warn(reason) }) // browsers try several times
	}
	if r.waiting != nil {
		r.waiting.seen.stray.Store(&reason)
	}
	r.log.Debug("listener", "ignored", reason)
}

// unanswered is a time-out with what was seen meanwhile.
type unanswered struct {
	*auth.TimeoutError
	what string // "sign in", "sign out"
	seen *seen
}

// Unwrap returns the time-out.
func (e *unanswered) Unwrap() error { return e.TimeoutError }

// explainWait adds to a time-out what was seen.
func (r *run) explainWait(err error) error {
	var timeout *auth.TimeoutError
	if r.waiting == nil || !errors.As(err, &timeout) || timeout.RedirectURI == "" {
		return err
	}
	return &unanswered{timeout, r.waiting.what, &r.waiting.seen}
}

package cli

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/ciam-cli/ciam/internal/auth"
	"github.com/ciam-cli/ciam/internal/browser"
	"github.com/ciam-cli/ciam/internal/loopback"
)

type loopbackPage = loopback.Page

// errand is what the browser is opened for.
type errand struct {
	what      string // "sign in", "sign out"
	noBrowser bool
	timeout   time.Duration
}

// stillWaiting is when a person who sees nothing happen is told what is being waited for.
const stillWaiting = 20 * time.Second

// sendToBrowser opens the URL, or prints it when there is no browser or none is wanted. The URL is always shown:
// a browser that opens in the wrong place, or not at all, is no dead end then.
func (r *run) sendToBrowser(ctx context.Context, ready auth.Ready, e errand) error {
	r.seen = &seen{what: e.what}
	if r.filledIn {
		// Nobody has a use for the URL: the pages are filled in by the demo's visitor.
		return r.openBrowser(ctx, ready.URL)
	}
	if ready.Moved != nil {
		r.info("%v; listening on %s instead", ready.Moved, ready.RedirectURI)
	}
	opened := false
	if !e.noBrowser {
		if err := r.openBrowser(ctx, ready.URL); err != nil {
			r.warn("the browser could not be opened: " + err.Error())
		} else {
			opened, r.seen.opened = true, true
		}
	}
	if opened {
		r.info("your browser has been opened to %s; if it has not, visit\n\n  %s\n", e.what, ready.URL)
	} else {
		// Not subject to --quiet: without it nothing can go on.
		r.Streams.Say("open this URL in a browser on this machine to %s:\n\n  %s\n", e.what, ready.URL)
	}
	time.AfterFunc(stillWaiting, func() {
		if ctx.Err() == nil {
			r.info("waiting for the browser to come back to %s (Ctrl-C stops, --timeout is %s)", ready.RedirectURI, e.timeout)
		}
	})
	return nil
}

// seen is what was seen while a browser was waited for: it tells why no answer came.
type seen struct {
	what   string // "sign in", "sign out"
	opened bool
	// stray is why the last request to the listener was not the answer; nil for none.
	stray atomic.Pointer[string]
}

// unanswered is a time-out with what was seen meanwhile.
type unanswered struct {
	*auth.TimeoutError
	seen *seen
}

// Unwrap returns the time-out.
func (e *unanswered) Unwrap() error { return e.TimeoutError }

// explainWait adds to a time-out what was seen.
func (r *run) explainWait(err error) error {
	var timeout *auth.TimeoutError
	if r.seen == nil || !errors.As(err, &timeout) || timeout.RedirectURI == "" {
		return err
	}
	return &unanswered{timeout, r.seen}
}

func (r *run) openBrowser(ctx context.Context, url string) error {
	if r.OpenBrowser != nil {
		return r.OpenBrowser(ctx, url)
	}
	return r.opener().Open(ctx, url)
}

func (r *run) opener() browser.Opener {
	return browser.Opener{Command: r.env.Browser, Stderr: r.Streams.ChildErr(), Display: r.env.Display, WSL: r.env.WSL}
}

// stray tells of requests to the listener that are not the answer: in the debug log, but for the one a person can mend.
func (r *run) stray(reason string) {
	if reason == loopback.StrayHTTPS {
		r.httpsOnce.Do(func() { r.warn(reason) }) // browsers try several times
	}
	if r.seen != nil {
		r.seen.stray.Store(&reason)
	}
	r.log.Debug("listener", "ignored", reason)
}

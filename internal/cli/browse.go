package cli

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/ciam-cli/ciam/internal/auth"
	"github.com/ciam-cli/ciam/internal/browser"
	"github.com/ciam-cli/ciam/internal/idtoken"
	"github.com/ciam-cli/ciam/internal/loopback"
	"github.com/ciam-cli/ciam/internal/render"
	"github.com/ciam-cli/ciam/internal/term"
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

// signedInPage is where the browser ends after a sign-in: who it is, and the claims of the verified ID token.
func (r *run) signedInPage(token *idtoken.Token) loopback.Page {
	page := loopback.Page{
		Title: "Signed in", Tone: loopback.Success, Heading: "You are signed in",
		Paragraphs: []string{"You can close this tab and go back to the terminal. These are the claims of your ID token."},
	}
	if name := displayName(token); name != "" {
		page.Heading = "You are signed in as " + name
	}
	for _, row := range render.ClaimRows(token, r.Now()) {
		page.Rows = append(page.Rows, loopback.Row{Name: row.Name, Value: row.Value, Note: row.Meaning})
	}
	return page
}

// failurePage tells the browser what the terminal says too.
func (r *run) failurePage(err error) loopback.Page {
	f := describe(err)
	page := loopback.Page{Status: 400, Title: "Not signed in", Tone: loopback.Failure, Heading: "You are not signed in", Paragraphs: []string{sentence(term.Clip(f.message, maxMessage))}}
	if f.code == "cancelled" {
		page.Status, page.Tone = 200, loopback.Notice
	}
	if f.hint != "" {
		page.Paragraphs = append(page.Paragraphs, "What to do: "+strings.TrimSuffix(f.hint, ".")+".")
	}
	if f.correlationID != "" {
		page.Rows = append(page.Rows, loopback.Row{Name: "Correlation id", Value: f.correlationID})
	}
	if f.traceID != "" {
		page.Rows = append(page.Rows, loopback.Row{Name: "Trace id", Value: f.traceID})
	}
	return page
}

// maxMessage bounds what a tenant's error_description can fill a screen with.
const maxMessage = 2000

// sentence makes a terminal's message one of a page: with a capital letter and a full stop.
func sentence(message string) string {
	first, size := utf8.DecodeRuneInString(message)
	return string(unicode.ToUpper(first)) + strings.TrimSuffix(message[size:], ".") + "."
}

func displayName(token *idtoken.Token) string {
	for _, name := range []string{token.Name, token.PreferredUsername, token.Email} {
		if name != "" && name != "unknown" { // External ID sends "unknown" where no display name was collected
			return name
		}
	}
	return ""
}

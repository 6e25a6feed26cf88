package auth

import (
	"context"
	"errors"
	"time"

	"github.com/ciam-cli/ciam/internal/loopback"
)

// Ready is a browser's errand that begins: the listener waits for what it brings back.
type Ready struct {
	// URL is where the browser is to go: the authorize request, or that of a sign-out.
	URL string
	// Carried is the authorize request for an address that a person takes to another machine: its answer is in the address
	// of the page at the end. State, nonce and challenge are those of URL. "" for a sign-out.
	Carried string
	// RedirectURI is where the browser is expected, with the port that was bound.
	RedirectURI string
	// Moved says why the preferred port was not used; nil when it was.
	Moved *loopback.PortError
	// Short makes a short address of the listener that leads to another one; visited is told of each use. See
	// loopback.Listener.Offer.
	Short func(address string, visited func()) string
	// Paste takes the address of the page at the end from a person; the error is a *loopback.PasteError. nil for a sign-out.
	Paste func(text string) error
	// GiveUp ends the wait with an error.
	GiveUp func(err error)
}

// awaitBrowser hands ready over and waits for the browser, or for the time-out. ready gets what is the listener's.
func awaitBrowser(ctx context.Context, l *loopback.Listener, ready Ready, timeout time.Duration, onReady func(context.Context, Ready) error, onWaited func()) (*loopback.Answer, error) {
	abandoned, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	limited, cancel := context.WithTimeout(abandoned, timeout)
	defer cancel()
	ready.RedirectURI, ready.Moved, ready.Short, ready.GiveUp = l.RedirectURI(), l.Moved(), l.Offer, giveUp
	if onWaited != nil {
		defer onWaited()
	}
	if err := onReady(limited, ready); err != nil {
		return nil, err
	}
	answer, err := l.Wait(limited)
	if err != nil && ctx.Err() == nil && errors.Is(context.Cause(limited), context.DeadlineExceeded) {
		return nil, &TimeoutError{Waited: timeout, RedirectURI: l.RedirectURI()}
	}
	return answer, err
}

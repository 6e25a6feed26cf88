package cli

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/ciam-cli/ciam/internal/keychain"
	"github.com/ciam-cli/ciam/internal/term"
)

// Env is everything outside the program that a test may replace. It is built once, in main, and handed down.
type Env struct {
	// Streams are stdin, stdout and stderr with what is known of the terminal.
	Streams *term.Streams
	// Getenv reads the environment.
	Getenv func(string) string
	// UserHome is the user's home folder where HOME does not say, "" for none; nil asks the system's list of users.
	UserHome func() string
	// Version is the version of the program, such as "v1.2.3".
	Version string
	// Commit and CommitDate, in RFC 3339, are what it was built from, "" where that is not known; Modified says that the
	// sources were changed since.
	Commit, CommitDate string
	Modified           bool
	// GOOS is the system that hints are for; "" is this one.
	GOOS string
	// Transport carries HTTP requests; nil means the system's network with proxies and CIAM_CA_FILE honoured.
	Transport http.RoundTripper
	// OpenStore returns the token store of a kind; nil means the real ones.
	OpenStore func(kind string) (keychain.Store, error)
	// OpenBrowser opens a URL; nil means the system's browser, or the command in CIAM_BROWSER or BROWSER.
	OpenBrowser func(ctx context.Context, url string) error
	// Machine tells of this machine; nil asks the system.
	Machine func() Machine
	// Pause waits between two requests, and until a service knows what was made; nil waits by the system's clock.
	Pause func(context.Context, time.Duration) error
	// Signals are lent to the programs that are run; nil when nobody catches them.
	Signals *Signals
	// Now is the clock, and Rand the source of state, nonce and code verifier.
	Now  func() time.Time
	Rand io.Reader
}

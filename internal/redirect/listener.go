package loopback

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"
)

// DefaultPort is the port used where the redirect URI names none, as in Microsoft's samples.
const DefaultPort = 3000

// Options describes the answer that is waited for.
type Options struct {
	// RedirectURI is http://localhost with an optional port (preferred, not binding) and path (binding).
	RedirectURI *url.URL
	// Port, when positive, is the only port to listen on.
	Port int
	// State must come back with the answer.
	State string
	// AnyReturn waits for a sign-out to come back: a GET of the path, where state may be missing.
	AnyReturn bool
	// OnStray is told of requests that are not the answer; nil drops them. It may be called concurrently.
	OnStray func(reason string)
}

// PortError says why a port could not be used.
type PortError struct {
	Port int
	// Holder names the program that has it, such as "node (pid 1234)", where the system tells; else "".
	Holder string
	Err    error
}

// Error implements error.
func (e *PortError) Error() string {
	if e.Holder != "" {
		return fmt.Sprintf("port %d on localhost is held by %s", e.Port, e.Holder)
	}
	return fmt.Sprintf("port %d on localhost cannot be used: %v", e.Port, e.Err)
}

// Unwrap returns the system's error.
func (e *PortError) Unwrap() error { return e.Err }

// ErrNoCode is an answer with the right state and neither code nor error.
var ErrNoCode = errors.New("the tenant's answer holds neither a code nor an error")

// Limits of what a browser's answer needs; a local process gets no more.
const (
	maxBody        = 64 << 10
	maxHeader      = 32 << 10
	maxConnections = 64
	headerTimeout  = 3 * time.Second
	bodyTimeout    = 5 * time.Second
	// resultTimeout is how long a browser is kept waiting for its page: redeeming and verifying take two requests
	// of at most 30 s.
	resultTimeout = 90 * time.Second
	// closeGrace is how long Close waits for the browser to fetch its page.
	closeGrace = 2 * time.Second
)

// Listener waits for one answer.
type Listener struct {
	options Options
	port    int
	moved   *PortError
	server  *http.Server
	result  string // path of the result page, not to be guessed
	grace   time.Duration

	mu      sync.Mutex
	taken   bool
	page    Page
	answers chan *Answer  // holds one
	ready   chan struct{} // closed when page is set
	shown   chan struct{} // closed when the result page has been written
	once    sync.Once     // for ready
	close   sync.Once
}

// Listen binds 127.0.0.1 and ::1 on one port and begins to answer. A machine without IPv6 is fine.
// It returns *PortError when Options.Port was given and is taken, or no port is free.
func Listen(ctx context.Context, o Options) (*Listener, error) {
	l := &Listener{options: o, result: "/result/" + rand.Text(), grace: closeGrace, answers: make(chan *Answer, 1), ready: make(chan struct{}), shown: make(chan struct{})}
	sockets, err := l.bind(ctx)
	if err != nil {
		return nil, err
	}
	l.server = &http.Server{
		Handler: http.HandlerFunc(l.serve), ReadHeaderTimeout: headerTimeout, ReadTimeout: bodyTimeout,
		WriteTimeout: resultTimeout + 5*time.Second, IdleTimeout: 5 * time.Second, MaxHeaderBytes: maxHeader,
		ErrorLog: log.New(io.Discard, "", 0), // it would tell of every broken connection on stderr
	}
	room := make(chan struct{}, maxConnections)
	for _, s := range sockets {
		go func() { _ = l.server.Serve(&guarded{Listener: s, room: room, stray: l.stray}) }() // ends with ErrServerClosed
	}
	return l, nil
}

func (l *Listener) bind(ctx context.Context) ([]net.Listener, error) {
	preferred := l.options.Port
	if preferred == 0 {
		preferred = DefaultPort
		if p, err := strconv.Atoi(l.options.RedirectURI.Port()); err == nil && p > 0 {
			preferred = p
		}
	}
	sockets, port, err := bindBoth(ctx, preferred)
	if err == nil {
		l.port = port
		return sockets, nil
	}
	taken := &PortError{Port: preferred, Holder: holder(preferred), Err: err}
	if l.options.Port > 0 {
		return nil, taken
	}
	// Entra ignores the port of localhost when it matches redirect URIs, so another one does as well.
	for range 20 {
		if sockets, port, err = bindBoth(ctx, 0); err == nil {
			l.port, l.moved = port, taken
			return sockets, nil
		}
	}
	return nil, taken
}

// bindBoth binds one port on both families: a browser may try either for localhost, and another program on the
// other one would swallow the answer. Port 0 chooses a port.
func bindBoth(ctx context.Context, port int) ([]net.Listener, int, error) {
	var config net.ListenConfig
	v4, err := config.Listen(ctx, "tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return nil, 0, err
	}
	port = v4.Addr().(*net.TCPAddr).Port
	v6, err := config.Listen(ctx, "tcp6", net.JoinHostPort("::1", strconv.Itoa(port)))
	if err == nil {
		return []net.Listener{v4, v6}, port, nil
	}
	// Any other port of ::1 tells whether this one is taken or there is no IPv6 at all.
	if probe, probeErr := config.Listen(ctx, "tcp6", "[::1]:0"); probeErr == nil {
		_ = probe.Close()
		_ = v4.Close()
		return nil, 0, err
	}
	return []net.Listener{v4}, port, nil
}

// RedirectURI is the redirect URI to send to the tenant, with the port that was bound.
func (l *Listener) RedirectURI() string {
	u := *l.options.RedirectURI
	u.Host = net.JoinHostPort("localhost", strconv.Itoa(l.port))
	return u.String()
}

// Moved says why the preferred port is not used; nil when it is.
func (l *Listener) Moved() *PortError { return l.moved }

// Wait returns the first answer with the right state; later calls wait for ctx. With ErrNoCode there is an answer
// too. The browser waits for its page until Reply or Close.
func (l *Listener) Wait(ctx context.Context) (*Answer, error) {
	select {
	case a := <-l.answers:
		if a.Code == "" && a.Error == "" && !l.options.AnyReturn {
			return a, ErrNoCode
		}
		return a, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// Close lets the result page go out, for at most two seconds, and frees the port. A browser that still waits for
// its page gets one that says so.
func (l *Listener) Close() error {
	l.close.Do(func() {
		l.reply(Page{Status: http.StatusInternalServerError, Title: "Not finished", Tone: Failure, Heading: "The sign-in was not finished",
			Paragraphs: []string{"ciam ended before it could. The terminal says why."}})
		ctx, cancel := context.WithTimeout(context.Background(), l.grace)
		defer cancel()
		if l.isTaken() {
			select {
			case <-l.shown:
			case <-ctx.Done():
			}
		}
		_ = l.server.Shutdown(ctx)
		_ = l.server.Close()
	})
	return nil
}

func (l *Listener) isTaken() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.taken
}

// take makes a the answer, unless there is one already.
func (l *Listener) take(a *Answer) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.taken {
		return false
	}
	l.taken = true
	l.answers <- a
	return true
}

// reply sets the result page; the first call counts.
func (l *Listener) reply(p Page) {
	l.once.Do(func() {
		l.mu.Lock()
		l.page = p
		l.mu.Unlock()
		close(l.ready)
	})
}

func (l *Listener) stray(reason string) {
	if l.options.OnStray != nil {
		l.options.OnStray(reason)
	}
}

package loopback

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
)

// Options describe the answer that is waited for.
type Options struct {
	// RedirectURI is http://localhost with an optional port and path, as registered for the app. The path is exact;
	// the port is preferred only (none or 0 means DefaultPort), since Entra ignores it for localhost.
	RedirectURI *url.URL
	// Port, when positive, is the only port to listen on.
	Port int
	// State is what the answer has to carry (RFC 6749 section 10.12). It is required, except with AnyReturn, where ""
	// compares nothing.
	State string
	// AnyReturn waits for the return from a sign-out instead: a GET of the path, where the state may be missing but
	// not wrong (OpenID Connect RP-Initiated Logout section 3).
	AnyReturn bool
	// OnStray is told of each request that is not the answer, never of its parameters; nil drops it. Calls come one at
	// a time. StrayHTTPS is worth showing to the person.
	OnStray func(reason string)

	limits limits // tests shorten them; zero fields are the defaults
}

// Listener waits for one answer. Its methods may be called from several goroutines.
type Listener struct {
	expected  expected
	binding   binding
	uri       url.URL
	server    *http.Server
	outcome   *outcome
	limits    limits
	onStray   func(reason string)
	strayLock sync.Mutex
	offered   atomic.Pointer[offer] // nil for none

	answers chan *Answer // holds the one there is
	failed  chan error   // of the server
	closed  chan struct{}
	closing sync.Once
}

// Listen binds the port on 127.0.0.1 and [::1] and begins to answer. ctx bounds the binding only. It returns *PortError
// when Options.Port was given and cannot be used, or no port is free.
func Listen(ctx context.Context, o Options) (*Listener, error) {
	preferred, err := o.check()
	if err != nil {
		return nil, err
	}
	bound, err := bind(ctx, bindBoth, o.Port, preferred)
	if err != nil {
		return nil, err
	}
	l := &Listener{
		expected: expected{state: o.State, anyReturn: o.AnyReturn},
		binding:  bound,
		uri:      *o.RedirectURI,
		outcome:  newOutcome(),
		limits:   o.limits.orDefault(),
		onStray:  o.OnStray,
		answers:  make(chan *Answer, 1),
		failed:   make(chan error, len(bound.listeners)),
		closed:   make(chan struct{}),
	}
	l.uri.Host = net.JoinHostPort(o.RedirectURI.Hostname(), strconv.Itoa(bound.port))
	l.serve()
	return l, nil
}

// check returns the preferred port. What it refuses is a mistake of the caller.
func (o *Options) check() (preferred int, err error) {
	u := o.RedirectURI
	if u == nil || u.Scheme != "http" || !isLoopbackName(u.Hostname()) {
		return 0, errors.New("loopback: the redirect URI must be http://localhost, with a port and path where wanted")
	}
	if o.State == "" && !o.AnyReturn {
		return 0, errors.New("loopback: without a state anybody's answer would be taken")
	}
	if port, err := strconv.Atoi(u.Port()); err == nil && port > 0 {
		return port, nil
	}
	return DefaultPort, nil
}

// serve answers on every address that was bound.
func (l *Listener) serve() {
	l.server = &http.Server{
		Handler:                      http.HandlerFunc(l.handle),
		ReadHeaderTimeout:            l.limits.header,
		ReadTimeout:                  l.limits.header + l.limits.body,
		WriteTimeout:                 l.limits.header + l.limits.body + l.limits.write,
		IdleTimeout:                  l.limits.idle,
		MaxHeaderBytes:               maxHeader,
		ConnContext:                  withConnection,
		DisableGeneralOptionsHandler: true,
		ErrorLog:                     log.New(io.Discard, "", 0), // it would tell of each broken connection on stderr
	}
	crowded := sync.OnceFunc(func() {
		l.stray(fmt.Sprintf("connections that send nothing or little: over %d at once, the longest-waiting ones are let go", l.limits.connections))
	})
	for _, inner := range l.binding.listeners {
		guarded := &guard{Listener: inner, table: newTable(l.limits, crowded), closed: l.closed, stray: l.stray, write: l.limits.write}
		go func() {
			if err := l.server.Serve(guarded); !errors.Is(err, http.ErrServerClosed) {
				l.failed <- fmt.Errorf("listener on port %d: %w", l.binding.port, err)
			}
		}()
	}
}

// RedirectURI is what to send to the tenant: the registered URI with the port that is really bound.
func (l *Listener) RedirectURI() string { return l.uri.String() }

// Moved says why the preferred port is not used; nil when it is.
func (l *Listener) Moved() *PortError { return l.binding.moved }

// Wait returns the answer once a request with the right state has come, however many others come before it. It returns
// the Answer together with ErrNoCode when that holds nothing; ctx's cause when ctx ends first; ErrClosed after Close.
// Only one call gets the answer.
func (l *Listener) Wait(ctx context.Context) (*Answer, error) {
	select {
	case a := <-l.answers:
		if a.Code == "" && a.Error == "" && !l.expected.anyReturn {
			return a, ErrNoCode
		}
		return a, nil
	case err := <-l.failed:
		return nil, err
	case <-l.closed:
		return nil, ErrClosed
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// Close lets the page go out to the browser that waits for it, for two seconds at most, and frees the port. Without a
// Reply the page says that the sign-in was not finished. It returns nil; later calls do nothing.
func (l *Listener) Close() error {
	l.closing.Do(func() {
		l.outcome.reply(unfinishedPage())
		l.outcome.linger(l.limits.linger)
		close(l.closed) // first: the server waits for those who wait for a place
		// Not Shutdown: it waits for connections that browsers open ahead and never use.
		l.server.Close()
		closeAll(l.binding.listeners)
	})
	return nil
}

func (l *Listener) stray(reason string) {
	if l.onStray == nil {
		return
	}
	l.strayLock.Lock()
	defer l.strayLock.Unlock()
	l.onStray(reason)
}

package cli

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// endpointPath is where the token endpoint of `ciam exec` answers.
const endpointPath = "/token"

// tokenEndpoint gives the child of `ciam exec` fresh tokens over HTTP on loopback. Any process of this machine can
// connect, and a page in a browser can try: who does not know the secret learns nothing.
type tokenEndpoint struct {
	url, secret string

	run    *run
	source *tokenSource
	ctx    context.Context
	host   string
	server *http.Server
	one    sync.Mutex // one renewal at a time
}

// serveTokens opens the endpoint on a free port of 127.0.0.1, until close.
func (r *run) serveTokens(ctx context.Context, source *tokenSource) (*tokenEndpoint, error) {
	random := make([]byte, 32)
	if _, err := io.ReadFull(r.Rand, random); err != nil {
		return nil, fmt.Errorf("make the secret of the token endpoint: %w", err)
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open the token endpoint: %w", err)
	}
	// An interruption is for the child to hear; the endpoint stays until the child has ended.
	e := &tokenEndpoint{run: r, source: source, ctx: context.WithoutCancel(ctx), host: listener.Addr().String(), secret: base64.RawURLEncoding.EncodeToString(random)}
	e.url = "http://" + e.host + endpointPath
	e.server = &http.Server{Handler: e, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 2 * time.Minute,
		IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10}
	go func() { _ = e.server.Serve(listener) }() // ends with ErrServerClosed at close
	return e, nil
}

func (e *tokenEndpoint) close() { _ = e.server.Close() }

// ServeHTTP implements http.Handler.
func (e *tokenEndpoint) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Type", "application/json")
	header.Set("X-Content-Type-Options", "nosniff")
	switch {
	case req.Host != e.host: // a name that leads to 127.0.0.1 is a web page's (DNS rebinding)
		e.refuse(w, http.StatusMisdirectedRequest, "bad_host", "ask for "+e.host)
	case req.URL.Path != endpointPath:
		e.refuse(w, http.StatusNotFound, "not_found", "there is "+endpointPath+" only")
	case req.Method != http.MethodGet:
		header.Set("Allow", http.MethodGet)
		e.refuse(w, http.StatusMethodNotAllowed, "bad_method", "use GET")
	case subtle.ConstantTimeCompare([]byte(req.Header.Get("Authorization")), []byte("Bearer "+e.secret)) != 1:
		header.Set("WWW-Authenticate", "Bearer")
		e.refuse(w, http.StatusUnauthorized, "bad_secret", "send the header Authorization: Bearer $CIAM_TOKEN_URL_SECRET")
	default:
		e.answer(w)
	}
}

func (e *tokenEndpoint) answer(w http.ResponseWriter) {
	// Not bound to the request: a renewal that was begun is finished and kept, also when the child no longer waits.
	ctx, cancel := context.WithTimeout(e.ctx, time.Minute)
	defer cancel()
	e.one.Lock()
	c, err := e.source.accessToken(ctx)
	e.one.Unlock()
	if err != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		_ = json.NewEncoder(w).Encode(e.run.describe(err).json())
		return
	}
	_ = json.NewEncoder(w).Encode(c.view()) // the child may have gone
}

func (e *tokenEndpoint) refuse(w http.ResponseWriter, status int, code, message string) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode((failure{code: code, message: message}).json())
}

package cli

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/ciam-cli/ciam/internal/config"
	"github.com/ciam-cli/ciam/internal/wire"
)

// httpClient builds the client for a profile. It keeps no cookies and follows no redirects.
func (r *run) httpClient(p config.Profile) (*http.Client, error) {
	transport := r.Transport
	if p.Name == demoProfile {
		transport = r.embeddedTenant()
	} else if transport == nil {
		system, err := systemTransport(r.env.CAFile)
		if err != nil {
			return nil, err
		}
		transport = system
	}
	if r.global.debug {
		transport = &tracer{next: transport, log: r.log, now: r.Now}
	}
	// A redirect of the token endpoint would carry the code and the secret elsewhere: none is followed.
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, nil
}

// systemTransport honours the proxy variables and adds the certificate authorities of a PEM file to the system's.
func systemTransport(caFile string) (*http.Transport, error) {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxResponseHeaderBytes = 64 << 10
	t.ResponseHeaderTimeout = 30 * time.Second
	t.OnProxyConnectResponse = wire.KeepProxyAnswer
	if caFile == "" {
		return t, nil
	}
	const want = "a PEM file with certificates"
	f, err := os.Open(caFile)
	if err != nil {
		return nil, &config.Error{Where: "CIAM_CA_FILE", Problem: err.Error(), Want: want}
	}
	defer f.Close()
	pem, err := io.ReadAll(io.LimitReader(f, 8<<20)) // a whole system bundle has 200 KB
	if err != nil {
		return nil, &config.Error{Where: "CIAM_CA_FILE", Problem: err.Error(), Want: want}
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, &config.Error{Where: "CIAM_CA_FILE", Problem: caFile + " holds no certificate", Want: want}
	}
	t.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	return t, nil
}

// tracer tells each request in the debug log: method, host and path, status, time taken. Never a query, a header or
// a body, since that is where codes, tokens and secrets are.
type tracer struct {
	next http.RoundTripper
	log  *slog.Logger
	now  func() time.Time
}

// RoundTrip implements http.RoundTripper.
func (t *tracer) RoundTrip(req *http.Request) (*http.Response, error) {
	began := t.now()
	resp, err := t.next.RoundTrip(req)
	where := req.URL.Scheme + "://" + req.URL.Host + req.URL.EscapedPath()
	took := slog.Duration("took", t.now().Sub(began))
	if err != nil {
		cause := err
		for inner := errors.Unwrap(cause); inner != nil; inner = errors.Unwrap(cause) {
			cause = inner
		}
		t.log.Debug("http", "method", req.Method, "url", where, "error", cause.Error(), took)
		return nil, err
	}
	t.log.Debug("http", "method", req.Method, "url", where, "status", resp.StatusCode,
		"request_id", resp.Header.Get("x-ms-request-id"), took)
	return resp, nil
}

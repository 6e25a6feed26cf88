package cli

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/config"
	"github.com/ciam-cli/ciam/internal/files"
	"github.com/ciam-cli/ciam/internal/wire"
)

// httpClient builds the client for a profile. It keeps no cookies and follows no redirects.
func (r *run) httpClient(p config.Profile) (*http.Client, error) {
	transport, err := r.transport(p)
	if err != nil {
		return nil, err
	}
	return r.clientOn(transport), nil
}

// transport carries the requests of a profile.
func (r *run) transport(p config.Profile) (http.RoundTripper, error) {
	switch {
	case p.Name == demoProfile:
		return r.embeddedTenant(), nil
	case r.Transport != nil:
		return r.Transport, nil
	}
	return r.systemTransport(r.caFile(p))
}

// clientOn is a client on a transport.
func (r *run) clientOn(transport http.RoundTripper) *http.Client {
	transport = r.onTheWay(transport)
	// A redirect of the token endpoint would carry the code and the secret elsewhere: none is followed.
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// onTheWay is what all requests of the program pass on their way to next.
func (r *run) onTheWay(next http.RoundTripper) http.RoundTripper {
	next = &introducer{next: next, as: r.userAgent()}
	if r.global.debug {
		next = &tracer{next: next, log: r.log, now: r.Now}
	}
	return next
}

// userAgent names the program to servers: product, version and system (RFC 9110 section 10.1.5).
func (r *run) userAgent() string {
	version := strings.Map(func(c rune) rune {
		if isToken(string(c)) {
			return c
		}
		return -1
	}, r.Version)
	return "ciam/" + cmp.Or(version, "unknown") + " (" + runtime.GOOS + "; " + runtime.GOARCH + ")"
}

// introducer says who asks, in every request that does not say so itself.
type introducer struct {
	next http.RoundTripper
	as   string
}

// RoundTrip implements http.RoundTripper.
func (i *introducer) RoundTrip(req *http.Request) (*http.Response, error) {
	if _, given := req.Header["User-Agent"]; !given {
		req = req.Clone(req.Context())
		req.Header.Set("User-Agent", i.as)
	}
	return i.next.RoundTrip(req)
}

// namedFile is a file and the flag, variable or setting that names it; the zero value is none.
type namedFile struct{ path, by string }

// caFile is the file with further authorities for a profile: the flag's, the environment's, the profile's own.
func (r *run) caFile(p config.Profile) namedFile {
	switch {
	case r.global.caFile != "":
		return namedFile{r.global.caFile, "--ca-file"}
	case r.env.CAFile != "":
		return namedFile{r.env.CAFile, "CIAM_CA_FILE"}
	case p.CAFile != "":
		return namedFile{p.CAFile, "ca_file of profile " + p.Name}
	}
	return namedFile{}
}

// systemTransport honours the proxy variables and adds the certificate authorities of PEM files to the system's.
func (r *run) systemTransport(ca ...namedFile) (*http.Transport, error) {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxResponseHeaderBytes = 64 << 10
	t.ResponseHeaderTimeout = 30 * time.Second
	t.OnProxyConnectResponse = wire.KeepProxyAnswer
	t.ProxyConnectHeader = http.Header{"User-Agent": {r.userAgent()}}
	proxyFor, err := r.env.Proxies.For()
	if err != nil {
		return nil, err
	}
	t.Proxy = func(req *http.Request) (*url.URL, error) { return proxyFor(req.URL) }
	pool, err := r.authorities(ca...)
	if err != nil {
		return nil, err
	}
	if pool != nil {
		t.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	return t, nil
}

// authorities are the system's and those of files; nil, which is the system's, for no file.
func (r *run) authorities(named ...namedFile) (pool *x509.CertPool, err error) {
	for _, ca := range named {
		if ca.path == "" {
			continue
		}
		pem, err := r.readCertificates(ca)
		if err != nil {
			return nil, err
		}
		if pool == nil {
			if pool, err = x509.SystemCertPool(); err != nil {
				pool = x509.NewCertPool()
			}
		}
		if !pool.AppendCertsFromPEM(pem) {
			return nil, r.system().mistaken(ca, pem, wantCertificates, authorities)
		}
	}
	return pool, nil
}

const (
	wantCertificates = "a PEM file with certificates"
	maxCertificates  = 8 << 20 // a whole system bundle has 200 KB
)

// readCertificates reads a file of authorities, as text.
func (r *run) readCertificates(ca namedFile) ([]byte, error) {
	data, err := r.readNamed(ca.path, wantCertificates, files.Options{Limit: maxCertificates, Raw: true})
	if e := new(config.Error); errors.As(err, &e) {
		e.Where = ca.by
		e.Problem = ca.path + ": " + e.Problem
	}
	if err != nil {
		return nil, err
	}
	text, err := files.Text(ca.path, data)
	if err != nil {
		return nil, r.system().mistaken(ca, data, wantCertificates, authorities)
	}
	return text, nil
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

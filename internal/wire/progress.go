package wire

import (
	"crypto/tls"
	"net"
	"net/http/httptrace"
	"net/url"
	"sync"
	"time"
)

// progress is how far one request got. A transport that is not Go's own reports nothing.
type progress struct {
	target  *url.URL
	timeout time.Duration

	mu        sync.Mutex // a dial can outlive its request
	dialled   string     // whom the connection is to, host and port: the proxy when there is one
	connected bool
	shook     bool // a TLS handshake has begun
	got       bool // a connection that can carry requests
	answered  bool // the first byte of an answer
}

func (p *progress) trace() *httptrace.ClientTrace {
	note := func(what func()) {
		p.mu.Lock()
		defer p.mu.Unlock()
		what()
	}
	return &httptrace.ClientTrace{
		GetConn: func(hostPort string) { note(func() { p.dialled = hostPort }) },
		ConnectDone: func(_, _ string, err error) {
			if err == nil {
				note(func() { p.connected = true })
			}
		},
		TLSHandshakeStart:    func() { note(func() { p.shook = true }) },
		TLSHandshakeDone:     func(tls.ConnectionState, error) {},
		GotConn:              func(httptrace.GotConnInfo) { note(func() { p.got = true }) },
		GotFirstResponseByte: func() { note(func() { p.answered = true }) },
	}
}

// url is what was asked for, without the query and what stands before an @: both can be secrets.
func (p *progress) url() string {
	return p.target.Scheme + "://" + p.target.Host + p.target.EscapedPath()
}

// atProxy reports that the connection is to a proxy, which has not connected us to the target yet.
func (p *progress) atProxy() bool {
	return p.dialled != "" && p.dialled != p.hostPort() && p.connected && !p.shook && !p.got
}

// shaking reports a TLS handshake that did not end well.
func (p *progress) shaking() bool { return p.shook && !p.got }

// hostPort is the target's host and port, as the transport writes them.
func (p *progress) hostPort() string {
	port := p.target.Port()
	if port == "" {
		port = "80"
		if p.target.Scheme == "https" {
			port = "443"
		}
	}
	return net.JoinHostPort(p.target.Hostname(), port)
}

// late says what there was no time for.
func (p *progress) late() string {
	within := " within " + p.timeout.String()
	switch {
	case p.dialled == "" || p.got:
		return "no complete answer" + within
	case p.shook:
		return "no TLS handshake" + within
	case p.atProxy():
		return "no connection" + within + " through the proxy " + p.dialled
	}
	return "no connection" + within
}

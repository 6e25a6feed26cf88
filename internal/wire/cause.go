package wire

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// unanswered puts the failure of a request into plain words. How far it got tells apart what looks the same: a
// connection that is closed while the proxy is asked, during the handshake, or before the answer.
func (p *progress) unanswered(err error) *UnreachableError {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := &UnreachableError{URL: p.url(), Err: err, broke: broken(err)}
	e.Cause, e.Reason = p.cause(err)
	var proxy *ProxyError
	switch {
	case errors.As(err, &proxy):
		e.Proxy, e.Status = proxy.Proxy, proxy.Status
	case e.Cause == CauseProxyAuth || e.Cause == CauseProxyRefused || e.Cause == CauseProxyDropped || e.Cause == CauseProxyUnreachable:
		e.Proxy = p.dialled
	}
	return e
}

func (p *progress) cause(err error) (Cause, string) {
	var (
		redirect *redirectError
		proxy    *ProxyError
		dialling *net.OpError
	)
	switch {
	case errors.As(err, &redirect):
		return CauseRedirect, redirect.Error()
	case errors.As(err, &proxy) && proxy.Status == http.StatusProxyAuthRequired:
		return CauseProxyAuth, "the proxy " + proxy.Proxy + " wants a user name and a password"
	case errors.As(err, &proxy):
		return CauseProxyRefused, "the proxy " + proxy.Proxy + " refused to connect to " + p.target.Host
	case errors.As(err, &dialling) && dialling.Op == "proxyconnect":
		_, words := p.connection(dialling.Err)
		return CauseProxyUnreachable, "the proxy " + p.dialled + " cannot be reached: " + words
	case errors.As(err, &dialling) && strings.HasPrefix(dialling.Op, "socks") && !broken(err) && !timedOut(err):
		if strings.Contains(dialling.Err.Error(), "authentication") {
			return CauseProxyAuth, "the proxy " + p.dialled + " wants a user name and a password"
		}
		return CauseProxyRefused, "the proxy " + p.dialled + " refused to connect to " + p.target.Host + ": " + strings.TrimPrefix(words(dialling.Err), "unknown error ")
	case p.atProxy() && !timedOut(err):
		if broken(err) {
			return CauseProxyDropped, "the proxy " + p.dialled + " closed the connection when it was asked for " + p.target.Host
		}
		return CauseProxyRefused, "the proxy " + p.dialled + " refused to connect to " + p.target.Host + ": " + words(err)
	}
	return p.connection(err)
}

// connection is for failures that are not the proxy's.
func (p *progress) connection(err error) (Cause, string) {
	if cause, reason := certificate(err, p.target.Hostname()); cause != CauseOther {
		return cause, reason
	}
	var dns *net.DNSError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return CauseDNS, "there is no host named " + strconv.Quote(shorten(dns.Name))
	case errors.As(err, &dns):
		return CauseDNS, "the name " + strconv.Quote(shorten(dns.Name)) + " could not be looked up: " + shorten(dns.Err)
	case timedOut(err):
		return CauseTimeout, p.late()
	case isRefused(err):
		return CauseRefused, "connection refused"
	case isUnrouted(err):
		return CauseOffline, "this machine has no way there: " + words(err)
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		return CauseTLS, "the TLS handshake failed: what answers there does not speak TLS"
	case p.shaking() && broken(err):
		return CauseTLS, "the TLS handshake failed: the connection was closed"
	case p.shaking():
		return CauseTLS, "the TLS handshake failed: " + words(err)
	case p.answered && broken(err):
		return CauseDamaged, "the answer broke off"
	case broken(err):
		return CauseDropped, "the connection was closed before any answer"
	case p.answered:
		return CauseDamaged, "what came is not an HTTP answer"
	}
	return CauseOther, words(err)
}

// brokenOff is for a failure in the middle of an answer.
func (p *progress) brokenOff(status int, err error) *UnreachableError {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := &UnreachableError{URL: p.url(), Status: status, Cause: CauseDamaged, Reason: "the answer is damaged", Err: err, broke: broken(err)}
	switch {
	case timedOut(err):
		e.Cause, e.Reason = CauseTimeout, "no complete answer within "+p.timeout.String()
	case e.broke:
		e.Reason = "the answer broke off"
	}
	return e
}

// certificate tells what is wrong with a certificate, CauseOther when that is not what err is about.
func certificate(err error, host string) (Cause, string) {
	var (
		authority x509.UnknownAuthorityError
		invalid   x509.CertificateInvalidError
		name      x509.HostnameError
		other     *tls.CertificateVerificationError
	)
	const its = "its certificate is not trusted: "
	switch {
	case errors.As(err, &authority) && authority.Cert != nil:
		issuer := authority.Cert.Issuer.CommonName
		if issuer == "" {
			issuer = authority.Cert.Issuer.String()
		}
		return CauseUntrustedCA, its + "this machine does not know " + strconv.Quote(shorten(issuer)) + ", which issued it"
	case errors.As(err, &authority):
		return CauseUntrustedCA, its + "this machine does not know who issued it"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired && invalid.Cert != nil:
		return CauseExpired, fmt.Sprintf("%sit is valid from %s to %s only (%s)", its, stamp(invalid.Cert.NotBefore), stamp(invalid.Cert.NotAfter), shorten(invalid.Detail))
	case errors.As(err, &name):
		return CauseWrongName, its + "it is for " + names(name.Certificate) + ", not for " + strconv.Quote(shorten(host))
	case errors.As(err, &other):
		return CauseUntrustedCA, its + shorten(other.Err.Error())
	}
	return CauseOther, ""
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// names are those of a certificate, the first few.
func names(c *x509.Certificate) string {
	const most = 3
	all := c.DNSNames
	for _, ip := range c.IPAddresses {
		all = append(all[:len(all):len(all)], ip.String())
	}
	if len(all) == 0 {
		return "no host name"
	}
	text := shorten(strings.Join(all[:min(len(all), most)], ", "))
	if len(all) > most {
		text += ", …"
	}
	return strconv.Quote(text)
}

func timedOut(err error) bool {
	var network net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &network) && network.Timeout()
}

// broken reports a connection that was closed by the other side or by what is in between. Some errors of net/http that
// say so are of no type.
func broken(err error) bool {
	for _, phrase := range [...]string{"server closed idle connection", "http2: client connection lost", "http2: server sent GOAWAY"} {
		if strings.Contains(err.Error(), phrase) {
			return true
		}
	}
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || isReset(err) || errors.Is(err, syscall.EPIPE)
}

// words are those of the innermost error that is not only a frame, without the method and URL that url.Error repeats.
func words(err error) string {
	var inURL *url.Error
	if errors.As(err, &inURL) {
		err = inURL.Err
	}
	return shorten(err.Error())
}

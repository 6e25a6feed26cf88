package wire

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/clocktest"
)

// site is a place on loopback that a request can fail at.
type site struct {
	target string // URL
	proxy  string // host and port, "" for none
	socks  bool   // the proxy speaks SOCKS 5
	tls    *tls.Config
	dial   *net.Dialer
}

// listen takes connections and hands each to serve, in a goroutine.
func listen(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go serve(c)
		}
	}()
	return l.Addr().String()
}

// closed is an address that nothing listens at.
func closed(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// says answers a request, or a CONNECT, with these bytes and closes the connection.
func says(bytes string) func(net.Conn) {
	return func(c net.Conn) {
		defer c.Close()
		if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
			_, _ = io.WriteString(c, bytes)
		}
	}
}

func hang(t *testing.T) func(net.Conn) {
	return func(c net.Conn) {
		<-t.Context().Done()
		_ = c.Close()
	}
}

// reset ends a connection the hard way, once a request has come.
func reset(c net.Conn) {
	_, _ = http.ReadRequest(bufio.NewReader(c))
	_ = c.(*net.TCPConn).SetLinger(0)
	_ = c.Close()
}

// nameserver answers every question with this code: 2 is SERVFAIL, 3 NXDOMAIN. It is asked by TCP (RFC 1035, section
// 4.2.2): Wine has no UDP for Go.
func nameserver(t *testing.T, code byte) *net.Dialer {
	t.Helper()
	address := listen(t, func(c net.Conn) {
		defer c.Close()
		for {
			var length [2]byte
			if _, err := io.ReadFull(c, length[:]); err != nil {
				return
			}
			message := make([]byte, binary.BigEndian.Uint16(length[:]))
			if _, err := io.ReadFull(c, message); err != nil {
				return
			}
			message[2], message[3] = 0x81, 0x80|code // RFC 1035 section 4.1.1
			_, _ = c.Write(append(length[:], message...))
		}
	})
	var d net.Dialer
	d.Resolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var tcp net.Dialer
		return tcp.DialContext(ctx, "tcp", address)
	}}
	return &d
}

// certificateFor is for a name, of an authority of its own, valid for the hour before or after end.
func certificateFor(t *testing.T, name string, end time.Time) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Inspector Root"}, DNSNames: []string{name},
		NotBefore: end.Add(-2 * time.Hour), NotAfter: end, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// secured is a TLS server with that certificate, and a client who trusts its authority or not.
func secured(t *testing.T, name string, end time.Time, trusted bool) site {
	t.Helper()
	certificate, pool := certificateFor(t, name, end)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	server.StartTLS()
	t.Cleanup(server.Close)
	client := &tls.Config{Time: clocktest.Now}
	if trusted {
		client.RootCAs = pool
	}
	return site{target: strings.Replace(server.URL, "127.0.0.1", "localhost", 1), tls: client}
}

func (s site) client(t *testing.T) *http.Client {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: s.tls, DisableKeepAlives: true, OnProxyConnectResponse: KeepProxyAnswer}
	if s.dial != nil {
		transport.DialContext = s.dial.DialContext
	}
	if s.proxy != "" {
		scheme := "http"
		if s.socks {
			scheme = "socks5h"
		}
		transport.Proxy = http.ProxyURL(&url.URL{Scheme: scheme, Host: s.proxy, User: url.UserPassword("ada", "SECRET")})
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// TestSender_causes has everything go wrong that can between this machine and an answer, at real sockets: each cause is
// told apart from the others and has a sentence of its own.
func TestSender_causes(t *testing.T) {
	const tenant = "https://contoso.ciamlogin.com/x?code=SECRET"
	now := clocktest.Now()
	through := func(serve func(net.Conn)) site { return site{target: tenant, proxy: listen(t, serve)} }
	socks := func(answers ...string) site { // one for each message, then the end
		return site{target: tenant, socks: true, proxy: listen(t, func(c net.Conn) {
			defer c.Close()
			for _, answer := range answers {
				if _, err := c.Read(make([]byte, 512)); err != nil {
					return
				}
				_, _ = io.WriteString(c, answer)
			}
			_, _ = c.Read(make([]byte, 512))
		})}
	}
	at := func(scheme string, serve func(net.Conn)) site { return site{target: scheme + "://" + listen(t, serve)} }
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") }))
	t.Cleanup(elsewhere.Close)
	var short strings.Builder
	zip := gzip.NewWriter(&short)
	_, _ = zip.Write([]byte(`{"a":1}`))
	_ = zip.Close()
	old := httptest.NewUnstartedServer(nil)
	old.Config.ErrorLog = log.New(io.Discard, "", 0)
	old.TLS = &tls.Config{MaxVersion: tls.VersionTLS11}
	old.StartTLS()
	t.Cleanup(old.Close)
	sentences := map[string]Cause{}
	for _, tt := range []struct {
		name   string
		site   site
		cause  Cause
		status int
		reason string // $ stands for the address of the proxy
	}{
		{"no such name", site{target: "http://nobody.example/", dial: nameserver(t, 3)}, CauseDNS, 0, `there is no host named "nobody.example"`},
		{"a broken name server", site{target: "http://nobody.example/", dial: nameserver(t, 2)}, CauseDNS, 0, `the name "nobody.example" could not be looked up: server misbehaving`},
		{"nothing listens", site{target: "http://" + closed(t)}, CauseRefused, 0, "connection refused"},
		{"no answer", at("http", hang(t)), CauseTimeout, 0, "no complete answer within 2s"},
		{"half an answer, then nothing", at("http", func(c net.Conn) {
			_, _ = http.ReadRequest(bufio.NewReader(c))
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{")
			hang(t)(c)
		}), CauseTimeout, 200, "no complete answer within 2s"},
		{"no handshake", at("https", hang(t)), CauseTimeout, 0, "no TLS handshake within 2s"},
		{"closed", at("http", says("")), CauseDropped, 0, "the connection was closed before any answer"},
		{"reset", at("http", reset), CauseDropped, 0, "the connection was closed before any answer"},
		{"closed within the header", at("http", says("HTTP/1.1 200 OK\r\n")), CauseDamaged, 0, "the answer broke off"},
		{"closed within the body", at("http", says("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{")), CauseDamaged, 200, "the answer broke off"},
		{"closed within a chunk", at("http", says("HTTP/1.1 502 Bad Gateway\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{")), CauseDamaged, 502, "the answer broke off"},
		{"damaged in compression", at("http", says(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", short.Len(), "x"+short.String()[1:]))), CauseDamaged, 200, "the answer is damaged"},
		{"not HTTP", at("http", says("SSH-2.0-SECRET\r\n\r\n")), CauseDamaged, 0, "what came is not an HTTP answer"},
		{"too long", at("http", says("HTTP/1.1 200 OK\r\n\r\n"+strings.Repeat("x", maxAnswer+1))), CauseDamaged, 200, "the answer is over 1 MB"},
		{"no TLS there", site{target: strings.Replace(elsewhere.URL, "http", "https", 1)}, CauseTLS, 0, "the TLS handshake failed: what answers there does not speak TLS"},
		{"handshake closed", at("https", func(c net.Conn) { _ = c.Close() }), CauseTLS, 0, "the TLS handshake failed: the connection was closed"},
		{"an old TLS only", site{target: old.URL}, CauseTLS, 0, "the TLS handshake failed: remote error: tls: protocol version not supported"},
		{"unknown authority", secured(t, "localhost", now.Add(time.Hour), false), CauseUntrustedCA, 0, `its certificate is not trusted: this machine does not know "Inspector Root", which issued it`},
		{"expired", secured(t, "localhost", now.Add(-time.Hour), true), CauseExpired, 0, "its certificate is not trusted: it is valid from " + stamp(now.Add(-3*time.Hour)) + " to " + stamp(now.Add(-time.Hour)) + " only (current time " + stamp(now) + " is after " + stamp(now.Add(-time.Hour)) + ")"},
		{"not valid yet", secured(t, "localhost", now.Add(5*time.Hour), true), CauseExpired, 0, "its certificate is not trusted: it is valid from " + stamp(now.Add(3*time.Hour)) + " to " + stamp(now.Add(5*time.Hour)) + " only (current time " + stamp(now) + " is before " + stamp(now.Add(3*time.Hour)) + ")"},
		{"wrong name", secured(t, "other.example", now.Add(time.Hour), true), CauseWrongName, 0, `its certificate is not trusted: it is for "other.example", not for "localhost"`},
		{"a proxy that wants a password", through(says("HTTP/1.1 407 authenticationrequired\r\nContent-Length: 0\r\n\r\n")), CauseProxyAuth, 407, "the proxy $ wants a user name and a password"},
		{"a proxy that says no", through(says("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")), CauseProxyRefused, 403, "the proxy $ refused to connect to contoso.ciamlogin.com"},
		{"a proxy that finds nothing", through(says("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")), CauseProxyRefused, 502, "the proxy $ refused to connect to contoso.ciamlogin.com"},
		{"a proxy that is none", through(says("SSH-2.0-x\r\n\r\n")), CauseProxyRefused, 0, `the proxy $ refused to connect to contoso.ciamlogin.com: malformed HTTP response "SSH-2.0-x"`},
		{"a proxy that hangs up", through(says("")), CauseProxyDropped, 0, "the proxy $ closed the connection when it was asked for contoso.ciamlogin.com"},
		{"a proxy that resets", through(reset), CauseProxyDropped, 0, "the proxy $ closed the connection when it was asked for contoso.ciamlogin.com"},
		{"a proxy that says nothing", through(hang(t)), CauseTimeout, 0, "no connection within 2s through the proxy $"},
		{"no proxy there", site{target: tenant, proxy: closed(t)}, CauseProxyUnreachable, 0, "the proxy $ cannot be reached: connection refused"},
		{"a proxy without a name", site{target: tenant, proxy: "nobody.example:3128", dial: nameserver(t, 3)}, CauseProxyUnreachable, 0, `the proxy $ cannot be reached: there is no host named "nobody.example"`},
		{"a SOCKS proxy that wants another password", socks("\x05\x02", "\x01\x01"), CauseProxyAuth, 0, "the proxy $ wants a user name and a password"},
		{"a SOCKS proxy that wants another proof", socks("\x05\xff"), CauseProxyAuth, 0, "the proxy $ wants a user name and a password"},
		{"a SOCKS proxy that says no", socks("\x05\x00", "\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00"), CauseProxyRefused, 0, "the proxy $ refused to connect to contoso.ciamlogin.com: connection not allowed by ruleset"},
		{"a SOCKS proxy that finds nothing", socks("\x05\x00", "\x05\x04\x00\x01\x00\x00\x00\x00\x00\x00"), CauseProxyRefused, 0, "the proxy $ refused to connect to contoso.ciamlogin.com: host unreachable"},
		{"a SOCKS proxy that is none", socks("HT"), CauseProxyRefused, 0, "the proxy $ refused to connect to contoso.ciamlogin.com: unexpected protocol version 72"},
		{"a SOCKS proxy that hangs up", socks(), CauseProxyDropped, 0, "the proxy $ closed the connection when it was asked for contoso.ciamlogin.com"},
		{"no SOCKS proxy there", site{target: tenant, proxy: closed(t), socks: true}, CauseProxyUnreachable, 0, "the proxy $ cannot be reached: connection refused"},
		{"behind a proxy, closed", through(func(c net.Conn) {
			_, _ = http.ReadRequest(bufio.NewReader(c))
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
			_ = c.Close()
		}), CauseTLS, 0, "the TLS handshake failed: the connection was closed"},
		{"a redirect", at("http", says("HTTP/1.1 302 Found\r\nLocation: "+elsewhere.URL+"\r\nContent-Length: 0\r\n\r\n")), CauseRedirect, 0, `redirects to "` + elsewhere.URL + `", which is another place and not followed`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			timeout := time.Minute
			if tt.cause == CauseTimeout {
				timeout = 2 * time.Second
			}
			s := New(tt.site.client(t), Options{Timeout: timeout, Tries: 1, SameOrigin: true})
			_, err := s.Get(t.Context(), tt.site.target)
			var e *UnreachableError
			if !errors.As(err, &e) {
				t.Fatalf("got %v", err)
			}
			reason := strings.ReplaceAll(tt.reason, "$", tt.site.proxy)
			if e.Cause != tt.cause || e.Reason != reason || e.Status != tt.status {
				t.Errorf("got %q, status %d: %s\nwant %q, status %d: %s", e.Cause, e.Status, e.Reason, tt.cause, tt.status, reason)
			}
			byProxy := strings.HasPrefix(string(tt.cause), "proxy_")
			if byProxy != (e.Proxy == tt.site.proxy && e.Proxy != "") || !byProxy && e.Proxy != "" {
				t.Errorf("whose trouble: %q", e.Proxy)
			}
			if strings.Contains(err.Error(), "SECRET") {
				t.Errorf("a secret is in %v", err)
			}
		})
		if cause, ok := sentences[tt.reason]; ok && cause != tt.cause {
			t.Errorf("one sentence for %s and %s", cause, tt.cause)
		}
		sentences[tt.reason] = tt.cause
	}
	for _, cause := range []Cause{CauseDNS, CauseRefused, CauseTimeout, CauseDropped, CauseDamaged, CauseTLS, CauseUntrustedCA, CauseExpired, CauseWrongName,
		CauseProxyAuth, CauseProxyRefused, CauseProxyDropped, CauseProxyUnreachable, CauseRedirect} {
		if !slices.Contains(slices.Collect(maps.Values(sentences)), cause) {
			t.Errorf("%s was not caused", cause)
		}
	}
}

package loopback

import (
	"errors"
	"net"
	"time"
)

// StrayHTTPS is the reason given to OnStray when a browser spoke TLS to the listener: it was told once, by some local
// server, to use https for localhost (HSTS, RFC 6797), or does so by its own setting. The redirect will not arrive until
// that is removed.
const StrayHTTPS = "the browser used https for an http address: it holds a rule (HSTS) for localhost; open the address with http://, or remove localhost from the browser's HSTS settings"

// guard bounds how many connections there are at once, and recognises TLS on them. Each address family has its own.
type guard struct {
	net.Listener
	table  *table
	closed <-chan struct{}
	stray  func(reason string)
	write  time.Duration
}

// Accept implements net.Listener.
func (g *guard) Accept() (net.Conn, error) {
	inner, err := g.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &guardedConn{Conn: inner, guard: g}
	if !g.table.admit(c, g.closed) {
		inner.Close()
		return nil, net.ErrClosed
	}
	return c, nil
}

// guardedConn looks at the first byte that arrives.
type guardedConn struct {
	net.Conn
	guard *guard
	begun bool // Read is called by one goroutine at a time
	place
}

var errTLS = errors.New("a TLS handshake on a plain port")

// Read implements net.Conn. A TLS handshake begins with a record of type 22 (RFC 8446 section 5.1), no HTTP request
// does. It is refused with an alert, so that the browser says so at once and does not try again in silence.
func (c *guardedConn) Read(b []byte) (int, error) {
	c.blocked.Add(1)
	n, err := c.Conn.Read(b)
	c.blocked.Add(-1)
	if err != nil && c.guard.table.wasLetGo(c) {
		c.guard.table.crowded()
	}
	if n == 0 || c.begun {
		return n, err
	}
	c.begun = true
	const handshake = 22
	if b[0] != handshake {
		return n, err
	}
	c.guard.stray(StrayHTTPS)
	c.SetWriteDeadline(time.Now().Add(c.guard.write))
	c.Write([]byte{21, 3, 1, 0, 2, 2, 70}) // alert, TLS 1.0 framing, 2 bytes: fatal, protocol_version
	return 0, errTLS
}

// Write implements net.Conn.
func (c *guardedConn) Write(b []byte) (int, error) {
	c.blocked.Add(1)
	defer c.blocked.Add(-1)
	return c.Conn.Write(b)
}

// Close implements net.Conn.
func (c *guardedConn) Close() error {
	c.guard.table.remove(c)
	return c.Conn.Close()
}

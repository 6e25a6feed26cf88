package loopback

import (
	"errors"
	"net"
	"sync"
)

// guarded bounds how many connections there are at once, and recognises a browser that insists on https.
type guarded struct {
	net.Listener
	room  chan struct{}
	stray func(reason string)
}

// Accept implements net.Listener. A connection above the limit is closed at once: the answer is retried by a person,
// a flood is not.
func (g *guarded) Accept() (net.Conn, error) {
	for {
		c, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		select {
		case g.room <- struct{}{}:
			return &sniffed{Conn: c, stray: g.stray, leave: sync.OnceFunc(func() { <-g.room })}, nil
		default:
			_ = c.Close()
		}
	}
}

// sniffed looks at the first byte of a connection.
type sniffed struct {
	net.Conn
	stray func(reason string)
	leave func()
	begun bool
}

var errTLS = errors.New("a TLS handshake on a plain port")

// Read implements net.Conn. Browsers that force https on localhost (HSTS) begin with a TLS handshake record, type 22
// (RFC 8446 section 5.1); no HTTP request does.
func (s *sniffed) Read(b []byte) (int, error) {
	n, err := s.Conn.Read(b)
	if !s.begun && n > 0 {
		s.begun = true
		if b[0] == 22 {
			s.stray("the browser used https; open the address with http:// (its HSTS setting for localhost is in the way)")
			return 0, errTLS
		}
	}
	return n, err
}

// Close implements net.Conn.
func (s *sniffed) Close() error {
	s.leave()
	return s.Conn.Close()
}

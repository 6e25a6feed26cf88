package host

import (
	"net"
	"net/http"
	"sync"
)

// Unused are the connections over which no whole question came yet. A browser opens some ahead, and http.Server.Shutdown waits
// five seconds for a request from each. It is safe for concurrent use.
type Unused struct {
	mu    sync.Mutex
	conns map[net.Conn]struct{}
	ended bool
}

// Track is http.Server.ConnState.
func (u *Unused) Track(c net.Conn, state http.ConnState) {
	u.mu.Lock()
	defer u.mu.Unlock()
	switch {
	case state != http.StateNew:
		delete(u.conns, c)
	case u.ended:
		_ = c.Close()
	default:
		if u.conns == nil {
			u.conns = map[net.Conn]struct{}{}
		}
		u.conns[c] = struct{}{}
	}
}

// End closes them, and those to come.
func (u *Unused) End() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.ended = true
	for c := range u.conns {
		_ = c.Close()
	}
}

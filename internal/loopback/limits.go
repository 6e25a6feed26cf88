package loopback

import (
	"cmp"
	"time"
)

// Sizes. An answer of Entra is a few KiB; with a long error_description or a long state it stays below 16 KiB.
const (
	maxBody   = 64 << 10
	maxHeader = 64 << 10 // the query of a GET is part of it
)

// limits are bounds on what a stranger can make us wait for.
type limits struct {
	header, body, write, idle time.Duration // per request: to send its header, its body, to take our page; between requests
	result                    time.Duration // how long a browser is kept waiting for the result page
	linger                    time.Duration // how long Close waits for the result page to be fetched
	connections               int           // at once, for each address family; then the longest-waiting one goes
	grace                     time.Duration // during which nobody goes: an answer needs a moment to arrive
}

func (l limits) orDefault() limits {
	return limits{
		header: cmp.Or(l.header, 5*time.Second),
		body:   cmp.Or(l.body, 10*time.Second),
		write:  cmp.Or(l.write, 10*time.Second),
		idle:   cmp.Or(l.idle, 5*time.Second),
		// The tenant is asked for tokens, and the keychain may ask the person for a password.
		result: cmp.Or(l.result, 10*time.Minute),
		linger: cmp.Or(l.linger, 2*time.Second),
		// Together they let the answer through within a second even behind a full queue of the system (4,096 on Linux).
		connections: cmp.Or(l.connections, 512),
		grace:       cmp.Or(l.grace, 100*time.Millisecond),
	}
}

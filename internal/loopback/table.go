package loopback

import (
	"context"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// table holds the connections of one address family, at most so many. When it is full a newer one takes the place of the
// one that has made us wait longest: no number of strangers who send nothing, or send slowly, can keep the answer out. One
// that has sent something which we have not come to look at yet is not waited for: on a busy machine it could be the answer.
type table struct {
	most    int
	grace   time.Duration // before it has passed nobody has to go: an answer needs a moment to arrive
	crowded func()        // called by those who had to go

	mu    sync.Mutex
	conns []*guardedConn // in the order in which they came
	left  chan struct{}  // one has gone; holds one such word
}

// place is what the table knows of a connection.
type place struct {
	since time.Time
	ours  bool // the browser that is signing in
	letGo bool

	blocked atomic.Int32 // how many reads and writes are going on
	served  atomic.Bool  // its request has arrived whole, and is being answered
}

func newTable(l limits, crowded func()) *table {
	return &table{most: l.connections, grace: l.grace, crowded: crowded, left: make(chan struct{}, 1)}
}

// admit finds a place for a connection, and waits for one where nobody can go yet. It reports false when closed ends first.
func (t *table) admit(c *guardedConn, closed <-chan struct{}) bool {
	for {
		patience, ok := t.try(c)
		if ok {
			return true
		}
		timer := time.NewTimer(patience)
		select {
		case <-t.left:
		case <-timer.C:
		case <-closed:
			timer.Stop()
			return false
		}
		timer.Stop()
	}
}

// try admits a connection if there is a place or one can be made; otherwise it tells after which time to try again.
func (t *table) try(c *guardedConn) (patience time.Duration, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.conns) >= t.most {
		i := slices.IndexFunc(t.conns, func(c *guardedConn) bool { return !c.ours })
		if i < 0 {
			return t.grace, false
		}
		if patience = t.grace - time.Since(t.conns[i].since); patience > 0 {
			return patience, false
		}
		i = slices.IndexFunc(t.conns, func(c *guardedConn) bool { return t.canGo(c) })
		if i < 0 {
			return t.grace, false
		}
		oldest := t.conns[i]
		t.conns = slices.Delete(t.conns, i, i+1)
		oldest.letGo = true
		oldest.Conn.Close() // its reader finds out, and the server ends with it
	}
	c.since = time.Now()
	t.conns = append(t.conns, c)
	return 0, true
}

// canGo reports that a connection has had its time and that it is its sender, or its receiver, that is waited for.
func (t *table) canGo(c *guardedConn) bool {
	return !c.ours && time.Since(c.since) >= t.grace && c.blocked.Load() > 0 && !c.served.Load() && !hasUnread(c.Conn)
}

// remove takes a connection out. It may have gone already.
func (t *table) remove(c *guardedConn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	i := slices.Index(t.conns, c)
	if i < 0 {
		return
	}
	t.conns = slices.Delete(t.conns, i, i+1)
	select {
	case t.left <- struct{}{}:
	default:
	}
}

// keep marks the connection of the browser that is signing in: it does not have to go.
func (t *table) keep(c *guardedConn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c.ours = true
}

// wasLetGo reports whether a connection had to go.
func (t *table) wasLetGo(c *guardedConn) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return c.letGo
}

// connectionKey finds the connection of a request in its context.
type connectionKey struct{}

func withConnection(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connectionKey{}, c)
}

// connectionOf is the connection on which a request came; nil in a test without one.
func connectionOf(r *http.Request) *guardedConn {
	c, _ := r.Context().Value(connectionKey{}).(*guardedConn)
	return c
}

// keep keeps the connection on which a request came.
func keep(r *http.Request) {
	if c := connectionOf(r); c != nil {
		c.guard.table.keep(c)
	}
}

// serving marks, for as long as the request is answered, that all of it has arrived. The server reads on meanwhile, to find
// out whether the client has gone.
func serving(r *http.Request, arrived bool) {
	if c := connectionOf(r); c != nil {
		c.served.Store(arrived)
	}
}

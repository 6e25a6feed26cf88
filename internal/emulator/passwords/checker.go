package passwords

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"io"
	"runtime"
	"sync"
	"time"
)

const (
	// LockoutAfter is how many failures in a row lock an account, for LockoutFor.
	LockoutAfter = 10
	// LockoutFor is how long a lockout lasts.
	LockoutFor = time.Minute

	maxVerified = 2_000
)

// Account is somebody who has a password.
type Account struct {
	ID     string
	Secret string                     // what is kept of the password; another one after every change
	Verify func(password string) bool // slow
}

// Checker checks passwords and codes: hashing is bounded in parallel, with a
// lockout after repeated failures, and what was found right is remembered, so
// that signing in a thousand times costs one slow hash.
type Checker struct {
	slots chan struct{} // one per processor that may hash at a time
	key   []byte        // of the memory below; dies with the process

	mu       sync.Mutex
	verified map[[sha256.Size]byte]struct{}
	failures map[string]*failures // by account or whatever else failed
}

type failures struct {
	count int
	until time.Time
}

// NewChecker returns a Checker that has seen nothing yet.
func NewChecker() *Checker {
	c := &Checker{
		slots: make(chan struct{}, runtime.GOMAXPROCS(0)), key: make([]byte, 32),
		verified: map[[sha256.Size]byte]struct{}{}, failures: map[string]*failures{},
	}
	rand.Read(c.key)
	return c
}

// Slow runs a password hash when a processor is free for it; the error is ctx's.
func (c *Checker) Slow(ctx context.Context, f func()) error {
	select {
	case c.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-c.slots }()
	f()
	return nil
}

// Locked reports whether there were too many failures under a key of late. The
// key of passwords is the account's id.
func (c *Checker) Locked(key string, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	f := c.failures[key]
	return f != nil && now.Before(f.until)
}

// Check reports whether the password is the account's and counts failures. It
// does not look at the lockout. The error is ctx's.
func (c *Checker) Check(ctx context.Context, a Account, password string, now time.Time) (bool, error) {
	mark := c.mark(a, password)
	c.mu.Lock()
	_, known := c.verified[mark]
	c.mu.Unlock()
	ok := known
	if !known {
		if err := c.Slow(ctx, func() { ok = a.Verify(password) }); err != nil {
			return false, err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if ok {
		delete(c.failures, a.ID)
		c.remember(mark)
		return true, nil
	}
	c.count(a.ID, now)
	return false, nil
}

// Fail counts a failure that was not a password's, under a key of its own.
func (c *Checker) Fail(key string, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count(key, now)
}

// count adds a failure; c.mu is held. What a stranger can make grow, such as the
// failures of addresses without an account, is bounded: the map forgets those
// that lock nothing.
func (c *Checker) count(key string, now time.Time) {
	f := c.failures[key]
	if f == nil {
		if len(c.failures) >= maxFailures {
			for k, old := range c.failures {
				if !now.Before(old.until) {
					delete(c.failures, k)
				}
			}
		}
		f = &failures{}
		c.failures[key] = f
	}
	if f.count++; f.count >= LockoutAfter {
		f.count, f.until = 0, now.Add(LockoutFor)
	}
}

// maxFailures is from how many on the failures that lock nothing are forgotten.
const maxFailures = 20_000

// Clear forgets the failures of keys.
func (c *Checker) Clear(keys ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, k := range keys {
		delete(c.failures, k)
	}
}

// Forget ends lockouts and forgets which passwords were right.
func (c *Checker) Forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.verified)
	clear(c.failures)
}

// mark identifies an account, what is kept of its password, and a password,
// without revealing any.
func (c *Checker) mark(a Account, password string) (m [sha256.Size]byte) {
	h := hmac.New(sha256.New, c.key)
	io.WriteString(h, a.ID+"\x00"+a.Secret+"\x00"+password)
	h.Sum(m[:0])
	return m
}

func (c *Checker) remember(m [sha256.Size]byte) {
	if len(c.verified) >= maxVerified {
		clear(c.verified)
	}
	c.verified[m] = struct{}{}
}

package emulator

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"io"
	"runtime"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

const (
	lockoutAfter = 10
	lockoutFor   = time.Minute
	maxVerified  = 2_000

	minPassword = 8 // characters
	maxPassword = 256
)

// passwords checks passwords: bounded in parallel, with a lockout after repeated
// failures, and remembering what it found right, so that signing in a thousand
// times costs one slow hash.
type passwords struct {
	slots chan struct{} // one per processor that may hash at a time
	key   []byte        // of the memory below; dies with the process

	mu       sync.Mutex
	verified map[[sha256.Size]byte]struct{}
	failures map[string]*failures // by object id, so bounded by the number of users
}

type failures struct {
	count int
	until time.Time
}

func (p *passwords) init() {
	p.slots = make(chan struct{}, runtime.GOMAXPROCS(0))
	p.key = make([]byte, 32)
	rand.Read(p.key)
	p.verified = map[[sha256.Size]byte]struct{}{}
	p.failures = map[string]*failures{}
}

// slow runs a password hash when a processor is free for it.
func (p *passwords) slow(ctx context.Context, f func()) error {
	select {
	case p.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-p.slots }()
	f()
	return nil
}

// locked reports whether the account is locked at the moment.
func (p *passwords) locked(userID string, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.failures[userID]
	return f != nil && now.Before(f.until)
}

// check reports whether the password is the user's and counts failures.
func (p *passwords) check(ctx context.Context, u *directory.User, password string, now time.Time) (bool, error) {
	mark := p.mark(u, password)
	p.mu.Lock()
	_, known := p.verified[mark]
	p.mu.Unlock()
	ok := known
	if !known {
		if err := p.slow(ctx, func() { ok = u.CheckPassword(password) }); err != nil {
			return false, err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if ok {
		delete(p.failures, u.ID)
		p.remember(mark)
		return true, nil
	}
	p.count(u.ID, now)
	return false, nil
}

// fail counts a failure that was not a password's, under a key of its own.
func (p *passwords) fail(key string, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count(key, now)
}

// count adds a failure; p.mu is held.
func (p *passwords) count(key string, now time.Time) {
	f := p.failures[key]
	if f == nil {
		f = &failures{}
		p.failures[key] = f
	}
	if f.count++; f.count >= lockoutAfter {
		f.count, f.until = 0, now.Add(lockoutFor)
	}
}

// clear forgets the failures of keys.
func (p *passwords) clear(keys ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, k := range keys {
		delete(p.failures, k)
	}
}

// mark identifies a user, the stored hash and a password without revealing any.
func (p *passwords) mark(u *directory.User, password string) (m [sha256.Size]byte) {
	h := hmac.New(sha256.New, p.key)
	io.WriteString(h, u.ID+"\x00"+u.PasswordHash+"\x00"+u.Password+"\x00"+password)
	h.Sum(m[:0])
	return m
}

func (p *passwords) remember(m [sha256.Size]byte) {
	if len(p.verified) >= maxVerified {
		clear(p.verified)
	}
	p.verified[m] = struct{}{}
}

// Problems of a new password.
const (
	passwordFine = iota
	passwordLength
	passwordSimple
)

// judgePassword applies the service's rules: 8 to 256 characters, three of the
// four classes lowercase, uppercase, digit and symbol.
func judgePassword(password string) int {
	if n := utf8.RuneCountInString(password); n < minPassword || n > maxPassword {
		return passwordLength
	}
	classes := 0
	for _, in := range []func(rune) bool{
		unicode.IsLower, unicode.IsUpper, unicode.IsDigit,
		func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) },
	} {
		if strings.IndexFunc(password, in) >= 0 {
			classes++
		}
	}
	if classes < 3 {
		return passwordSimple
	}
	return passwordFine
}

package keychain

import (
	"context"
	"fmt"
	"time"
)

// Service is the service name under which OS keeps its items. It holds no colon, which go-keyring uses on Windows as the
// separator between service and user.
const Service = "ciam"

// MaxPayload is the largest payload in bytes that a store takes or gives back. It bounds what a corrupt or hostile item can
// make a reader allocate.
const MaxPayload = 1 << 20

// Store keeps one payload per item name ([A-Za-z0-9._-]{1,64}): a profile's name, or that of a slot. Names are case sensitive
// here, but Windows' Credential Manager and some file systems fold case, so two names must not differ by case alone.
//
// Every method returns within a few seconds, or when ctx ends, whatever the keychain does. Only a Secret Service that is busy
// but alive, which is known from its answers to pings, is waited for longer: 20 seconds for each of its calls.
type Store interface {
	// Get returns the payload, or ErrNotFound. One keychain read when the payload fits into one item.
	Get(ctx context.Context, name string) ([]byte, error)
	// Set stores the payload; nil and empty are payloads. One keychain write when the payload fits into one item, plus one
	// read unless this Store has already read or written the name. The caller holds its lock for name.
	Set(ctx context.Context, name string, data []byte) error
	// Delete removes everything kept for name and checks that it is gone. Nothing there is not an error. The caller holds
	// its lock for name.
	Delete(ctx context.Context, name string) error
	// Probe reports whether the store can be written to, without touching any profile; nil or *UnavailableError.
	Probe(ctx context.Context) error
	// Settle waits until keychain calls that were given up on have returned. A caller that holds a lock for a failed Set or
	// Delete calls it, with a limit of its own, before it releases the lock.
	Settle(ctx context.Context) error
	// Kind is "keychain", "memory" or "file".
	Kind() string
}

// OpKind is what an Op does to an item.
type OpKind string

// The kinds of low-level operation.
const (
	Read   OpKind = "read"
	Write  OpKind = "write"
	Remove OpKind = "delete"
)

// Op is one low-level operation, reported before it is done. Item is the profile name, or a name derived from it.
type Op struct {
	Kind OpKind
	Item string
}

// Options configures OS. The zero value is ready to use.
type Options struct {
	// Service replaces the service name; "" is Service. Without colons.
	Service string
	// Interactive says that a person is there to answer the keychain's own password prompt. Without it a prompt is never
	// shown, and a keychain that needs one is reported as Locked.
	Interactive bool
	// Observe is told of every low-level operation; nil is fine. It may be called from several goroutines.
	Observe func(Op)

	limits timeLimits
}

// timeLimits bounds the waits on the operating system's keychain; tests shorten them.
type timeLimits struct {
	probe  time.Duration // whole probe
	call   time.Duration // one keychain call
	busy   time.Duration // either, while the service answers pings
	prompt time.Duration // a person answering the keychain's prompt
}

func (l timeLimits) orDefault() timeLimits {
	if l.probe == 0 {
		l.probe = 2 * time.Second
	}
	if l.call == 0 {
		l.call = 3 * time.Second
	}
	if l.busy == 0 {
		l.busy = 20 * time.Second
	}
	if l.prompt == 0 {
		l.prompt = time.Minute
	}
	return l
}

// OS returns the operating system's keychain. It does not touch it: the first call does.
func OS(o Options) Store {
	if o.Service == "" {
		o.Service = Service
	}
	o.limits = o.limits.orDefault()
	return newVault("keychain", newOSItems(o), o.Observe)
}

// checkName returns ErrName unless name is a profile name. Derived item names use '/' and '@', which it excludes.
func checkName(name string) error {
	ok := len(name) >= 1 && len(name) <= 64
	for i := 0; ok && i < len(name); i++ {
		c := name[i]
		ok = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '_' || c == '-'
	}
	if !ok {
		return fmt.Errorf("%w: got %q", ErrName, name)
	}
	return nil
}

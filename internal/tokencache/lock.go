package tokencache

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// Lock serialises processes on one profile. The file is never removed: removing it would let two processes hold
// "the" lock on two files. A holder that dies frees it, since the kernel does.
type Lock struct {
	// Dir is one fixed folder per user, made when missing; "" locks nothing, for a store that no other process sees.
	Dir string
	// Limit is how long to wait before giving up.
	Limit time.Duration
	// OnWait, if set, is called once after a second of waiting, with the holder's process id (0 when unknown).
	OnWait func(pid int)
}

// noticeAfter is when a waiter says whom it waits for.
const noticeAfter = time.Second

// LockError is a lock that was not got.
type LockError struct {
	// Purpose is what the holder does, "refreshing" or "signing in".
	Purpose string
	// PID is the holder's process id, 0 when unknown.
	PID int
	// Waited is the limit that passed; zero when the lock file itself could not be used.
	Waited time.Duration
	Err    error
}

// Error implements error.
func (e *LockError) Error() string {
	if e.Waited == 0 {
		return fmt.Sprintf("lock for %s: %v", e.Purpose, e.Err)
	}
	holder := "another ciam"
	if e.PID != 0 {
		holder = fmt.Sprintf("another ciam (pid %d)", e.PID)
	}
	return fmt.Sprintf("%s has been %s on this profile for over %s and does not end", holder, e.Purpose, e.Waited.Round(time.Second))
}

// Unwrap returns the cause.
func (e *LockError) Unwrap() error { return e.Err }

// Acquire takes the lock of profile for purpose and returns the function that releases it.
// It blocks in the kernel rather than polling (100 waiters polling took three times as long), at most Limit.
// Errors: *LockError, or the context's.
func (l Lock) Acquire(ctx context.Context, profile, purpose string) (release func(), err error) {
	if l.Dir == "" {
		return func() {}, nil
	}
	lock, err := l.open(profile, purpose)
	if err != nil {
		return nil, err
	}
	if got, err := lock.TryLock(); err != nil {
		return nil, &LockError{Purpose: purpose, Err: err}
	} else if !got {
		if err := l.wait(ctx, lock, purpose); err != nil {
			return nil, err
		}
	}
	writeHolder(lock.Path())
	return func() { _ = lock.Unlock() }, nil
}

func (l Lock) open(profile, purpose string) (*flock.Flock, error) {
	if err := os.MkdirAll(l.Dir, 0o700); err != nil {
		return nil, &LockError{Purpose: purpose, Err: err}
	}
	return flock.New(l.path(profile, purpose), flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o600)), nil
}

func (l Lock) wait(ctx context.Context, lock *flock.Flock, purpose string) error {
	got := make(chan error, 1)
	go func() { got <- lock.Lock() }()
	notice, limit := time.NewTimer(noticeAfter), time.NewTimer(l.Limit)
	defer notice.Stop()
	defer limit.Stop()
	// Who gives up may still be granted the lock later: it is passed on at once then.
	abandon := func() {
		go func() {
			if <-got == nil {
				_ = lock.Unlock()
			}
		}()
	}
	for {
		select {
		case err := <-got:
			if err != nil {
				return &LockError{Purpose: purpose, Err: err}
			}
			return nil
		case <-notice.C:
			if l.OnWait != nil {
				pid, _ := readHolder(lock.Path())
				l.OnWait(pid)
			}
		case <-limit.C:
			abandon()
			pid, _ := readHolder(lock.Path())
			return &LockError{Purpose: purpose, PID: pid, Waited: l.Limit, Err: errors.New("lock not released in time")}
		case <-ctx.Done():
			abandon()
			return context.Cause(ctx)
		}
	}
}

// Generation counts how often the lock was taken. Whoever holds it and finds the number one above what it was earlier
// knows that nobody else has held it in between. 0 when it never was, or cannot be told.
func (l Lock) Generation(profile, purpose string) uint64 {
	_, generation := readHolder(l.path(profile, purpose))
	return generation
}

// Holder is the process that has, or last had, the lock, as far as can be told.
func (l Lock) Holder(profile, purpose string) (pid int, generation uint64) {
	return readHolder(l.path(profile, purpose))
}

func (l Lock) path(profile, purpose string) string {
	return filepath.Join(l.Dir, profile+"."+strings.ReplaceAll(purpose, " ", "-")+".lock")
}

// writeHolder notes who has the lock, and counts; failing to is no harm. It is a file of its own, since Windows lets
// nobody read the bytes that are locked.
func writeHolder(lock string) {
	_, generation := readHolder(lock)
	_ = os.WriteFile(holderFile(lock), fmt.Appendf(nil, "%d %d\n", os.Getpid(), generation+1), 0o600)
}

func holderFile(lock string) string { return strings.TrimSuffix(lock, ".lock") + ".pid" }

func readHolder(lock string) (pid int, generation uint64) {
	if pid, generation = scanHolder(holderFile(lock)); pid == 0 && runtime.GOOS != "windows" {
		pid, _ = scanHolder(lock) // where earlier versions noted it
	}
	return pid, generation
}

func scanHolder(path string) (pid int, generation uint64) {
	f, err := os.Open(path)
	if err != nil {
		return 0, 0
	}
	defer f.Close()
	buf := make([]byte, 64)
	n, _ := f.Read(buf)
	_, _ = fmt.Sscan(string(buf[:n]), &pid, &generation) // what makes no sense is 0
	return pid, generation
}

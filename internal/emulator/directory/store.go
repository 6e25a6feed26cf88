package directory

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"
)

const (
	lockWait  = 15 * time.Second // for another process's write; a write takes milliseconds
	lockRetry = 5 * time.Millisecond
)

// BusyError says that another process held the state's lock for too long.
type BusyError struct{ File string }

func (e *BusyError) Error() string {
	return fmt.Sprintf("tenant state %s: another process has held its lock for %s", e.File, lockWait)
}

// ErrNoTenant reports a change of a tenant that is not there.
var ErrNoTenant = errors.New("there is no such tenant")

// Store holds tenants in memory and, when it has a file, on disk. What a change costs depends on what changes, not on what
// there is. Several processes may share a file: each change is a read of what others have added, a check and an append,
// under one file lock. Readers do not wait for that.
type Store struct {
	path      string
	tidyAbove int64 // worthTidying; tests have less
	work      Work

	writing sync.Mutex // one change at a time within the process
	loading sync.Mutex // guards kept, and what is done with the file
	kept    kept
	swept   bool                        // what killed processes left beside the file has gone
	seen    atomic.Pointer[fs.FileInfo] // the file when it was last read or written; nil in memory
	ours    atomic.Bool                 // this process has the file's lock, and what readers see is the newest there is
	hashing atomic.Bool                 // passwords are being hashed, and the file is tidied afterwards

	mu    sync.RWMutex // guards the state
	state *state
	whole wholeDocument
}

// Work counts what a store has done, for tests of what a change costs.
type Work struct {
	Documents      atomic.Int64 // put together, cloned or checked whole
	Configurations atomic.Int64 // checked
	Users          atomic.Int64 // checked, by a Change
	Bytes          atomic.Int64 // written
}

// Work is what the store has done so far.
func (s *Store) Work() *Work { return &s.work }

// Open returns a store. path "" keeps everything in memory. When the file
// exists it is the state, and seed is not looked at; otherwise seed becomes the
// state, its secrets digested; its passwords are for HashPasswords. A missing
// sealing key is made. A file in the seed's format, as earlier versions kept it,
// stays as it is until the first change.
func Open(ctx context.Context, path string, seed *Document) (*Store, error) {
	s := &Store{path: path, tidyAbove: worthTidying}
	if path == "" {
		doc := seed.Clone()
		if err := doc.complete(); err != nil {
			return nil, err
		}
		s.publish(newState(doc))
		return s, nil
	}
	if err := s.reload(); err == nil {
		return s, nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return s, s.locked(ctx, func() error {
		err := s.reload() // somebody may have been first
		if err == nil || !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return s.replace(seed.Clone())
	})
}

// complete validates a seed and gives it a sealing key.
func (d *Document) complete() error {
	if err := d.Validate(); err != nil {
		return err
	}
	if d.SealingKey == "" {
		key := make([]byte, SealingKeySize)
		rand.Read(key)
		d.SealingKey = base64.StdEncoding.EncodeToString(key)
	}
	return nil
}

// Change changes one tenant: f gets the newest there is. An error from f changes nothing and is returned as it is. Other
// errors are a *FormatError for what would not be valid, a *BusyError when the lock cannot be had, ErrNoTenant, and those of
// the file. Without an error, the change is on the disk.
func (s *Store) Change(ctx context.Context, tenant string, f func(*Change) error) error {
	return s.exclusively(ctx, func() error {
		c := s.state.begin(tenant)
		if c == nil {
			return ErrNoTenant
		}
		if err := f(c); err != nil {
			return err
		}
		if s.path != "" {
			c.conceal()
		}
		e, err := c.edit(&s.work)
		if err != nil {
			return err
		}
		if s.path == "" {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.state.apply(e)
			return nil
		}
		return s.add(c.was, e)
	})
}

// Update changes the whole document: f gets a private copy of the newest one. It costs what all of the document costs; see
// Change for everything that is about one tenant. Errors are as there.
func (s *Store) Update(ctx context.Context, f func(*Document) error) error {
	return s.exclusively(ctx, func() error {
		s.work.Documents.Add(1)
		doc := s.state.document().Clone()
		if err := f(doc); err != nil {
			return err
		}
		if s.path != "" {
			return s.replace(doc)
		}
		if err := doc.complete(); err != nil {
			return err
		}
		s.publish(newState(doc))
		return nil
	})
}

// exclusively has f make a change of the newest state while nobody else does.
func (s *Store) exclusively(ctx context.Context, f func() error) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if s.path == "" {
		return f()
	}
	return s.locked(ctx, func() error {
		s.loading.Lock()
		defer s.loading.Unlock()
		if !s.isCurrent() {
			if err := s.catchUp(); err != nil {
				return err
			}
		}
		s.ours.Store(true)
		defer s.ours.Store(false)
		return f()
	})
}

func (s *Store) locked(ctx context.Context, f func() error) error {
	if err := os.MkdirAll(filepath.Dir(s.path), 0o700); err != nil {
		return fmt.Errorf("tenant state folder: %w", err)
	}
	lock := flock.New(s.path+".lock", flock.SetPermissions(0o600))
	ctx, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	ok, err := lock.TryLockContext(ctx, lockRetry)
	if errors.Is(err, context.DeadlineExceeded) || err == nil && !ok {
		return &BusyError{File: s.path}
	}
	if err != nil {
		return fmt.Errorf("tenant state lock: %w", err)
	}
	defer lock.Unlock()
	return f()
}

// publish puts another state in the place of the one that readers see.
func (s *Store) publish(st *state) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != nil {
		st.version = s.state.version + 1
	}
	s.state = st
}

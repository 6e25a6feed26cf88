package directory

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"
	"go.yaml.in/yaml/v3"

	"github.com/ciam-cli/ciam/internal/files"
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

// Store holds a document in memory and, when it has a file, on disk. Readers
// never wait for writers. Several processes may share a file: each change is a
// read, a change and an atomic replacement under one file lock.
type Store struct {
	path string

	mu      sync.Mutex // serialises Update within the process
	current atomic.Pointer[snapshot]
}

type snapshot struct {
	doc   *Document
	info  fs.FileInfo // the file doc was read from; nil in memory
	users map[userKey]*User
}

type userKey struct{ tenant, user string }

// Open returns a store. path "" keeps everything in memory. When the file
// exists it is the state, and seed is not looked at; otherwise seed becomes the
// state, its secrets digested; its passwords are for HashPasswords. A missing
// sealing key is made.
func Open(ctx context.Context, path string, seed *Document) (*Store, error) {
	s := &Store{path: path}
	if path == "" {
		doc := seed.Clone()
		if err := doc.complete(); err != nil {
			return nil, err
		}
		s.publish(doc, nil)
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
		return s.write(seed.Clone())
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

// View returns the newest document. It must not be changed. With a file it
// costs one stat, and a read when another process has changed the file; a file
// that cannot be read at that moment leaves the last good document in place.
func (s *Store) View() *Document { return s.fresh().doc }

func (s *Store) fresh() *snapshot {
	cur := s.current.Load()
	if s.path == "" || sameFile(s.path, cur.info) {
		return cur
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	cur = s.current.Load()
	if !sameFile(s.path, cur.info) && s.reload() == nil {
		cur = s.current.Load()
	}
	return cur
}

func sameFile(path string, seen fs.FileInfo) bool {
	info, err := os.Stat(path)
	return err != nil || os.SameFile(info, seen) && info.ModTime().Equal(seen.ModTime()) && info.Size() == seen.Size()
}

// User finds a user of a tenant by email or by object id; nil when there is none.
func (s *Store) User(tenantID, emailOrID string) *User {
	return s.fresh().users[userKey{strings.ToLower(tenantID), strings.ToLower(emailOrID)}]
}

// Update changes the document: f gets a private copy of the newest state and
// changes its users or keys. An error from f changes nothing and is returned
// as it is. It returns a *BusyError when the lock cannot be had.
func (s *Store) Update(ctx context.Context, f func(*Document) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.path == "" {
		doc := s.current.Load().doc.Clone()
		if err := f(doc); err != nil {
			return err
		}
		s.publish(doc, nil)
		return nil
	}
	return s.locked(ctx, func() error {
		if !sameFile(s.path, s.current.Load().info) {
			if err := s.reload(); err != nil {
				return err
			}
		}
		doc := s.current.Load().doc.Clone()
		if err := f(doc); err != nil {
			return err
		}
		return s.write(doc)
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

// reload reads the file and publishes it.
func (s *Store) reload() error {
	info, err := os.Stat(s.path) // first: a change in between is seen the next time
	if err != nil {
		return fmt.Errorf("tenant state: %w", err)
	}
	data, err := files.Read(context.Background(), s.path, files.Options{Limit: MaxBytes})
	if err != nil {
		return fmt.Errorf("tenant state: %w", err)
	}
	doc, err := Parse(data)
	if err != nil {
		return fmt.Errorf("tenant state %s: %w", s.path, err)
	}
	if doc.SealingKey == "" {
		return fmt.Errorf("tenant state %s: %w", s.path, &FormatError{Path: "sealingKey", Problem: "missing; a seed may leave it out, a state file may not"})
	}
	s.publish(doc, info)
	return nil
}

func (s *Store) publish(doc *Document, info fs.FileInfo) {
	snap := &snapshot{doc: doc, info: info, users: map[userKey]*User{}}
	for i := range doc.Tenants {
		t := &doc.Tenants[i]
		for j := range t.Users {
			u := &t.Users[j]
			snap.users[userKey{strings.ToLower(t.ID), strings.ToLower(u.Email)}] = u
			snap.users[userKey{strings.ToLower(t.ID), strings.ToLower(u.ID)}] = u
		}
	}
	s.current.Store(snap)
}

// write replaces the file and publishes what was written. The new content is
// complete on disk before it takes the old one's name, so a reader, or a
// machine that stops in the middle, sees the old state or the new one.
func (s *Store) write(doc *Document) error {
	if err := doc.complete(); err != nil {
		return err
	}
	doc.conceal()
	data, err := Encode(doc)
	if err != nil {
		return err
	}
	err = files.Replace(s.path, data, files.ReplaceOptions{Fixed: true, Private: true, Alone: true})
	var info fs.FileInfo
	if err == nil {
		info, err = os.Stat(s.path)
	}
	if err != nil {
		return fmt.Errorf("write tenant state: %w", err)
	}
	s.publish(doc, info)
	return nil
}

// Encode writes a document in the format Parse reads.
func Encode(doc *Document) ([]byte, error) {
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	var value any = doc
	if doc.typed() {
		var n yaml.Node
		if err := n.Encode(doc); err != nil {
			return nil, fmt.Errorf("encode tenant state: %w", err)
		}
		doc.typeValues(&n)
		value = &n
	}
	if err := enc.Encode(value); err != nil {
		return nil, fmt.Errorf("encode tenant state: %w", err)
	}
	return b.Bytes(), enc.Close()
}

// conceal takes away what nothing needs any more: passwords that are hashed, and
// the texts of client secrets, in whose place is their digest.
func (d *Document) conceal() {
	for i := range d.Tenants {
		t := &d.Tenants[i]
		for j := range t.Users {
			if u := &t.Users[j]; u.PasswordHash != "" {
				u.Password = ""
			}
		}
		t.Apps = concealSecrets(t.Apps)
		for j := range t.DeletedApps {
			t.DeletedApps[j].App = concealSecrets([]App{t.DeletedApps[j].App})[0]
		}
	}
}

// concealSecrets returns apps without secret texts; apps that have some are
// copied, as snapshots share them.
func concealSecrets(apps []App) []App {
	out := append([]App(nil), apps...)
	for i := range out {
		secrets := append([]Secret(nil), out[i].PasswordCredentials...)
		for j := range secrets {
			secrets[j].SecretSHA256 = hex.EncodeToString(secrets[j].digest())
			secrets[j].SecretText = ""
		}
		out[i].PasswordCredentials = secrets
	}
	return out
}

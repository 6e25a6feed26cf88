package keychain

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/ciam-cli/ciam/internal/files"
)

// FileOptions configures File. Dir and exactly one of KeyFile and Passphrase are required.
type FileOptions struct {
	// Dir holds one sealed file per profile. It is made with mode 0700 when it is missing.
	Dir string
	// KeyFile names a file of 16 bytes to 64 KiB that its owner and its group at most can read, or a pipe; one line end at its
	// end is ignored.
	KeyFile string
	// Files reads the key file; nil reads it without a word.
	Files *files.Reader
	// Passphrase returns the passphrase; it is called at most once per store, and not before it is needed.
	Passphrase func(context.Context) ([]byte, error)
	// Observe is told of every read, write and removal of a sealed file; nil is fine.
	Observe func(Op)
}

// File returns a store of sealed files. It returns *UnavailableError NoKey when the options name no key or two. The files and
// the key are first looked at when the store is used; see UnavailableError's states LooseMode, NoKey, WrongKey, Denied and Full.
func File(o FileOptions) (Store, error) {
	switch {
	case o.Dir == "":
		return nil, unavailable(Other, errors.New("no folder for the file token store"))
	case o.KeyFile == "" && o.Passphrase == nil:
		return nil, unavailable(NoKey, errors.New("the file token store needs a key file or a passphrase"))
	case o.KeyFile != "" && o.Passphrase != nil:
		return nil, unavailable(NoKey, errors.New("the file token store takes a key file or a passphrase, not both"))
	}
	return &fileStore{o: o}, nil
}

type fileStore struct {
	o FileOptions

	mu     sync.Mutex
	secret []byte     // the key file's bytes or the passphrase
	params sealParams // what master was derived with; kdf 0 means not yet
	master []byte
}

func (s *fileStore) Kind() string                 { return "file" }
func (s *fileStore) Settle(context.Context) error { return nil }

func (s *fileStore) path(name string) string { return filepath.Join(s.o.Dir, "ciam-"+name+".sealed") }

func (s *fileStore) Get(ctx context.Context, name string) ([]byte, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.tell(Read, name)
	b, err := files.Read(ctx, s.path(name), files.Options{Limit: sealMost, Raw: true, Empty: true})
	var wrong *files.Error
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, ErrNotFound
	case errors.As(err, &wrong) && wrong.Kind == files.TooLarge:
		return nil, s.unreadable(name, fmt.Errorf("it is larger than %d bytes", sealMost))
	case err != nil:
		return nil, diskError(err)
	}
	if err := checkFolder(s.o.Dir); err != nil {
		return nil, err
	}
	f, err := parseSealed(b)
	if err != nil {
		return nil, s.unreadable(name, err)
	}
	master, err := s.key(ctx, f.params)
	if err != nil {
		return nil, err
	}
	data, err := f.open(master, name)
	if errors.Is(err, ErrWrongKey) {
		return nil, unavailable(WrongKey, err)
	}
	if err != nil {
		return nil, s.unreadable(name, err)
	}
	return data, nil
}

func (s *fileStore) Set(ctx context.Context, name string, data []byte) error {
	if err := checkName(name); err != nil {
		return err
	}
	if len(data) > MaxPayload {
		return unavailable(TooBig, fmt.Errorf("%d bytes, the limit is %d", len(data), MaxPayload))
	}
	if err := s.makeFolder(); err != nil {
		return err
	}
	params, master, err := s.writeKey(ctx)
	if err != nil {
		return err
	}
	b, err := seal(params, master, name, data)
	if err != nil {
		return unavailable(Other, err)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	s.tell(Write, name)
	return diskError(files.Replace(s.path(name), b, files.ReplaceOptions{Fixed: true, Private: true}))
}

func (s *fileStore) Delete(ctx context.Context, name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	s.tell(Remove, name)
	if err := files.Remove(s.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return diskError(err)
	}
	return nil
}

// SetAside keeps a sealed file that this key does not open, once, under another name: name's file is free then.
func (s *fileStore) SetAside(_ context.Context, name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	err := files.Move(s.path(name), s.path(name)+".replaced")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return diskError(err)
}

// Probe checks the key and the folder, and writes and removes a file there.
func (s *fileStore) Probe(ctx context.Context) error {
	if err := s.makeFolder(); err != nil {
		return err
	}
	if _, err := s.load(ctx); err != nil {
		return err
	}
	return diskError(files.Probe(s.o.Dir))
}

func (s *fileStore) makeFolder() error {
	if err := os.MkdirAll(s.o.Dir, 0o700); err != nil {
		return diskError(err)
	}
	return checkFolder(s.o.Dir)
}

func (s *fileStore) unreadable(name string, reason error) error {
	var newer errNewer
	if errors.As(reason, &newer) {
		return &NewerError{Kind: s.Kind(), Name: name, Version: int(newer), Supported: sealVersion}
	}
	return &CorruptError{Kind: s.Kind(), Name: name, Reason: reason.Error()}
}

func (s *fileStore) tell(k OpKind, name string) {
	if s.o.Observe != nil {
		s.o.Observe(Op{Kind: k, Item: name})
	}
}

package keychain

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/ciam-cli/ciam/internal/files"
)

// Unsealed returns a store of files that are neither encrypted nor authenticated, with mode 0600, in a folder. kind is its
// Kind. It is for tokens that open nothing of value, and no choice that a person has.
func Unsealed(dir, kind string) Store { return &unsealed{fileStore{o: FileOptions{Dir: dir}}, kind} }

// unsealed is the file store without its seal.
type unsealed struct {
	fileStore
	kind string
}

func (s *unsealed) Kind() string { return s.kind }

func (s *unsealed) path(name string) string {
	return filepath.Join(s.o.Dir, "tokens-"+name+".json")
}

func (s *unsealed) Get(ctx context.Context, name string) ([]byte, error) {
	if err := errors.Join(checkName(name), ctx.Err()); err != nil {
		return nil, err
	}
	data, err := files.Read(ctx, s.path(name), files.Options{Limit: MaxPayload, Raw: true, Empty: true})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, diskError(err)
	}
	return data, checkFolder(s.o.Dir)
}

func (s *unsealed) Set(ctx context.Context, name string, data []byte) error {
	if err := errors.Join(checkName(name), ctx.Err()); err != nil {
		return err
	}
	if len(data) > MaxPayload {
		return unavailable(TooBig, fmt.Errorf("%d bytes, the limit is %d", len(data), MaxPayload))
	}
	if err := s.makeFolder(); err != nil {
		return err
	}
	return diskError(files.Replace(s.path(name), data, files.ReplaceOptions{Fixed: true, Private: true}))
}

func (s *unsealed) Delete(ctx context.Context, name string) error {
	if err := errors.Join(checkName(name), ctx.Err()); err != nil {
		return err
	}
	if err := files.Remove(s.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return diskError(err)
	}
	return nil
}

func (s *unsealed) SetAside(context.Context, string) error { return nil }

// Probe makes the folder, and writes and removes a file there.
func (s *unsealed) Probe(context.Context) error {
	if err := s.makeFolder(); err != nil {
		return err
	}
	return diskError(files.Probe(s.o.Dir))
}

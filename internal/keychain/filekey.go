package keychain

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/ciam-cli/ciam/internal/files"
)

// key returns the master key for the parameters of a file that is being read.
func (s *fileStore) key(ctx context.Context, p sealParams) ([]byte, error) {
	secret, err := s.load(ctx)
	if err != nil {
		return nil, err
	}
	if p.kdf != s.source() {
		was, is := "a passphrase", "a key file"
		if p.kdf == fromKeyFile {
			was, is = is, was
		}
		return nil, unavailable(WrongKey, fmt.Errorf("%w: sealed with %s, got %s", ErrWrongKey, was, is))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.params != p {
		s.master, s.params = p.master(secret), p
	}
	return s.master, nil
}

// writeKey reuses the master key of an earlier read or write, so that a passphrase is stretched once per process.
func (s *fileStore) writeKey(ctx context.Context) (sealParams, []byte, error) {
	s.mu.Lock()
	p := s.params
	s.mu.Unlock()
	if p.kdf == 0 {
		p = newSealParams(s.source())
	}
	master, err := s.key(ctx, p)
	return p, master, err
}

func (s *fileStore) source() kdf {
	if s.o.KeyFile != "" {
		return fromKeyFile
	}
	return fromPassphrase
}

// load returns the secret, reading or asking for it the first time.
func (s *fileStore) load(ctx context.Context) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.secret != nil {
		return s.secret, nil
	}
	secret, err := s.secretOnce(ctx)
	if err != nil {
		return nil, err
	}
	s.secret = secret
	return secret, nil
}

func (s *fileStore) secretOnce(ctx context.Context) ([]byte, error) {
	if s.o.KeyFile == "" {
		p, err := s.o.Passphrase(ctx)
		if err != nil {
			return nil, err
		}
		if len(p) == 0 {
			return nil, unavailable(NoKey, errors.New("the passphrase is empty"))
		}
		return p, nil
	}
	return readKeyFile(s.o.Files, s.o.KeyFile)
}

// readKeyFile returns the key file's bytes without one trailing line end. Who owns it and what his group may do is for who
// made it to say: secrets are mounted as somebody else's, and umask 002 lets the group write.
func readKeyFile(reader *files.Reader, path string) ([]byte, error) {
	const least, most = 16, 64 << 10
	b, err := reader.Read(path, files.Options{Limit: most, Pipes: true, Raw: true, Private: true})
	var wrong *files.Error
	switch {
	case errors.As(err, &wrong) && (wrong.Kind == files.WorldReadable || wrong.Kind == files.WorldWritable):
		return nil, unavailable(LooseMode, err)
	case err != nil:
		return nil, unavailable(NoKey, err)
	}
	text := strings.TrimSuffix(strings.TrimSuffix(string(b), "\n"), "\r")
	if len(text) < least {
		return nil, unavailable(NoKey, fmt.Errorf("%s holds %d bytes, expected at least %d", path, len(text), least))
	}
	return []byte(text), nil
}

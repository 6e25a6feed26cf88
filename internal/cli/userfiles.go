package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/ciam-cli/ciam/internal/config"
	"github.com/ciam-cli/ciam/internal/files"
	"github.com/ciam-cli/ciam/internal/term"
)

// newReader reads the files that the user names for this run: Ctrl-C ends what blocks, and what is waited for is said.
func (r *run) newReader(ctx context.Context) *files.Reader {
	return &files.Reader{
		Context: ctx,
		Waiting: func(path string) { r.info("waiting for %s", term.Plain(path)) },
		Warn:    r.warnOfFile,
	}
}

func (r *run) warnOfFile(e *files.Error) { r.warn(e.Error()) }

// readNamed reads a file that a flag or a setting names, which may be a pipe. The error is *config.Error about path, a mistake
// in the setting, also when the file is missing.
func (r *run) readNamed(path, want string, o files.Options) ([]byte, error) {
	o.Pipes = true
	data, err := r.files.Read(path, o)
	if err != nil {
		e := config.FileError(path, err, want)
		e.IO = false
		return nil, e
	}
	return data, nil
}

// fileError is err about the file at path, which what says who names: "--seed", "write the token to". A file of the wrong kind
// keeps its type, and with it its exit code.
func fileError(what, path string, err error) error {
	var kind *files.Error
	if errors.As(err, &kind) {
		return fmt.Errorf("%s %w", what, err)
	}
	return fmt.Errorf("%s %s: %w", what, path, reason(err))
}

// reason drops the path from a file system error, which names a temporary file or the path again.
func reason(err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}

// fileHint is what to do about a file of the wrong kind.
func fileHint(s system, e *files.Error) string {
	switch e.Kind {
	case files.WorldWritable, files.WorldReadable:
		mode := "o-rwx"
		if e.Kind == files.WorldWritable {
			mode = "o-w"
		}
		return "take that away with `" + s.makePrivate(e.Path, mode) + "`"
	case files.Silent:
		return "see that whatever is to write to it does, or name an ordinary file"
	case files.Foreign:
		return "name a file in a folder of your own"
	case files.Empty, files.Binary, files.Encoding, files.TooLarge:
		return "see whether it is the file that is meant"
	}
	if e.Replacing {
		return "name a new file, or an ordinary one, in a folder that only you can write to"
	}
	return "name an ordinary file that exists"
}

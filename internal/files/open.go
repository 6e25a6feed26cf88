package files

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"os"
	"time"
)

// Options say what may be read, and how. The zero value reads text from a regular file of at most 1 MiB.
type Options struct {
	// Limit is the most bytes that Read takes; 0 means 1 MiB.
	Limit int64
	// Pipes allows pipes, and open files named as /dev/stdin or /dev/fd/N. They get Patience for each piece.
	Pipes bool
	// Null lets the null device read as an empty file.
	Null bool
	// Raw gives the bytes as they are; otherwise Text is applied.
	Raw bool
	// Empty allows a file without a byte.
	Empty bool
	// Tight refuses a file that every user of the machine can write to; otherwise Warn is told.
	Tight bool
	// Private is Tight, and refuses one that every user can read. On Windows access lists are looked at for it alone.
	Private bool
	// Patience is how long a pipe may be silent; 0 means ten seconds.
	Patience time.Duration
	// Waiting is called when a pipe has been silent for a second, once; nil for nobody.
	Waiting func(path string)
	// Warn is told what does not keep the file from being used; nil for nobody.
	Warn func(*Error)
}

const (
	defaultLimit    = 1 << 20
	defaultPatience = 10 * time.Second
	noticeAfter     = time.Second
)

func (o Options) limit() int64 {
	if o.Limit > 0 {
		return o.Limit
	}
	return defaultLimit
}

func (o Options) patience() time.Duration {
	if o.Patience > 0 {
		return o.Patience
	}
	return defaultPatience
}

// File is an open file for reading. It is not safe for concurrent use.
type File struct {
	io.Reader
	io.Closer
	size  int64
	again bool
	pipe  *pump // nil for a regular file
}

// Size is the number of bytes to come, -1 where only reading tells.
func (f *File) Size() int64 { return f.size }

// Again reports whether the path can be opened for the same bytes again; what came through a pipe is gone.
func (f *File) Again() bool { return f.again }

// Open opens path for reading. A pipe is open when its first byte has arrived; reading from it ends with ctx. Limit and Raw
// are Read's: what Open gives are the bytes as they are, however many. Errors: *Error, the context's, and those of the system.
func Open(ctx context.Context, path string, o Options) (*File, error) {
	if n := descriptor(path); n >= 0 && o.Pipes {
		return openDescriptor(ctx, path, n, o)
	} else if n >= 0 {
		return nil, &Error{Path: path, Kind: Pipe}
	}
	info, err := stat(path)
	if err != nil {
		return nil, err
	}
	if o.Null && isNull(info) {
		return &File{Reader: bytes.NewReader(nil), Closer: io.NopCloser(nil), again: true}, nil
	}
	// Before opening: to open a device can already do something.
	kind := kindOf(info.Mode())
	if kind != "" && !(kind == Pipe && o.Pipes) {
		return nil, &Error{Path: path, Kind: kind}
	}
	f, err := open(path)
	if err != nil {
		return nil, err
	}
	if info, err = f.Stat(); err == nil && kindOf(info.Mode()) != kind {
		err = &Error{Path: path, Kind: Irregular} // another thing has taken its name
	}
	if err == nil && kind == "" {
		err = checkAccess(path, f, info, o)
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	if kind == Pipe {
		return openPipe(ctx, path, f, true, o)
	}
	return openRegular(path, f, info.Size(), o)
}

func openRegular(path string, f *os.File, size int64, o Options) (*File, error) {
	file := &File{Reader: f, Closer: f, size: size, again: true}
	if file.size > 0 || o.Empty {
		return file, nil
	}
	// Some files of the system say 0 and hold something.
	first := make([]byte, 1)
	if _, err := io.ReadFull(f, first); err != nil {
		_ = f.Close()
		if err == io.EOF {
			err = &Error{Path: path, Kind: Empty}
		}
		return nil, err
	}
	file.size, file.Reader = -1, io.MultiReader(bytes.NewReader(first), f)
	return file, nil
}

// openDescriptor reads from a file that whoever started this process has opened. What it is was his choice: a file, a pipe, a
// socket, as some programs use in place of pipes, or a terminal. Only a folder cannot be read.
func openDescriptor(ctx context.Context, path string, n int, o Options) (*File, error) {
	f, err := duplicate(n, path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	kind := kindOf(infoMode(info))
	if err == nil && (kind == Folder || kind == Irregular) {
		err = &Error{Path: path, Kind: kind}
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	if kind == "" {
		file, err := openRegular(path, f, info.Size(), o)
		if err == nil {
			file.size, file.again = -1, false // its place in the file is shared with others
		}
		return file, err
	}
	return openPipe(ctx, path, f, false, o)
}

func infoMode(info fs.FileInfo) fs.FileMode {
	if info == nil {
		return 0
	}
	return info.Mode()
}

// openPipe waits for the first byte. Of a pipe with a name, whose writer may still come, the end before any byte is no end.
func openPipe(ctx context.Context, path string, f *os.File, named bool, o Options) (*File, error) {
	p := newPump(ctx, path, f, named, o)
	if err := p.begin(); err != nil {
		_ = p.Close()
		return nil, err
	}
	return &File{Reader: p, Closer: p, size: -1, pipe: p}, nil
}

// checkAccess looks at who else may use a regular file.
func checkAccess(path string, f *os.File, info fs.FileInfo, o Options) error {
	read, write := everybody(f, info, o.Private)
	switch {
	case write && (o.Tight || o.Private):
		return &Error{Path: path, Kind: WorldWritable}
	case read && o.Private:
		return &Error{Path: path, Kind: WorldReadable}
	case write && o.Warn != nil:
		o.Warn(&Error{Path: path, Kind: WorldWritable})
	}
	return nil
}

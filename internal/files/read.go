package files

import (
	"bytes"
	"context"
	"io"
	"slices"
	"sync"
)

// Read returns what path holds, as o says. A pipe may pause for no longer than o.Patience. Errors: *Error, the context's, and
// those of the system.
func Read(ctx context.Context, path string, o Options) ([]byte, error) {
	f, err := Open(ctx, path, o)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.all(path, o)
}

func (f *File) all(path string, o Options) ([]byte, error) {
	var source io.Reader = f
	if f.pipe != nil {
		source = patient{f.pipe}
	}
	return readAll(path, source, f.size, o)
}

// ReadFrom returns what r holds as Read does, with name in messages. There is no limit to its silence, as the path of a pipe
// has one: whoever names stdin may be typing. It ends with ctx; the read that was begun is left behind.
func ReadFrom(ctx context.Context, name string, r io.Reader, o Options) ([]byte, error) {
	p := endless(ctx, name, r, o)
	defer p.Close()
	return readAll(name, p, -1, o)
}

func readAll(name string, r io.Reader, size int64, o Options) ([]byte, error) {
	limit := o.limit()
	if size > limit {
		return nil, &Error{Path: name, Kind: TooLarge, Limit: limit}
	}
	var b bytes.Buffer
	b.Grow(int(max(size, 0)) + bytes.MinRead)
	if _, err := b.ReadFrom(io.LimitReader(r, limit+1)); err != nil {
		return nil, err
	}
	if int64(b.Len()) > limit {
		return nil, &Error{Path: name, Kind: TooLarge, Limit: limit}
	}
	data := b.Bytes()
	if !o.Raw {
		text, err := Text(name, data)
		if err != nil {
			return nil, err
		}
		data = text
	}
	if len(data) == 0 && !o.Empty {
		return nil, &Error{Path: name, Kind: Empty}
	}
	return data, nil
}

// Reader reads files for one run of a program. What came through a pipe is kept, since several parts of a program may ask for
// the same path and a pipe gives its bytes once. A warning about a path is given once. The zero value, and nil, read without
// a word. It is safe for concurrent use.
type Reader struct {
	// Context ends what blocks; nil means context.Background().
	Context context.Context
	// Waiting and Warn take the place of those of Options.
	Waiting func(path string)
	Warn    func(*Error)

	mu     sync.Mutex
	gone   map[string][]byte // what came through pipes, as it came
	warned []string
}

// Read is the function Read with the Reader's context and functions.
func (r *Reader) Read(path string, o Options) ([]byte, error) {
	if r == nil {
		return Read(context.Background(), path, o)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if data, ok := r.gone[path]; ok {
		return readAll(path, bytes.NewReader(data), int64(len(data)), o)
	}
	f, err := r.open(path, o)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if f.again {
		return f.all(path, o)
	}
	bare := o
	bare.Raw = true
	data, err := f.all(path, bare)
	if err != nil {
		return nil, err
	}
	if r.gone == nil {
		r.gone = map[string][]byte{}
	}
	r.gone[path] = slices.Clone(data)
	return readAll(path, bytes.NewReader(data), int64(len(data)), o)
}

// ReadFrom is the function ReadFrom with the Reader's context and functions.
func (r *Reader) ReadFrom(name string, source io.Reader, o Options) ([]byte, error) {
	if r == nil {
		return ReadFrom(context.Background(), name, source, o)
	}
	o.Waiting = r.Waiting
	return ReadFrom(r.context(), name, source, o)
}

// Open is the function Open with the Reader's context and functions.
func (r *Reader) Open(path string, o Options) (*File, error) {
	if r == nil {
		return Open(context.Background(), path, o)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.open(path, o)
}

func (r *Reader) open(path string, o Options) (*File, error) {
	o.Waiting, o.Warn = r.Waiting, r.warn
	return Open(r.context(), path, o)
}

func (r *Reader) context() context.Context {
	if r.Context == nil {
		return context.Background()
	}
	return r.Context
}

// warn passes a warning on, unless it was given. The lock is held.
func (r *Reader) warn(e *Error) {
	if r.Warn == nil || slices.Contains(r.warned, e.Path) {
		return
	}
	r.warned = append(r.warned, e.Path)
	r.Warn(e)
}

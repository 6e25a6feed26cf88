package files

import (
	"fmt"
	"time"
)

// Kind says why a path cannot be used as asked.
type Kind string

// The kinds.
const (
	Folder        Kind = "folder"
	Pipe          Kind = "pipe"
	Device        Kind = "device"
	Socket        Kind = "socket"
	Irregular     Kind = "irregular"      // none of the above, and no file either
	Loop          Kind = "loop"           // links that lead in a circle
	Dangling      Kind = "dangling"       // a link to what does not exist
	Foreign       Kind = "foreign"        // somebody else's, where everybody may put things
	Silent        Kind = "silent"         // a pipe into which nothing was written in time
	TooLarge      Kind = "too_large"      // over the limit
	Empty         Kind = "empty"          // without a byte
	Binary        Kind = "binary"         // NUL bytes where text is expected
	Encoding      Kind = "encoding"       // not the Unicode that its byte order mark announces
	WorldWritable Kind = "world_writable" // everybody on this machine can write to it
	WorldReadable Kind = "world_readable" // everybody on this machine can read it
)

// Error is a path that names something that cannot be used as asked, or, handed to a Warn function, better were not.
type Error struct {
	Path string
	Kind Kind
	// Replacing is true when the file was to be written.
	Replacing bool
	// Limit is the size in bytes that was passed, for TooLarge.
	Limit int64
	// Waited is how long nothing was written, for Silent.
	Waited time.Duration
	// Err is the system's error, nil where there was none.
	Err error
}

func (e *Error) Error() string { return e.Path + ": " + e.Problem() }

// Unwrap returns the cause: a dangling link is fs.ErrNotExist.
func (e *Error) Unwrap() error { return e.Err }

// Problem says what is wrong without naming the path, in lower case and without a full stop.
func (e *Error) Problem() string {
	switch e.Kind {
	case Folder:
		return "it is a folder"
	case Pipe:
		return "it is a pipe"
	case Device:
		return "it is a device"
	case Socket:
		return "it is a socket"
	case Loop:
		return "its links lead in a circle"
	case Dangling:
		return "it is a link to a file that does not exist (no such file)"
	case Foreign:
		return "it belongs to another user, in a folder that everybody can write to"
	case Silent:
		return fmt.Sprintf("nothing was written to it for %s", e.Waited)
	case TooLarge:
		return "it is over " + size(e.Limit)
	case Empty:
		return "it is empty"
	case Binary:
		return "it has NUL bytes in it and is no text"
	case Encoding:
		return "it is not the Unicode text that its first bytes announce"
	case WorldWritable:
		return "every user of this machine can write to it"
	case WorldReadable:
		return "every user of this machine can read it"
	}
	return "it is not a regular file"
}

func size(n int64) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%d MB", n>>20)
	case n >= 1<<10:
		return fmt.Sprintf("%d KB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}

package cli

import (
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/ciam-cli/ciam/internal/files"
)

// readInput reads what a command works on: a file that was named, which may be a pipe, or stdin as "-". There is no limit
// to the silence of stdin: whoever names it may be typing, and is told after a second that it is waited for.
func (r *run) readInput(name, want string, o files.Options) ([]byte, error) {
	if name != "-" {
		return r.readNamed(name, want, o)
	}
	data, err := r.files.ReadFrom("stdin", r.Streams.In, o)
	if kind, ok := find[*files.Error](err); ok {
		return nil, &usageError{message: kind.Error(), hint: "expected " + want}
	}
	return data, err
}

// isFile reports whether an argument that may be something else names what is there.
func isFile(path string) bool {
	_, err := os.Stat(path)
	return err == nil || errors.Is(err, fs.ErrPermission)
}

// tokenLike reports whether text is made like a signed or encrypted token (RFC 7519), whole or in part.
func tokenLike(text string) bool {
	return strings.Contains(text, "eyJ") || strings.Count(text, ".") >= 2 && !strings.ContainsAny(text, "/\\ ") && len(text) > 60
}

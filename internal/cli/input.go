package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/ciam-cli/ciam/internal/files"
	"github.com/ciam-cli/ciam/internal/term"
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

// isYes reports whether an answer to a question of y or n agrees.
func isYes(answer string) bool {
	a := strings.ToLower(strings.TrimSpace(answer))
	return a == "y" || a == "yes"
}

// isFile reports whether an argument that may be something else names what is there.
func isFile(path string) bool {
	_, err := os.Stat(path)
	return err == nil || errors.Is(err, fs.ErrPermission)
}

// longestPaste is the longest line that a prompt takes, in bytes: above any token that a tenant issues.
const longestPaste = 16 << 10

// askPasted asks at a terminal for something to be pasted, and shows of it how much that is: it may be a token, or an address
// with a code in it.
func (r *run) askPasted(ctx context.Context, question string) (string, error) {
	var text string
	prompt := term.Prompt{Question: question, Shown: func(text string) string {
		if text == "" {
			return ""
		}
		return fmt.Sprintf("%d characters", utf8.RuneCountInString(text))
	}}
	err := r.Streams.Paste(ctx, prompt, func(line string) bool { text = line; return true })
	switch {
	case errors.Is(err, term.ErrInterrupted):
		return "", &stoppedError{os.Interrupt}
	case err == nil && len(text) > longestPaste:
		return "", &usageError{message: "what was pasted is longer than 16 KiB", hint: "put it into a file, or pipe it in"}
	}
	return text, err
}

// tokenLike reports whether text is made like a signed or encrypted token (RFC 7519), whole or in part.
func tokenLike(text string) bool {
	return strings.Contains(text, "eyJ") || strings.Count(text, ".") >= 2 && !strings.ContainsAny(text, "/\\ ") && len(text) > 60
}

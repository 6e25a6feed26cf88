package browser

import (
	"fmt"
	"strings"
)

// maxCommand bounds a configured command, in bytes.
const maxCommand = 8 << 10

// commandLine makes the argument list of a configured command. The URL is always within one argument, whatever it holds,
// and no shell sees it.
func commandLine(command, url string, windows bool) ([]string, error) {
	words, err := split(command, !windows)
	if err != nil {
		return nil, err
	}
	if len(words) == 0 || words[0] == "" {
		return nil, fmt.Errorf("%w: it names no program", ErrCommand)
	}
	if strings.Contains(words[0], "%s") {
		return nil, fmt.Errorf("%w: expected a program as the first word, got %q", ErrCommand, words[0])
	}
	placed := false
	for i, word := range words[1:] {
		if strings.Contains(word, "%s") {
			words[i+1], placed = strings.ReplaceAll(word, "%s", url), true
		}
	}
	if !placed {
		words = append(words, url)
	}
	return words, nil
}

// split cuts a command into words as a POSIX shell does (IEEE Std 1003.1, XCU 2.2 Quoting), without expanding anything.
// Without escapes, a backslash is a character like any other, as Windows paths need it.
func split(command string, escapes bool) ([]string, error) {
	if len(command) > maxCommand {
		return nil, fmt.Errorf("%w: expected at most %d bytes, got %d", ErrCommand, maxCommand, len(command))
	}
	var (
		words  []string
		word   strings.Builder
		inWord bool // also true of an empty quoted word
		quote  byte // the open quote, or 0
	)
	for i := 0; i < len(command); i++ {
		c := command[i]
		switch {
		case c == 0:
			return nil, fmt.Errorf("%w: it holds a zero byte", ErrCommand)
		case escapes && c == '\\' && quote != '\'':
			inWord = true
			if i+1 == len(command) {
				return nil, fmt.Errorf("%w: nothing follows the last backslash", ErrCommand)
			}
			i++
			if quote == '"' && !strings.ContainsRune("\"\\$`\n", rune(command[i])) {
				word.WriteByte('\\')
			}
			if command[i] != '\n' { // an escaped line break joins lines
				word.WriteByte(command[i])
			}
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word.WriteByte(c)
		case c == '"' || c == '\'' && escapes: // on Windows, ' may be part of a file name
			quote, inWord = c, true
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			if inWord {
				words = append(words, word.String())
				word.Reset()
				inWord = false
			}
		default:
			word.WriteByte(c)
			inWord = true
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("%w: expected a closing %c", ErrCommand, quote)
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, nil
}

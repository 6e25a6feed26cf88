package appconfig

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// kind is that of a token.
type kind int

const (
	end      kind = iota
	text          // a literal, without quotes
	template      // between backquotes, not filled in
	name          // an identifier, a keyword, a number
	mark          // one character, or || or ??
)

type token struct {
	kind kind
	text string
	line int
}

// SyntaxError is a file that cannot be read as what it should be.
type SyntaxError struct {
	Line    int
	Problem string
}

// Error implements error. It quotes nothing of the file, which can hold secrets.
func (e *SyntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Problem) }

// scan cuts JavaScript, TypeScript or JSON into tokens. Comments are left out.
func scan(src string) ([]token, error) {
	var all []token
	line := 1
	for i := 0; i < len(src); {
		c := src[i]
		switch {
		case c == '\n':
			line++
			i++
		case c == ' ' || c == '\t' || c == '\r':
			i++
		case strings.HasPrefix(src[i:], "//"):
			i += lengthTo(src[i:], "\n")
		case strings.HasPrefix(src[i:], "/*"):
			n := strings.Index(src[i+2:], "*/")
			if n < 0 {
				return nil, &SyntaxError{line, "a comment does not end"}
			}
			line += strings.Count(src[i:i+n+4], "\n")
			i += n + 4
		case c == '"' || c == '\'' || c == '`':
			value, n, ok := literal(src[i:])
			if !ok {
				return nil, &SyntaxError{line, "a text does not end"}
			}
			k := text
			if c == '`' {
				k = template
			}
			all = append(all, token{k, value, line})
			line += strings.Count(src[i:i+n], "\n")
			i += n
		case strings.HasPrefix(src[i:], "||") || strings.HasPrefix(src[i:], "??"):
			all = append(all, token{mark, src[i : i+2], line})
			i += 2
		default:
			n := strings.IndexFunc(src[i:], func(r rune) bool { return !isName(r) })
			if n < 0 {
				n = len(src) - i
			}
			k := name
			if n == 0 {
				_, n = utf8.DecodeRuneInString(src[i:])
				k = mark
			}
			all = append(all, token{k, src[i : i+n], line})
			i += n
		}
	}
	return append(all, token{end, "", line}), nil
}

func isName(r rune) bool {
	return r == '_' || r == '$' || unicode.IsLetter(r) || unicode.IsDigit(r)
}

func lengthTo(s, end string) int {
	if n := strings.Index(s, end); n >= 0 {
		return n
	}
	return len(s)
}

// literal reads a quoted text and returns its value and its length in the source.
func literal(src string) (value string, n int, ok bool) {
	quote := src[0]
	var b strings.Builder
	for i := 1; i < len(src); i++ {
		switch c := src[i]; {
		case c == quote:
			return b.String(), i + 1, true
		case c == '\n' && quote != '`':
			return "", 0, false
		case c == '\\' && i+1 < len(src):
			i++
			i += escape(&b, src[i:])
		default:
			b.WriteByte(c)
		}
	}
	return "", 0, false
}

// escape writes what an escape means and returns how many bytes it has beyond its first.
func escape(b *strings.Builder, s string) int {
	switch s[0] {
	case 'n':
		b.WriteByte('\n')
	case 't':
		b.WriteByte('\t')
	case 'r':
		b.WriteByte('\r')
	case 'u':
		if len(s) >= 5 {
			if n, err := strconv.ParseUint(s[1:5], 16, 16); err == nil {
				b.WriteRune(rune(n))
				return 4
			}
		}
		b.WriteByte('u')
	default:
		b.WriteByte(s[0])
	}
	return 0
}

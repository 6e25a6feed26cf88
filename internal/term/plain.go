package term

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Plain makes text from outside safe to show: control characters (escape sequences begin with one), invisible
// formatting and the bidirectional overrides that can make text read as something else are spelled out, as in \u202e.
// Line feeds and tabs become spaces, so that one message stays one line. Anything else is left as it is.
func Plain(text string) string {
	if !strings.ContainsFunc(text, unsafe) && utf8.ValidString(text) {
		return text
	}
	var b strings.Builder
	for i, r := range text {
		switch {
		case r == '\r' && strings.HasPrefix(text[i:], "\r\n"):
		case r == '\n' || r == '\t' || r == '\r':
			b.WriteByte(' ')
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], "\uFFFD"):
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case unsafe(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// Clip bounds text to most characters; where it cuts, it says how many are missing. For text from outside that may be of
// any length, such as an error description.
func Clip(text string, most int) string {
	runes := 0
	for i := range text {
		if runes == most {
			return fmt.Sprintf("%s… (%d more characters)", text[:i], utf8.RuneCountInString(text[i:]))
		}
		runes++
	}
	return text
}

// unsafe reports control (Cc), format (Cf: bidirectional overrides, zero width), line and paragraph separators,
// and private use characters.
func unsafe(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co)
}

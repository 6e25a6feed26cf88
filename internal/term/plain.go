package term

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Plain makes text from outside safe to show: control characters (escape sequences begin with one), invisible
// formatting and the bidirectional overrides that can make text read as something else are spelled out, as in \u202e.
// Line feeds and tabs become spaces, so that one message stays one line. Anything else is left as it is.
func Plain(text string) string {
	if !strings.ContainsFunc(text, Acts) && utf8.ValidString(text) {
		return text
	}
	var b []byte
	for i, r := range text {
		switch {
		case r == '\r' && strings.HasPrefix(text[i:], "\r\n"):
		case r == '\n' || r == '\t' || r == '\r':
			b = append(b, ' ')
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], "\uFFFD"):
			b = fmt.Appendf(b, `\x%02x`, text[i])
		default:
			b = appendSpelled(b, r)
		}
	}
	return string(b)
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

// Acts reports whether a terminal, or whoever reads it, may act on a character instead of showing it: control (Cc), format (Cf:
// bidirectional overrides, zero width), line and paragraph separators, private use. Not the joiners U+200C and U+200D, which
// are letters of Persian and Indian names and hold emoji together, nor signs that stand before a number, which are visible.
func Acts(r rune) bool {
	const zeroWidthNonJoiner, zeroWidthJoiner = 0x200C, 0x200D
	switch {
	case r < 0x7f:
		return r < ' '
	case r == zeroWidthNonJoiner, r == zeroWidthJoiner:
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co) && !unicode.Is(unicode.Prepended_Concatenation_Mark, r)
}

// appendSpelled appends a character, spelled out when a terminal acts on it: in the way of JSON (RFC 8259 section 7), so that
// JSON that was spelled out means the same as before. Outside strings JSON has none of them.
func appendSpelled(b []byte, r rune) []byte {
	switch {
	case !Acts(r):
		return utf8.AppendRune(b, r)
	case r > 0xffff:
		high, low := utf16.EncodeRune(r)
		return fmt.Appendf(b, `\u%04x\u%04x`, high, low)
	}
	return fmt.Appendf(b, `\u%04x`, r)
}

// Clean is Plain for text of any number of lines: line feeds and tabs stay, a carriage return before a line feed goes. JSON
// means the same afterwards, unless it holds bytes that are not UTF-8.
func Clean(text []byte) []byte { return appendClean(make([]byte, 0, len(text)), text) }

// appendClean appends what Clean returns.
func appendClean(b, text []byte) []byte {
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch {
		case r == '\n' || r == '\t':
			b = append(b, text[0])
		case r == '\r' && bytes.HasPrefix(text, []byte("\r\n")):
		case r == utf8.RuneError && size == 1:
			b = fmt.Appendf(b, `\x%02x`, text[0])
		default:
			b = appendSpelled(b, r)
		}
		text = text[size:]
	}
	return b
}

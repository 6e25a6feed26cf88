package render

import (
	"strings"
	"unicode"
)

// cells is the number of columns that text takes in a terminal: two for East Asian wide characters and most emoji
// (Unicode Standard Annex #11), none for marks that combine with the character before and for joiners.
func cells(text string) int {
	n := 0
	for _, r := range text {
		n += runeCells(r)
	}
	return n
}

func runeCells(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case r >= 0x1100 && r <= 0x115F, r >= 0x2E80 && r <= 0x303E, r >= 0x3041 && r <= 0xA4CF, r >= 0xAC00 && r <= 0xD7A3,
		r >= 0xF900 && r <= 0xFAFF, r >= 0xFE30 && r <= 0xFE6F, r >= 0xFF00 && r <= 0xFF60, r >= 0xFFE0 && r <= 0xFFE6,
		r >= 0x1F300 && r <= 0x1F64F, r >= 0x1F680 && r <= 0x1F6FF, r >= 0x1F900 && r <= 0x1FAFF, r >= 0x20000 && r <= 0x3FFFD:
		return 2
	}
	return 1
}

// pad fills text with blanks up to width columns.
func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-cells(text)))
}

// wrap breaks text into lines of at most width columns: between words where possible, within a word that is longer
// than a line. Text that fits is left as it is; blanks where a line is broken are dropped. Empty text has no line.
func wrap(text string, width int) []string {
	width = max(width, 2) // the widest character
	if n := cells(text); 0 < n && n <= width {
		return []string{text}
	}
	var lines []string
	line, used := "", 0
	flush := func() {
		if line != "" {
			lines = append(lines, line)
		}
		line, used = "", 0
	}
	for _, word := range strings.Fields(text) {
		n := cells(word)
		if used > 0 && used+1+n > width {
			flush()
		}
		if used > 0 {
			line, used = line+" ", used+1
		}
		for _, r := range word {
			if c := runeCells(r); used+c > width {
				flush()
			}
			line, used = line+string(r), used+runeCells(r)
		}
	}
	flush()
	return lines
}

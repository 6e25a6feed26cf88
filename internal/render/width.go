package render

import (
	"strings"

	"github.com/ciam-cli/ciam/internal/term"
)

// cells is the number of columns that text takes in a terminal.
func cells(text string) int { return term.Columns(text) }

func runeCells(r rune) int { return term.RuneColumns(r) }

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

package term

import (
	"strings"
	"unicode"
)

const (
	// maxProse is where a line of prose ends on a wide terminal: longer ones are hard to read.
	maxProse = 100
	// defaultProse is where it ends when the terminal does not say how wide it is, or is none.
	defaultProse = 80
	minProse     = 30
)

// keep stands for a blank at which no line may be broken. Clean text has none.
const keep = '\x00'

// Columns is the number of columns that text takes in a terminal: two for East Asian wide characters and most emoji (Unicode
// Standard Annex #11), none for marks that combine with the character before, for joiners and for this program's colours.
func Columns(text string) int {
	n, colour := 0, false
	for _, r := range text {
		switch {
		case r == '\x1b':
			colour = true
		case colour:
			colour = r != 'm'
		default:
			n += RuneColumns(r)
		}
	}
	return n
}

// RuneColumns is Columns for a character.
func RuneColumns(r rune) int {
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

// Wrap breaks the lines of a message that take more than width columns, between words: what stands between backticks, a
// command, is one word, and a word that is longer than a line, such as an address, stays whole. What follows is indented like
// the line, by hang columns more. A line that fits is left as it is. A width of 0 leaves all lines so.
func Wrap(text string, width, hang int) string {
	if width <= 0 {
		return text
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if Columns(line) > width {
			indent := len(line) - len(strings.TrimLeft(line, " "))
			lines[i] = flow(words(line[indent:]), indent, indent+hang, width)
		}
	}
	return strings.Join(lines, "\n")
}

// Fill lays out the text of a help page. Lines that begin at the margin are prose: those of a paragraph are joined and broken
// anew at width. An indented line stays as it is, unless it is an entry of a table, a term and after two blanks or more its
// meaning: that is broken within its column, and joined with the lines below that begin there.
func Fill(text string, width int) string {
	if width <= 0 {
		return text
	}
	var out, pending []string // pending is the paragraph, or the entry, that is not yet laid out
	column := 0
	flush := func() {
		if len(pending) > 0 {
			out = append(out, fillOne(pending, column, width))
		}
		pending, column = nil, 0
	}
	for _, line := range strings.Split(text, "\n") {
		indent := len(line) - len(strings.TrimLeft(line, " "))
		switch {
		case strings.TrimSpace(line) == "":
			flush()
			out = append(out, "")
		case indent == 0 && column == 0:
			pending = append(pending, line)
		case column > 0 && indent == column:
			pending = append(pending, line[indent:])
		case indent > 0 && meaningAt(line) > 0:
			flush()
			pending, column = []string{line}, meaningAt(line)
		case indent > 0:
			flush()
			out = append(out, line)
		default:
			flush()
			pending = []string{line}
		}
	}
	flush()
	return strings.Join(out, "\n")
}

func fillOne(lines []string, column, width int) string {
	if column == 0 {
		return flow(words(strings.Join(lines, " ")), 0, 0, width)
	}
	head, rest := lines[0][:column], append([]string{lines[0][column:]}, lines[1:]...)
	return head + flow(words(strings.Join(rest, " ")), column, column, width)[column:]
}

// meaningAt is the column at which an entry's meaning begins; 0 where the line is no entry.
func meaningAt(line string) int {
	indent := len(line) - len(strings.TrimLeft(line, " "))
	term, meaning, ok := strings.Cut(line[indent:], "  ")
	if !ok || indent > 4 || strings.TrimSpace(meaning) == "" {
		return 0
	}
	return indent + len(term) + 2 + len(meaning) - len(strings.TrimLeft(meaning, " "))
}

// flow puts words into lines. The first begins after first columns, the others after rest.
func flow(words []string, first, rest, width int) string {
	var b strings.Builder
	line := strings.Repeat(" ", first)
	used, began := first, false
	for _, word := range words {
		n := Columns(word)
		if began && used+1+n > width {
			b.WriteString(strings.TrimRight(line, " ") + "\n")
			line, used, began = strings.Repeat(" ", rest), rest, false
		}
		if began {
			line, used = line+" ", used+1
		}
		line, used, began = line+word, used+n, true
	}
	return b.String() + strings.TrimRight(line, " ")
}

// words cuts a line at its blanks, but within backticks. Several blanks between two words belong to the first.
func words(line string) []string {
	var all []string
	inside := false
	word := ""
	for i, r := range line {
		switch {
		case r == '`' && (inside || strings.Contains(line[i+1:], "`")):
			inside = !inside
			word += "`"
		case r == ' ' && !inside:
			if word != "" {
				all = append(all, word)
			} else if len(all) > 0 {
				all[len(all)-1] += " "
			}
			word = ""
		default:
			word += string(r)
		}
	}
	if word != "" {
		all = append(all, word)
	}
	return all
}

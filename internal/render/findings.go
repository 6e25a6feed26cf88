package render

import (
	"io"
	"strings"

	"github.com/ciam-cli/ciam/internal/term"
)

// Finding is one thing that was looked at. State is ok, warn, fail, unknown or skipped.
type Finding struct{ Name, State, Found, Next string }

// Findings writes a heading, a line for each check with what to do below it, and a summary. At a terminal a mark stands before
// the name; elsewhere, where it may be all there is to search by, the word.
func Findings(w io.Writer, heading string, checks []Finding, summary string, o Style) error {
	s := style(o)
	var b strings.Builder
	if heading != "" {
		b.WriteString(s.bold(term.Plain(heading)) + "\n\n")
	}
	name := 0
	for _, c := range checks {
		name = max(name, cells(c.Name))
	}
	for _, c := range checks {
		found, next := term.Plain(c.Found), term.Plain(c.Next)
		if o.Width == 0 {
			line := pad(c.State, len("unknown")) + gap + pad(c.Name, name) + gap + found
			if next != "" {
				line += gap + "→ " + next
			}
			b.WriteString(strings.TrimRight(line, " ") + "\n")
			continue
		}
		indent := 2 + name
		writeHanging(&b, s.mark(c.State), mark(c.State)+" "+c.Name, found, indent, o.Width)
		if next == "" {
			continue
		}
		// A command that can be pasted stays on one line, whatever that takes.
		for line := range strings.SplitSeq(term.Wrap(next, max(o.Width-indent-len(gap), 16), 0), "\n") {
			b.WriteString(pad("", indent) + gap + s.faint(line) + "\n")
		}
	}
	if summary != "" {
		b.WriteString("\n")
		lines := []string{term.Plain(summary)}
		if o.Width > 0 {
			lines = wrap(lines[0], o.Width)
		}
		b.WriteString(strings.Join(lines, "\n") + "\n")
	}
	return term.Print(w, term.Styled(b.String()))
}

// mark is the sign of a state.
func mark(state string) string {
	switch state {
	case "ok":
		return "✓"
	case "warn":
		return "!"
	case "fail":
		return "✗"
	case "unknown":
		return "?"
	}
	return "-"
}

// mark paints by the state.
func (s style) mark(state string) func(string) string {
	switch state {
	case "ok":
		return s.green
	case "warn":
		return s.yellow
	case "fail":
		return s.red
	}
	return s.faint
}

package render

import (
	"io"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/idtoken"
	"github.com/ciam-cli/ciam/internal/term"
)

// Members writes the header of a token as Facts: name, value, and in brackets what it means.
func Members(w io.Writer, heading string, members []idtoken.Claim, o Style) error {
	facts := make([]Fact, 0, len(members))
	for _, m := range members {
		meaning, known := idtoken.DescribeHeader(m.Name)
		text := value(m.Value, meaning.Kind, time.Time{})
		if known {
			text += "  (" + meaning.Text + ")"
		}
		facts = append(facts, Fact{Name: m.Name, Value: text})
	}
	return Facts(w, heading, facts, o)
}

// Checks writes what was looked at in a token: a check that holds on a line, of any other what was expected and what was found.
// A mark stands before each: ✓ holds, ✗ does not, ? nothing to hold it against, – not looked at.
func Checks(w io.Writer, checks []idtoken.Check, o Style) error {
	s := style(o)
	name := 0
	for _, c := range checks {
		name = max(name, cells(c.Name))
	}
	var b strings.Builder
	// line writes text in the column behind the names, below a word of its own where it has one.
	line := func(mark string, paint func(string) string, label, word, text string) {
		lines := []string{text}
		if o.Width > 0 {
			lines = wrap(text, max(o.Width-(2+name)-len(gap)-len(word), 16))
		}
		before := strings.Replace(mark+" "+label, mark, paint(mark), 1) + pad("", name-cells(label)) + gap + word
		for _, l := range lines {
			b.WriteString(strings.TrimRight(before+l, " ") + "\n")
			before = pad("", 2+name+len(gap)+len(word))
		}
	}
	for _, c := range checks {
		expected, got := term.Plain(c.Expected), term.Plain(c.Got)
		switch {
		case c.OK:
			line("✓", s.green, c.Name, "", got)
		case c.Skipped:
			line("–", s.faint, c.Name, "", got)
		case c.Unknown:
			if c.Expected == idtoken.NobodySaid {
				got = expected + "; found " + got
			}
			line("?", s.yellow, c.Name, "", got)
		default:
			line("✗", s.red, c.Name, "expected  ", expected)
			line(" ", func(t string) string { return t }, "", "got       ", got)
		}
	}
	return term.Print(w, term.Styled(b.String()))
}

package render

import (
	"io"
	"strings"

	"github.com/ciam-cli/ciam/internal/term"
)

// Fact is a named value.
type Fact struct{ Name, Value string }

// Style says what the stream that is written to can show.
type Style struct {
	// Width is the number of columns of the terminal; 0 when there is none: nothing is wrapped then.
	Width int
	// Color permits colours.
	Color bool
}

// Facts writes a heading and facts below it, the values in one column. A heading of "" is left out.
func Facts(w io.Writer, heading string, facts []Fact, o Style) error {
	s := style(o)
	var b strings.Builder
	if heading != "" {
		b.WriteString(s.bold(term.Plain(heading)) + "\n")
	}
	name := 0
	for _, f := range facts {
		name = max(name, cells(f.Name))
	}
	for _, f := range facts {
		label, text := "  "+term.Plain(f.Name), term.Plain(f.Value)
		if o.Width > 0 {
			writeHanging(&b, s.faint, label, text, 2+name, o.Width)
			continue
		}
		b.WriteString(strings.TrimRight(s.faint(label)+pad("", 2+name-cells(label))+gap+text, " ") + "\n")
	}
	return term.Print(w, term.Styled(b.String()))
}

// style paints text where colours are permitted. It borrows term's colours, which ask about stderr; here the same
// answer was given for the stream that is written to.
type style Style

func (s style) streams() *term.Streams    { return &term.Streams{ColorErr: s.Color} }
func (s style) bold(text string) string   { return string(s.streams().Bold(text)) }
func (s style) faint(text string) string  { return string(s.streams().Faint(text)) }
func (s style) red(text string) string    { return string(s.streams().Red(text)) }
func (s style) green(text string) string  { return string(s.streams().Green(text)) }
func (s style) yellow(text string) string { return string(s.streams().Yellow(text)) }

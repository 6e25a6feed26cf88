package render

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/idtoken"
	"github.com/ciam-cli/ciam/internal/term"
)

// Diff writes what changed in the claims: + added, − removed, ~ changed; a list or an object that changed as removed and added.
// The last line counts what stayed. at is when the change was found; zero for a comparison with something else.
func Diff(w io.Writer, d idtoken.Diff, at time.Time, o ClaimsOptions) error {
	s := style{Color: o.Color, Width: o.Width}
	var b strings.Builder
	if !at.IsZero() {
		b.WriteString("changed " + Time(at, o.Now) + "\n\n")
	}
	name := 0
	for _, c := range d.Changes {
		name = max(name, cells(term.Plain(c.Name)))
	}
	name = min(name, maxName)
	line := func(mark string, paint func(string) string, claim, text string) {
		label := mark + " " + term.Plain(claim)
		painted := func(t string) string { return strings.Replace(t, mark, paint(mark), 1) }
		if o.Width > 0 {
			writeHanging(&b, painted, label, text, 2+name, o.Width)
			return
		}
		b.WriteString(strings.TrimRight(painted(label)+pad("", 2+name-cells(label))+gap+text, " ") + "\n")
	}
	for _, c := range d.Changes {
		meaning, _ := idtoken.Describe(c.Name)
		before, after := diffValue(c.Before, meaning.Kind, o.Now), diffValue(c.After, meaning.Kind, o.Now)
		switch {
		case c.Before == nil:
			line("+", s.green, c.Name, after)
		case c.After == nil:
			line("−", s.red, c.Name, before)
		case compound(c.Before) || compound(c.After):
			line("−", s.red, c.Name, before)
			line("+", s.green, c.Name, after)
		default:
			line("~", s.yellow, c.Name, before+" → "+after)
		}
	}
	summary := fmt.Sprintf("%s the same", counted(len(d.Same), "claim is", "claims are"))
	if len(d.Always) > 0 {
		summary += "; " + strings.Join(d.Always, ", ") + " " + plural(len(d.Always), "differs", "differ") + " as always"
	}
	if len(d.Changes) == 0 {
		summary = "nothing changed; " + summary
	}
	for _, l := range wrapTo(term.Plain(summary), o.Width-2) {
		b.WriteString("  " + s.faint(l) + "\n")
	}
	return term.Print(w, term.Styled(b.String()))
}

// diffValue is a claim's value as JSON, so that "1" and 1 are told apart; a time as it reads.
func diffValue(raw json.RawMessage, kind idtoken.Kind, now time.Time) string {
	if raw == nil {
		return ""
	}
	if at, ok := instant(raw); ok && kind == idtoken.KindTime {
		return Time(at, now)
	}
	if raw[0] == '"' {
		return `"` + value(raw, idtoken.KindText, now) + `"`
	}
	return value(raw, idtoken.KindText, now)
}

func compound(raw json.RawMessage) bool { return len(raw) > 0 && (raw[0] == '[' || raw[0] == '{') }

func counted(n int, one, many string) string { return fmt.Sprintf("%d %s", n, plural(n, one, many)) }

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// wrapTo is wrap where there is a terminal.
func wrapTo(text string, width int) []string {
	if width <= 0 {
		return []string{text}
	}
	return wrap(text, width)
}

package render

import (
	"io"
	"strings"

	"github.com/ciam-cli/ciam/internal/term"
)

// PlanStep is one thing of a plan: what becomes of it, and of its fields. The marks are +, ~, -, = and !.
type PlanStep struct {
	Mark, Kind, Name string
	Note             string // a sentence, "" for none
	Fields           []PlanField
}

// PlanField is what becomes of a field, or of one value of a list.
type PlanField struct{ Mark, Name, From, To string }

// Plan writes the steps of a plan that are not as they should be, field by field, and counts those that are. summary ends it.
func Plan(w io.Writer, steps []PlanStep, summary string, o ClaimsOptions) error {
	s := style{Color: o.Color, Width: o.Width}
	var b strings.Builder
	kind, same := 0, 0
	for _, p := range steps {
		if p.Mark == "=" {
			same++
			continue
		}
		kind = max(kind, cells(p.Kind))
	}
	for _, p := range steps {
		if p.Mark != "=" {
			p.write(&b, s, kind)
		}
	}
	if same > 0 {
		b.WriteString("  " + s.faint("= "+counted(same, "thing is", "things are")+" as it should be") + "\n")
	}
	if b.Len() > 0 {
		b.WriteString("\n")
	}
	for _, line := range wrapTo(term.Plain(summary), o.Width) {
		b.WriteString(line + "\n")
	}
	return term.Print(w, term.Styled(b.String()))
}

func (p PlanStep) write(b *strings.Builder, s style, kind int) {
	b.WriteString("  " + s.planMark(p.Mark) + " " + pad(p.Kind, kind) + gap + s.bold(term.Plain(p.Name)) + "\n")
	name := 0
	for _, f := range p.Fields {
		if f.Mark != "=" {
			name = max(name, cells(f.Name))
		}
	}
	for _, f := range p.Fields {
		if f.Mark == "=" {
			continue
		}
		text := term.Plain(f.To)
		switch {
		case f.Mark == "-":
			text = term.Plain(f.From)
		case f.From != "":
			text = term.Plain(f.From) + " → " + text
		}
		label := "      " + sign(f.Mark) + " " + term.Plain(f.Name)
		painted := func(t string) string { return strings.Replace(t, sign(f.Mark), s.planMark(f.Mark), 1) }
		if s.Width > 0 {
			writeHanging(b, painted, label, text, 8+name, s.Width)
			continue
		}
		b.WriteString(strings.TrimRight(painted(label)+pad("", 8+name-cells(label))+gap+text, " ") + "\n")
	}
	if p.Note != "" {
		for _, line := range wrapTo(term.Plain(p.Note), s.Width-6) {
			b.WriteString("      " + s.faint(line) + "\n")
		}
	}
}

// sign is a mark as it is shown.
func sign(mark string) string {
	if mark == "-" {
		return "−"
	}
	return mark
}

func (s style) planMark(mark string) string {
	switch mark {
	case "+":
		return s.green(mark)
	case "-":
		return s.red(sign(mark))
	case "~", "!":
		return s.yellow(mark)
	}
	return mark
}

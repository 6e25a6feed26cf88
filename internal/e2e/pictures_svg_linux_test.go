package e2e

import (
	"fmt"
	"html"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// theme has the colours of a terminal, those of GitHub's pages.
type theme struct {
	name, ground, line, ink, faint string
	colors                         map[string]string // by SGR parameter
}

var themes = []theme{
	{"light", "#ffffff", "#d1d9e0", "#1f2328", "#59636e", map[string]string{"31": "#d1242f", "32": "#1a7f37", "33": "#9a6700"}},
	{"dark", "#0d1117", "#3d444d", "#f0f6fc", "#9198a1", map[string]string{"31": "#f85149", "32": "#3fb950", "33": "#d29922"}},
}

// steady replaces what differs from one sign-in to the next by values of the same form.
func steady(text string) string {
	for _, r := range []struct{ pattern, with string }{
		{`localhost:\d+/\w{8} `, "localhost:3000/k7q2m4xd "},
		{`[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`, "bbbbcccc-1111-dddd-2222-eeee3333ffff"}, // random ones
		{`are on port \d+`, "are on port 3080"},
		{`\b[\w-]{43}\b`, "Rk3v0Xq7Zt9mWc2LhY5uBd8nJf1sGa4pKe6iOx0TrVw"},
		{`(?m)^port \d+ .*\n`, ""}, // what others on this machine have taken
	} {
		text = regexp.MustCompile(r.pattern).ReplaceAllString(text, r.with)
	}
	return text
}

// sessionLines cuts a terminal's text down to what a picture has room for: of the claims the first part.
func sessionLines(screen string) []string {
	screen = steady(strings.TrimRight(screen, "\n"))
	if at := strings.LastIndex(screen, "\n$"); at > 0 {
		screen = screen[:at] // the last prompt
	}
	session := regexp.MustCompile(`(?s)\n\n\S*THE SESSION.*?\n\S*\$ `)
	if at := strings.Index(screen, "$ ciam login"); at > 0 {
		screen = screen[at:]
	}
	return strings.Split(session.ReplaceAllString(screen, "\n⋮\n$$ "), "\n")
}

const (
	cellWidth, cellHeight, fontSize, margin = 8.4, 19, 14, 16
)

// drawTerminal draws lines with SGR sequences (ECMA-48 section 8.3.117), as many as this program uses.
func drawTerminal(lines []string, columns int, th theme) string {
	width, height := float64(columns)*cellWidth+2*margin, len(lines)*cellHeight+2*margin
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%d" viewBox="0 0 %.0f %d" font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="%d" fill="%s">`+"\n",
		width, height, width, height, fontSize, th.ink)
	fmt.Fprintf(&b, "<style>text{white-space:pre}</style>\n"+`<rect x=".5" y=".5" width="%.0f" height="%d" rx="6" fill="%s" stroke="%s"/>`+"\n", width-1, height-1, th.ground, th.line)
	style := map[string]bool{}
	for i, line := range lines {
		column := 0
		if strings.HasPrefix(line, "$ ") {
			line = "\x1b[2m$ \x1b[22;1m" + line[2:] + "\x1b[0m" // the shell's, to be seen as such
		}
		for _, piece := range regexp.MustCompile("\x1b\\[[0-9;]*m|[^\x1b]+").FindAllString(line, -1) {
			if sgr, ok := strings.CutPrefix(piece, "\x1b["); ok {
				applySGR(style, strings.TrimSuffix(sgr, "m"))
				continue
			}
			b.WriteString(drawRun(piece, column, i, style, th))
			column += utf8.RuneCountInString(piece)
		}
	}
	return b.String() + "</svg>\n"
}

// drawRun draws one run of text at its cells, whatever font there is.
func drawRun(text string, column, row int, style map[string]bool, th theme) string {
	blank := len(text) - len(strings.TrimLeft(text, " "))
	text = strings.TrimRight(text[blank:], " ")
	if text == "" {
		return ""
	}
	attributes := ""
	if style["1"] {
		attributes += ` font-weight="bold"`
	}
	if style["2"] {
		attributes += ` fill="` + th.faint + `"`
	}
	for _, code := range []string{"31", "32", "33"} {
		if style[code] {
			attributes += ` fill="` + th.colors[code] + `"`
		}
	}
	return fmt.Sprintf(`<text x="%.1f" y="%d" textLength="%.1f"%s>%s</text>`+"\n",
		margin+float64(column+blank)*cellWidth, margin+row*cellHeight+fontSize, float64(utf8.RuneCountInString(text))*cellWidth, attributes, html.EscapeString(text))
}

func applySGR(style map[string]bool, parameters string) {
	for _, p := range strings.Split(parameters, ";") {
		switch p {
		case "", "0":
			clear(style)
		case "22":
			delete(style, "1")
			delete(style, "2")
		case "39":
			for _, code := range []string{"31", "32", "33"} {
				delete(style, code)
			}
		default:
			style[p] = true
		}
	}
}

func TestDrawTerminal(t *testing.T) {
	got := drawTerminal([]string{"$ x", "\x1b[32m✓\x1b[39m <a>  \x1b[0;2mb\x1b[m"}, 10, themes[0])
	for _, want := range []string{
		`<text x="16.0" y="30" textLength="8.4" fill="#59636e">$</text>`,
		`<text x="32.8" y="30" textLength="8.4" font-weight="bold">x</text>`,
		`<text x="16.0" y="49" textLength="8.4" fill="#1a7f37">✓</text>`,
		`<text x="32.8" y="49" textLength="25.2">&lt;a&gt;</text>`,
		`<text x="74.8" y="49" textLength="8.4" fill="#59636e">b</text>`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
	if other := drawTerminal([]string{"$ x", "✓ <a>  b"}, 10, themes[0]); other == got {
		t.Error("colours do not show")
	}
}

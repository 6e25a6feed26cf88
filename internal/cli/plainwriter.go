package cli

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/ciam-cli/ciam/internal/term"
)

// plainWriter spells out what a terminal would act on, but for line breaks and tabs.
type plainWriter struct {
	w    io.Writer
	held []byte // the beginning of a character
}

// Write implements io.Writer.
func (p *plainWriter) Write(data []byte) (int, error) {
	text := append(p.held, data...)
	end := len(text)
	for back := 1; back <= min(len(text), utf8.UTFMax-1); back++ {
		if c := text[len(text)-back]; utf8.RuneStart(c) {
			if !utf8.FullRune(text[len(text)-back:]) {
				end = len(text) - back
			}
			break
		}
	}
	p.held = bytes.Clone(text[end:])
	return len(data), p.print(text[:end])
}

func (p *plainWriter) flush() error {
	held := p.held
	p.held = nil
	return p.print(held)
}

func (p *plainWriter) print(text []byte) error {
	var b strings.Builder
	for line := range bytes.Lines(text) {
		ending := ""
		if trimmed, ok := bytes.CutSuffix(line, []byte("\n")); ok {
			line, ending = bytes.TrimSuffix(trimmed, []byte("\r")), "\n"
		}
		for i, cell := range bytes.Split(line, []byte("\t")) {
			if i > 0 {
				b.WriteByte('\t')
			}
			b.WriteString(term.Plain(string(cell)))
		}
		b.WriteString(ending)
	}
	_, err := io.WriteString(p.w, b.String())
	return err
}

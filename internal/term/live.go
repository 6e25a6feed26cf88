package term

import (
	"io"
	"strings"
	"sync"
)

// live is a terminal with a line at its bottom that changes: how long a wait lasts, or what is being typed. Whatever else is
// written goes above it. It needs no escape sequence: the line is overwritten with blanks.
type live struct {
	mu      sync.Mutex
	screen  io.Writer
	columns func() int
	line    string
	back    int // columns from the end of line to the cursor
	drawn   int // columns to blank
	midLine bool
}

// NewTerminal returns a Writer to a terminal whose last line can change; see Streams.Status. columns is its width now.
func NewTerminal(screen io.Writer, columns func() int) *Writer {
	return &Writer{&live{screen: screen, columns: columns}}
}

// Write implements io.Writer.
func (l *live) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.blank()
	n, err := l.screen.Write(p)
	l.midLine = len(p) > 0 && p[len(p)-1] != '\n'
	l.draw()
	return n, err
}

// set changes the line; "" takes it away. The cursor stands back columns before its end.
func (l *live) set(line string, back int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if line == l.line && back == l.back {
		return
	}
	l.blank()
	l.line, l.back = line, back
	l.draw()
}

func (l *live) blank() {
	if l.drawn > 0 {
		io.WriteString(l.screen, "\r"+strings.Repeat(" ", l.drawn)+"\r")
		l.drawn = 0
	}
}

// draw shows the line, unless it would not fit: a line that wraps cannot be taken back.
func (l *live) draw() {
	if l.line == "" || l.midLine {
		return
	}
	line, width := Plain(l.line), max(1, l.columns()-1)
	all := Columns(line)
	line = cutColumns(line, width)
	shown := Columns(line)
	io.WriteString(l.screen, line+strings.Repeat("\b", max(0, l.back-(all-shown))))
	// A key that the terminal itself has echoed may stand behind it.
	l.drawn = max(shown, min(shown+2, width))
}

// cutColumns is the beginning of text that takes most columns.
func cutColumns(text string, most int) string {
	taken := 0
	for i, r := range text {
		if taken += RuneColumns(r); taken > most {
			return text[:i]
		}
	}
	return text
}

// Status shows text as the last line at stderr's terminal, in the place of an earlier one; "" takes it away. In a pipe, and at
// a terminal that cannot go back in a line, there is none.
func (s *Streams) Status(text string) { s.status(text, 0) }

func (s *Streams) status(text string, back int) {
	if l, ok := stream(s.Err).(*live); ok {
		l.set(text, back)
	}
}

// CanChange reports whether Status shows anything.
func (s *Streams) CanChange() bool {
	_, ok := stream(s.Err).(*live)
	return ok
}

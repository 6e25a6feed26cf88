package term

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// maxAnswer bounds a typed line.
const maxAnswer = 16 << 10

// afterEnd is how long a signal may come after the end of stdin that it has caused.
const afterEnd = 100 * time.Millisecond

// Errors of Ask and AskSecret.
var (
	// ErrNoAnswer is returned when stdin ends before a line was typed, as with Ctrl-D (on Windows Ctrl-Z).
	ErrNoAnswer = errors.New("no answer: stdin has ended")
	// ErrLongAnswer is returned for a line of more than 16 KiB, which nobody types.
	ErrLongAnswer = errors.New("the answer is longer than 16 KiB")
)

// Ask writes question to stderr and returns the line that is typed, without its line break.
// It ends with ctx; the read that was begun is left behind, since a terminal's cannot be taken back.
func (s *Streams) Ask(ctx context.Context, question string) (string, error) {
	return s.ask(ctx, question, s.readAnswer)
}

func (s *Streams) readAnswer() (string, error) {
	line, err := readLine(s.In)
	switch {
	case errors.Is(err, ErrLongAnswer):
		return "", err
	case err != nil && line == "":
		return "", ErrNoAnswer
	}
	return line, nil
}

// AskSecret is Ask without showing what is typed. On a stdin that is no terminal it reads a line.
func (s *Streams) AskSecret(ctx context.Context, question string) (string, error) {
	if !s.InTTY || s.fd < 0 {
		return s.Ask(ctx, question)
	}
	if err := s.hide(hideTyping); err != nil {
		return "", err
	}
	answer, err := s.ask(ctx, question, s.readHidden)
	s.show() // also when the read was left behind
	fmt.Fprintln(s.Err)
	return answer, err
}

func (s *Streams) ask(ctx context.Context, question string, read func() (string, error)) (string, error) {
	fmt.Fprint(s.Err, question)
	type answer struct {
		text string
		err  error
	}
	got := make(chan answer, 1)
	go func() {
		text, err := read()
		got <- answer{text, err}
	}()
	select {
	case a := <-got:
		if s.InTTY && errors.Is(a.err, ErrNoAnswer) {
			select { // a console's read ends before the signal of Ctrl-C has arrived
			case <-ctx.Done():
				return "", context.Cause(ctx)
			case <-time.After(afterEnd):
			}
		}
		return a.text, a.err
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

// readLine reads byte by byte: what follows the line belongs to the next reader of stdin.
func readLine(r io.Reader) (string, error) {
	var line []byte
	one := make([]byte, 1)
	for {
		n, err := r.Read(one)
		switch {
		case n == 1 && one[0] == '\n':
			return strings.TrimRight(string(line), "\r"), nil
		case n == 1 && len(line) == maxAnswer:
			return "", ErrLongAnswer
		case n == 1:
			line = append(line, one[0])
		}
		if err != nil {
			return strings.TrimRight(string(line), "\r"), err
		}
	}
}

package term

import (
	"context"
	"errors"
	"fmt"
)

// maxPaste bounds a pasted line, in bytes.
const maxPaste = 16 << 10

// ErrInterrupted is returned by Paste for Ctrl-C, which a terminal in raw mode hands over as a key. The signal that it
// stands for has been sent to the process group where there is one.
var ErrInterrupted = errors.New("interrupted")

// Prompt is a line that waits for something to be pasted.
type Prompt struct {
	// Question is shown before it, and Aside behind it while it is empty.
	Question, Aside string
	// Shown is what to show of a text; nil shows all of it.
	Shown func(text string) string
}

// Paste asks for lines until take accepts one. A terminal is read in raw mode, since in line mode it cuts lines at 4,095
// bytes (Linux) or 1,024 (macOS); it is restored at every end, while the process is suspended, and by Restore. Nothing else is
// written on the line of the prompt, which is taken away at the end.
//
// It returns nil when take did, ErrNoAnswer when there is no more input (Ctrl-D), ErrInterrupted, or ctx's cause.
func (s *Streams) Paste(ctx context.Context, p Prompt, take func(text string) bool) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	keys := s.In.Read
	if s.InTTY && s.fd >= 0 {
		restore, read, err := s.raw(ctx, func() { s.prompt(p, "") })
		if err != nil {
			return err
		}
		defer restore()
		keys = read
	}
	if !s.CanChange() {
		fmt.Fprintln(s.Err, p.Question)
	}
	s.prompt(p, "")
	defer s.Status("")
	parts := make(chan part)
	go readParts(ctx, keys, parts)
	e := &editor{most: maxPaste}
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case got := <-parts:
			for _, b := range got.data {
				if done, err := s.key(e, b, p, take); done || err != nil {
					return err
				}
			}
			if got.err != nil {
				return ErrNoAnswer
			}
			s.prompt(p, string(e.text))
		}
	}
}

// key takes one byte; done says that take has accepted the line.
func (s *Streams) key(e *editor, b byte, p Prompt, take func(string) bool) (done bool, err error) {
	switch e.feed(b) {
	case entered:
		text := e.take()
		s.prompt(p, "")
		return take(text), nil
	case ended:
		return false, ErrNoAnswer
	case interrupt:
		sendInterrupt(s.fd)
		return false, ErrInterrupted
	case suspend:
		sendSuspend(s.fd)
	case quit:
		s.show()
		sendQuit(s.fd)
	}
	return false, nil
}

// prompt shows the line.
func (s *Streams) prompt(p Prompt, text string) {
	if p.Shown != nil {
		text = p.Shown(text)
	}
	aside := ""
	if p.Aside != "" && text == "" {
		aside = "        " + p.Aside
	}
	s.status(Plain(p.Question+text)+aside, len([]rune(aside)))
}

type part struct {
	data []byte
	err  error
}

// readParts reads until ctx ends. A read that waits then is left behind, unless the system can end it.
func readParts(ctx context.Context, read func([]byte) (int, error), parts chan<- part) {
	for {
		buf := make([]byte, 4096)
		n, err := read(buf)
		if ctx.Err() != nil {
			return
		}
		select {
		case parts <- part{buf[:n], err}:
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
	}
}

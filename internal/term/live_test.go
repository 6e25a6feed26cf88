package term

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

// onScreen is what stands on a terminal after all of text.
func onScreen(text string) string {
	lines, at := [][]rune{nil}, 0
	for _, r := range text {
		last := len(lines) - 1
		switch r {
		case '\n':
			lines, at = append(lines, nil), 0
		case '\r':
			at = 0
		case '\b':
			at--
		default:
			for len(lines[last]) <= at {
				lines[last] = append(lines[last], ' ')
			}
			lines[last][at] = r
			at++
		}
	}
	var all []string
	for _, line := range lines {
		all = append(all, strings.TrimRight(string(line), " "))
	}
	return strings.Join(all, "\n")
}

func newLive(columns int) (*Streams, *bytes.Buffer) {
	s, _, _, _ := Test()
	screen := &bytes.Buffer{}
	s.Err = NewTerminal(screen, func() int { return columns })
	return s, screen
}

func TestStreams_Status(t *testing.T) {
	s, screen := newLive(20)
	see := func(want string) {
		t.Helper()
		if got := onScreen(screen.String()); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	s.Status("4:51 left")
	see("4:51 left")
	s.Status("50 left")
	see("50 left")
	s.Say("a word")
	see("a word\n50 left")
	io.WriteString(s.Err, "half")
	see("a word\nhalf")
	io.WriteString(s.Err, " a line\n")
	see("a word\nhalf a line\n50 left")
	s.Status("wider than the screen is")
	see("a word\nhalf a line\nwider than the scre")
	s.Status("\x1b[2Jx")
	see("a word\nhalf a line\n\\u001b[2Jx")
	s.Status("")
	see("a word\nhalf a line\n")
	if strings.Contains(screen.String(), "\x1b") {
		t.Error("an escape sequence")
	}
	if child := s.ChildErr(); child != screen {
		t.Errorf("a program's stderr is %T", child)
	}
	pipe, _, _, errs := Test()
	if pipe.Status("x"); pipe.CanChange() || errs.Len() != 0 {
		t.Error("a pipe has a line that changes")
	}
}

// typing returns streams at a terminal where somebody types keys.
func typing(t *testing.T, keys string) (*Streams, *bytes.Buffer, *io.PipeWriter) {
	t.Helper()
	s, screen := newLive(80)
	in, keyboard := io.Pipe()
	t.Cleanup(func() { _ = keyboard.Close() })
	s.In = in
	go io.WriteString(keyboard, keys)
	return s, screen, keyboard
}

func TestStreams_Paste(t *testing.T) {
	s, screen, _ := typing(t, "abc\r\x1b[200~def\x1b[201~\r")
	var taken []string
	err := s.Paste(t.Context(), Prompt{Question: "address: ", Aside: "(soon)"}, func(text string) bool {
		taken = append(taken, text)
		s.Say("got %s", text)
		return text == "def"
	})
	if err != nil || strings.Join(taken, " ") != "abc def" {
		t.Errorf("%q, %v", taken, err)
	}
	if got := onScreen(screen.String()); got != "got abc\ngot def\n" {
		t.Errorf("the screen shows %q", got)
	}
	if !strings.Contains(screen.String(), "address:         (soon)"+strings.Repeat("\b", 14)) {
		t.Errorf("the cursor is not before the aside: %q", screen)
	}
	for keys, want := range map[string]error{"x\x03": ErrInterrupted, "x\x04": ErrNoAnswer} {
		s, _, _ := typing(t, keys)
		if err := s.Paste(t.Context(), Prompt{Question: "?"}, func(string) bool { return true }); !errors.Is(err, want) {
			t.Errorf("%q: %v", keys, err)
		}
	}
}

func TestStreams_Paste_ends(t *testing.T) {
	s, screen, keyboard := typing(t, "abc")
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	answered := errors.New("answered")
	time.AfterFunc(20*time.Millisecond, func() { cancel(answered) })
	if err := s.Paste(ctx, Prompt{Question: "?"}, nil); !errors.Is(err, answered) || onScreen(screen.String()) != "" {
		t.Errorf("when something else ends it: %v, the screen shows %q", err, onScreen(screen.String()))
	}
	_ = keyboard.Close()
	if err := s.Paste(t.Context(), Prompt{Question: "?"}, nil); !errors.Is(err, ErrNoAnswer) {
		t.Errorf("at the end: %v", err)
	}
}

package term

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/term/termtest"
)

// atTerminal returns streams whose stdin is a pseudo terminal, and its settings.
func atTerminal(t *testing.T) (s *Streams, keyboard *os.File, settings func() syscall.Termios) {
	t.Helper()
	keyboard, tty := termtest.Open(t)
	s, _ = newLive(80)
	s.In, s.InTTY, s.fd, s.marksPaste = tty, true, int(tty.Fd()), true
	return s, keyboard, func() (now syscall.Termios) {
		if err := termios(s.fd, readTermios, &now); err != nil {
			t.Fatal(err)
		}
		return now
	}
}

// TestStreams_Paste_terminal: a line longer than a terminal takes in line mode, and the terminal as it was at every end.
func TestStreams_Paste_terminal(t *testing.T) {
	long := "http://localhost:3000/?code=" + strings.Repeat("abcdefghij", 1000)
	failed := errors.New("failed")
	for name, c := range map[string]struct {
		keys string
		take func(string) bool
		want error
	}{
		"10,000 characters": {long + "\r", func(text string) bool { return text == long }, nil},
		"the same, marked":  {"\x1b[200~" + long + "\x1b[201~\r", func(text string) bool { return text == long }, nil},
		"Ctrl-D":            {"x\x04", nil, ErrNoAnswer},
		"the context ends":  {"x", nil, failed},
		"a panic":           {"x\r", func(string) bool { panic(failed) }, failed},
	} {
		t.Run(name, func(t *testing.T) {
			s, keyboard, settings := atTerminal(t)
			before := settings()
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			ended := make(chan error, 1)
			go func() {
				defer func() {
					if recover() != nil {
						ended <- failed
					}
				}()
				ended <- s.Paste(ctx, Prompt{Question: "address: "}, c.take)
			}()
			until(t, "raw mode", func() bool { return settings().Lflag&(syscall.ICANON|syscall.ECHO|syscall.ISIG) == 0 })
			for rest := c.keys; rest != ""; { // a terminal takes 4,096 bytes at once
				n := min(len(rest), 1000)
				if _, err := keyboard.WriteString(rest[:n]); err != nil {
					t.Fatal(err)
				}
				rest = rest[n:]
			}
			if name == "the context ends" {
				cancel(failed)
			}
			select {
			case err := <-ended:
				if !errors.Is(err, c.want) {
					t.Errorf("%v, want %v", err, c.want)
				}
			case <-time.After(20 * time.Second):
				t.Fatal("it goes on")
			}
			if after := settings(); after != before {
				t.Errorf("the terminal is left as %+v, it was %+v", after, before)
			}
			screen := stream(s.Err).(*live).screen.(*bytes.Buffer).String()
			if strings.LastIndex(screen, "\x1b[?2004l") < strings.LastIndex(screen, "\x1b[?2004h") || !strings.Contains(screen, "\x1b[?2004h") {
				t.Error("pastes are still marked")
			}
		})
	}
}

// TestStreams_Restore_paste is the end of the process while somebody pastes: a second signal, or a panic elsewhere.
func TestStreams_Restore_paste(t *testing.T) {
	s, _, settings := atTerminal(t)
	before := settings()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- s.Paste(ctx, Prompt{Question: "address: "}, nil) }()
	until(t, "raw mode", func() bool { return settings().Lflag&syscall.ICANON == 0 })
	s.Restore()
	if after := settings(); after != before {
		t.Errorf("the terminal is left as %+v, it was %+v", after, before)
	}
	cancel()
	<-ended
	if after := settings(); after != before {
		t.Errorf("later it is %+v", after)
	}
}

func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it takes too long until %s", what)
		}
	}
}

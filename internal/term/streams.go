package term

import (
	"bytes"
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/term"
)

// Streams are stdin, stdout and stderr with what is known of each.
type Streams struct {
	// In is stdin, Out stdout, Err stderr. Both are Writers, which clean what is written.
	In       io.Reader
	Out, Err io.Writer
	// InTTY, OutTTY and ErrTTY say which are terminals.
	InTTY, OutTTY, ErrTTY bool
	// Width is the number of columns of stdout; 0 when it is not a terminal.
	Width int
	// OutProse and ErrProse are the columns that prose may take on stdout and stderr; 0 leaves it as it is.
	OutProse, ErrProse int
	// ColorOut and ColorErr say whether the stream may be coloured.
	ColorOut, ColorErr bool

	fd         int // of In, for secrets; -1 in tests
	marksPaste bool
	hidden     *hidden
}

// System returns the streams of this process. Colour follows NO_COLOR (no-color.org), TERM=dumb and CLICOLOR_FORCE.
func System(getenv func(string) string) *Streams {
	s := &Streams{In: os.Stdin, Out: NewWriter(os.Stdout), Err: NewWriter(os.Stderr), fd: int(os.Stdin.Fd()), hidden: &hidden{}}
	s.InTTY = term.IsTerminal(s.fd)
	s.OutTTY = term.IsTerminal(int(os.Stdout.Fd()))
	s.ErrTTY = term.IsTerminal(int(os.Stderr.Fd()))
	if s.OutTTY {
		s.Width = 80
		if width, _, err := term.GetSize(int(os.Stdout.Fd())); err == nil && width > 0 {
			s.Width = width
		}
	}
	if s.ErrTTY && getenv("TERM") != "dumb" {
		s.Err = NewTerminal(os.Stderr, func() int {
			if width, _, err := term.GetSize(int(os.Stderr.Fd())); err == nil && width > 0 {
				return width
			}
			return 80
		})
	}
	s.OutProse = prose(getenv, os.Stdout, s.OutTTY, defaultProse)
	s.ErrProse = prose(getenv, os.Stderr, s.ErrTTY, 0) // in a log a message is a line
	s.ColorOut = colored(getenv, s.OutTTY && showsColor(os.Stdout.Fd()))
	acts := s.ErrTTY && showsColor(os.Stderr.Fd())
	s.marksPaste = acts && getenv("TERM") != "dumb"
	s.ColorErr = colored(getenv, acts)
	return s
}

// MuteStderr drops what this process writes to stderr from now on, whoever writes it. Call it before System.
func MuteStderr() { os.Stderr = nil } // a nil file refuses every write

// prose is how wide a line of prose may be: COLUMNS (POSIX) as it is, else the terminal's width within reason, else, where
// there is no terminal, none.
func prose(getenv func(string) string, f *os.File, tty bool, none int) int {
	if n, err := strconv.Atoi(getenv("COLUMNS")); err == nil && n > 0 {
		return max(n, minProse)
	}
	if !tty {
		return none
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil || width <= 0 {
		return defaultProse
	}
	return ProseColumns(width)
}

// ProseColumns is how wide a line of prose is on a terminal of that width.
func ProseColumns(terminal int) int { return max(min(terminal, maxProse), minProse) }

func colored(getenv func(string) string, tty bool) bool {
	if getenv("NO_COLOR") != "" {
		return false
	}
	if force := getenv("CLICOLOR_FORCE"); force != "" && force != "0" {
		return true
	}
	return tty && getenv("TERM") != "dumb"
}

// Test returns streams on buffers: no terminals, no colours.
func Test() (s *Streams, in, out, errs *bytes.Buffer) {
	in, out, errs = &bytes.Buffer{}, &bytes.Buffer{}, &bytes.Buffer{}
	return &Streams{In: in, Out: NewWriter(out), Err: NewWriter(errs), fd: -1, hidden: &hidden{}}, in, out, errs
}

// bracket has the terminal mark what is pasted ("Bracketed Paste Mode" of xterm's control sequences), or no longer.
func (s *Streams) bracket(on bool) {
	if l, ok := stream(s.Err).(*live); ok && s.marksPaste {
		sequence := "\x1b[?2004l"
		if on {
			sequence = "\x1b[?2004h"
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		io.WriteString(l.screen, sequence)
	}
}

// Mute returns the same streams, but with nothing shown on stderr.
func (s *Streams) Mute() *Streams {
	c := *s
	c.Err, c.ErrTTY, c.ColorErr = NewWriter(io.Discard), false, false
	return &c
}

// Bold emphasises text for stderr.
func (s *Streams) Bold(text string) Styled { return s.style("1", text) }

// Faint plays text down for stderr.
func (s *Streams) Faint(text string) Styled { return s.style("2", text) }

// Red marks failure on stderr.
func (s *Streams) Red(text string) Styled { return s.style("31", text) }

// Green marks success on stderr.
func (s *Streams) Green(text string) Styled { return s.style("32", text) }

// Yellow marks a warning on stderr.
func (s *Streams) Yellow(text string) Styled { return s.style("33", text) }

// DarkOnLight draws a picture of lines for stderr, for readers that cannot do with the terminal's own colours.
func (s *Streams) DarkOnLight(lines []string) Styled {
	var b strings.Builder
	for _, line := range lines {
		b.WriteString("\x1b[30;107m" + Plain(line) + "\x1b[0m\n")
	}
	return Styled(b.String())
}

// style cleans text and wraps it in an SGR sequence (ECMA-48 section 8.3.117) where stderr shows colours.
func (s *Streams) style(sgr, text string) Styled {
	text = Plain(text)
	if !s.ColorErr || text == "" {
		return Styled(text)
	}
	return Styled("\x1b[" + sgr + "m" + text + "\x1b[0m")
}

package term

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

func TestPlain(t *testing.T) {
	for in, want := range map[string]string{
		"Ada Example":                 "Ada Example",
		"Zoë 日本 👩":                    "Zoë 日本 👩",
		"\x1b]0;owned\x07":            `\u001b]0;owned\u0007`,
		"a\x1b[2Jb":                   `a\u001b[2Jb`,
		"evil\u202etxt.exe":           `evil\u202etxt.exe`,
		"zero\u200bwidth":             `zero\u200bwidth`,
		"AADSTS1: no.\r\nTrace ID: 5": "AADSTS1: no. Trace ID: 5",
		"a\tb\nc\rd":                  "a b c d",
		"\u009b31m":                   `\u009b31m`,
		"bad \xff byte":               `bad \xff byte`,
		"\uFFFD":                      "\uFFFD",
		"\u2028":                      `\u2028`,
		"می\u200cخواهم क्\u200dष":     "می\u200cخواهم क्\u200dष",
		"👩\u200d💻 \u0601":             "👩\u200d💻 \u0601",
		"tag \U000E0041":              `tag \udb40\udc41`,
	} {
		if got := Plain(in); got != want {
			t.Errorf("Plain(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestClip(t *testing.T) {
	for _, tc := range []struct {
		in   string
		most int
		want string
	}{
		{"", 3, ""},
		{"日本語", 3, "日本語"},
		{"日本語です", 3, "日本語… (2 more characters)"},
		{"abc", 0, "… (3 more characters)"},
	} {
		if got := Clip(tc.in, tc.most); got != tc.want {
			t.Errorf("Clip(%q, %d) = %q, want %q", tc.in, tc.most, got, tc.want)
		}
	}
}

func FuzzPlain(f *testing.F) {
	f.Add("\x1b[31m\u202e\xff")
	f.Fuzz(func(t *testing.T, in string) {
		if out := Plain(in); strings.ContainsFunc(out, Acts) {
			t.Errorf("Plain(%q) = %q", in, out)
		}
	})
}

func TestColored(t *testing.T) {
	for _, tc := range []struct {
		env  map[string]string
		tty  bool
		want bool
	}{
		{nil, true, true},
		{nil, false, false},
		{map[string]string{"NO_COLOR": "1"}, true, false},
		{map[string]string{"TERM": "dumb"}, true, false},
		{map[string]string{"CLICOLOR_FORCE": "1"}, false, true},
		{map[string]string{"CLICOLOR_FORCE": "0"}, false, false},
		{map[string]string{"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, true, false},
	} {
		if got := colored(func(k string) string { return tc.env[k] }, tc.tty); got != tc.want {
			t.Errorf("%v on a terminal %t: %t", tc.env, tc.tty, got)
		}
	}
}

func TestStreams_style(t *testing.T) {
	s, _, _, _ := Test()
	if s.Red("x") != "x" {
		t.Error("coloured without a terminal")
	}
	s.ColorErr = true
	if s.Red("x") != "\x1b[31mx\x1b[0m" || s.Bold("") != "" || s.Bold("\x1b[7mx\n") != "\x1b[1m\\u001b[7mx \x1b[0m" {
		t.Errorf("%q", s.Red("x"))
	}
	if got := s.DarkOnLight([]string{"█ ", "\x1bc"}); got != "\x1b[30;107m█ \x1b[0m\n\x1b[30;107m\\u001bc\x1b[0m\n" {
		t.Errorf("%q", got)
	}
}

func TestStreams_Ask(t *testing.T) {
	s, in, out, errs := Test()
	in.WriteString("first\r\nrest")
	got, err := s.Ask(context.Background(), "name: ")
	if err != nil || got != "first" || errs.String() != "name: " || out.Len() != 0 {
		t.Errorf("%q, %v, stderr %q, stdout %q", got, err, errs, out)
	}
	if rest, _ := io.ReadAll(s.In); string(rest) != "rest" {
		t.Errorf("took more than the line: left %q", rest)
	}
	if _, err := s.AskSecret(context.Background(), "?"); !errors.Is(err, ErrNoAnswer) {
		t.Errorf("at the end: %v", err)
	}
}

func TestStreams_Ask_longAnswer(t *testing.T) {
	s, in, _, _ := Test()
	in.WriteString(strings.Repeat("a", maxAnswer) + "\n" + strings.Repeat("b", maxAnswer+1) + "\n")
	if got, err := s.Ask(context.Background(), "?"); err != nil || len(got) != maxAnswer {
		t.Errorf("got %d bytes, %v", len(got), err)
	}
	if got, err := s.Ask(context.Background(), "?"); !errors.Is(err, ErrLongAnswer) {
		t.Errorf("got %d bytes, %v", len(got), err)
	}
}

func TestStreams_Ask_endsWithContext(t *testing.T) {
	s, _, _, _ := Test()
	r, w := io.Pipe()
	defer w.Close()
	s.In = r
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if _, err := s.Ask(ctx, "?"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

// TestStreams_Ask_signalAfterEnd is Ctrl-C at a console, whose read ends before the signal has arrived.
func TestStreams_Ask_signalAfterEnd(t *testing.T) {
	s, _, _, _ := Test()
	s.InTTY = true
	ctx, cancel := context.WithCancelCause(context.Background())
	interrupted := errors.New("interrupted")
	time.AfterFunc(20*time.Millisecond, func() { cancel(interrupted) })
	if _, err := s.Ask(ctx, "?"); !errors.Is(err, interrupted) {
		t.Errorf("got %v", err)
	}
	if _, err := s.Ask(context.Background(), "?"); !errors.Is(err, ErrNoAnswer) {
		t.Errorf("without a signal: %v", err)
	}
}

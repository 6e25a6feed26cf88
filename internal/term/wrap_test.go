package term

import (
	"os"
	"strings"
	"testing"
)

func TestWrap(t *testing.T) {
	for _, row := range []struct {
		in    string
		width int
		want  string
	}{
		{"short", 20, "short"},
		{"", 20, ""},
		{"as  it   is, since it fits", 30, "as  it   is, since it fits"},
		{"one two three four five", 12, "one two\n  three four\n  five"},
		{"  one two three four", 12, "  one two\n    three\n    four"},
		{"run `ciam login --tenant contoso` now", 16, "run\n  `ciam login --tenant contoso`\n  now"},
		{"see (`ciam a b`), then", 12, "see\n  (`ciam a b`),\n  then"},
		{"a lone ` is a sign like any other", 14, "a lone ` is a\n  sign like\n  any other"},
		{"open https://contoso.ciamlogin.com/a/very/long/path here", 20, "open\n  https://contoso.ciamlogin.com/a/very/long/path\n  here"},
		{"https://contoso.ciamlogin.com/a/very/long/path", 20, "https://contoso.ciamlogin.com/a/very/long/path"},
		{"日本語 日本語 日本語", 13, "日本語 日本語\n  日本語"},
		{"one two three\nfour five six seven", 14, "one two three\nfour five six\n  seven"},
		{"long enough to be wrapped by anybody", 0, "long enough to be wrapped by anybody"},
		{"\x1b[31mred\x1b[0m words that take ten", 18, "\x1b[31mred\x1b[0m words that\n  take ten"},
	} {
		if got := Wrap(row.in, row.width, 2); got != row.want {
			t.Errorf("Wrap(%q, %d)\n got %q\nwant %q", row.in, row.width, got, row.want)
		}
	}
}

func TestFill(t *testing.T) {
	for _, row := range []struct{ in, want string }{
		{"A paragraph that\nis joined, and broken anew.\n\nAnother.", "A paragraph that is\njoined, and broken\nanew.\n\nAnother."},
		{"Do:\n\n    ciam a command that is much longer than the line\n\nDone.", "Do:\n\n    ciam a command that is much longer than the line\n\nDone."},
		{"Formats:\n  json   the token with its expiry\n  x      short\nAfter.", "Formats:\n  json   the token\n         with its\n         expiry\n  x      short\nAfter."},
		{"  A, B   meaning that is\n         continued here", "  A, B   meaning\n         that is\n         continued\n         here"},
		{"  LONG_NAME, ANOTHER\n         below", "  LONG_NAME, ANOTHER\n         below"},
	} {
		if got := Fill(row.in, 20); got != row.want {
			t.Errorf("Fill(%q)\n got %q\nwant %q", row.in, got, row.want)
		}
	}
}

// FuzzWrap: nothing is lost but blanks, no word is broken, no line is wider than it has to be.
func FuzzWrap(f *testing.F) {
	f.Add("run `ciam login -p contoso` at https://a.test/b, or `not", 10)
	f.Fuzz(func(t *testing.T, in string, width int) {
		in, width = Plain(in), width%200
		out := Wrap(in, width, 2)
		if strings.Join(strings.Fields(out), " ") != strings.Join(strings.Fields(in), " ") {
			t.Errorf("Wrap(%q, %d) = %q", in, width, out)
		}
		for _, line := range strings.Split(out, "\n") {
			indented := len(line) - len(strings.TrimLeft(line, " "))
			if Columns(line) > max(width, 0) && width > 0 && len(words(line[indented:])) > 1 && strings.Contains(out, "\n") {
				t.Errorf("Wrap(%q, %d): the line %q", in, width, line)
			}
		}
	})
}

// TestProse: COLUMNS, else the terminal, else 80 for what is read on a page, and no limit for what may be a log.
func TestProse(t *testing.T) {
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, row := range []struct {
		columns   string
		tty       bool
		none      int
		want, max int
	}{
		{"", true, 0, 80, 0}, {"", false, 80, 80, 0}, {"", false, 0, 0, 0}, {"200", false, 0, 200, 0}, {"200", true, 80, 200, 0}, {"5", true, 80, 30, 0}, {"wide", false, 80, 80, 0}, {"-1", false, 80, 80, 0},
	} {
		if got := prose(func(string) string { return row.columns }, file, row.tty, row.none); got != row.want {
			t.Errorf("%+v: %d", row, got)
		}
	}
}

// TestSay_wraps: at the width of stderr, not within what is Styled, and the sign that keeps blanks together is never shown.
func TestSay_wraps(t *testing.T) {
	s, _, _, errs := Test()
	s.ErrProse = 24
	s.Say("%s signed in as %s, who is here", s.Green("✓"), s.Bold("Ada Example <ada@example.com>"))
	s.Say("%s", s.DarkOnLight([]string{"a picture that is wider than the terminal is"}))
	want := "✓ signed in as\n  Ada Example <ada@example.com>,\n  who is here\n\x1b[30;107ma picture that is wider than the terminal is\x1b[0m\n\n"
	if errs.String() != want {
		t.Errorf("got %q\nwant %q", errs.String(), want)
	}
}

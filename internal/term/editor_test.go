package term

import (
	"strings"
	"testing"
)

func TestEditor(t *testing.T) {
	const begin, end = "\x1b[200~", "\x1b[201~"
	long := strings.Repeat("a", 3000)
	for name, c := range map[string]struct {
		keys string
		want string // lines and signals, each with a | behind it
	}{
		"a line":                      {"abc\r", "abc|"},
		"a line feed":                 {"abc\n", "abc|"},
		"both":                        {"abc\r\ndef\r", "abc|def|"},
		"two lines":                   {"abc\rdef\n\n", "abc|def||"},
		"nothing":                     {"\r", "|"},
		"3,000 characters":            {long + "\r", long + "|"},
		"backspace":                   {"abd\x7fc\r", "abc|"},
		"the other backspace":         {"abd\bc\r", "abc|"},
		"backspace at the beginning":  {"\x7f\x7fa\r", "a|"},
		"backspace after a character": {"a€\x7f😀\x7fb\r", "ab|"},
		"Ctrl-U":                      {"abc\x15d\r", "d|"},
		"Ctrl-W":                      {"abc\x17d\r", "d|"},
		"Ctrl-C":                      {"abc\x03", "^C|"},
		"Ctrl-D":                      {"abc\x04", "^D|"},
		"Ctrl-D alone":                {"\x04", "^D|"},
		"Ctrl-Z":                      {"ab\x1ac\r", "^Z|abc|"},
		"Ctrl-backslash":              {"ab\x1c", `^\|`},
		"arrows and other keys":       {"a\x1b[A\x1b[1;5Cb\x1bOPc\x1b[3~\r", "abc|"},
		"Alt":                         {"a\x1bxb\r", "ab|"},
		"Escape and Enter":            {"a\x1b\r", "a|"},
		"Escape and Ctrl-C":           {"a\x1b\x03", "^C|"},
		"Escape twice":                {"a\x1b\x1b[Bb\r", "ab|"},
		"an endless sequence":         {"a\x1b[" + strings.Repeat("1", 40) + "\r", "a" + strings.Repeat("1", 26) + "|"},
		"another control character":   {"a\x01b\r", "a\x01b|"},
		"pasted":                      {begin + "abc" + end + "\r", "abc|"},
		"typed and pasted":            {"a" + begin + "b" + end + "c\r", "abc|"},
		"pasted with a line end":      {begin + "abc\n" + end + "\r", "abc|"},
		"pasted in lines":             {begin + "a\r\nb\nc\rd" + end + "\r", "abcd|"},
		"pasted keys are text":        {begin + "a\x03\x04\x15\x7f\x1ab" + end + "\r", "a\x03\x04\x15\x7f\x1ab|"},
		"pasted escape sequences too": {begin + "a\x1b[31mb\x1bc" + end + "\r", "a\x1b[31mb\x1bc|"},
		"a paste that was given up":   {begin + "abc" + end + "\x15d\r", "d|"},
		"an end without a beginning":  {"a" + end + "b\r", "ab|"},
		"a beginning within a paste":  {begin + "a" + begin + "b" + end + "\r", "ab|"},
		"3,000 characters, pasted":    {begin + long + end + "\r", long + "|"},
		"more than fits":              {strings.Repeat("a", 100<<10) + "\r", strings.Repeat("a", maxPaste+1) + "|"},
		"and afterwards":              {strings.Repeat("a", 100<<10) + "\rb\r", strings.Repeat("a", maxPaste+1) + "|b|"},
	} {
		e, got := &editor{most: maxPaste}, ""
		for _, b := range []byte(c.keys) {
			switch e.feed(b) {
			case entered:
				got += e.take() + "|"
			case interrupt:
				got += "^C|"
			case ended:
				got += "^D|"
			case suspend:
				got += "^Z|"
			case quit:
				got += `^\|`
			}
		}
		if got != c.want {
			t.Errorf("%s: got %.60q, want %.60q", name, got, c.want)
		}
	}
}

func FuzzEditor(f *testing.F) {
	f.Add("a\x1b[200~b\x1b[201~\r\x7f")
	f.Fuzz(func(t *testing.T, keys string) {
		e := &editor{most: 100}
		for _, b := range []byte(keys) {
			e.feed(b)
			if len(e.text) > 101 || len(e.escape) > 16 {
				t.Fatalf("%d bytes of text, %d of a sequence", len(e.text), len(e.escape))
			}
		}
	})
}

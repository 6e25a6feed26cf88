package term

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
)

func TestWriter(t *testing.T) {
	for in, want := range map[string]string{
		"a\tb\r\nü€\n":               "a\tb\nü€\n",
		"\x1b[31mred\x1b[0m\a\b\x7f": `\u001b[31mred\u001b[0m\u0007\u0008\u007f`,
		"\u009b31m\u202e\u2066x":     `\u009b31m\u202e\u2066x`,
		"over\rwritten":              `over\u000dwritten`,
		"\xff\xe2\x82":               `\xff\xe2\x82`,
		"joined\u200d\u200c":         "joined\u200d\u200c",
		"":                           "",
	} {
		var out bytes.Buffer
		if n, err := NewWriter(&out).Write([]byte(in)); out.String() != want || n != len(in) || err != nil {
			t.Errorf("%q: got %q, %d, %v, want %q", in, out.String(), n, err, want)
		}
	}
}

// TestStreams_ways goes through every way to a stream, with an escape sequence and a line's end.
func TestStreams_ways(t *testing.T) {
	const evil = "x\x1b[7m\u202e\r\ny"
	data := func(s *Streams) {
		d := s.Data()
		io.WriteString(d, evil)
		d.Flush()
	}
	for name, tc := range map[string]struct {
		do             func(s *Streams)
		terminal, pipe string
	}{
		"print":      {func(s *Streams) { fmt.Fprint(s.Out, evil) }, "x\\u001b[7m\\u202e\ny", "x\\u001b[7m\\u202e\ny"},
		"stderr":     {func(s *Streams) { fmt.Fprint(s.Err, evil) }, "x\\u001b[7m\\u202e\ny", "x\\u001b[7m\\u202e\ny"},
		"say":        {func(s *Streams) { s.Say("%s|%v|%q", evil, errors.New(evil), evil) }, `x\u001b[7m\u202e y|x\u001b[7m\u202e y|"x\x1b[7m\u202e\r\ny"` + "\n", ""},
		"say styled": {func(s *Streams) { s.Say("%s: %s", s.Red("red"), s.Bold(evil)) }, "\x1b[31mred\x1b[0m: \x1b[1mx\\u001b[7m\\u202e y\x1b[0m\n", "red: x\\u001b[7m\\u202e y\n"},
		"say padded": {func(s *Streams) { s.Say("%-4s|%3d|%x|%v", "a", 7, "b", 90*time.Second) }, "a   |  7|62|1m30s\n", ""},
		"data":       {data, "x\\u001b[7m\\u202e\ny", evil},
		"styled":     {func(s *Streams) { Print(s.Out, Styled("\x1b[1m")) }, "\x1b[1m", ""},
		"child":      {func(s *Streams) { fmt.Fprint(s.ChildOut(), evil); fmt.Fprint(s.ChildErr(), "-") }, evil + "-", ""},
		"ask":        {func(s *Streams) { s.Ask(t.Context(), evil) }, "x\\u001b[7m\\u202e\ny", ""},
	} {
		for _, terminal := range []bool{true, false} {
			s, _, out, errs := Test()
			s.OutTTY, s.ErrTTY, s.ColorOut, s.ColorErr = terminal, terminal, terminal, terminal
			want := tc.terminal
			if !terminal && tc.pipe != "" {
				want = tc.pipe
			}
			if tc.do(s); out.String()+errs.String() != want {
				t.Errorf("%s, terminal %t: got %q, want %q", name, terminal, out.String()+errs.String(), want)
			}
		}
	}
}

// TestData cuts the text into pieces of every size: no character is torn, no line's end misread.
func TestData(t *testing.T) {
	const text = "a\tb\r\nü€\x1b[2Jx\u009b\xff\u202e\rend\r\xe2\x82"
	const want = `a	b` + "\n" + `ü€\u001b[2Jx\u009b\xff\u202e\u000dend\u000d\xe2\x82`
	for _, terminal := range []bool{true, false} {
		for size := 1; size <= len(text); size++ {
			s, _, out, _ := Test()
			s.OutTTY = terminal
			d := s.Data()
			for rest := text; rest != ""; {
				n := min(size, len(rest))
				if got, err := d.Write([]byte(rest[:n])); got != n || err != nil {
					t.Fatal(got, err)
				}
				rest = rest[n:]
			}
			if err := d.Flush(); err != nil {
				t.Fatal(err)
			}
			if got := out.String(); terminal && got != want || !terminal && got != text {
				t.Errorf("terminal %t, in pieces of %d: %q", terminal, size, got)
			}
		}
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// TestStreams_broken: a stream that is closed is an error of whoever prints a result.
func TestStreams_broken(t *testing.T) {
	for _, terminal := range []bool{true, false} {
		s, _, _, _ := Test()
		s.Out, s.OutTTY = NewWriter(broken{}), terminal
		_, writeErr := s.Out.Write([]byte("x"))
		_, dataErr := s.Data().Write([]byte("x"))
		held := &Data{stream: broken{}, held: []byte("\r")}
		for name, err := range map[string]error{"Write": writeErr, "Data": dataErr, "Flush": held.Flush(), "Print": Print(s.Out, "x")} {
			if !errors.Is(err, io.ErrClosedPipe) {
				t.Errorf("%s, terminal %t: %v", name, terminal, err)
			}
		}
	}
}

// FuzzWriter: nothing that acts gets through, and JSON keeps its meaning.
func FuzzWriter(f *testing.F) {
	f.Add("\x1b[31m\u202e\xff\U000E0041\\")
	f.Fuzz(func(t *testing.T, text string) {
		var out bytes.Buffer
		NewWriter(&out).Write([]byte(text))
		if strings.ContainsFunc(strings.NewReplacer("\n", "", "\t", "").Replace(out.String()), Acts) {
			t.Errorf("%q became %q", text, out.String())
		}
		var coded, printed bytes.Buffer
		e := json.NewEncoder(&coded)
		e.SetEscapeHTML(false)
		if e.Encode(text) != nil {
			t.Fatal("not encoded")
		}
		NewWriter(&printed).Write(coded.Bytes())
		var before, after string
		if err := errors.Join(json.Unmarshal(coded.Bytes(), &before), json.Unmarshal(printed.Bytes(), &after)); err != nil || before != after {
			t.Errorf("%q became %q, %v", before, after, err)
		}
	})
}

package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// commands are what text from elsewhere could tell a terminal, or the one who reads it.
var commands = []struct{ name, text string }{
	{"an escape sequence", "\x1b[2J"}, {"a title", "\x1b]0;t\x07"}, {"a link", "\x1b]8;;http://x\x1b\\"}, {"one of our colours", "\x1b[31m"},
	{"a backspace", "\b"}, {"a carriage return", "\rover"}, {"delete", "\x7f"}, {"a C1 sequence", "\u009b31m"},
	{"a bidi override", "\u202e"}, {"a bidi embedding", "\u202a"}, {"an isolate", "\u2066"}, {"a direction mark", "\u200f"}, {"an Arabic mark", "\u061c"},
	{"a zero width space", "\u200b"}, {"a byte order mark", "\ufeff"}, {"a line separator", "\u2028"}, {"a paragraph separator", "\u2029"},
	{"a soft hyphen", "\u00ad"}, {"a tag", "\U000e0041"}, {"private use", "\ue000"},
}

// letters look like them, and belong to names.
var letters = []string{"می\u200cخواهم", "क्\u200dष", "👩\u200d💻", "愛"}

// foreignText holds all of it between two marks, by which it is found.
func foreignText() string {
	var b strings.Builder
	b.WriteString("zqA")
	for _, c := range commands {
		b.WriteString(c.text)
	}
	return b.String() + strings.Join(letters, "") + "Bqz"
}

// TestForeignText lets no source give orders to a terminal: every source, each thing a terminal acts on, at a terminal and in
// a pipe, as text, JSON and through jq. The text itself is always seen; JSON has it unchanged; a pipe gets values as they are.
func TestForeignText(t *testing.T) {
	for name, source := range foreignSources() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, screen := range []bool{true, false} {
				for _, format := range []string{"text", "json", "jq"} {
					if format == "json" && source.onlyText || format == "jq" && source.jq == "" {
						continue
					}
					m := newMachine(t)
					text := foreignText()
					m.stdin = "Correct-Horse-9\n\n"
					if source.prepare != nil {
						source.prepare(m, text)
					}
					m.screen, m.terminal = screen, screen
					checkForeign(t, source, text, screen, format, m.runForeign(source, text, format))
				}
			}
		})
	}
}

// runForeign runs the source's command; one that goes on by itself is ended after a while.
func (m *machine) runForeign(source foreignSource, text, format string) outcome {
	args := source.args(text)
	if i := slices.Index(args, "SEED"); i >= 0 {
		args[i] = filepath.Join(m.home, "seed.yaml")
	}
	var flags []string
	switch format {
	case "json":
		flags = []string{"-o", "json"}
	case "jq":
		flags = []string{"--jq", source.jq}
	}
	ctx := m.t.Context()
	if args[0] == "emulator" {
		limited, cancel := context.WithTimeout(ctx, 1500*time.Millisecond)
		defer cancel()
		ctx = limited
	}
	return m.runContext(ctx, append(flags, args...)...)
}

func checkForeign(t *testing.T, source foreignSource, text string, screen bool, format string, o outcome) {
	t.Helper()
	where := fmt.Sprintf("screen %t, %s", screen, format)
	all := o.stdout + o.stderr
	if !strings.Contains(all, "zqA") {
		t.Errorf("%s: the text is not there, exit %d\nstdout: %q\nstderr: %q", where, o.code, o.stdout, o.stderr)
		return
	}
	checkClean(t, where+", stderr", o.stderr)
	exact := !screen && (format == "jq" || format == "text" && source.exact || format == "json" && source.exactJSON)
	switch {
	case !exact:
		checkClean(t, where+", stdout", o.stdout)
	case !source.cut && !strings.Contains(o.stdout, text) && !strings.Contains(o.stdout, quoted(text)):
		t.Errorf("%s: stdout is not exact: %q", where, o.stdout)
	}
	for _, letter := range letters { // of results: messages quote some texts in ASCII
		if o.code == 0 && !source.cut && !strings.Contains(strings.Join(strings.Fields(all), ""), letter) {
			t.Errorf("%s: %+q is not there:\n%s", where, letter, all)
		}
	}
	if format == "json" {
		checkForeignJSON(t, source, text, where, o)
	}
}

// checkForeignJSON wants JSON that means what was there before it was cleaned: the result, or the error at the end of stderr.
func checkForeignJSON(t *testing.T, source foreignSource, text, where string, o outcome) {
	t.Helper()
	data, want := o.stdout, text
	if o.code != 0 || data == "" {
		data, want = o.stderr[max(0, strings.LastIndex(o.stderr, `{"error"`)):], "zqA"
	}
	if source.cut {
		want = "zqA"
	}
	var value any
	if err := json.Unmarshal([]byte(data), &value); err != nil {
		t.Errorf("%s: no JSON: %v\n%s", where, err, data)
	} else if !strings.Contains(fmt.Sprint(value), want) {
		t.Errorf("%s: the JSON does not hold the text: %q", where, fmt.Sprint(value))
	}
}

// checkClean names each command that got through.
func checkClean(t *testing.T, where, out string) {
	t.Helper()
	if !utf8.ValidString(out) {
		t.Errorf("%s: not UTF-8: %q", where, out)
	}
	for _, c := range commands {
		if strings.Contains(out, c.text) {
			t.Errorf("%s: %s gets through: %q", where, c.name, out)
		}
	}
	for _, r := range strings.NewReplacer("\x1b[30;107m", "", "\x1b[0m", "").Replace(out) { // but for the QR code
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			t.Errorf("%s: %U gets through: %q", where, r, out)
			return
		}
	}
}

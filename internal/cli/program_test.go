package cli

import (
	"errors"
	"strconv"
	"strings"
	"testing"
)

// TestCheckBatch is every character that a batch file makes more of than text, in each kind of program and word.
func TestCheckBatch(t *testing.T) {
	programs := []struct {
		path  string
		batch bool
	}{
		{`C:\npm.cmd`, true}, {`C:\build.BAT`, true}, {`.\b.bat`, true}, {`C:\b.bat. .`, true}, {`C:\b.cmd `, true},
		{`C:\node.exe`, false}, {`C:\bat`, false}, {`C:\b.bat.exe`, false}, {"/usr/bin/npm", false}, {`C:\b.cmdx`, false},
	}
	words := []struct {
		word string
		bad  string // the character that is named
	}{
		{"a&calc", "&"}, {"a|b", "|"}, {"<in", "<"}, {">out", ">"}, {"^", "^"}, {"%PATH%", "%"}, {"100%", "%"}, {`say "x"`, `"`}, {"!x!", "!"},
		{"a\nb", "\n"}, {"a\rb", "\r"}, {"a\x00b", "\x00"}, {"a & b", "&"}, {"a % b", "%"}, {")", ")"}, {"f(x)", "("},
		{"", ""}, {"test", ""}, {"--grep=a b", ""}, {"adds (1 2)", ""}, {`C:\Program Files (x86)\x`, ""}, {"a;b,c=d", ""}, {"it's", ""}, {`a\`, ""}, {"ä€", ""}, {"$HOME `id`", ""},
	}
	refused := 0
	for _, p := range programs {
		if isBatch(p.path) != p.batch {
			t.Errorf("isBatch(%q) is %v", p.path, !p.batch)
		}
		for _, w := range words {
			err := checkBatch(p.path, []string{p.path, "run", w.word})
			var usage *usageError
			if want := p.batch && w.bad != ""; (err != nil) != want || want && !errors.As(err, &usage) {
				t.Errorf("%s %q: %v", p.path, w.word, err)
				continue
			}
			if err == nil {
				continue
			}
			refused++
			if !strings.Contains(usage.message, strconv.Quote(w.bad)+" in argument 2") || usage.hint == "" || len(w.word) > 3 && strings.Contains(usage.message, w.word) {
				t.Errorf("%q: %s", w.word, usage.message)
			}
		}
	}
	if refused == 0 {
		t.Error("nothing was refused")
	}
	if err := checkBatch(`C:\a&b\npm.cmd`, []string{`C:\a&b\npm.cmd`}); err == nil || !strings.Contains(err.Error(), "in its name") {
		t.Errorf("a path with a character of cmd.exe: %v", err)
	}
}

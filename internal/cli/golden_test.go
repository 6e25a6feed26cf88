package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/ciam-cli/ciam/internal/clocktest"
)

// golden compares a screen with testdata/<name>.golden, and checks that it fits its columns; 0 is a pipe.
func golden(t *testing.T, name, got string, columns int) {
	t.Helper()
	// The pinned day is the environment's; the screens are of the default one, which is as long.
	got = strings.ReplaceAll(got, clocktest.Now().Format(time.DateOnly), "2026-11-24")
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != strings.ReplaceAll(string(want), "\r\n", "\n") {
		t.Errorf("%s differs (go test -update writes it), got\n%s", file, got)
	}
	if columns > 0 {
		fits(t, name, got, columns)
	}
}

// fits checks that no line is wider than a terminal.
func fits(t *testing.T, name, text string, columns int) {
	t.Helper()
	for line := range strings.Lines(regexp.MustCompile("\x1b\\[[0-9;]*m").ReplaceAllString(text, "")) {
		if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > columns {
			t.Errorf("%s: %d columns: %q", name, n, line)
		}
	}
}

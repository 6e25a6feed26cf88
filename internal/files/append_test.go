package files

import (
	"os"
	"path/filepath"
	"testing"
)

// TestAppend_lines: what is added begins a line, whatever the file ends with.
func TestAppend_lines(t *testing.T) {
	for before, want := range map[string]string{
		"": "x=1\n", "a=0\n": "a=0\nx=1\n", "a=0": "a=0\nx=1\n", "a=0\r\n": "a=0\r\nx=1\n", "a=0\r": "a=0\r\nx=1\n", "\n": "\nx=1\n", "ü": "ü\nx=1\n",
	} {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, []byte(before), 0o600); err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second time it ends with a line
			if err := Append(path, []byte("x=1\n")); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != want+"x=1\n" {
			t.Errorf("after %q: %q, want %q (%v)", before, got, want+"x=1\n", err)
		}
	}
}

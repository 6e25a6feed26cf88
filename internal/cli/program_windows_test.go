package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestProgram_batch runs a batch file from every place that runs a program: with plain words it runs, and what cmd.exe
// would act on is refused before it does.
func TestProgram_batch(t *testing.T) {
	m, _ := signedIn(t)
	dir := t.TempDir()
	batch, ran := filepath.Join(dir, "told.cmd"), filepath.Join(dir, "ran")
	if err := os.WriteFile(batch, []byte("@echo off\r\necho x>>\"%~dp0ran\"\r\necho 12345678 %1 %2\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	password := filepath.Join(dir, "password")
	if err := os.WriteFile(password, []byte("Correct-Horse-8"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+";"+os.Getenv("PATH"))
	for _, name := range []string{batch, "told", "told.cmd"} {
		for _, c := range []struct {
			name  string
			args  func(word string) []string
			words []string
		}{
			{"exec", func(word string) []string { return []string{"exec", "--", name, word} }, []string{"a&echo pwned", "%PATH%", `"`, "a^b", "x!y", "a|b", "<a", ">a"}},
			{"emulator run", func(word string) []string { return []string{"emulator", "run", "--http", "--", name, word} }, []string{"a&echo pwned"}},
			{"assertion", func(word string) []string {
				return []string{"token", "--client-credentials", "--scope", "api://x/.default", "--client-assertion-command", name + " " + word}
			}, []string{"a&b"}},
			{"code", func(word string) []string {
				return []string{"login", "--native", "--reset-password", "--email", "ada@example.com", "--password-file", password, "--code-command", name + " " + word}
			}, []string{"a&b"}},
		} {
			for _, word := range c.words {
				o := m.run(c.args(word)...)
				if o.code != exitUsage || !strings.Contains(o.stderr, "is a batch file") || strings.Contains(o.stdout, "pwned") {
					t.Errorf("%s %s %s: %+v", c.name, name, word, o)
				}
			}
		}
		if _, err := os.Stat(ran); err == nil {
			t.Fatalf("%s ran", name)
		}
		cmd := m.program("exec", "--", name, "plain", "two words")
		if out, err := cmd.Output(); err != nil || strings.TrimSpace(string(out)) != `12345678 plain "two words"` {
			t.Errorf("%s with plain words: %v, %q", name, err, out)
		}
		if err := os.Remove(ran); err != nil {
			t.Error(err)
		}
	}
}

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/needtest"
)

// newNear is a terminal of this machine, for what needs no other one.
func newNear(t *testing.T, p *program, columns int, env ...string) *far {
	t.Helper()
	needtest.Long(t, "types at a terminal")
	needtest.Program(t, installTmux, "tmux")
	dir, err := os.MkdirTemp("", "near")
	if err != nil {
		t.Fatal(err)
	}
	f := &far{t: t, dir: dir, columns: columns}
	cmd := exec.Command("tmux", "-S", filepath.Join(dir, "tmux"), "-f", "/dev/null", "new-session", "-d", "-x", fmt.Sprint(columns), "-y", "45", "exec sh")
	cmd.Env = append(p.shellEnv(dir), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("tmux: %v\n%s", err, out)
	}
	t.Cleanup(func() { _, _ = f.try("kill-server"); _ = os.RemoveAll(dir) })
	return f
}

func (f *far) try(args ...string) (string, error) {
	out, err := exec.Command("tmux", append([]string{"-S", filepath.Join(f.dir, "tmux")}, args...)...).CombinedOutput()
	return string(out), err
}

func (f *far) tmux(args ...string) string {
	f.t.Helper()
	out, err := f.try(args...)
	if err != nil {
		f.t.Fatalf("tmux %.80q: %v\n%s", args, err, out)
	}
	return out
}

// types sends keys by their names in tmux(1), such as Enter and C-c.
func (f *far) types(keys ...string) { f.tmux(append([]string{"send-keys"}, keys...)...) }

// runs types a command line.
func (f *far) runs(line string) {
	f.tmux("send-keys", "-l", line)
	f.types("Enter")
}

// pastes does what a terminal does with the clipboard: it marks the text where the program has asked for that.
func (f *far) pastes(text string) {
	f.t.Helper()
	file := filepath.Join(f.dir, "clipboard")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		f.t.Fatal(err)
	}
	f.tmux("load-buffer", file)
	f.tmux("paste-buffer", "-p", "-d")
}

// screen is what the terminal shows, a line that it has broken as one.
func (f *far) screen() string { return f.tmux("capture-pane", "-p", "-J") }

// sees waits for a text on the screen, and returns all of that.
func (f *far) sees(text string) string {
	f.t.Helper()
	for deadline := time.Now().Add(farLimit); ; time.Sleep(20 * time.Millisecond) {
		screen := f.screen()
		if strings.Contains(screen, text) {
			return screen
		}
		if time.Now().After(deadline) {
			f.t.Fatalf("the screen does not show %q:\n%s", text, screen)
		}
	}
}

// found waits for a pattern on the screen.
func (f *far) found(pattern string) string {
	f.t.Helper()
	find := regexp.MustCompile(pattern)
	for deadline := time.Now().Add(farLimit); ; time.Sleep(20 * time.Millisecond) {
		screen := f.screen()
		if match := find.FindString(screen); match != "" {
			return match
		}
		if time.Now().After(deadline) {
			f.t.Fatalf("the screen shows no %s:\n%s", pattern, screen)
		}
	}
}

// seesLineMode asks whether the terminal is as it was. The shell has to be one that does not put it right itself.
func (f *far) seesLineMode() {
	f.t.Helper()
	f.runs("clear; stty -a | tr ' ;' '\\n\\n' | grep -x -e -*isig -e -*icanon -e -*echo")
	if screen := f.sees("isig\nicanon\necho\n"); strings.Contains(screen, "-isig\n") {
		f.t.Errorf("the terminal is left in raw mode:\n%s", screen)
	}
}

// transcript tells what the terminal has shown, and keeps it in the file that CIAM_E2E_TRANSCRIPTS names.
func (f *far) transcript(title string) {
	f.t.Helper()
	text := fmt.Sprintf("=== %s\n%s\n", title, strings.TrimRight(f.screen(), "\n"))
	f.t.Log(text)
	path := os.Getenv("CIAM_E2E_TRANSCRIPTS")
	if path == "" {
		return
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		f.t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteString(text + "\n"); err != nil {
		f.t.Error(err)
	}
}

//go:build linux || windows

package cli

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestLastingProgram is a program that ends when it is killed; see TestEmulatorRun_killed. With CIAM_TEST_LASTING=2 it
// starts another one first.
func TestLastingProgram(*testing.T) {
	level := os.Getenv("CIAM_TEST_LASTING")
	if level == "" {
		return
	}
	if level == "2" {
		another := exec.Command(os.Args[0], "-test.run=^TestLastingProgram$")
		another.Env = append(os.Environ(), "CIAM_TEST_LASTING=1")
		another.Stdout, another.Stderr = os.Stdout, os.Stderr
		if err := another.Start(); err != nil {
			fmt.Println(err)
		}
	} else {
		fmt.Println("ready")
	}
	time.Sleep(time.Minute)
}

// lasting runs `emulator run` with a program that ends when it is killed, and returns when that runs. The stream is open
// for as long as one of the programs lives.
func lasting(t *testing.T, m *machine, tmp, level string) (*exec.Cmd, *bufio.Reader) {
	t.Helper()
	cmd := m.program("emulator", "run", "--", os.Args[0], "-test.run=^TestLastingProgram$")
	cmd.Env = append(cmd.Env, "CIAM_TEST_LASTING="+level, "GORACE=atexit_sleep_ms=0", "TMPDIR="+tmp, "TMP="+tmp, "TEMP="+tmp)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	lines := bufio.NewReader(out)
	if line, err := lines.ReadString('\n'); strings.TrimSpace(line) != "ready" {
		t.Fatalf("the program says %q, %v", line, err)
	}
	return cmd, lines
}

// TestEmulatorRun_killed kills `emulator run`, which cannot do anything about it: the program goes with it, and the folder
// with the next emulator. One that still runs keeps its own.
func TestEmulatorRun_killed(t *testing.T) {
	m, _ := signedIn(t)
	tmp := t.TempDir()
	folders := func() []string {
		all, _ := filepath.Glob(filepath.Join(tmp, "ciam-emulator-*"))
		return all
	}
	lasting(t, m, tmp, "1")
	kept := folders()
	if len(kept) != 1 {
		t.Fatalf("folders: %v", kept)
	}
	for _, level := range lastingLevels() {
		cmd, lines := lasting(t, m, tmp, level)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		gone := make(chan error, 1)
		go func() {
			_, err := io.Copy(io.Discard, lines) // ends with the last program that could write
			gone <- err
		}()
		select {
		case <-gone:
		case <-time.After(20 * time.Second):
			t.Fatalf("a program of level %s lives on", level)
		}
		if left := folders(); len(left) != 2 {
			t.Fatalf("folders: %v; the killed one cannot have removed its own", left)
		}
		next := m.program("emulator", "run", "--", os.Args[0], "-test.run=^$")
		next.Env = append(next.Env, "TMPDIR="+tmp, "TMP="+tmp, "TEMP="+tmp)
		if out, err := next.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if left := folders(); len(left) != 1 || left[0] != kept[0] {
			t.Errorf("folders: %v, want only %v, which is in use", left, kept)
		}
	}
}

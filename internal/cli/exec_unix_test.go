//go:build unix

package cli

import (
	"bufio"
	"bytes"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestExec_endedBySignal is a child that a signal ends: a shell's exit code for it, and nothing is said.
func TestExec_endedBySignal(t *testing.T) {
	sh := tool(t, "sh")
	m, _ := signedIn(t)
	for name, want := range map[string]int{"TERM": 128 + 15, "KILL": 128 + 9} {
		cmd := m.program("exec", sh, "-c", "kill -"+name+" $$")
		out, _ := cmd.CombinedOutput()
		if code := cmd.ProcessState.ExitCode(); code != want || len(out) != 0 {
			t.Errorf("SIG%s: exit %d, want %d; %q", name, code, want, out)
		}
	}
}

// TestExec_signals sends signals to ciam and looks at what its child makes of them. The tests have no terminal.
func TestExec_signals(t *testing.T) {
	sh := tool(t, "sh")
	m, _ := signedIn(t)
	const stubborn = `trap '' TERM INT HUP; echo ready; while :; do sleep 0.1; done`
	for _, c := range []struct {
		name, script string
		killAfter    string
		signals      []os.Signal
		code         int
		says         string
	}{
		{"terminate", `trap 'exit 7' TERM; echo ready; while :; do sleep 0.1; done`, "1m", []os.Signal{syscall.SIGTERM}, 7, ""},
		{"interrupt", `trap 'exit 8' INT; echo ready; while :; do sleep 0.1; done`, "1m", []os.Signal{syscall.SIGINT}, 8, ""},
		{"hang up", `trap 'exit 9' HUP; echo ready; while :; do sleep 0.1; done`, "1m", []os.Signal{syscall.SIGHUP}, 9, ""},
		{"not handled", `echo ready; while :; do sleep 0.1; done`, "1m", []os.Signal{syscall.SIGTERM}, 128 + 15, ""},
		{"handled and gone on", `trap 'exit 5' TERM; trap : INT; echo ready; while :; do sleep 0.1; done`, "1m", []os.Signal{syscall.SIGINT, syscall.SIGTERM}, 5, ""},
		{"ignored", stubborn, "300ms", []os.Signal{syscall.SIGTERM}, 128 + 9, "was killed since it had not ended 300ms after it was asked to"},
		{"two interrupts", stubborn, "1m", []os.Signal{syscall.SIGINT, syscall.SIGINT}, 128 + 9, "was killed at the second interrupt"},
		{"two interrupts without a limit", stubborn, "0", []os.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGINT}, 128 + 9, "was killed at the second interrupt"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cmd := m.program("exec", "--kill-after", c.killAfter, "--", sh, "-c", c.script)
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			var errs bytes.Buffer
			cmd.Stderr = &errs
			cmd.WaitDelay = 5 * time.Second
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
				t.Fatalf("the child says %q, %v; %s", line, err, errs.String())
			}
			for i, sig := range c.signals {
				if i > 0 {
					time.Sleep(300 * time.Millisecond) // or the kernel delivers two as one
				}
				if err := cmd.Process.Signal(sig); err != nil {
					t.Fatal(err)
				}
			}
			_ = cmd.Wait()
			if code := cmd.ProcessState.ExitCode(); code != c.code {
				t.Errorf("exit %d, want %d; stderr %q", code, c.code, errs.String())
			}
			if c.says == "" && errs.Len() > 0 || !strings.Contains(errs.String(), c.says) {
				t.Errorf("stderr %q, want %q", errs.String(), c.says)
			}
		})
	}
}

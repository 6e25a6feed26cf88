package cli

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/term/termtest"
)

// TestInterruptCounter is a program that tells each SIGINT, until SIGTERM; see TestExec_terminal.
func TestInterruptCounter(*testing.T) {
	if os.Getenv("CIAM_TEST_COUNTER") == "" {
		return
	}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	fmt.Println("ready")
	for sig := range signals {
		if sig == syscall.SIGTERM {
			os.Exit(0)
		}
		fmt.Println("interrupt")
	}
}

// TestExec_terminal types Ctrl-C: the terminal sends SIGINT to the child itself, so ciam must not send another, nor kill
// a child that goes on.
func TestExec_terminal(t *testing.T) {
	t.Parallel()
	m, _ := signedIn(t)
	keyboard, tty := termtest.Open(t)
	cmd := m.program("exec", "--kill-after", "1s", "--", os.Args[0], "-test.run=^TestInterruptCounter$")
	cmd.Env = append(cmd.Env, "CIAM_TEST_COUNTER=1", "GORACE=atexit_sleep_ms=0")
	var errs strings.Builder
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdin, cmd.Stderr = tty, &errs
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 0}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	for i, want := range []string{"ready\n", "interrupt\n", "interrupt\n"} {
		if i > 0 {
			if _, err := keyboard.Write([]byte{3}); err != nil { // Ctrl-C
				t.Fatal(err)
			}
		}
		if line, err := lines.ReadString('\n'); line != want {
			t.Fatalf("the child says %q, %v, want %q; %s", line, err, want, errs.String())
		}
		time.Sleep(time.Duration(i) * 600 * time.Millisecond) // time for one more, and for --kill-after
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	rest, _ := io.ReadAll(lines)
	_ = cmd.Wait()
	if len(rest) != 0 || cmd.ProcessState.ExitCode() != 0 || errs.Len() != 0 {
		t.Errorf("the child goes on with %q, exit %d, stderr %q", rest, cmd.ProcessState.ExitCode(), errs.String())
	}
}

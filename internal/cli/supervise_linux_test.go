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
	"unsafe"
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

// terminal opens a pseudo terminal (pts(4)): what is written to keyboard is typed.
func terminal(t *testing.T) (keyboard, tty *os.File) {
	t.Helper()
	keyboard, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo terminal: %v", err)
	}
	t.Cleanup(func() { _ = keyboard.Close() })
	var locked, number int32
	for request, value := range map[uintptr]*int32{syscall.TIOCSPTLCK: &locked, syscall.TIOCGPTN: &number} {
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, keyboard.Fd(), request, uintptr(unsafe.Pointer(value))); errno != 0 {
			t.Skipf("no pseudo terminal: %v", errno)
		}
	}
	tty, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo terminal: %v", err)
	}
	t.Cleanup(func() { _ = tty.Close() })
	return keyboard, tty
}

// TestExec_terminal types Ctrl-C: the terminal sends SIGINT to the child itself, so ciam must not send another, nor kill
// a child that goes on.
func TestExec_terminal(t *testing.T) {
	t.Parallel()
	m, _ := signedIn(t)
	keyboard, tty := terminal(t)
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

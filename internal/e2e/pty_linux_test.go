package e2e

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/ciam-cli/ciam/internal/needtest"
)

// terminal is a pseudo-terminal (pty(7)): what is typed into the first file, a program reads from the second, and sees
// that it is a terminal.
func terminal(t *testing.T) (keyboard, screen *os.File) {
	t.Helper()
	keyboard, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		needtest.Lacks(t, "no pseudo-terminal: %v", err)
	}
	t.Cleanup(func() { _ = keyboard.Close() })
	var unlock, number uint32
	for _, call := range []struct {
		request uintptr
		value   *uint32
	}{{syscall.TIOCSPTLCK, &unlock}, {syscall.TIOCGPTN, &number}} {
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, keyboard.Fd(), call.request, uintptr(unsafe.Pointer(call.value))); errno != 0 {
			t.Fatal(errno)
		}
	}
	screen, err = os.OpenFile("/dev/pts/"+strconv.Itoa(int(number)), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = screen.Close() })
	return keyboard, screen
}

// typing runs the binary at a terminal where somebody types a line as soon as they are asked for it.
func (p *program) typing(t *testing.T, asked, line string, args ...string) *process {
	t.Helper()
	keyboard, screen := terminal(t)
	there := *p
	there.stdin = screen
	r := there.start(args...)
	go func() {
		for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
			if strings.Contains(r.stderr.String(), asked) {
				_, _ = keyboard.WriteString(line + "\n")
				return
			}
		}
	}()
	return r
}

//go:build !windows

package cli

import (
	"errors"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"unsafe"
)

// passedSignals are the signals that the child of `ciam exec` gets too. Those that were ignored when ciam began (nohup,
// a background job) stay ignored, for the child as well.
func passedSignals() []os.Signal {
	all := []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2}
	return slices.DeleteFunc(all, signal.Ignored)
}

// sentByTerminal reports whether sig came from the keyboard: then the terminal has sent it to the child itself, as it
// does to every process of the foreground group, and passing it on would be a second one.
func sentByTerminal(sig os.Signal) bool {
	return (sig == syscall.SIGINT || sig == syscall.SIGQUIT) && inForeground()
}

// inForeground reports whether this process belongs to the group that its terminal sends signals to (tcgetpgrp).
func inForeground() bool {
	tty, err := os.OpenFile("/dev/tty", os.O_RDONLY|syscall.O_NOCTTY, 0)
	if err != nil {
		return false // no controlling terminal
	}
	defer tty.Close()
	var group int32
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, tty.Fd(), syscall.TIOCGPGRP, uintptr(unsafe.Pointer(&group)))
	return errno == 0 && int(group) == syscall.Getpgrp()
}

// isNoFormat reports that the system found the file and does not know what to do with it.
func isNoFormat(err error) bool { return errors.Is(err, syscall.ENOEXEC) }

// exitCode is the exit code of a process that has ended, 128+n for one that signal n ended.
func exitCode(state *os.ProcessState) int {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return state.ExitCode()
}

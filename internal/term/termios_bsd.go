//go:build darwin || freebsd || netbsd || openbsd || dragonfly

package term

import "syscall"

// The requests that read and write a terminal's settings.
const (
	readTermios  = syscall.TIOCGETA
	writeTermios = syscall.TIOCSETA
)

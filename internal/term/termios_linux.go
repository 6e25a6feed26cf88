package term

import "syscall"

// The requests that read and write a terminal's settings.
const (
	readTermios  = syscall.TCGETS
	writeTermios = syscall.TCSETS
)

package keychaintest

import "syscall"

// Windows has no such signals; the tests that would send them are skipped there.
const (
	sigStop = syscall.Signal(0)
	sigCont = syscall.Signal(0)
)

// Package wiretest has what tests of trouble on the network share. It is for _test files only.
package wiretest

import (
	"runtime"
	"syscall"
)

// Refused is what the system says when nothing listens. On Windows the number of that name in package syscall is made up.
func Refused() error {
	if runtime.GOOS == "windows" {
		return syscall.Errno(10061) // WSAECONNREFUSED
	}
	return syscall.ECONNREFUSED
}

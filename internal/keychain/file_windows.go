package keychain

import (
	"errors"
	"syscall"
)

// checkFolder finds nothing: Windows has no mode bits, and the user's folders are closed to others by the access lists that
// they inherit.
func checkFolder(string) error { return nil }

// isDiskFull knows ERROR_HANDLE_DISK_FULL and ERROR_DISK_FULL.
func isDiskFull(err error) bool {
	return errors.Is(err, syscall.Errno(39)) || errors.Is(err, syscall.Errno(112))
}

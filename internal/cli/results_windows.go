package cli

import (
	"errors"
	"syscall"
)

// brokenPipe reports a pipe without a reader (ERROR_BROKEN_PIPE, ERROR_NO_DATA), which ends the program elsewhere.
func brokenPipe(err error) bool {
	return errors.Is(err, syscall.Errno(109)) || errors.Is(err, syscall.Errno(232))
}

package cli

import (
	"errors"
	"os"
	"syscall"
)

// passedSignals are the console events: Ctrl-C, and SIGTERM for a closed window, a log-off and a shutdown.
func passedSignals() []os.Signal { return []os.Signal{os.Interrupt, syscall.SIGTERM} }

// sentByTerminal is always true: the console tells every process attached to it.
func sentByTerminal(os.Signal) bool { return true }

// isNoFormat reports that the system found the file and does not know what to do with it: ERROR_BAD_EXE_FORMAT and
// ERROR_EXE_MACHINE_TYPE_MISMATCH.
func isNoFormat(err error) bool {
	return errors.Is(err, syscall.Errno(193)) || errors.Is(err, syscall.Errno(216))
}

// exitCode is the exit code of a process that has ended.
func exitCode(state *os.ProcessState) int { return state.ExitCode() }

package cli

import (
	"os"
	"syscall"
)

// passedSignals are the console events: Ctrl-C, and SIGTERM for a closed window, a log-off and a shutdown.
func passedSignals() []os.Signal { return []os.Signal{os.Interrupt, syscall.SIGTERM} }

// sentByTerminal is always true: the console tells every process attached to it.
func sentByTerminal(os.Signal) bool { return true }

// exitCode is the exit code of a process that has ended.
func exitCode(state *os.ProcessState) int { return state.ExitCode() }

//go:build !windows

package cli

// brokenPipe is for the system that has no SIGPIPE. Here whoever gets to see the error has been told to ignore the signal.
func brokenPipe(error) bool { return false }

//go:build !windows

package loopback

import "syscall"

// exclusive does nothing: a port that is listened on cannot be bound again here, whatever its socket options.
func exclusive(string, string, syscall.RawConn) error { return nil }

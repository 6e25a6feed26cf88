//go:build !windows

package loopback

import (
	"errors"
	"syscall"
)

// isTaken reports that somebody else has the port.
func isTaken(err error) bool { return errors.Is(err, syscall.EADDRINUSE) }

// isForbidden reports that the system keeps the port.
func isForbidden(err error) bool { return errors.Is(err, syscall.EACCES) }

// isNoFamily reports that this machine lacks IPv4 or IPv6, or has no loopback address for it.
func isNoFamily(err error) bool {
	return errors.Is(err, syscall.EAFNOSUPPORT) || errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, syscall.EPROTONOSUPPORT)
}

package loopback

import (
	"errors"
	"syscall"
)

// Windows Sockets Error Codes, which package syscall does not translate.
const (
	wsaEProtoNoSupport = syscall.Errno(10043)
	wsaEAFNoSupport    = syscall.Errno(10047)
	wsaEAddrInUse      = syscall.Errno(10048)
	wsaEAddrNotAvail   = syscall.Errno(10049)
)

// isTaken reports that somebody else has the port.
func isTaken(err error) bool { return errors.Is(err, wsaEAddrInUse) }

// isForbidden reports that the system keeps the port: it lies in an excluded range (netsh interface ipv4 show
// excludedportrange protocol=tcp), which Hyper-V hands out at start and which may contain 3000, or somebody holds it
// exclusively.
func isForbidden(err error) bool { return errors.Is(err, syscall.WSAEACCES) }

// isNoFamily reports that this machine lacks IPv4 or IPv6, or has no loopback address for it.
func isNoFamily(err error) bool {
	return errors.Is(err, wsaEAFNoSupport) || errors.Is(err, wsaEAddrNotAvail) || errors.Is(err, wsaEProtoNoSupport)
}

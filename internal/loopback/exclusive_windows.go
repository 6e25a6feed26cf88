package loopback

import "syscall"

// exclusive keeps a port from being bound a second time: on Windows any program of the same user may do that with
// SO_REUSEADDR, and take our connections (Microsoft, "Using SO_REUSEADDR and SO_EXCLUSIVEADDRUSE").
func exclusive(_, _ string, c syscall.RawConn) error {
	const exclusiveAddrUse = ^syscall.SO_REUSEADDR
	var failed error
	if err := c.Control(func(fd uintptr) {
		failed = syscall.SetsockoptInt(syscall.Handle(fd), syscall.SOL_SOCKET, exclusiveAddrUse, 1)
	}); err != nil {
		return err
	}
	return failed
}

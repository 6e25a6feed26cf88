//go:build unix

package loopback

import "syscall"

func share(c syscall.RawConn) (err error) {
	c.Control(func(fd uintptr) {
		err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)
	})
	return err
}

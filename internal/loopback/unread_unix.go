//go:build unix

package loopback

import (
	"net"
	"syscall"
)

// hasUnread reports that something has arrived on a connection, its end included, that nobody has read yet.
func hasUnread(c net.Conn) bool {
	tcp, ok := c.(*net.TCPConn)
	if !ok {
		return false
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return false
	}
	unread := false
	err = raw.Control(func(fd uintptr) { // not Read, which waits for the read that is going on
		_, _, err := syscall.Recvfrom(int(fd), make([]byte, 1), syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		unread = err == nil
	})
	return err == nil && unread
}

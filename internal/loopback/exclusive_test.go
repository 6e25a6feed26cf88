package loopback

import (
	"context"
	"net"
	"strconv"
	"syscall"
	"testing"
)

// TestBind_exclusive: another program asks for our port, with the option that shares one where that is possible.
func TestBind_exclusive(t *testing.T) {
	f := start(t, "/", Options{})
	sharing := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error { return share(c) }}
	for _, host := range []string{"127.0.0.1", "::1"} {
		if host == "::1" && len(f.binding.listeners) < 2 {
			continue
		}
		l, err := sharing.Listen(context.Background(), "tcp", net.JoinHostPort(host, strconv.Itoa(f.binding.port)))
		if err == nil {
			l.Close()
			t.Errorf("%s: another program shares the port", host)
		}
	}
}

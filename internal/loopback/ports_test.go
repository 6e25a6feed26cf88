package loopback

import (
	"net"
	"strconv"
	"testing"
)

func TestTryPort(t *testing.T) {
	for _, family := range []struct{ network, host string }{{"tcp4", "127.0.0.1"}, {"tcp6", "::1"}} {
		l, err := net.Listen(family.network, net.JoinHostPort(family.host, "0"))
		if err != nil {
			t.Logf("no %s here: %v", family.network, err)
			continue
		}
		port := l.Addr().(*net.TCPAddr).Port
		p, err := TryPort(t.Context(), port)
		if err != nil || p.Taken == nil || p.Taken.Port != port || p.Port != port || p.Free == 0 || p.Free == port || !p.IPv4 && !p.IPv6 {
			t.Errorf("%s, taken: %+v, %v", family.network, p, err)
		}
		l.Close()
		if p, err = TryPort(t.Context(), p.Free); err != nil || p.Taken != nil || p.Free != 0 {
			t.Errorf("%s, the free one: %+v, %v", family.network, p, err)
		}
		again, err := net.Listen(family.network, net.JoinHostPort(family.host, strconv.Itoa(p.Port)))
		if err != nil {
			t.Errorf("%s: the port was not let go: %v", family.network, err)
			continue
		}
		again.Close()
	}
}

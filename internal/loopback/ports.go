package loopback

import (
	"context"
	"errors"
)

// Ports is whether an answer could be received.
type Ports struct {
	// Port is the one that was tried; Taken says why it cannot be used, nil where it can.
	Port  int
	Taken *PortError
	// Free is another port that could be used in place of a taken one, 0 for none.
	Free int
	// IPv4 and IPv6 say which of 127.0.0.1 and [::1] this machine has.
	IPv4, IPv6 bool
}

// TryPort binds a port as Listen would, 0 being DefaultPort, and lets it go again. It returns an error where Listen could
// not listen on any port.
func TryPort(ctx context.Context, port int) (Ports, error) {
	if port == 0 {
		port = DefaultPort
	}
	p := Ports{Port: port}
	bound, err := bind(ctx, bindBoth, port, port)
	if errors.As(err, &p.Taken) {
		bound.listeners, p.Free, err = bindFree(ctx, bindBoth)
	}
	if err != nil {
		return p, err
	}
	defer closeAll(bound.listeners)
	for _, l := range bound.listeners {
		if isIPv6(l.Addr().String()) {
			p.IPv6 = true
		} else {
			p.IPv4 = true
		}
	}
	return p, nil
}

// isIPv6 reports whether host:port has an IPv6 address.
func isIPv6(address string) bool { return len(address) > 0 && address[0] == '[' }

package host

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// PortError is a port that could not be listened on.
type PortError struct {
	Address string // host:port
	Err     error
}

func (e *PortError) Error() string {
	var inner *net.OpError
	if errors.As(e.Err, &inner) {
		return fmt.Sprintf("listen on %s: %v", e.Address, inner.Err)
	}
	return fmt.Sprintf("listen on %s: %v", e.Address, e.Err)
}

// Unwrap returns the cause.
func (e *PortError) Unwrap() error { return e.Err }

// RemoteError is an address that others can reach and that was not allowed.
type RemoteError struct{ Address netip.Addr }

func (e *RemoteError) Error() string {
	return fmt.Sprintf("%s can be reached from other machines, which was not allowed", e.Address)
}

// endpoint is one address to listen on.
type endpoint struct {
	network, host string
	optional      bool // may be missing on this machine
}

// endpoints are what to listen on: both families of loopback, as a client may try
// either for localhost, and extra if it is not among them.
func endpoints(extra netip.Addr, remote bool) ([]endpoint, error) {
	v4 := endpoint{network: "tcp4", host: "127.0.0.1"}
	v6 := endpoint{network: "tcp6", host: "::1", optional: true}
	extra = extra.Unmap()
	switch {
	case !extra.IsValid() || extra == netip.IPv6Loopback() || extra.String() == v4.host:
		return []endpoint{v4, v6}, nil
	case !extra.IsLoopback() && !remote:
		return nil, &RemoteError{Address: extra}
	case extra == netip.IPv6Unspecified():
		return []endpoint{{network: "tcp", host: "::"}}, nil // both families
	case extra == netip.IPv4Unspecified():
		return []endpoint{{network: "tcp4", host: "0.0.0.0"}, v6}, nil
	}
	return []endpoint{v4, v6, {network: "tcp", host: extra.String()}}, nil
}

// Name is the form of a name or address for Options.Hosts; ok is false for what is neither.
func Name(given string) (name string, ok bool) { return directory.HostName(given) }

// ListenLoopback listens on both families of loopback with one port: the preferred one, or any when that is taken.
// A machine without IPv6 is fine. It returns *PortError when no port is free.
func ListenLoopback(preferred int) ([]net.Listener, int, error) {
	both, err := endpoints(netip.Addr{}, false)
	if err != nil {
		return nil, 0, err
	}
	if open, port, err := listen(both, preferred); err == nil {
		return open, port, nil
	}
	return listen(both, 0)
}

// listen listens on all endpoints with one port. Port 0 is any that is free on all.
func listen(all []endpoint, port int) ([]net.Listener, int, error) {
	tries := 1
	if port == 0 {
		tries = 5 // the port that the first address got may be taken on the next
	}
	var err error
	for range tries {
		var open []net.Listener
		var bound int
		if open, bound, err = listenOnce(all, port); err == nil {
			return open, bound, nil
		}
	}
	return nil, 0, err
}

func listenOnce(all []endpoint, port int) (open []net.Listener, bound int, err error) {
	bound = port
	for _, e := range all {
		address := net.JoinHostPort(e.host, strconv.Itoa(bound))
		l, err := net.Listen(e.network, address)
		if err != nil && e.optional && !available(e) {
			continue
		}
		if err != nil {
			closeAll(open)
			return nil, 0, &PortError{Address: address, Err: err}
		}
		open = append(open, l)
		bound = l.Addr().(*net.TCPAddr).Port
	}
	return open, bound, nil
}

// available reports whether the machine has the address at all.
func available(e endpoint) bool {
	l, err := net.Listen(e.network, net.JoinHostPort(e.host, "0"))
	if err != nil {
		return false
	}
	_ = l.Close()
	return true
}

func closeAll(listeners []net.Listener) {
	for _, l := range listeners {
		_ = l.Close()
	}
}

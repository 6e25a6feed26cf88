package loopback

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
)

// DefaultPort is the port that Microsoft's tutorials register.
const DefaultPort = 3000

// freePortTries bounds the search for a port that is free on both families: the system picks it for one of them, and
// the other is taken only by chance.
const freePortTries = 32

// binding is a port of this machine, bound on every address family the machine has.
type binding struct {
	listeners []net.Listener
	port      int
	moved     *PortError // why it is not the preferred port; nil when it is
}

// binder binds one port on every family, as bindBoth does; port 0 lets the system choose.
type binder func(ctx context.Context, port int) ([]net.Listener, int, error)

// bind takes the port asked for and no other, or else the preferred one, or else any that is free.
func bind(ctx context.Context, bindPort binder, only, preferred int) (binding, error) {
	want := preferred
	if only > 0 {
		want = only
	}
	listeners, port, err := bindPort(ctx, want)
	if err == nil {
		return binding{listeners: listeners, port: port}, nil
	}
	if !isTaken(err) && !isForbidden(err) {
		return binding{}, fmt.Errorf("listen on port %d: %w", want, err)
	}
	taken := &PortError{Port: want, Holder: holder(ctx, want), Err: err}
	if only > 0 {
		return binding{}, taken
	}
	if listeners, port, err = bindFree(ctx, bindPort); err != nil {
		return binding{}, fmt.Errorf("%w, and no other port is free on both 127.0.0.1 and [::1]: %w", taken, err)
	}
	return binding{listeners: listeners, port: port, moved: taken}, nil
}

// bindFree finds a port that is free on both families.
func bindFree(ctx context.Context, bindPort binder) ([]net.Listener, int, error) {
	var err error
	for range freePortTries {
		var listeners []net.Listener
		var port int
		if listeners, port, err = bindPort(ctx, 0); err == nil {
			return listeners, port, nil
		}
		if !isTaken(err) && !isForbidden(err) {
			break
		}
	}
	return nil, 0, err
}

// bindBoth binds one port on 127.0.0.1 and [::1]; port 0 lets the system choose. A family that the machine lacks is
// left out, as long as it has the other.
func bindBoth(ctx context.Context, port int) ([]net.Listener, int, error) {
	config := net.ListenConfig{Control: exclusive}
	var listeners []net.Listener
	var missing error
	for _, family := range [...]struct{ network, host string }{{"tcp4", "127.0.0.1"}, {"tcp6", "::1"}} {
		l, err := config.Listen(ctx, family.network, net.JoinHostPort(family.host, strconv.Itoa(port)))
		switch {
		case err == nil:
			listeners = append(listeners, l)
			port = l.Addr().(*net.TCPAddr).Port
		case isNoFamily(err):
			missing = errors.Join(missing, err)
		default:
			closeAll(listeners)
			return nil, 0, err
		}
	}
	if len(listeners) == 0 {
		return nil, 0, missing
	}
	return listeners, port, nil
}

func closeAll(listeners []net.Listener) {
	for _, l := range listeners {
		l.Close()
	}
}

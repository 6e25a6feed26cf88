//go:build !windows && !darwin

package keychain

import (
	"context"
	"errors"
	"sync/atomic"

	dbus "github.com/godbus/dbus/v5"
)

func (it *osItems) sizes(string) (inline, chunk int) { return secretServiceSizes() }

// patience of the calls that go through go-keyring.
func (it *osItems) patience() patience {
	return patience{limit: it.o.limits.call, most: it.o.limits.busy, ping: it.ping}
}

// system is what only the Secret Service needs: the connection that go-keyring uses, once it is there.
type system struct{ shared atomic.Pointer[dbus.Conn] }

func (s *system) ping(ctx context.Context) error {
	if conn := s.shared.Load(); conn != nil {
		return ping(ctx, conn)
	}
	return errors.New("not connected yet")
}

// warm makes the harmless first call (see noAlias) for the connection that go-keyring will use: godbus shares one per
// process. It is to be called after a probe, so that there is a bus and none is started.
func (s *system) warm() error {
	conn, err := dbus.SessionBus()
	if err != nil {
		return connectError{err}
	}
	s.shared.Store(conn)
	return conn.Object(ssName, ssPath).Call(ssService+".ReadAlias", 0, noAlias).Err
}

// get reads straight over D-Bus: a third of go-keyring's round trips, with limits, and no separate probe.
func (it *osItems) get(ctx context.Context, item string) (string, error) {
	s, err := dialSecretService(ctx, it.o, it.o.limits.call)
	if err != nil {
		return "", err
	}
	defer s.close()
	return s.get(item)
}

// ready probes on a connection of its own before go-keyring is called, which would start a bus where there is none, and
// would wait without limit for a prompt.
func (it *osItems) ready(ctx context.Context, _ bool) error {
	s, err := dialSecretService(ctx, it.o, it.o.limits.probe)
	if err != nil {
		return err
	}
	defer s.close()
	return s.probe()
}

func systemState(err error) State { return busState(err) }

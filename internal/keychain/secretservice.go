//go:build !windows && !darwin

package keychain

import (
	"context"
	"errors"
	"os"
	"strconv"
	"strings"
	"time"

	dbus "github.com/godbus/dbus/v5"
)

// Names of the Secret Service API, draft 0.2 (freedesktop.org).
const (
	ssName       = "org.freedesktop.secrets"
	ssPath       = "/org/freedesktop/secrets"
	ssService    = "org.freedesktop.Secret.Service"
	ssCollection = "org.freedesktop.Secret.Collection"
	ssItem       = "org.freedesktop.Secret.Item"
	ssPrompt     = "org.freedesktop.Secret.Prompt"
	ssLogin      = "/org/freedesktop/secrets/collection/login"
	busName      = "org.freedesktop.DBus"
)

// secretService is one visit to the keychain service over a private connection to the session bus. Its methods get,
// set, remove and probe fail with ErrNotFound, *UnavailableError or the context's error; the steps below them with raw errors.
type secretService struct {
	o       Options
	conn    *dbus.Conn
	ctx     context.Context // ends with the caller's, or with *UnavailableError Hanging as its cause
	cancel  context.CancelCauseFunc
	stay    func() bool // keeps the end of ctx from closing the connection; false when it has
	left    bool        // the connection is no longer this visit's to close
	limit   time.Duration
	unwatch func()        // ends the watch over the time
	greeted chan struct{} // closed when the bus knows us, so that pings can be sent
	session dbus.ObjectPath
}

// dialSecretService connects to a bus that is already there; it never starts one. The whole visit has limit, or longer while
// the service answers pings, not counting the time a person takes to answer a prompt.
func dialSecretService(ctx context.Context, o Options, limit time.Duration) (*secretService, error) {
	s := &secretService{o: o, limit: limit, greeted: make(chan struct{})}
	s.ctx, s.cancel = context.WithCancelCause(ctx)
	s.watch()
	// The context closes the connection, even one that is made late, and so ends an authentication that nobody answers.
	line, hangUp := context.WithCancel(context.WithoutCancel(ctx))
	s.stay = context.AfterFunc(s.ctx, hangUp)
	conn, err := limited(s.ctx, new(calls), patience{limit: limit}, func() (*dbus.Conn, error) {
		return dbus.SessionBusPrivateNoAutoStartup(dbus.WithContext(line))
	})
	if err == nil {
		s.conn = conn
		err = conn.Auth([]dbus.Auth{dbus.AuthExternal(strconv.Itoa(os.Geteuid()))})
	}
	if err != nil {
		err = connectError{err}
	} else {
		err = s.greet()
	}
	if err != nil {
		err = s.fail(err)
		s.close()
		return nil, err
	}
	return s, nil
}

// greet introduces the connection to the bus and to the keychain service, which the bus starts when it can.
func (s *secretService) greet() error {
	hello, first := s.bus("Hello"), s.start(ssPath, ssService+".ReadAlias", noAlias)
	if err := (<-hello.Done).Err; err != nil {
		return connectError{err}
	}
	close(s.greeted)
	return (<-first.Done).Err
}

// watch lets the visit end when its time is over.
func (s *secretService) watch() {
	ctx, stop := context.WithCancel(s.ctx)
	s.unwatch = stop
	go func() {
		if err := (patience{limit: s.limit, most: s.o.limits.busy, ping: s.ping}).keep(ctx); err != nil {
			s.cancel(err)
		}
	}()
}

// ping asks the service for a sign of life. gnome-keyring, like every GDBus service, answers it in a thread of its own
// while the one that does the work is busy.
func (s *secretService) ping(ctx context.Context) error {
	select {
	case <-s.greeted:
		return ping(ctx, s.conn)
	case <-ctx.Done():
		return ctx.Err()
	}
}

func ping(ctx context.Context, conn *dbus.Conn) error {
	return conn.Object(ssName, ssPath).CallWithContext(ctx, "org.freedesktop.DBus.Peer.Ping", dbus.FlagNoAutoStart).Err
}

// noAlias is an alias that no service has. Asking for it must be the first call of every connection, and be answered before
// the second: gnome-keyring (42 to 50) makes its record of a client in an idle callback, which can lose the race against the
// client's first call. A call that misses the record aborts the whole daemon, and the keyring comes back locked
// (GNOME/gnome-keyring issues 195, 196 and 199). This call does not look at the record, and its answer comes from the thread
// that makes it, so the record is there for the second call. (Ping is not enough: another thread answers it.)
const noAlias = "ciam-none"

// close ends the session with the connection, so that no round trip is spent on it.
func (s *secretService) close() {
	s.cancel(nil)
	if s.conn != nil && !s.left {
		s.conn.Close()
	}
}

// fail turns a raw error of a step into what callers see.
func (s *secretService) fail(err error) error {
	var u *UnavailableError
	switch {
	case err == nil, errors.Is(err, ErrNotFound), errors.As(err, &u):
		return err
	case s.ctx.Err() != nil:
		return context.Cause(s.ctx)
	}
	return unavailable(busState(err), err)
}

func (s *secretService) start(path dbus.ObjectPath, method string, args ...any) *dbus.Call {
	return s.conn.Object(ssName, path).GoWithContext(s.ctx, method, 0, make(chan *dbus.Call, 1), args...)
}

func (s *secretService) call(path dbus.ObjectPath, method string, args ...any) *dbus.Call {
	return <-s.start(path, method, args...).Done
}

func (s *secretService) bus(method string, args ...any) *dbus.Call {
	return s.conn.BusObject().GoWithContext(s.ctx, busName+"."+method, 0, make(chan *dbus.Call, 1), args...)
}

// openSession asks for the session in which secrets are handed over; opened waits for it. It is the plain one: the bus is a
// socket that only this user's processes and root can read, and who reads it can ask for the secret as well.
func (s *secretService) openSession() (opened func() error) {
	call := s.start(ssPath, ssService+".OpenSession", "plain", dbus.MakeVariant(""))
	return func() error {
		var output dbus.Variant
		return (<-call.Done).Store(&output, &s.session)
	}
}

// get returns the value of an item, from the collection that go-keyring uses: "login", or else the default one.
//
// It sends OpenSession and SearchItems at once, so that the usual read takes two round trips after the greeting. Everything
// unusual (locked, another collection, not there) goes the long way.
func (s *secretService) get(item string) (string, error) {
	session := s.openSession()
	search := s.start(ssPath, ssService+".SearchItems", s.attributes(item))
	if err := session(); err != nil {
		return "", s.fail(err)
	}
	var unlocked, locked []dbus.ObjectPath
	if err := (<-search.Done).Store(&unlocked, &locked); err != nil {
		return "", s.fail(err)
	}
	for _, path := range unlocked {
		if strings.HasPrefix(string(path), ssLogin+"/") {
			value, err := s.secret(path)
			if busErrorName(err) == errLocked {
				break
			}
			return value, s.fail(err)
		}
	}
	value, err := s.getSlowly(item)
	return value, s.fail(err)
}

// getSlowly finds out which collection is meant, unlocks it when that needs no person or a person is there, and looks in it.
func (s *secretService) getSlowly(item string) (string, error) {
	path, err := s.find(item)
	if err != nil {
		return "", err
	}
	value, err := s.secret(path)
	if busErrorName(err) == errLocked {
		if err := s.unlock(path); err != nil {
			return "", err
		}
		return s.secret(path)
	}
	return value, err
}

// find returns the path of an item, or ErrNotFound, in the collection that is meant, which it unlocks.
func (s *secretService) find(item string) (dbus.ObjectPath, error) {
	collection, err := s.collection()
	if err != nil {
		return "", err
	}
	if err := s.unlock(collection); err != nil {
		return "", err
	}
	var paths []dbus.ObjectPath
	if err := s.call(collection, ssCollection+".SearchItems", s.attributes(item)).Store(&paths); err != nil {
		return "", err
	}
	if len(paths) == 0 {
		return "", ErrNotFound
	}
	return paths[0], nil
}

func (s *secretService) attributes(item string) map[string]string {
	return map[string]string{"service": s.o.Service, "username": item}
}

// secret reads one item. The reply is a structure (session, parameters, value, content type); taking the value out by hand
// spares a copy that godbus makes byte by byte.
func (s *secretService) secret(item dbus.ObjectPath) (string, error) {
	c := s.call(item, ssItem+".GetSecret", s.session)
	if noObject(c.Err) {
		return "", ErrNotFound // deleted since it was found
	}
	if c.Err != nil {
		return "", c.Err
	}
	if len(c.Body) == 1 {
		if f, ok := c.Body[0].([]any); ok && len(f) == 4 {
			if value, ok := f[2].([]byte); ok {
				return string(value), nil
			}
		}
	}
	return "", errors.New("the keychain service answered GetSecret with something else")
}

// probe tells apart the states of the service before anything is written. That there is a bus and a service is known from
// the greeting.
func (s *secretService) probe() error {
	collection, err := s.collection()
	if err == nil {
		err = s.unlock(collection)
	}
	return s.fail(err)
}

// collection returns the one that go-keyring uses.
func (s *secretService) collection() (dbus.ObjectPath, error) {
	var v dbus.Variant
	if err := s.call(ssPath, "org.freedesktop.DBus.Properties.Get", ssService, "Collections").Store(&v); err != nil {
		return "", err
	}
	paths, _ := v.Value().([]dbus.ObjectPath)
	for _, p := range paths {
		if p == ssLogin {
			return p, nil
		}
	}
	var p dbus.ObjectPath
	if err := s.call(ssPath, ssService+".ReadAlias", "default").Store(&p); err != nil {
		return "", err
	}
	if p == "/" {
		return "", unavailable(NoCollection, nil)
	}
	return p, nil
}

// unlock makes sure that a collection or item is unlocked. Locked does not mean that a password is needed: only an answer
// with a prompt does.
func (s *secretService) unlock(path dbus.ObjectPath) error {
	var unlocked []dbus.ObjectPath
	var prompt dbus.ObjectPath
	if err := s.call(ssPath, ssService+".Unlock", []dbus.ObjectPath{path}).Store(&unlocked, &prompt); err != nil {
		return err
	}
	if prompt == "/" && len(unlocked) == 0 {
		return unavailable(Locked, errors.New("the keychain service did not unlock it"))
	}
	return s.answer(prompt)
}

// answer has a person answer the prompt that a call ended with; "/" is none.
func (s *secretService) answer(prompt dbus.ObjectPath) error {
	switch {
	case prompt == "/":
		return nil
	case !s.o.Interactive:
		s.call(prompt, ssPrompt+".Dismiss")
		return unavailable(Locked, nil)
	}
	return s.ask(prompt)
}

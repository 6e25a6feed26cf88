//go:build !windows && !darwin

package keychain

import (
	"context"
	"fmt"

	dbus "github.com/godbus/dbus/v5"
)

// secretValue is the structure in which a secret is handed over (Secret Service API, "Secret").
type secretValue struct {
	Session     dbus.ObjectPath
	Parameters  []byte
	Value       []byte
	ContentType string
}

// set stores a value as an item, in place of what it had, as go-keyring would: another program finds it the same way.
func (s *secretService) set(c *calls, item, value string) error {
	return s.fail(s.create(c, item, value))
}

func (s *secretService) create(c *calls, item, value string) error {
	session := s.openSession()
	collection, err := s.collection()
	if err != nil {
		return err
	}
	if err := session(); err != nil {
		return err
	}
	if err := s.unlock(collection); err != nil {
		return err
	}
	return s.store(c, collection, item, value)
}

func (s *secretService) store(c *calls, collection dbus.ObjectPath, item, value string) error {
	properties := map[string]dbus.Variant{
		ssItem + ".Label":      dbus.MakeVariant(fmt.Sprintf("Password for '%s' on '%s'", item, s.o.Service)),
		ssItem + ".Attributes": dbus.MakeVariant(s.attributes(item)),
	}
	created, err := s.change(c, collection, ssCollection+".CreateItem", properties,
		secretValue{Session: s.session, Value: []byte(value), ContentType: "text/plain; charset=utf8"}, true)
	if err != nil {
		return err
	}
	var path, prompt dbus.ObjectPath
	if err := created.Store(&path, &prompt); err != nil {
		return err
	}
	return s.answer(prompt)
}

// remove deletes an item, or fails with ErrNotFound.
func (s *secretService) remove(c *calls, item string) error {
	return s.fail(s.delete(c, item))
}

func (s *secretService) delete(c *calls, item string) error {
	path, err := s.find(item)
	if err != nil {
		return err
	}
	deleted, err := s.change(c, path, ssItem+".Delete")
	if err != nil {
		return err
	}
	if noObject(deleted.Err) {
		return ErrNotFound // deleted since it was found
	}
	var prompt dbus.ObjectPath
	if err := deleted.Store(&prompt); err != nil {
		return err
	}
	return s.answer(prompt)
}

// change makes the call that changes the keyring, the last of a visit. Once it was sent, the service may do it at any later
// time. So who gives up on it does not hang up: the connection waits for the answer, and c.settle tells when it has come.
func (s *secretService) change(c *calls, path dbus.ObjectPath, method string, args ...any) (*dbus.Call, error) {
	if !s.stay() {
		return nil, context.Cause(s.ctx)
	}
	s.unwatch() // the call has the whole limit for itself
	p := patience{limit: s.limit, most: s.o.limits.busy, ping: s.ping}
	call, err := limited(s.ctx, c, p, func() (*dbus.Call, error) {
		return s.conn.Object(ssName, path).Call(method, 0, args...), nil
	})
	if err != nil {
		s.left = true
		go func() {
			_ = c.settle(context.Background())
			s.conn.Close()
		}()
		return nil, err
	}
	s.watch() // over a prompt
	return call, nil
}

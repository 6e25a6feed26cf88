//go:build !windows && !darwin

package keychain

import (
	"context"
	"time"
)

// osItems are the items of the Secret Service, straight over D-Bus: with limits, and with a third of go-keyring's round trips
// for a read and half of them for a write. Each operation is a visit of its own, on a connection of its own.
type osItems struct {
	o     Options
	calls calls
}

func newOSItems(o Options) *osItems { return &osItems{o: o} }

func (it *osItems) sizes(string) (inline, chunk int) { return secretServiceSizes() }

func (it *osItems) settle(ctx context.Context) error { return it.calls.settle(ctx) }

func (it *osItems) get(ctx context.Context, item string) (value string, err error) {
	err = it.visit(ctx, it.o.limits.call, func(s *secretService) error {
		value, err = s.get(item)
		return err
	})
	return value, err
}

func (it *osItems) set(ctx context.Context, item, value string) error {
	return it.visit(ctx, it.o.limits.call, func(s *secretService) error { return s.set(&it.calls, item, value) })
}

func (it *osItems) remove(ctx context.Context, item string) error {
	return it.visit(ctx, it.o.limits.call, func(s *secretService) error { return s.remove(&it.calls, item) })
}

// ready asks before a sign-in begins. A single write finds out on its own visit, before it changes anything.
func (it *osItems) ready(ctx context.Context, write bool) error {
	if !write {
		return ctx.Err()
	}
	return it.visit(ctx, it.o.limits.probe, (*secretService).probe)
}

func (it *osItems) visit(ctx context.Context, limit time.Duration, do func(*secretService) error) error {
	s, err := dialSecretService(ctx, it.o, limit)
	if err != nil {
		return err
	}
	defer s.close()
	return do(s)
}

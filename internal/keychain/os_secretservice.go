//go:build !windows && !darwin

package keychain

import (
	"context"
	"time"
)

func (it *osItems) sizes(string) (inline, chunk int) { return secretServiceSizes() }

func (it *osItems) patience() time.Duration { return it.o.limits.call }

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

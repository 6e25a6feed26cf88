//go:build !darwin

package keychain

import (
	"context"
	"errors"

	keyring "github.com/zalando/go-keyring"
)

// osItems are the items of the operating system's keychain. Writes and deletes go through go-keyring; get, ready, sizes and
// patience are the system's own. macOS has its own (securityItems).
type osItems struct {
	o     Options
	calls calls
	system
}

func newOSItems(o Options) *osItems { return &osItems{o: o} }

func (it *osItems) settle(ctx context.Context) error { return it.calls.settle(ctx) }

func (it *osItems) set(ctx context.Context, item, value string) error {
	return it.do(ctx, func() error { return keyring.Set(it.o.Service, item, value) })
}

func (it *osItems) remove(ctx context.Context, item string) error {
	return it.do(ctx, func() error { return keyring.Delete(it.o.Service, item) })
}

func (it *osItems) do(ctx context.Context, call func() error) error {
	_, err := limited(ctx, &it.calls, it.patience(), func() (struct{}, error) {
		if err := it.warm(); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, call()
	})
	return classify(err)
}

// classify turns go-keyring's errors into ErrNotFound or *UnavailableError. Errors of this package and of the context pass.
func classify(err error) error {
	var u *UnavailableError
	switch {
	case err == nil, errors.As(err, &u), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, keyring.ErrNotFound):
		return ErrNotFound
	case errors.Is(err, keyring.ErrSetDataTooBig):
		return unavailable(TooBig, err)
	case errors.Is(err, keyring.ErrUnsupportedPlatform):
		return unavailable(Absent, err)
	}
	return unavailable(systemState(err), err)
}

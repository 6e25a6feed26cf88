package keychain

import (
	"context"
	"errors"
	"syscall"

	keyring "github.com/zalando/go-keyring"
)

// osItems are the items of the Credential Manager, through go-keyring.
type osItems struct {
	o     Options
	calls calls
}

func newOSItems(o Options) *osItems { return &osItems{o: o} }

func (it *osItems) sizes(string) (inline, chunk int) { return windowsSizes() }

func (it *osItems) settle(ctx context.Context) error { return it.calls.settle(ctx) }

func (it *osItems) get(ctx context.Context, item string) (string, error) {
	return bounded(ctx, it, func() (string, error) { return keyring.Get(it.o.Service, item) })
}

func (it *osItems) set(ctx context.Context, item, value string) error {
	return it.do(ctx, func() error { return keyring.Set(it.o.Service, item, value) })
}

func (it *osItems) remove(ctx context.Context, item string) error {
	return it.do(ctx, func() error { return keyring.Delete(it.o.Service, item) })
}

func (it *osItems) do(ctx context.Context, call func() error) error {
	_, err := bounded(ctx, it, func() (struct{}, error) { return struct{}{}, call() })
	return err
}

func bounded[T any](ctx context.Context, it *osItems, call func() (T, error)) (T, error) {
	v, err := limited(ctx, &it.calls, patience{limit: it.o.limits.call}, call)
	return v, classify(err)
}

// ready writes and removes an item of its own before a sign-in begins: the system does not tell otherwise whether it will
// take one. The '@' keeps its name apart from every profile name. Before a single write it would only cost time.
func (it *osItems) ready(ctx context.Context, write bool) error {
	const item = "@probe"
	if !write {
		return ctx.Err()
	}
	if err := it.set(ctx, item, "probe"); err != nil {
		return err
	}
	return it.remove(ctx, item)
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

func systemState(err error) State {
	var code syscall.Errno
	if errors.As(err, &code) {
		return windowsState(uintptr(code))
	}
	return Other
}

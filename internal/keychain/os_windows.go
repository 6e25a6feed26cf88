package keychain

import (
	"context"
	"errors"
	"syscall"

	keyring "github.com/zalando/go-keyring"
)

func (it *osItems) sizes(string) (inline, chunk int) { return windowsSizes() }

func (it *osItems) patience() patience { return patience{limit: it.o.limits.call} }

func (it *osItems) get(ctx context.Context, item string) (string, error) {
	v, err := limited(ctx, &it.calls, it.patience(), func() (string, error) {
		return keyring.Get(it.o.Service, item)
	})
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

// system is what only the Secret Service needs.
type system struct{}

func (system) warm() error { return nil }

func systemState(err error) State {
	var code syscall.Errno
	if errors.As(err, &code) {
		return windowsState(uintptr(code))
	}
	return Other
}

package keychain

import (
	"errors"
	"syscall"
)

func (it *osItems) sizes(string) (inline, chunk int) { return windowsSizes() }

func (it *osItems) patience() patience { return patience{limit: it.o.limits.call} }

func systemState(err error) State {
	var code syscall.Errno
	if errors.As(err, &code) {
		return windowsState(uintptr(code))
	}
	return Other
}

package keychain

import (
	"errors"
	"os/exec"
)

func (it *osItems) sizes(item string) (inline, chunk int) { return macSizes(it.o.Service, item) }

// patience is longer when a person is there: macOS itself asks for the password of a locked keychain.
func (it *osItems) patience() patience {
	if it.o.Interactive {
		return patience{limit: it.o.limits.prompt}
	}
	return patience{limit: it.o.limits.call}
}

func systemState(err error) State {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return macState(exit.ExitCode())
	}
	if errors.Is(err, exec.ErrNotFound) {
		return Absent
	}
	return Other
}

//go:build !windows

package keychain

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// checkFolder refuses a folder that others can read or change, or that belongs to somebody else.
func checkFolder(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return diskError(err)
	}
	state := (*UnavailableError)(nil)
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		state = unavailable(LooseMode, fmt.Errorf("%s has mode %04o, expected none for group and others", path, mode))
		state.Path = path
	} else if st, ok := info.Sys().(*syscall.Stat_t); ok && int(st.Uid) != os.Geteuid() && st.Uid != 0 {
		state = unavailable(LooseMode, fmt.Errorf("%s belongs to user %d, expected %d", path, st.Uid, os.Geteuid()))
	}
	if state == nil {
		return nil
	}
	return state
}

func isDiskFull(err error) bool { return errors.Is(err, syscall.EDQUOT) }

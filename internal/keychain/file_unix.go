//go:build !windows

package keychain

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// checkKeyFile refuses a key file that others can read or change, or that belongs to somebody else (root may own it: that is
// how secrets are mounted).
func checkKeyFile(path string) error { return checkMode(path, "chmod 600") }

// checkFolder refuses a folder that others can read or change.
func checkFolder(path string) error { return checkMode(path, "chmod 700") }

func checkMode(path, mend string) error {
	info, err := os.Stat(path)
	if err != nil {
		return diskError(err)
	}
	state := (*UnavailableError)(nil)
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		state = unavailable(LooseMode, fmt.Errorf("%s has mode %04o, expected none for group and others", path, mode))
		state.Next = fmt.Sprintf("run `%s %q`", mend, path)
	} else if st, ok := info.Sys().(*syscall.Stat_t); ok && int(st.Uid) != os.Geteuid() && st.Uid != 0 {
		state = unavailable(LooseMode, fmt.Errorf("%s belongs to user %d, expected %d", path, st.Uid, os.Geteuid()))
		state.Next = "use a file and a folder of your own"
	}
	if state == nil {
		return nil
	}
	return state
}

func open(path string) (*os.File, error) { return os.Open(path) }

func rename(from, to string) error { return os.Rename(from, to) }

// syncFolder makes a rename or removal survive a power failure. Some file systems cannot sync a folder, which is no error.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		err = nil
	}
	return errors.Join(err, d.Close())
}

func isDiskFull(err error) bool { return errors.Is(err, syscall.EDQUOT) }

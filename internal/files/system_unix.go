//go:build !windows

package files

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// open never waits, also for the writer of a pipe (open(2), O_NONBLOCK), and makes no terminal this process's own.
func open(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
}

func openAppend(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0o600)
}

func openWrite(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_WRONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
}

// duplicate opens what this process has open as n. It is not opened anew by its path: a socket has none.
func duplicate(n int, path string) (*os.File, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	fd, err := syscall.Dup(n)
	if errors.Is(err, syscall.EBADF) {
		err = fs.ErrNotExist
	}
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	syscall.CloseOnExec(fd)
	return os.NewFile(uintptr(fd), path), nil
}

func isLoop(err error) bool { return errors.Is(err, syscall.ELOOP) }

// isNull reports whether info is of the null device, by whatever name.
func isNull(info fs.FileInfo) bool {
	null, err := os.Stat(os.DevNull)
	if err != nil || info.Mode()&fs.ModeCharDevice == 0 {
		return false
	}
	a, ok := info.Sys().(*syscall.Stat_t)
	b, isStat := null.Sys().(*syscall.Stat_t)
	return ok && isStat && null.Mode()&fs.ModeCharDevice != 0 && a.Rdev == b.Rdev
}

// everybody reports what users who are neither the owner nor in the group may do with a file.
func everybody(f *os.File, info fs.FileInfo, _ bool) (read, write bool) {
	mode := info.Mode().Perm()
	if mode&0o006 == 0 || modeless(f) {
		return false, false
	}
	return mode&0o004 != 0, mode&0o002 != 0
}

// strangers reports whether a file or link that is found at path is a trap: somebody else's, in a folder such as /tmp, where
// everybody may put things. The kernel's own fs.protected_symlinks and fs.protected_regular are not on everywhere.
func strangers(path string, info fs.FileInfo) bool {
	mine, ok := info.Sys().(*syscall.Stat_t)
	if !ok || int(mine.Uid) == os.Geteuid() {
		return false
	}
	folder, err := os.Stat(filepath.Dir(path))
	if err != nil || folder.Mode()&fs.ModeSticky == 0 || folder.Mode().Perm()&0o002 == 0 {
		return false
	}
	its, ok := folder.Sys().(*syscall.Stat_t)
	return ok && its.Uid != mine.Uid
}

// create makes the file that is to take p's name: beside it, with its owner and mode before anything is in it.
func create(p place, o ReplaceOptions) (*os.File, error) {
	f, err := os.CreateTemp(filepath.Dir(p.path), unfinished(p.path)+"*") // mode 0600
	if err != nil {
		return nil, err
	}
	p.warn(f, o)
	if err := resemble(f, p, o); err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(f.Name()))
	}
	return f, nil
}

// resemble gives f the owner, where the system allows it, and the mode of the old file.
func resemble(f *os.File, p place, o ReplaceOptions) error {
	mode := o.mode()
	if p.info != nil && !o.Fixed {
		mode = p.info.Mode().Perm()
		if st, ok := p.info.Sys().(*syscall.Stat_t); ok && f.Chown(int(st.Uid), int(st.Gid)) != nil && f.Chown(-1, int(st.Gid)) != nil {
			// The file gets another group than it had, whose members were not meant.
			mode = mode&^0o070 | mode&0o007<<3&mode
		}
	}
	if mode == 0o600 {
		return nil
	}
	if err := f.Chmod(mode); err != nil && !modeless(f) {
		return err
	}
	return nil
}

func rename(from, to string) error { return os.Rename(from, to) }

func remove(path string) error { return os.Remove(path) }

// syncFolder makes a rename or removal survive a power failure. Some file systems cannot sync a folder, and some folders may
// be written to and not read, which is no error.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if errors.Is(err, fs.ErrPermission) {
		return nil
	}
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		err = nil
	}
	return errors.Join(err, d.Close())
}

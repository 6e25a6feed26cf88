package keychain

import (
	"errors"
	"os"
	"syscall"
	"time"
)

// Windows has no mode bits; the user's folders are closed to others by their inherited access lists.
func checkKeyFile(string) error { return nil }
func checkFolder(string) error  { return nil }

// open waits for a writer that is replacing the file.
func open(path string) (f *os.File, err error) {
	err = untilFree(func() error {
		f, err = os.Open(path)
		return err
	})
	return f, err
}

// rename replaces a file, and waits for a reader that has it open without sharing deletion.
func rename(from, to string) error {
	return untilFree(func() error { return os.Rename(from, to) })
}

// untilFree tries again for about a second while another process is in the way.
func untilFree(do func() error) error {
	const (
		accessDenied     = syscall.Errno(5)
		sharingViolation = syscall.Errno(32)
	)
	var err error
	for try := range 10 {
		if err = do(); !errors.Is(err, accessDenied) && !errors.Is(err, sharingViolation) {
			return err
		}
		time.Sleep(time.Duration(try+1) * 20 * time.Millisecond)
	}
	return err
}

// syncFolder does nothing: Windows does not sync folders.
func syncFolder(string) error { return nil }

// isDiskFull knows ERROR_HANDLE_DISK_FULL and ERROR_DISK_FULL.
func isDiskFull(err error) bool {
	return errors.Is(err, syscall.Errno(39)) || errors.Is(err, syscall.Errno(112))
}

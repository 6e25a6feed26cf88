package files

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/windows"
)

// How long to try while another process has a file open without sharing it: virus scanners, indexers and backups do, for
// moments.
const (
	openWithin   = time.Second
	renameWithin = 5 * time.Second
)

// untilFree tries again while another process is in the way.
func untilFree(within time.Duration, do func() error) error {
	end := time.Now().Add(within)
	for pause := 5 * time.Millisecond; ; pause = min(2*pause, 200*time.Millisecond) {
		err := do()
		if !inTheWay(err) || time.Now().Add(pause).After(end) {
			return err
		}
		time.Sleep(pause)
	}
}

func inTheWay(err error) bool {
	return errors.Is(err, windows.ERROR_SHARING_VIOLATION) || errors.Is(err, windows.ERROR_LOCK_VIOLATION) ||
		errors.Is(err, windows.ERROR_DELETE_PENDING) || errors.Is(err, windows.ERROR_ACCESS_DENIED)
}

// open shares everything, so that the file can be replaced while it is read; package os does not share deletion.
func open(path string) (f *os.File, err error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	err = untilFree(openWithin, func() error {
		h, err := windows.CreateFile(name, windows.GENERIC_READ, windows.FILE_SHARE_READ|windows.FILE_SHARE_WRITE|windows.FILE_SHARE_DELETE,
			nil, windows.OPEN_EXISTING, windows.FILE_ATTRIBUTE_NORMAL, 0)
		if err != nil {
			return &fs.PathError{Op: "open", Path: path, Err: err}
		}
		f = os.NewFile(uintptr(h), path)
		return nil
	})
	return f, err
}

func openAppend(path string) (f *os.File, err error) {
	err = untilFree(openWithin, func() error {
		f, err = os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		return err
	})
	return f, err
}

func openWrite(path string) (f *os.File, err error) {
	err = untilFree(openWithin, func() error {
		f, err = os.OpenFile(path, os.O_WRONLY, 0)
		return err
	})
	return f, err
}

// duplicate is never called: no path names an open file here.
func duplicate(_ int, path string) (*os.File, error) {
	return nil, &fs.PathError{Op: "open", Path: path, Err: errors.ErrUnsupported}
}

func isLoop(err error) bool { return errors.Is(err, windows.ERROR_CANT_RESOLVE_FILENAME) }

func isNull(info fs.FileInfo) bool {
	return info.Mode()&fs.ModeCharDevice != 0 && strings.EqualFold(info.Name(), os.DevNull)
}

// strangers reports nothing: a link takes a privilege to make, and C:\Temp has no sticky bit.
func strangers(string, fs.FileInfo) bool { return false }

func remove(path string) error {
	return untilFree(renameWithin, func() error { return os.Remove(path) })
}

// syncFolder does nothing: Windows does not sync folders.
func syncFolder(string) error { return nil }

package keychain

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// readRegular reads a regular file, at most one byte more than limit. Anything else, such as a pipe, could keep it waiting.
func readRegular(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	f, err := open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, limit+1))
}

// replaceFile writes a file so that a reader or a crash sees the old content or the new, never a part (0600; data and folder
// are on the disk when it returns).
func replaceFile(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), unfinished(path)+"*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	sweep(path, time.Minute)
	return syncFolder(filepath.Dir(path))
}

// unfinished is how the names of files begin that are to replace path. '~' is in no profile name.
func unfinished(path string) string { return "." + filepath.Base(path) + "~" }

// sweep removes what killed writers of path left behind at least age ago.
func sweep(path string, age time.Duration) {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return // it is tried again with the next write
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), unfinished(path)) {
			continue
		}
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) >= age {
			os.Remove(filepath.Join(filepath.Dir(path), e.Name()))
		}
	}
}

// diskError turns an error of the file system into *UnavailableError; nil stays nil.
func diskError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.ENOSPC), isDiskFull(err):
		return unavailable(Full, err)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return unavailable(Denied, err)
	}
	return unavailable(Other, err)
}

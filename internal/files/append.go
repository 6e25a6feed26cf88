package files

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
)

// Append adds data to the end of path, on lines of their own: where the file ends within a line, that is ended first. It is
// made with mode 0600 when it is missing. Pipes and devices are written to as they are, but not waited for: a pipe that nobody
// reads is an error. Errors: *Error, and those of the system.
func Append(path string, data []byte) error {
	info, err := stat(path)
	if err == nil {
		if kind := kindOf(info.Mode()); kind == Folder || kind == Socket || kind == Irregular {
			return &Error{Path: path, Kind: kind, Replacing: true}
		}
		if info.Mode().IsRegular() && endsWithin(path) {
			data = append([]byte("\n"), data...)
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := openAppend(path)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

// endsWithin reports whether a file ends without a line feed. Of one that cannot be read it is not known.
func endsWithin(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return false
	}
	last := make([]byte, 1)
	_, err = f.ReadAt(last, info.Size()-1)
	return err == nil && !bytes.Equal(last, []byte("\n"))
}

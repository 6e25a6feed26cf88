package files

import (
	"errors"
	"io"
	"io/fs"
)

// Extend writes data into a regular file that is there, at an offset, and ends the file behind it: what was there before from
// the offset on, a part that a writer left when it was killed, is gone. Everything is on the disk when it returns, and info is
// of the file then. Where it fails, the file ends at the offset again if the system lets it. Only who holds a lock of the
// file may call it: unlike Replace, a reader may see a part of data meanwhile. Errors: *Error, and those of the system.
func Extend(path string, offset int64, data []byte) (info fs.FileInfo, err error) {
	if info, err = stat(path); err != nil {
		return nil, err
	}
	if kind := kindOf(info.Mode()); kind != "" {
		return nil, &Error{Path: path, Kind: kind, Replacing: true}
	}
	f, err := openWrite(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if info, err = f.Stat(); err != nil {
		return nil, err
	}
	if info.Size() < offset {
		return nil, &fs.PathError{Op: "extend", Path: path, Err: io.ErrUnexpectedEOF}
	}
	if info.Size() > offset {
		if err := f.Truncate(offset); err != nil {
			return nil, err
		}
	}
	if _, err := f.WriteAt(data, offset); err != nil {
		return nil, errors.Join(err, f.Truncate(offset))
	}
	if err := f.Sync(); err != nil {
		return nil, err
	}
	return f.Stat()
}

// OpenAt opens a regular file for reading from an offset on. info is of the file that was opened, before anything was read.
// Errors: *Error, and those of the system.
func OpenAt(path string, offset int64) (r io.ReadSeekCloser, info fs.FileInfo, err error) {
	if info, err = stat(path); err != nil {
		return nil, nil, err
	}
	if kind := kindOf(info.Mode()); kind != "" {
		return nil, nil, &Error{Path: path, Kind: kind}
	}
	f, err := open(path)
	if err != nil {
		return nil, nil, err
	}
	if info, err = f.Stat(); err == nil && kindOf(info.Mode()) != "" {
		err = &Error{Path: path, Kind: Irregular} // another thing has taken its name
	}
	if err == nil && offset > 0 {
		_, err = f.Seek(offset, io.SeekStart)
	}
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return f, info, nil
}

package files

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// ReplaceOptions say how a file is replaced. The zero value keeps the mode of a file that is there, gives a new one 0600, and
// has everything on the disk before it returns.
type ReplaceOptions struct {
	// Mode is that of a file that is new; 0 means 0600.
	Mode fs.FileMode
	// Fixed gives Mode to a file that is there too: for files that are the program's own.
	Fixed bool
	// Private closes the access list to all but this user on Windows, whatever it was.
	Private bool
	// Folder makes the folder when it is missing, mode 0700.
	Folder bool
	// Cached leaves the disk its time: for what can be had again after a power failure.
	Cached bool
	// Alone says that nobody else replaces path meanwhile, as whoever holds its lock knows: an unfinished file beside it was
	// left by a writer that was killed, and goes. Otherwise it has a minute.
	Alone bool
	// Warn is told what does not keep the file from being replaced; nil for nobody.
	Warn func(*Error)
}

func (o ReplaceOptions) mode() fs.FileMode {
	if o.Mode != 0 {
		return o.Mode.Perm()
	}
	return 0o600
}

// Replace gives path the content data: a reader, or a crash, sees the old content or the new, never a part. A link stays and
// what it leads to is replaced, or made. Only a regular file, or nothing, is replaced. Errors: *Error, and those of the system.
func Replace(path string, data []byte, o ReplaceOptions) error {
	p, err := lookUp(path)
	if err != nil {
		return err
	}
	folder := filepath.Dir(p.path)
	if o.Folder {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return err
		}
	}
	f, err := create(p, o)
	if err != nil {
		return err
	}
	err = fill(f, data, o)
	if err = errors.Join(err, f.Close()); err == nil {
		err = rename(f.Name(), p.path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	age := leftAlone
	if o.Alone {
		age = 0
	}
	sweep(p.path, age)
	if o.Cached {
		return nil
	}
	return syncFolder(folder)
}

// warn tells that everybody can write to the file that is there, and so will be able to write to the new one.
func (p place) warn(f *os.File, o ReplaceOptions) {
	if p.info == nil || o.Fixed || o.Warn == nil {
		return
	}
	if _, write := everybody(f, p.info, false); write {
		o.Warn(&Error{Path: p.asked, Kind: WorldWritable, Replacing: true})
	}
}

// Replaceable returns the error that Replace would begin with because of what path names.
func Replaceable(path string) error {
	_, err := lookUp(path)
	return err
}

// place is what Replace finds at a path.
type place struct {
	asked string
	path  string      // links followed
	info  fs.FileInfo // nil for what is not there
}

// lookUp finds the file to replace.
func lookUp(path string) (place, error) {
	refuse := func(kind Kind, err error) (place, error) {
		return place{}, &Error{Path: path, Kind: kind, Replacing: true, Err: err}
	}
	if descriptor(path) >= 0 {
		return refuse(Pipe, nil)
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && kindOf(info.Mode()) != "":
		return refuse(kindOf(info.Mode()), nil)
	case err != nil && isLoop(err):
		return refuse(Loop, err)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return place{}, err
	case path != "" && os.IsPathSeparator(path[len(path)-1]):
		return refuse(Folder, err)
	}
	if err != nil {
		info = nil
	}
	target, kind, err := follow(path)
	if err == nil && kind == "" && info != nil && strangers(target, info) {
		kind = Foreign
	}
	switch {
	case err != nil:
		return place{}, err
	case kind != "":
		return refuse(kind, nil)
	}
	return place{asked: path, path: target, info: info}, nil
}

// maxLinks is how many links Linux follows.
const maxLinks = 40

// follow returns what path leads to, which need not exist. A kind says why its links are not followed.
func follow(path string) (target string, kind Kind, err error) {
	for range maxLinks {
		info, err := os.Lstat(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", "", err
		}
		if err != nil || info.Mode()&fs.ModeSymlink == 0 {
			return path, "", nil
		}
		if strangers(path, info) {
			return "", Foreign, nil
		}
		to, err := os.Readlink(path)
		if err != nil {
			return "", "", err
		}
		if !filepath.IsAbs(to) {
			from, _ := filepath.Split(path)
			to = from + to
		}
		// Folders first, and before anything is cleaned away: where ".." leads depends on the links before it.
		folder, name := filepath.Split(to)
		if folder == "" {
			folder = "."
		}
		if folder, err = filepath.EvalSymlinks(folder); err != nil {
			return "", "", err
		}
		path = filepath.Join(folder, name)
	}
	return "", Loop, nil
}

func fill(f *os.File, data []byte, o ReplaceOptions) error {
	if _, err := f.Write(data); err != nil {
		return err
	}
	if o.Cached {
		return nil
	}
	return f.Sync()
}

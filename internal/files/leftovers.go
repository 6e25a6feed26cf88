package files

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"
)

// leftAlone is the age at which an unfinished file has no writer any more.
const leftAlone = time.Minute

// unfinished is how the names of files begin that are to replace path. A long name is cut, so that there is room for more.
func unfinished(path string) string {
	name := filepath.Base(path)
	if len(name) > 100 {
		name = name[:100]
		for !utf8.ValidString(name) && len(name) > 90 {
			name = name[:len(name)-1]
		}
	}
	return "." + name + "~"
}

// sweep removes what killed writers of path left behind at least age ago.
func sweep(path string, age time.Duration) {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return // it is tried again with the next write
	}
	for _, e := range entries {
		number, ok := strings.CutPrefix(e.Name(), unfinished(path))
		if !ok || strings.Trim(number, "0123456789") != "" {
			continue
		}
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() && time.Since(info.ModTime()) >= age {
			os.Remove(filepath.Join(filepath.Dir(path), e.Name()))
		}
	}
}

// Sweep removes what killed writers of path left behind. As with ReplaceOptions.Alone, nobody else may be replacing path.
func Sweep(path string) {
	if p, err := lookUp(path); err == nil {
		sweep(p.path, 0)
	}
}

// Remove removes the file that Replace would replace, and what killed writers of it left behind, and has that on the disk; a
// link stays. A file that does not exist is fs.ErrNotExist; what writers left is gone all the same.
func Remove(path string) error {
	p, err := lookUp(path)
	if err != nil {
		return err
	}
	sweep(p.path, 0)
	if err := remove(p.path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(p.path))
}

// Move gives the file at from the name to, and takes the place of what has it; that is on the disk when it returns. Both are in
// one folder. Links are not followed.
func Move(from, to string) error {
	if err := rename(from, to); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(to))
}

// Writable returns the error that Replace with Folder would end with because of what path names, or because its folder, or
// the one to make that in, cannot be written to. It leaves nothing behind.
func Writable(path string) error {
	p, err := lookUp(path)
	if err != nil {
		return err
	}
	folder := filepath.Dir(p.path)
	for {
		info, err := os.Stat(folder)
		switch above := filepath.Dir(folder); {
		case errors.Is(err, fs.ErrNotExist) && above != folder:
			folder = above
		case err != nil:
			return err
		case !info.IsDir():
			return &fs.PathError{Op: "open", Path: folder, Err: errNoFolder}
		default:
			return Probe(folder)
		}
	}
}

var errNoFolder = errors.New("not a folder")

// Probe writes a file in folder and removes it again.
func Probe(folder string) error {
	f, err := os.CreateTemp(folder, ".probe~*")
	if err != nil {
		return err
	}
	_, err = f.WriteString("probe")
	return errors.Join(err, f.Close(), os.Remove(f.Name()))
}

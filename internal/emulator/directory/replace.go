package directory

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

func lower(s string) string { return strings.ToLower(s) }

// replaceFile writes data beside path with mode 0600, syncs it and renames it
// over path. It returns the new file's info.
func replaceFile(path string, data []byte) (fs.FileInfo, error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".tmp-*")
	if err != nil {
		return nil, err
	}
	defer os.Remove(tmp.Name()) // fails once renamed, as it should
	if _, err := tmp.Write(data); err != nil {
		tmp.Close()
		return nil, err
	}
	if err := tmp.Sync(); err != nil {
		tmp.Close()
		return nil, err
	}
	if err := tmp.Close(); err != nil {
		return nil, err
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return nil, err
	}
	if dir, err := os.Open(filepath.Dir(path)); err == nil {
		dir.Sync() // makes the rename itself durable where folders can be synced
		dir.Close()
	}
	return os.Stat(path)
}

package directory

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// replaceFile writes data beside path with mode 0600, syncs it and renames it
// over path. It returns the new file's info. The caller holds the lock, so the
// one name beside path is free, or was left by a writer that was killed.
func replaceFile(path string, data []byte) (fs.FileInfo, error) {
	tmp := path + ".tmp"
	if err := os.Remove(tmp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err := writeSynced(tmp, data); err != nil {
		os.Remove(tmp)
		return nil, err
	}
	if err := os.Rename(tmp, path); err != nil {
		os.Remove(tmp)
		return nil, err
	}
	if dir, err := os.Open(filepath.Dir(path)); err == nil {
		dir.Sync() // makes the rename itself durable where folders can be synced
		dir.Close()
	}
	return os.Stat(path)
}

func writeSynced(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}

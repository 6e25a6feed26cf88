package host

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/gofrs/flock"
)

const (
	scratchPrefix = "ciam-emulator-run-" // what has this name and no holder of its lock is rubbish
	scratchLock   = ".lock"
)

// Scratch makes a folder for as long as this process runs, in the system's folder for temporary files; drop removes it.
// Whoever is killed cannot do that, so folders of processes that are gone go first. Several processes may call it at once.
func Scratch() (dir string, drop func(), err error) {
	parent := os.TempDir()
	sweepScratch(parent)
	for range 10 {
		if dir, err = os.MkdirTemp(parent, scratchPrefix); err != nil {
			return "", nil, fmt.Errorf("a folder for temporary files: %w", err)
		}
		lock := flock.New(filepath.Join(dir, scratchLock), flock.SetPermissions(0o600))
		got, lockErr := lock.TryLock()
		if _, err := os.Lstat(dir); err != nil || lockErr == nil && !got {
			_ = lock.Unlock()
			continue // another process took it for one that nobody uses
		}
		// A file system without locks has none for whoever looks for rubbish either.
		return dir, func() { _ = lock.Unlock(); _ = os.RemoveAll(dir) }, nil
	}
	return "", nil, fmt.Errorf("a folder for temporary files: others remove it from %s", parent)
}

// sweepScratch removes the folders that no process holds any more.
func sweepScratch(parent string) {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return // MkdirTemp says what is wrong
	}
	for _, e := range entries {
		if !e.IsDir() || !strings.HasPrefix(e.Name(), scratchPrefix) {
			continue
		}
		info, err := e.Info()
		if err != nil || !ownedByUser(info) {
			continue // in a folder for all users the name proves nothing
		}
		dir := filepath.Join(parent, e.Name())
		lock := flock.New(filepath.Join(dir, scratchLock), flock.SetPermissions(0o600))
		if got, err := lock.TryLock(); err != nil || !got {
			continue
		}
		if runtime.GOOS == "windows" {
			_ = lock.Unlock() // an open file cannot be removed
		}
		_ = os.RemoveAll(dir)
		_ = lock.Unlock()
	}
}

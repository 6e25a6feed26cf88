package host

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gofrs/flock"

	"github.com/ciam-cli/ciam/internal/files"
)

// LockedError is a data folder that another emulator serves.
type LockedError struct {
	Dir string
	PID int // of the other; 0 when not known
}

func (e *LockedError) Error() string {
	who := "another emulator"
	if e.PID != 0 {
		who += fmt.Sprintf(" (pid %d)", e.PID)
	}
	return fmt.Sprintf("%s serves the data folder %s", who, e.Dir)
}

// lockData takes the lock of a data folder, which the kernel frees when its
// holder dies. The files are never removed: two processes would hold "the" lock on
// two files. The holder's id is in a file of its own, as a locked file cannot be
// read on every system.
func lockData(dir string) (release func(), err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	pidFile := filepath.Join(dir, "emulator.pid")
	lock := flock.New(filepath.Join(dir, "emulator.lock"), flock.SetPermissions(0o600))
	ok, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock of the data folder: %w", err)
	}
	if !ok {
		data, _ := files.Read(context.Background(), pidFile, files.Options{Limit: 64}) // without it the message names nobody
		pid, _ := strconv.Atoi(strings.TrimSpace(string(data)))
		return nil, &LockedError{Dir: dir, PID: pid}
	}
	_ = files.Replace(pidFile, []byte(strconv.Itoa(os.Getpid())+"\n"), files.ReplaceOptions{Fixed: true, Cached: true}) // for messages only
	return func() { _ = lock.Unlock() }, nil
}

//go:build unix

package keychain

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestFile_pipe names pipes, whose readers wait for a writer that never comes.
func TestFile_pipe(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	store := filepath.Join(dir, "store")
	if err := os.Mkdir(store, 0o700); err != nil {
		t.Fatal(err)
	}
	key, pipe := writeKey(t, dir), filepath.Join(dir, "pipe")
	for _, path := range []string{pipe, filepath.Join(store, "ciam-ada.sealed")} {
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	done := make(chan error, 2)
	go func() { done <- openFile(t, FileOptions{Dir: store, KeyFile: pipe}).Probe(ctx) }()
	go func() { _, err := openFile(t, FileOptions{Dir: store, KeyFile: key}).Get(ctx, "ada"); done <- err }()
	for range 2 {
		select {
		case err := <-done:
			if state(err) == "" {
				t.Errorf("got %v, expected *UnavailableError", err)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("waits for the pipe")
		}
	}
}

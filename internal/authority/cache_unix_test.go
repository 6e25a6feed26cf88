//go:build unix

package authority

import (
	"os"
	"syscall"
	"testing"
)

// TestCache_pipe: opening a pipe would wait for its writer.
func TestCache_pipe(t *testing.T) {
	s := newTenant(t)
	dir := t.TempDir()
	fill(t, s, dir)
	path := cacheFile(t, dir)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip("no named pipes here: ", err)
	}
	if m, k := use(t, s, dir, 0); m != 1 || k != 1 {
		t.Errorf("%d and %d requests, want 1 and 1", m, k)
	}
}

package files

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestReplace_noSpace fills a file system.
func TestReplace_noSpace(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can make a small file system")
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("no mounting here: %v", err)
	}
	defer syscall.Unmount(dir, 0)
	path := filepath.Join(dir, "file")
	must(t, Replace(path, []byte(old), ReplaceOptions{}))
	if err := Replace(path, make([]byte, 100_000), ReplaceOptions{}); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("got %v", err)
	}
	checkFile(t, path, old, 0o600)
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

// TestExtend_noSpace fills a file system: what was there is there, and nothing of what did not fit.
func TestExtend_noSpace(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can make a small file system")
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("no mounting here: %v", err)
	}
	defer syscall.Unmount(dir, 0)
	path := filepath.Join(dir, "file")
	must(t, Replace(path, []byte(old), ReplaceOptions{}))
	if _, err := Extend(path, int64(len(old)), make([]byte, 100_000)); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("got %v", err)
	}
	checkFile(t, path, old, 0o600)
	if _, err := Extend(path, int64(len(old)), []byte("more")); err != nil {
		t.Errorf("what fits: %v", err)
	}
	checkFile(t, path, old+"more", 0o600)
}

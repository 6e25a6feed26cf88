package files

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestFiles_modeless checks that rwxrwxrwx of a file system that makes its modes up is taken for what it is, on what the
// magic numbers are of.
func TestFiles_modeless(t *testing.T) {
	for magic, want := range map[uint32]bool{
		0x01021997: true, 0x53464846: true, 0x4d44: true, 0x2011bab0: true, 0x5346544e: true, 0x7366746e: true,
		0xff534d42: true, 0xfe534d42: true, 0x65735546: true,
		0xef53: false, 0x9123683e: false, 0x58465342: false, 0x01021994: false, 0x794c7630: false, 0x6969: false, // ext4, btrfs, XFS, tmpfs, overlay, NFS
	} {
		if madeUp(magic) != want {
			t.Errorf("%#x: want %v", magic, want)
		}
	}
	if os.Geteuid() != 0 {
		return // only root can mount
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	if err := syscall.Mount("none", dir, "tmpfs", 0, ""); err != nil {
		return
	}
	defer syscall.Unmount(dir, 0)
	must(t, os.WriteFile(path, []byte("x"), 0o600))
	must(t, os.Chmod(path, 0o666))
	f, err := os.Open(path)
	must(t, err)
	defer f.Close()
	if modeless(f) {
		t.Error("tmpfs keeps modes")
	}
}

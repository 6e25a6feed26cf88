package files

import (
	"os"
	"syscall"
)

// modeless reports whether f is on a file system that keeps no modes and makes them up, mostly as rwxrwxrwx.
func modeless(f *os.File) bool {
	var fs syscall.Statfs_t
	if syscall.Fstatfs(int(f.Fd()), &fs) != nil {
		return false
	}
	var name []byte
	for _, c := range fs.Fstypename {
		if c == 0 {
			break
		}
		name = append(name, byte(c))
	}
	switch string(name) {
	case "msdos", "exfat", "ntfs", "smbfs", "macfuse", "osxfuse", "virtiofs":
		return true
	}
	return false
}

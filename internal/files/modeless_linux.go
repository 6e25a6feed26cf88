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
	return madeUp(uint32(fs.Type))
}

// madeUp knows the file systems by their magic numbers (linux/magic.h, and WSL's own).
func madeUp(magic uint32) bool {
	switch magic {
	case 0x01021997, // 9p: Windows' drives in WSL 2
		0x53464846, // drvfs: Windows' drives in WSL 1
		0x4d44,     // FAT
		0x2011bab0, // exFAT
		0x5346544e, // NTFS
		0x7366746e, // NTFS, the driver of 2021
		0xff534d42, // CIFS
		0xfe534d42, // SMB 2 and later
		0x65735546: // FUSE, among it NTFS-3G and WSL's virtiofs; what it shows is its daemon's choice
		return true
	}
	return false
}

package files

import (
	"os"
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/windows"
)

// rename replaces a file, also one that is being read by somebody who shares its deletion, and waits for one who does not.
func rename(from, to string) error {
	return untilFree(renameWithin, func() error {
		if renamePOSIX(from, to) == nil {
			return nil
		}
		return os.Rename(from, to) // FAT, an older Windows, or the real error
	})
}

// renameInfo is FILE_RENAME_INFO (winbase.h) without the name at its end.
type renameInfo struct {
	flags      uint32
	root       windows.Handle
	nameLength uint32 // in bytes
	name       [1]uint16
}

// renamePOSIX gives from the name to, as rename(2) does: readers of the old file keep it (Windows 10 version 1607, NTFS).
func renamePOSIX(from, to string) error {
	to, err := filepath.Abs(to)
	if err != nil {
		return err
	}
	name, err := windows.UTF16FromString(to)
	if err != nil {
		return err
	}
	source, err := windows.UTF16PtrFromString(from)
	if err != nil {
		return err
	}
	h, err := windows.CreateFile(source, windows.DELETE|windows.SYNCHRONIZE, windows.FILE_SHARE_READ|windows.FILE_SHARE_WRITE|windows.FILE_SHARE_DELETE,
		nil, windows.OPEN_EXISTING, windows.FILE_ATTRIBUTE_NORMAL|windows.FILE_FLAG_OPEN_REPARSE_POINT, 0)
	if err != nil {
		return err
	}
	defer windows.CloseHandle(h)
	buffer := make([]byte, int(unsafe.Sizeof(renameInfo{}))+2*len(name))
	info := (*renameInfo)(unsafe.Pointer(&buffer[0]))
	info.flags = windows.FILE_RENAME_REPLACE_IF_EXISTS | windows.FILE_RENAME_POSIX_SEMANTICS | windows.FILE_RENAME_IGNORE_READONLY_ATTRIBUTE
	info.nameLength = uint32(2 * (len(name) - 1))
	copy(unsafe.Slice(&info.name[0], len(name)), name)
	return windows.SetFileInformationByHandle(h, windows.FileRenameInfoEx, &buffer[0], uint32(len(buffer)))
}

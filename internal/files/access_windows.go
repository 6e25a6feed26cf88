package files

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/windows"
)

// everybody reports what the access list lets people do who are not named in it one by one. Only where it is asked for:
// whatever lies outside the user's own folders may be written to by all who have an account.
func everybody(f *os.File, _ fs.FileInfo, asked bool) (read, write bool) {
	if !asked {
		return false, false
	}
	sd, err := windows.GetSecurityInfo(windows.Handle(f.Fd()), windows.SE_FILE_OBJECT, windows.DACL_SECURITY_INFORMATION)
	if err != nil {
		return false, false // FAT has no lists
	}
	list, _, err := sd.DACL()
	if err != nil {
		return false, false
	}
	return crowdMay(list)
}

// crowdMay reports what an access list lets everybody do. Without a list there is no restriction.
func crowdMay(list *windows.ACL) (read, write bool) {
	if list == nil {
		return true, true
	}
	const (
		reads  = windows.FILE_READ_DATA | windows.GENERIC_READ | windows.GENERIC_ALL
		writes = windows.FILE_WRITE_DATA | windows.FILE_APPEND_DATA | windows.WRITE_DAC | windows.WRITE_OWNER | windows.GENERIC_WRITE | windows.GENERIC_ALL
	)
	for i := range uint32(list.AceCount) {
		var ace *windows.ACCESS_ALLOWED_ACE
		if windows.GetAce(list, i, &ace) != nil || ace.Header.AceType != windows.ACCESS_ALLOWED_ACE_TYPE || ace.Header.AceFlags&windows.INHERIT_ONLY_ACE != 0 {
			continue
		}
		if isCrowd((*windows.SID)(unsafe.Pointer(&ace.SidStart))) {
			read = read || ace.Mask&reads != 0
			write = write || ace.Mask&writes != 0
		}
	}
	return read, write
}

// isCrowd reports whether a name in an access list stands for all who have an account here, or more.
func isCrowd(sid *windows.SID) bool {
	for _, kind := range []windows.WELL_KNOWN_SID_TYPE{windows.WinWorldSid, windows.WinAnonymousSid, windows.WinAuthenticatedUserSid,
		windows.WinInteractiveSid, windows.WinNetworkSid, windows.WinBuiltinUsersSid, windows.WinBuiltinGuestsSid} {
		if sid.IsWellKnown(kind) {
			return true
		}
	}
	return false
}

// create makes the file that is to take p's name: beside it, with its access list before anything is in it.
func create(p place, o ReplaceOptions) (*os.File, error) {
	sd, err := p.accessList(o)
	if err != nil {
		return nil, &fs.PathError{Op: "access list", Path: p.path, Err: err}
	}
	var attributes *windows.SecurityAttributes
	if sd != nil {
		attributes = &windows.SecurityAttributes{SecurityDescriptor: sd}
		attributes.Length = uint32(unsafe.Sizeof(*attributes))
	}
	prefix := filepath.Join(filepath.Dir(p.path), unfinished(p.path))
	for try := 0; ; try++ {
		path := prefix + fmt.Sprint(rand.Uint32())
		name, err := windows.UTF16PtrFromString(path)
		if err != nil {
			return nil, &fs.PathError{Op: "create", Path: path, Err: err}
		}
		h, err := windows.CreateFile(name, windows.GENERIC_READ|windows.GENERIC_WRITE, windows.FILE_SHARE_READ|windows.FILE_SHARE_WRITE|windows.FILE_SHARE_DELETE,
			attributes, windows.CREATE_NEW, windows.FILE_ATTRIBUTE_NORMAL, 0)
		if err == nil {
			return os.NewFile(uintptr(h), path), nil
		}
		if err != windows.ERROR_FILE_EXISTS || try == 100 {
			return nil, &fs.PathError{Op: "create", Path: path, Err: err}
		}
	}
}

// accessList is the one that the new file gets: this user alone, and nothing from the folder, for a private one; else that
// of the old file; else nil, which is what the folder gives. File systems without access lists pass over it.
func (p place) accessList(o ReplaceOptions) (*windows.SECURITY_DESCRIPTOR, error) {
	if o.Private {
		user, err := windows.GetCurrentProcessToken().GetTokenUser()
		if err != nil {
			return nil, err
		}
		return windows.SecurityDescriptorFromString("D:P(A;;FA;;;" + user.User.Sid.String() + ")")
	}
	if p.info == nil || o.Fixed {
		return nil, nil
	}
	sd, err := windows.GetNamedSecurityInfo(p.path, windows.SE_FILE_OBJECT, windows.DACL_SECURITY_INFORMATION)
	if err != nil {
		return nil, nil // a list that cannot be read cannot be kept
	}
	return sd, nil
}

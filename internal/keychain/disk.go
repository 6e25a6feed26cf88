package keychain

import (
	"errors"
	"io/fs"
	"syscall"

	"github.com/ciam-cli/ciam/internal/files"
)

// diskError turns an error of the file system into *UnavailableError; nil stays nil.
func diskError(err error) error {
	var wrong *files.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wrong):
		// Not a file that anybody named: that it is of the wrong kind is the store's trouble, and no setting's.
		return unavailable(Other, errors.New(wrong.Error()))
	case errors.Is(err, syscall.ENOSPC), isDiskFull(err):
		return unavailable(Full, err)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return unavailable(Denied, err)
	}
	return unavailable(Other, err)
}

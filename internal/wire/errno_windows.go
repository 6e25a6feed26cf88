package wire

import (
	"errors"
	"slices"
	"syscall"
)

// The numbers of Windows Sockets; those of the same names in package syscall are made up.
const (
	wsaENETUNREACH  = syscall.Errno(10051)
	wsaECONNABORTED = syscall.Errno(10053)
	wsaECONNRESET   = syscall.Errno(10054)
	wsaECONNREFUSED = syscall.Errno(10061)
	wsaEHOSTUNREACH = syscall.Errno(10065)
)

func isRefused(err error) bool  { return isErrno(err, wsaECONNREFUSED) }
func isReset(err error) bool    { return isErrno(err, wsaECONNRESET, wsaECONNABORTED) }
func isUnrouted(err error) bool { return isErrno(err, wsaENETUNREACH, wsaEHOSTUNREACH) }

func isErrno(err error, codes ...syscall.Errno) bool {
	var errno syscall.Errno
	return errors.As(err, &errno) && slices.Contains(codes, errno)
}

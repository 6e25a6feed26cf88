package loopback

import (
	"errors"
	"fmt"
)

// ErrNoCode is returned by Wait, together with the Answer, when a request carried the right state but neither a code
// nor an error: the tenant has answered, and no better answer will come.
var ErrNoCode = errors.New("the answer carries neither a code nor an error")

// ErrClosed is returned by Wait when the listener was closed before an answer came.
var ErrClosed = errors.New("the listener was closed")

// PortError says that a port could not be used: it is taken, or the system keeps it (a port below 1024, or one in an
// excluded range of Windows).
type PortError struct {
	Port int
	// Holder names who has the port, as in "pid 1234 (node)"; "" when the system does not tell. Safe to print.
	Holder string
	// Err is the system's error.
	Err error
}

// Error implements error.
func (e *PortError) Error() string {
	switch {
	case e.Holder != "":
		return fmt.Sprintf("port %d is taken by %s", e.Port, e.Holder)
	case isTaken(e.Err):
		return fmt.Sprintf("port %d is taken", e.Port)
	}
	return fmt.Sprintf("port %d cannot be used: %v", e.Port, e.Err)
}

// Unwrap returns the system's error.
func (e *PortError) Unwrap() error { return e.Err }

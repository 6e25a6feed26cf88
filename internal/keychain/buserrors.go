//go:build !windows && !darwin

package keychain

import (
	"errors"
	"io"
	"net"
	"os"
	"strings"

	dbus "github.com/godbus/dbus/v5"
)

const errLocked = "org.freedesktop.Secret.Error.IsLocked"

// connectError marks what went wrong before the bus accepted us.
type connectError struct{ err error }

func (e connectError) Error() string { return e.err.Error() }
func (e connectError) Unwrap() error { return e.err }

// busErrorName returns the name of a D-Bus error reply, "" for any other error.
func busErrorName(err error) string {
	var e dbus.Error
	if errors.As(err, &e) {
		return e.Name
	}
	var p *dbus.Error
	if errors.As(err, &p) {
		return p.Name
	}
	return ""
}

// noObject reports whether a call was answered that its object does not exist. GDBus services say UnknownMethod.
func noObject(err error) bool {
	switch busErrorName(err) {
	case "org.freedesktop.Secret.Error.NoSuchObject", busName + ".Error.UnknownObject", busName + ".Error.UnknownMethod":
		return true
	}
	return false
}

// busState maps an error of godbus, of the bus or of the keychain service to a state.
func busState(err error) State {
	if name := busErrorName(err); name != "" {
		return replyState(name)
	}
	var connect connectError
	switch {
	case errors.Is(err, os.ErrPermission):
		return Denied
	case errors.As(err, &connect) && strings.Contains(err.Error(), "authentication failed"):
		return Denied // the bus belongs to another user
	case errors.As(err, &connect):
		return NoBus
	case errors.Is(err, dbus.ErrClosed), errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed):
		return NoBus // it went away
	}
	return Other
}

// replyState maps the name of an error reply (D-Bus specification, Secret Service API draft).
func replyState(name string) State {
	switch suffix, _ := strings.CutPrefix(name, busName+".Error."); suffix {
	case "ServiceUnknown", "NameHasNoOwner":
		return NoProvider
	case "NoReply", "Timeout", "TimedOut":
		return Hanging
	case "AccessDenied", "AuthFailed":
		return Denied
	case "UnknownObject", "org.freedesktop.Secret.Error.NoSuchObject":
		return NoCollection
	case errLocked:
		return Locked
	case "LimitsExceeded", "NoMemory":
		return Other
	}
	if strings.HasPrefix(name, busName+".Error.Spawn.") {
		return NoProvider
	}
	return Other
}

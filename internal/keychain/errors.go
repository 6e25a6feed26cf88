package keychain

import (
	"errors"
	"fmt"
)

// ErrNotFound means that nothing is stored under the name.
var ErrNotFound = errors.New("nothing stored under this name")

// ErrName means that a name is not 1 to 64 of A-Z, a-z, 0-9, dot, underscore and hyphen.
var ErrName = errors.New("profile name must be 1 to 64 letters, digits, dots, underscores or hyphens")

// ErrWrongKey means that a sealed file does not open with this key file or passphrase; it arrives in an *UnavailableError.
var ErrWrongKey = errors.New("wrong key or passphrase")

// State says why a store cannot be used.
type State string

// The states. Each has its own message and next step.
const (
	NoBus        State = "no_bus"        // no D-Bus session bus
	NoProvider   State = "no_provider"   // nothing provides the Secret Service
	NoCollection State = "no_collection" // the provider has no collection to store in
	Locked       State = "locked"        // locked, and nobody is there to unlock it
	Hanging      State = "hanging"       // no answer in time
	TooBig       State = "too_big"       // one item or the payload is too large
	Full         State = "full"          // no space left
	Denied       State = "denied"        // access refused
	Absent       State = "absent"        // this system has no keychain
	LooseMode    State = "loose_mode"    // others can read the key file or write the folder of the file store
	NoKey        State = "no_key"        // the file store's key file or passphrase is missing or unusable
	WrongKey     State = "wrong_key"     // the file store's key does not open the file
	Other        State = "other"         // anything else; see Err
)

// UnavailableError reports that a store cannot be used. Message says what is wrong, without a full stop; what to do about it
// is for who talks to the person. Err, if not nil, is the cause.
type UnavailableError struct {
	State   State
	Message string
	// Path is the folder whose mode is to be mended, for LooseMode; "" where that is not the cure.
	Path string
	Err  error
}

func (e *UnavailableError) Error() string {
	if e.Err == nil {
		return e.Message
	}
	return e.Message + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *UnavailableError) Unwrap() error { return e.Err }

// CorruptError reports that what is stored under Name cannot be read back. Reason never holds stored bytes.
type CorruptError struct {
	Kind   string // the store's Kind
	Name   string
	Reason string
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("what the %s holds for profile %q is corrupt: %s", e.Kind, e.Name, e.Reason)
}

// NewerError reports that what is stored under Name was written by a newer ciam.
type NewerError struct {
	Kind      string // the store's Kind
	Name      string
	Version   int // of the stored format
	Supported int // the newest format this program reads
}

func (e *NewerError) Error() string {
	return fmt.Sprintf("what the %s holds for profile %q was written by a newer ciam (format %d, this one reads up to %d)",
		e.Kind, e.Name, e.Version, e.Supported)
}

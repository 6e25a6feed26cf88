package idtoken

import "strings"

// Check is one thing that Verify or Inspect looked at. Expected and Got are for people to read, bounded, and hold neither the token nor
// the nonce; Got may hold text from the token and is not made safe for a terminal beyond being quoted.
type Check struct {
	Name          string // such as "issuer", "audience", "expiry", "signature"
	OK            bool
	Skipped       bool // not looked at, because an earlier check failed; OK is false
	Unknown       bool // looked at, and there is nothing to hold it against; OK is false, and only Inspect says so
	Expected, Got string
}

// ID is the check's name as one word, for programs: issued_at.
func (c Check) ID() string { return strings.ReplaceAll(c.Name, " ", "_") }

// State is what came of the check, for programs: ok, fail, unknown or skipped.
func (c Check) State() string {
	switch {
	case c.OK:
		return "ok"
	case c.Unknown:
		return "unknown"
	case c.Skipped:
		return "skipped"
	}
	return "fail"
}

// failed returns the checks that do not hold.
func failed(checks []Check) []Check {
	var out []Check
	for _, c := range checks {
		if !c.OK && !c.Skipped && !c.Unknown {
			out = append(out, c)
		}
	}
	return out
}

// VerificationError says why an ID token was refused.
type VerificationError struct {
	Checks []Check // all of them, in order, the passed ones too
	// Err is the cause when the form of the token (ErrMalformed) or getting the key failed, else nil. A key that could not be
	// fetched is not the token's fault: ask errors.As for the key set's own error first.
	Err error

	clock string // this machine's time, when a check of time failed
}

// Failed returns the checks that failed, in order, without the skipped ones.
func (e *VerificationError) Failed() []Check { return failed(e.Checks) }

func (e *VerificationError) Error() string {
	var b strings.Builder
	b.WriteString("ID token refused")
	for i, c := range e.Failed() {
		if i == 0 {
			b.WriteString(": ")
		} else {
			b.WriteString(". ")
		}
		b.WriteString(c.Name + ": expected " + c.Expected + ", got " + c.Got)
	}
	if e.Err != nil {
		b.WriteString(" (" + e.Err.Error() + ")")
	}
	if e.clock != "" {
		b.WriteString(". This machine's clock says " + e.clock + "; if that is wrong, set the clock and sign in again")
	}
	return b.String()
}

// Unwrap returns Err.
func (e *VerificationError) Unwrap() error { return e.Err }

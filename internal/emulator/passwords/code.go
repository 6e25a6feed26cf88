package passwords

import (
	"crypto/subtle"
	"fmt"
	"strings"
	"time"
)

// Limits of one-time codes.
const (
	CodeLength = 8 // digits
	CodeLife   = 10 * time.Minute
	CodeTries  = 5 // per code; per person over all codes, LockoutAfter
	CodeSends  = 5 // per walk through pages or native authentication
)

// IsCode reports whether s has the form of a one-time code.
func IsCode(s string) bool { return len(s) == CodeLength && strings.Trim(s, "0123456789") == "" }

// NewCode makes a one-time code from a random number below n.
func NewCode(below func(n uint64) uint64) string {
	most := uint64(1)
	for range CodeLength {
		most *= 10
	}
	return fmt.Sprintf("%0*d", CodeLength, below(most))
}

// Code is a one-time code that was sent and has not come back; the zero value is
// none.
type Code struct {
	Value  string
	SentAt time.Time
	Tries  int
}

// Open reports whether a code is out.
func (c *Code) Open() bool { return c.Value != "" }

// Outcome is what comes of trying a one-time code.
type Outcome int

// The outcomes.
const (
	Right  Outcome = iota
	Wrong          // one more is counted
	UsedUp         // tried too often, or not open
	TooOld         // older than CodeLife
	Locked         // too many wrong ones for the person, over all codes
)

// CodeKey is the key under which a person's wrong codes are counted: an
// account's id, or the address of somebody who has none yet. It is not the
// passwords' own, or who knows a password could start the count of the second
// factor's codes again at will.
func CodeKey(who string) string { return "code " + strings.ToLower(who) }

// Try checks a code that came back; a right one is closed. Wrong ones are
// counted, for the person too.
func (c *Checker) Try(code *Code, who, got string, now time.Time) Outcome {
	switch {
	case c.Locked(CodeKey(who), now):
		return Locked
	case !code.Open() || code.Tries >= CodeTries:
		return UsedUp
	case now.Sub(code.SentAt) >= CodeLife:
		return TooOld
	}
	code.Tries++
	if subtle.ConstantTimeCompare([]byte(got), []byte(code.Value)) == 1 {
		code.Value = ""
		return Right
	}
	c.Fail(CodeKey(who), now)
	return Wrong
}

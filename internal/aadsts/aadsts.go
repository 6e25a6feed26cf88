// Package aadsts knows the error codes (AADSTS50011 and the like) that Microsoft Entra gives to people who build on an
// external tenant: what each means in plain words and what to do next.
//
// It is for diagnosis only. A program decides by the OAuth error code (RFC 6749, section 5.2), since Microsoft may change
// numbers and texts ("Microsoft Entra authentication and authorization error codes").
package aadsts

import (
	"slices"
	"strconv"
	"strings"
)

// Entry explains one code.
type Entry struct {
	Code       int    // the number behind "AADSTS"
	OAuthError string // what the OAuth error member usually says with it, such as invalid_grant; "" where it varies or is not known
	Meaning    string // one or two sentences
	Action     string // what to do next, in sentences
}

// Lookup finds a code by binary search; false when the catalogue does not have it.
func Lookup(code int) (Entry, bool) {
	i, ok := slices.BinarySearchFunc(entries[:], code, func(e Entry, code int) int { return e.Code - code })
	if !ok {
		return Entry{}, false
	}
	return entries[i], true
}

// All returns a copy of the catalogue, by ascending code.
func All() []Entry { return slices.Clone(entries[:]) }

// URL is Microsoft's own page about a code.
func URL(code int) string {
	return "https://login.microsoftonline.com/error?code=" + strconv.Itoa(code)
}

// maxDigits is one more than the longest code in use, and small enough for an int of 32 bits.
const maxDigits = 9

// ParseCode reads a code as people write it: AADSTS50011 in any case, or 50011. False when s is neither.
func ParseCode(s string) (int, bool) {
	s = strings.TrimSpace(s)
	if len(s) > len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) {
		s = s[len(prefix):]
	}
	n, rest := leadingNumber(s)
	return n, n > 0 && rest == ""
}

// leadingNumber reads the digits that s begins with; 0 when there are none or too many.
func leadingNumber(s string) (n int, rest string) {
	end := 0
	for end < len(s) && '0' <= s[end] && s[end] <= '9' {
		end++
	}
	if end > maxDigits {
		return 0, s
	}
	n, _ = strconv.Atoi(s[:end])
	return n, s[end:]
}

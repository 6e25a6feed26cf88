// Package aadsts knows the error codes that people meet who build on an external tenant of Microsoft Entra: the numbers of its
// sign-in service (AADSTS50011 and the like), OAuth errors without a number, and those of the libraries that read its tokens.
// It tells what each means in plain words, what to do next, and where that is known from.
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
	Name       string // as people meet it: AADSTS50011, invalid_grant, IDX10503
	Code       int    // the number behind "AADSTS"; 0 for codes of another kind
	OAuthError string // what the OAuth error member usually says with it, such as invalid_grant; "" where it varies or is not known
	Meaning    string // one or two sentences
	Action     string // what to do next, in sentences
	Source     string // address of what this is known from; "" when nothing public is known
}

// numbered is an Entry of the sign-in service.
type numbered struct {
	code                                int
	oauthError, meaning, action, source string
}

func (n numbered) entry() Entry {
	return Entry{Name: prefix + strconv.Itoa(n.code), Code: n.code, OAuthError: n.oauthError, Meaning: n.meaning, Action: n.action, Source: n.source}
}

// named is an Entry without a number of the sign-in service.
type named struct{ name, meaning, action, source string }

func (n named) entry() Entry {
	return Entry{Name: n.name, Meaning: n.meaning, Action: n.action, Source: n.source}
}

// Lookup finds the number of an AADSTS code by binary search; false when the catalogue does not have it.
func Lookup(code int) (Entry, bool) {
	i, ok := slices.BinarySearchFunc(entries[:], code, func(n numbered, code int) int { return n.code - code })
	if !ok {
		return Entry{}, false
	}
	return entries[i].entry(), true
}

// Find finds a code by its name in any case: AADSTS50011, its number alone, invalid_grant, IDX10503.
func Find(name string) (Entry, bool) {
	if code, ok := ParseCode(name); ok {
		return Lookup(code)
	}
	name = strings.ToLower(strings.TrimSpace(name))
	i, ok := slices.BinarySearchFunc(names[:], name, func(n named, name string) int { return strings.Compare(strings.ToLower(n.name), name) })
	if !ok {
		return Entry{}, false
	}
	return names[i].entry(), true
}

// All returns the catalogue: the numbers in ascending order, then the names.
func All() []Entry {
	all := make([]Entry, 0, len(entries)+len(names))
	for _, n := range entries {
		all = append(all, n.entry())
	}
	for _, n := range names {
		all = append(all, n.entry())
	}
	return all
}

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

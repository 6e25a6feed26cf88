package passwords

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of a password, in characters.
const (
	MinLength = 8
	MaxLength = 256
)

// Problem is what is wrong with a new password.
type Problem int

// The problems, in the order in which they are looked for.
const (
	Fine     Problem = iota
	Garbled          // not text, or with control characters
	TooShort         // fewer than MinLength characters
	TooLong          // more than MaxLength
	TooWeak          // fewer than three of the four classes
	Banned           // little more than a banned word
)

// Judge applies the service's rules to a new password: length, three of the four
// classes lowercase, uppercase, digit and symbol, and the tenant's banned words.
func Judge(password string, banned []string) Problem {
	n := utf8.RuneCountInString(password)
	switch {
	case !utf8.ValidString(password) || strings.ContainsFunc(password, unicode.IsControl):
		return Garbled
	case n < MinLength:
		return TooShort
	case n > MaxLength:
		return TooLong
	}
	classes := 0
	for _, in := range []func(rune) bool{
		unicode.IsLower, unicode.IsUpper, unicode.IsDigit,
		func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) },
	} {
		if strings.IndexFunc(password, in) >= 0 {
			classes++
		}
	}
	switch {
	case classes < 3:
		return TooWeak
	case isBanned(password, banned):
		return Banned
	}
	return Fine
}

// isBanned applies banned words as Entra's password protection does: letters in
// lower case, common substitutions undone, each banned word counts one point and
// each other character one, and five points are needed (Microsoft Learn,
// "Eliminate bad passwords using Password Protection").
func isBanned(password string, words []string) bool {
	rest, points := normal(password), 0
	found := false
	for _, word := range words {
		if w := normal(word); strings.Contains(rest, w) {
			found = true
			points += strings.Count(rest, w)
			rest = strings.ReplaceAll(rest, w, "")
		}
	}
	return found && points+len(rest) < 5
}

func normal(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '0':
			return 'o'
		case '1':
			return 'l'
		case '$':
			return 's'
		case '@':
			return 'a'
		}
		return r
	}, strings.ToLower(s))
}

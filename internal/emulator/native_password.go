package emulator

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// newPassword judges a password that somebody wants to have and hashes it. user
// is nil for a new account.
func (n native) newPassword(x *exchange, password string, user *directory.User) (hash string, err error) {
	x.secrets.add(password)
	if f := passwordFault(x.tenant, password); f != nil {
		return "", f
	}
	if user != nil {
		var same bool
		if err := n.passwords.slow(x.r.Context(), func() { same = user.CheckPassword(password) }); err != nil {
			return "", err
		}
		if same {
			return "", passwordRefused("password_recently_used", "The new password must not be the same as one recently used")
		}
	}
	var hashErr error
	if err := n.passwords.slow(x.r.Context(), func() { hash, hashErr = directory.HashPassword(password, n.cost) }); err != nil {
		return "", err
	}
	return hash, hashErr
}

// passwordFault says what is wrong with a new password; nil when nothing is.
func passwordFault(t *directory.Tenant, password string) *fault {
	if !allowedPassword(password) {
		return passwordRefused("password_is_invalid", "New password contains characters that are not allowed")
	}
	switch judgePassword(password) {
	case passwordLength:
		if utf8.RuneCountInString(password) < minPassword {
			return passwordRefused("password_too_short", "New password is too short")
		}
		return passwordRefused("password_too_long", "New password is too long")
	case passwordSimple:
		return passwordRefused("password_too_weak", "New password is too weak")
	}
	if bannedPassword(t, password) {
		return passwordRefused("password_banned", "New password contains a word, phrase, or pattern that is banned")
	}
	return nil
}

// allowedPassword reports whether a password is text without control characters.
func allowedPassword(password string) bool {
	return utf8.ValidString(password) && !strings.ContainsFunc(password, unicode.IsControl)
}

// bannedPassword applies the tenant's banned words as Entra's password
// protection does: letters in lower case, common substitutions undone, each
// banned word counts one point and each other character one, and five points
// are needed (Microsoft Learn, "Eliminate bad passwords using Password Protection").
func bannedPassword(t *directory.Tenant, password string) bool {
	rest, points := normalPassword(password), 0
	found := false
	for _, word := range t.BannedPasswords {
		if w := normalPassword(word); strings.Contains(rest, w) {
			found = true
			points += strings.Count(rest, w)
			rest = strings.ReplaceAll(rest, w, "")
		}
	}
	return found && points+len(rest) < 5
}

func normalPassword(s string) string {
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

package emulator

import (
	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/passwords"
)

// newPassword judges a password that somebody wants to have and hashes it. user
// is nil for a new account.
func (n native) newPassword(x *exchange, password string, user *directory.User) (hash string, err error) {
	x.secrets.Add(password)
	if f := passwordFault(passwords.Judge(password, x.tenant.BannedPasswords)); f != nil {
		return "", f
	}
	if user != nil {
		var same bool
		if err := n.passwords.Slow(x.r.Context(), func() { same = user.CheckPassword(password) }); err != nil {
			return "", err
		}
		if same {
			return "", passwordRefused("password_recently_used", "The new password must not be the same as one recently used")
		}
	}
	var hashErr error
	if err := n.passwords.Slow(x.r.Context(), func() { hash, hashErr = directory.HashPassword(password, n.cost) }); err != nil {
		return "", err
	}
	return hash, hashErr
}

// passwordFault says what is wrong with a new password; nil when nothing is.
func passwordFault(p passwords.Problem) *fault {
	switch p {
	case passwords.Fine:
		return nil
	case passwords.TooShort:
		return passwordRefused("password_too_short", "New password is too short")
	case passwords.TooLong:
		return passwordRefused("password_too_long", "New password is too long")
	case passwords.TooWeak:
		return passwordRefused("password_too_weak", "New password is too weak")
	case passwords.Banned:
		return passwordRefused("password_banned", "New password contains a word, phrase, or pattern that is banned")
	}
	return passwordRefused("password_is_invalid", "New password contains characters that are not allowed")
}

package directory

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// DefaultPasswordCost is the bcrypt cost of kept passwords: some 60 ms each.
const DefaultPasswordCost = bcrypt.DefaultCost

// HashPassword hashes a password of any length. bcrypt reads 72 bytes only, and
// a password may have 256 characters, so its SHA-256 is what gets hashed.
func HashPassword(password string, cost int) (string, error) {
	h, err := bcrypt.GenerateFromPassword(condense(password), cost)
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	return string(h), nil
}

// CheckPassword reports whether password is the user's. A user whose password
// was never hashed (a seed held in memory only) is compared directly.
func (u *User) CheckPassword(password string) bool {
	if u.PasswordHash != "" {
		return bcrypt.CompareHashAndPassword([]byte(u.PasswordHash), condense(password)) == nil
	}
	return u.Password != "" && subtle.ConstantTimeCompare(condense(u.Password), condense(password)) == 1
}

func condense(password string) []byte {
	sum := sha256.Sum256([]byte(password))
	return []byte(base64.RawStdEncoding.EncodeToString(sum[:]))
}

// CheckSecret compares a client secret with those of the app. It reports whether
// one matches, and whether the one that matches is past its end.
func (a *App) CheckSecret(secret string, now time.Time) (match, expired bool) {
	got := sha256.Sum256([]byte(secret))
	for _, s := range a.PasswordCredentials {
		if subtle.ConstantTimeCompare(s.digest(), got[:]) != 1 {
			continue
		}
		if s.EndDateTime.IsZero() || now.Before(s.EndDateTime) {
			return true, false
		}
		match, expired = true, true
	}
	return match, expired
}

// Digest is the secret's SHA-256 in hex.
func (s Secret) Digest() string { return hex.EncodeToString(s.digest()) }

// digest is the secret's SHA-256, whichever way the document gives it; nil for
// an unreadable one, which then matches nothing.
func (s Secret) digest() []byte {
	if s.SecretText != "" {
		sum := sha256.Sum256([]byte(s.SecretText))
		return sum[:]
	}
	b, err := hex.DecodeString(s.SecretSHA256)
	if err != nil || len(b) != sha256.Size {
		return nil
	}
	return b
}

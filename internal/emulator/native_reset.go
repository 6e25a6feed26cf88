package emulator

import (
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/passwords"
)

// pollInterval is how long a password change takes and how often to ask about it.
const pollInterval = 2 * time.Second

// startReset starts the reset of a forgotten password: resetpassword/v1.0/start.
func (n native) startReset(x *exchange, q nativeRequest) error {
	name, err := q.username()
	if err != nil {
		return err
	}
	kinds, err := q.challengeTypes(nil)
	if err != nil {
		return err
	}
	user := n.store.User(x.tenant.ID, name)
	switch {
	case user == nil:
		return userNotFound(x.tenant.ID)
	case user.Disabled:
		return userDisabled()
	case !user.HasPassword():
		return noPasswordToReset()
	case !kinds.oob:
		return x.sendRedirect("")
	}
	f := n.begin(x, q, resetStarted)
	defer f.mu.Unlock()
	f.username, f.userID, f.challenges = name, user.ID, kinds
	return x.sendNative(nativeAnswer{ContinuationToken: n.advance(x, f, resetStarted)})
}

// challengeReset sends the code, or a new one: resetpassword/v1.0/challenge.
func (n native) challengeReset(x *exchange, q nativeRequest) error {
	f, err := n.take(x, q, resetStarted, resetCode)
	if err != nil {
		return err
	}
	defer f.mu.Unlock()
	kinds, err := q.challengeTypes(&f.challenges)
	if err != nil {
		return err
	}
	if !kinds.oob {
		return x.sendRedirect("")
	}
	user, err := x.account(f)
	if err != nil {
		return err
	}
	if err := f.mail(x, user.Email, forReset); err != nil {
		return err
	}
	return x.sendOOB(n.advance(x, f, resetCode), user.Email, 0)
}

// continueReset takes the code: resetpassword/v1.0/continue.
func (n native) continueReset(x *exchange, q nativeRequest) error {
	f, err := n.take(x, q, resetCode)
	if err != nil {
		return err
	}
	defer f.mu.Unlock()
	switch q.Get("grant_type") {
	case "":
		return missingParameter("grant_type")
	case "oob":
	default:
		return wrongContinueGrant(q.Get("grant_type"), "oob")
	}
	if _, err := x.account(f); err != nil {
		return err
	}
	if err := f.prove(x, q); err != nil {
		return err
	}
	return x.sendNative(nativeAnswer{ExpiresIn: int(continuationLife / time.Second), ContinuationToken: n.advance(x, f, resetPassword)})
}

// submitReset takes the new password: resetpassword/v1.0/submit. Tokens and
// sessions from before are revoked, as the real service does.
func (n native) submitReset(x *exchange, q nativeRequest) error {
	f, err := n.take(x, q, resetPassword)
	if err != nil {
		return err
	}
	defer f.mu.Unlock()
	password, err := q.require("new_password")
	if err != nil {
		return err
	}
	user, err := x.account(f)
	if err != nil {
		return err
	}
	hash, err := n.newPassword(x, password, user)
	if err != nil {
		return err
	}
	// Refresh tokens know their time in milliseconds.
	now := x.now.UTC().Truncate(time.Millisecond)
	err = x.changeUser(user.ID, func(u *directory.User) { u.Password, u.PasswordHash, u.RevokedBefore = "", hash, now })
	if err != nil {
		return err
	}
	n.passwords.Clear(user.ID, passwords.CodeKey(user.ID))
	f.provenAt, f.resetAt = x.now, x.now
	return x.sendNative(nativeAnswer{ContinuationToken: n.advance(x, f, resetPolling), PollInterval: int(pollInterval / time.Second)})
}

// pollReset tells how far the change has got: resetpassword/v1.0/poll_completion.
// One that comes sooner than the interval is told to come again, so that a
// client's loop is tried too. The polled token stays good until the end:
// Microsoft's own clients ask with the same one again and again.
func (n native) pollReset(x *exchange, q nativeRequest) error {
	f, err := n.take(x, q, resetPolling)
	if err != nil {
		return err
	}
	defer f.mu.Unlock()
	if _, err := x.account(f); err != nil {
		return x.sendNative(nativeAnswer{Status: "failed", ContinuationToken: n.advance(x, f, resetPassword)})
	}
	if x.now.Sub(f.resetAt) < pollInterval {
		return x.sendNative(nativeAnswer{Status: "in_progress", ContinuationToken: f.continuation})
	}
	return x.sendNative(nativeAnswer{Status: "succeeded", ContinuationToken: n.advance(x, f, nativeDone)})
}

package emulator

import (
	"errors"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/passwords"
)

// nativeSignUp is the part of a flow that leads to a new account.
type nativeSignUp struct {
	verified     bool // the address was proven
	passwordHash string
	values       map[string]string
}

// resendAfter is when an app may ask for another code, as the service says it.
const resendAfter = 5 * time.Minute

// startSignUp starts a sign-up, with as much of the account as the app has
// already: signup/v1.0/start.
func (n native) startSignUp(x *exchange, q nativeRequest) error {
	name, err := q.username()
	if err != nil {
		return err
	}
	kinds, err := q.challengeTypes(nil)
	if err != nil {
		return err
	}
	switch {
	case !q.flow.SignUpAllowed():
		return signUpOff(q.flow.DisplayName)
	case n.store.User(x.tenant.ID, name) != nil:
		return userExists()
	case !kinds.oob:
		return x.sendRedirect("")
	}
	f := n.begin(x, q, signUpStarted)
	defer f.mu.Unlock()
	f.username, f.challenges = name, kinds
	if password := q.Get("password"); password != "" && q.flow.Method() == directory.EmailPassword {
		if f.signUp.passwordHash, err = n.newPassword(x, password, nil); err != nil {
			return err
		}
	}
	if q.Get("attributes") != "" {
		if err := f.takeAttributes(q); err != nil {
			return err
		}
	}
	return x.sendNative(nativeAnswer{ContinuationToken: n.advance(x, f, signUpStarted)})
}

// challengeSignUp sends the code that proves the address, or a new one, and
// later says that a password is owed: signup/v1.0/challenge.
func (n native) challengeSignUp(x *exchange, q nativeRequest) error {
	f, err := n.take(x, q, signUpStarted, signUpCode, signUpCredential, signUpPassword)
	if err != nil {
		return err
	}
	defer f.mu.Unlock()
	kinds, err := q.challengeTypes(&f.challenges)
	if err != nil {
		return err
	}
	if f.signUp.verified {
		if !kinds.password {
			return x.sendRedirect("")
		}
		return x.sendNative(nativeAnswer{ContinuationToken: n.advance(x, f, signUpPassword), ChallengeType: challengePassword})
	}
	if !kinds.oob {
		return x.sendRedirect("")
	}
	if err := f.mail(x, f.username, forSignUp); err != nil {
		return err
	}
	return x.sendOOB(n.advance(x, f, signUpCode), f.username, int(resendAfter/time.Second))
}

// continueSignUp takes the code, the password or attributes, and makes the
// account when nothing is owed any more: signup/v1.0/continue.
func (n native) continueSignUp(x *exchange, q nativeRequest) error {
	steps := []nativeStep{}
	grant := q.Get("grant_type")
	switch grant {
	case "":
		return missingParameter("grant_type")
	case "oob":
		steps = append(steps, signUpCode)
	case "password":
		steps = append(steps, signUpPassword)
	case "attributes":
		steps = append(steps, signUpStarted, signUpCode, signUpAttributes)
	default:
		return unknownGrant(grant)
	}
	f, err := n.take(x, q, steps...)
	if err != nil {
		return err
	}
	defer f.mu.Unlock()
	switch grant {
	case "oob":
		if err := f.prove(x, q); err != nil {
			return err
		}
		n.passwords.Clear(passwords.CodeKey(f.who()))
		f.signUp.verified = true
	case "password":
		password, err := q.require("password")
		if err != nil {
			return err
		}
		if f.signUp.passwordHash, err = n.newPassword(x, password, nil); err != nil {
			return err
		}
	case "attributes":
		if err := f.takeAttributes(q); err != nil {
			return err
		}
		if !f.signUp.verified { // sent ahead of the code
			return x.sendNative(nativeAnswer{ContinuationToken: n.advance(x, f, f.step)})
		}
	}
	return n.completeSignUp(x, q, f)
}

// completeSignUp says what is still owed, or makes the account.
func (n native) completeSignUp(x *exchange, q nativeRequest, f *nativeFlow) error {
	if q.flow.Method() == directory.EmailPassword && f.signUp.passwordHash == "" {
		return credentialRequired().next(n.advance(x, f, signUpCredential))
	}
	if missing := missingAttributes(q.flow, f.signUp.values); len(missing) > 0 {
		return attributesRequired(missing).next(n.advance(x, f, signUpAttributes))
	}
	user := directory.User{
		ID: x.guid(), Email: f.username, PasswordHash: f.signUp.passwordHash,
		Attributes: f.signUp.values, CreatedAt: x.now.UTC().Truncate(time.Second),
	}
	switch err := x.addUser(user); {
	case errors.Is(err, errAccountExists):
		n.spend(f)
		return userExists()
	case err != nil:
		return err
	}
	f.userID, f.provenAt, f.signUp = user.ID, x.now, nativeSignUp{}
	return x.sendNative(nativeAnswer{ContinuationToken: n.advance(x, f, nativeDone)})
}

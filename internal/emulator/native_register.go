package emulator

import (
	"strings"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/passwords"
)

// introspectRegistration lists the second factors that can be registered:
// register/v1.0/introspect.
func (n native) introspectRegistration(x *exchange, q nativeRequest) error {
	f, err := n.take(x, q, registerDue, registerCode, registerProven)
	if err != nil {
		return err
	}
	defer f.mu.Unlock()
	user, err := x.account(f)
	if err != nil {
		return err
	}
	return x.sendNative(nativeAnswer{
		ContinuationToken: n.advance(x, f, registerDue),
		Methods:           []nativeMethod{{"email", challengeOOB, "email", maskEmail(user.Email)}},
	})
}

// challengeRegistration sends a code to the address to be registered, unless it
// was proven earlier in the same flow: register/v1.0/challenge.
func (n native) challengeRegistration(x *exchange, q nativeRequest) error {
	f, err := n.take(x, q, registerDue, registerCode, registerProven)
	if err != nil {
		return err
	}
	defer f.mu.Unlock()
	target := q.Get("challenge_target")
	switch {
	case q.Get("challenge_type") == "":
		return missingParameter("challenge_type")
	case !strings.Contains(" "+q.Get("challenge_type")+" ", " "+challengeOOB+" "):
		return unknownChallenge()
	case q.Get("challenge_channel") != "" && q.Get("challenge_channel") != "email":
		return badParameter("challenge_channel")
	case !directory.IsEmail(target):
		return badParameter("challenge_target")
	}
	if _, err := x.account(f); err != nil {
		return err
	}
	f.target = target
	a := nativeAnswer{ChallengeType: challengePreverified, ChallengeChannel: "email", ChallengeTarget: target}
	if strings.EqualFold(f.proven, target) {
		a.ContinuationToken = n.advance(x, f, registerProven)
		return x.sendNative(a)
	}
	if err := f.mail(x, target, forRegistration); err != nil {
		return err
	}
	a.ChallengeType, a.BindingMethod, a.CodeLength = challengeOOB, "prompt", passwords.CodeLength
	a.ContinuationToken = n.advance(x, f, registerCode)
	return x.sendNative(a)
}

// continueRegistration takes the code and registers the address:
// register/v1.0/continue.
func (n native) continueRegistration(x *exchange, q nativeRequest) error {
	f, err := n.take(x, q, registerCode, registerProven)
	if err != nil {
		return err
	}
	defer f.mu.Unlock()
	due := "oob"
	if f.step == registerProven {
		due = "continuation_token"
	}
	switch q.Get("grant_type") {
	case "":
		return missingParameter("grant_type")
	case due:
	default:
		return wrongContinueGrant(q.Get("grant_type"), due)
	}
	if _, err := x.account(f); err != nil {
		return err
	}
	if due == "oob" {
		if err := f.prove(x, q); err != nil {
			return err
		}
	}
	err = x.changeUser(f.userID, func(u *directory.User) { u.EmailAuthenticationMethod = f.target })
	if err != nil {
		return err
	}
	f.strong = true
	return x.sendNative(nativeAnswer{ContinuationToken: n.advance(x, f, nativeDone)})
}

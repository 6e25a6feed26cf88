package emulator

import (
	"cmp"
	"strings"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/passwords"
)

// Challenge types: ways to prove something that an app says it can offer.
const (
	challengeOOB         = "oob" // a one-time code by mail
	challengePassword    = "password"
	challengeRedirect    = "redirect"
	challengePreverified = "preverified" // in answers: proven before
)

// challengeTypes are the types an app can handle.
type challengeTypes struct{ oob, password bool }

func (c challengeTypes) offers(kind string) bool {
	return kind == challengeOOB && c.oob || kind == challengePassword && c.password
}

// challengeTypes reads the challenge_type list, which must contain redirect. A
// list that is left out, where it may be, is the one in before.
func (q nativeRequest) challengeTypes(before *challengeTypes) (challengeTypes, error) {
	var c challengeTypes
	if q.Get("challenge_type") == "" {
		if before != nil {
			return *before, nil
		}
		return c, missingParameter("challenge_type")
	}
	redirect := false
	for kind := range strings.FieldsSeq(q.Get("challenge_type")) {
		switch kind {
		case challengeOOB:
			c.oob = true
		case challengePassword:
			c.password = true
		case challengeRedirect:
			redirect = true
		default:
			return c, unknownChallenge()
		}
	}
	if !redirect {
		return c, noRedirectChallenge()
	}
	return c, nil
}

// capabilities reads what the app can do beyond the plain flow. Microsoft's page
// calls the parameter capability, its own client capabilities; the page's
// examples separate with spaces and with commas.
func (q nativeRequest) capabilities() (mfa, enroll bool) {
	list := q.Get("capability") + " " + q.Get("capabilities")
	for name := range strings.FieldsSeq(strings.ReplaceAll(list, ",", " ")) {
		mfa = mfa || name == "mfa_required"
		enroll = enroll || name == "registration_required"
	}
	return mfa, enroll
}

// mail sends the flow's next code; an older one is dead.
func (f *nativeFlow) mail(x *exchange, to, purpose string) error {
	if f.sent >= passwords.CodeSends {
		return tooManyCodes()
	}
	f.sent++
	f.mailedTo, f.code = to, x.sendCode(to, purpose)
	return nil
}

// prove checks a code that came back, under the limits of the pages.
func (f *nativeFlow) prove(x *exchange, q nativeRequest) error {
	got, err := q.require("oob")
	if err != nil {
		return err
	}
	x.secrets.Add(got)
	switch x.passwords.Try(&f.code, f.who(), strings.TrimSpace(got), x.now) {
	case passwords.Locked:
		return accountLocked()
	case passwords.UsedUp:
		return wrongCode("The code was tried too often; ask for a new one.")
	case passwords.TooOld:
		return wrongCode("The code has expired; ask for a new one.")
	case passwords.Wrong:
		return wrongCode("")
	}
	f.proven = f.mailedTo
	return nil
}

// who is whose wrong codes are counted: the account's, or at a sign-up the
// address's.
func (f *nativeFlow) who() string { return cmp.Or(f.userID, f.username) }

// sendOOB answers that a code is on its way.
func (x *exchange) sendOOB(token, to string, interval int) error {
	return x.sendNative(nativeAnswer{
		Interval: interval, ContinuationToken: token, ChallengeType: challengeOOB, BindingMethod: "prompt",
		ChallengeChannel: "email", ChallengeTargetLabel: maskEmail(to), CodeLength: passwords.CodeLength,
	})
}

// maskEmail hides an address but for what its owner needs to recognise it:
// c***r@co***o.com.
func maskEmail(address string) string {
	local, domain, _ := strings.Cut(address, "@")
	name, rest, _ := strings.Cut(domain, ".")
	return mask(local, 1) + "@" + mask(name, 2) + "." + rest
}

// mask keeps the first characters and the last one of a long enough string.
func mask(s string, first int) string {
	if len(s) <= first+1 {
		return s[:min(1, len(s))] + "***"
	}
	return s[:first] + "***" + s[len(s)-1:]
}

// firstFactor is the challenge type that an account signs in with.
func firstFactor(u *directory.User) string {
	if u.Method() == directory.EmailPassword {
		return challengePassword
	}
	return challengeOOB
}

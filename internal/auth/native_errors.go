package auth

import (
	"errors"
	"slices"
	"strings"
)

// ErrResend is what a Code prompt returns to have another code sent.
var ErrResend = errors.New("another one-time code was asked for")

// ErrNativeSecret says that native authentication is not for an app with a credential of its own (AADSTS550022).
var ErrNativeSecret = errors.New("native authentication is for public apps, and this one has a secret or certificate")

// BrowserRequiredError says that the tenant wants the person in a browser: challenge_type redirect.
type BrowserRequiredError struct {
	// Reason is the tenant's redirect_reason, untrusted text of at most 300 characters; often "".
	Reason string
}

// Error implements error.
func (e *BrowserRequiredError) Error() string {
	if e.Reason == "" {
		return "this sign-in needs the browser; the tenant does not say why"
	}
	return "this sign-in needs the browser: " + e.Reason
}

// Kinds of InputError.
const (
	InputCode        = "code"
	InputPassword    = "password"
	InputNewPassword = "new_password"
	InputAttributes  = "attributes"
)

// InputError is the tenant's refusal of something that the person gave; another answer may be accepted.
type InputError struct {
	// Kind says of what: one of the Input constants.
	Kind string
	// Reason is the suberror, such as password_too_short.
	Reason string
	// Names are the attributes whose values were refused, untrusted text; for InputAttributes only.
	Names []string
	// Refused is the refusal itself.
	Refused *RefusedError
}

// Error implements error. It has the tenant's own words, too.
func (e *InputError) Error() string { return e.Words() + "; " + e.Refused.Error() }

// Unwrap returns the refusal.
func (e *InputError) Unwrap() error { return e.Refused }

// Words says in plain words what is wrong.
func (e *InputError) Words() string {
	switch e.Kind {
	case InputCode:
		return "the one-time code is wrong or has expired"
	case InputPassword:
		return "the email address or the password is wrong"
	case InputAttributes:
		if len(e.Names) == 0 {
			return "the tenant does not accept the value of an attribute"
		}
		return "the tenant does not accept the value of " + strings.Join(e.Names, ", ")
	}
	switch e.Reason {
	case "password_too_weak":
		return "the new password is too weak: it needs three of lower case, upper case, digits and symbols"
	case "password_too_short":
		return "the new password is too short: it needs at least 8 characters"
	case "password_too_long":
		return "the new password is too long: it can have at most 256 characters"
	case "password_recently_used":
		return "the new password was in use recently"
	case "password_banned":
		return "the new password has a word or pattern that the tenant bans"
	case "password_is_invalid":
		return "the new password has characters that are not allowed"
	}
	return "the new password is not accepted"
}

// inputError says whether a refusal is of the person's input; nil when it is not. A wrong password can be given again
// only where one was sent.
func (a *nativeAnswer) inputError(sentPassword bool) *InputError {
	e := &InputError{Reason: a.Suberror, Refused: a.refused}
	switch {
	case a.Suberror == "invalid_oob_value":
		e.Kind = InputCode
	case strings.HasPrefix(a.Suberror, "password_"):
		e.Kind = InputNewPassword
	case a.Suberror == "attribute_validation_failed" || len(a.InvalidAttributes) > 0:
		e.Kind = InputAttributes
		for _, invalid := range a.InvalidAttributes {
			e.Names = append(e.Names, clip(invalid.Name, maxAttributeName))
		}
	case sentPassword && (a.refused.Details.Code == wrongPassword || slices.Contains(a.ErrorCodes, wrongPassword)):
		e.Kind = InputPassword
	default:
		return nil
	}
	return e
}

// wrongPassword is AADSTS50126.
const wrongPassword = 50126

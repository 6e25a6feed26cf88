package auth

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/aadsts"
	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/wire"
)

// LoginRequiredError says that no token can be had without the person: nobody is signed in, the session belongs to
// another app, or the tenant wants to see the person again.
type LoginRequiredError struct {
	// Reason completes "sign-in required: "; plain words.
	Reason string
	// Kept are the people whose sessions are kept and of whom none is the active one.
	Kept []string
	// Err is the tenant's refusal, if that was the reason.
	Err error
}

// Error implements error.
func (e *LoginRequiredError) Error() string { return "sign-in required: " + e.Reason }

// Unwrap returns the refusal.
func (e *LoginRequiredError) Unwrap() error { return e.Err }

// RefusedError is the tenant's own "no", in full: from the authorize endpoint through the redirect, or from the
// token endpoint (RFC 6749 sections 4.1.2.1 and 5.2).
type RefusedError struct {
	// During says at which step: "sign-in", "redeeming the code", "refreshing".
	During string
	// Code is the OAuth error, such as access_denied or invalid_client.
	Code string
	// Suberror is Entra's refinement; usually empty.
	Suberror string
	// Description is error_description as it came, untrusted text.
	Description string
	// Claims is a claims challenge for the next sign-in, a JSON object; mostly empty.
	Claims string
	// Details are what Entra puts into the description: AADSTS number, message, trace and correlation ids.
	Details aadsts.Details
	// Status is the HTTP status of the token endpoint, 0 for a redirect.
	Status int
}

// newRefused builds a RefusedError and reads the description's parts.
func newRefused(during, code, suberror, description string, status int) *RefusedError {
	return &RefusedError{During: during, Code: code, Suberror: suberror, Description: description, Details: aadsts.Parse(description), Status: status}
}

// Error implements error.
func (e *RefusedError) Error() string {
	message := e.Details.Message
	if message == "" {
		message = "no description given"
	}
	if e.Details.Code != 0 && !strings.HasPrefix(message, "AADSTS") {
		message = fmt.Sprintf("AADSTS%d: %s", e.Details.Code, message)
	}
	return fmt.Sprintf("the tenant refused %s (%s): %s", e.During, e.Code, message)
}

// Cancelled reports whether the person ended the sign-in in the browser: Entra sends access_denied for that, and
// for a declined consent (AADSTS65004), but also when a policy refuses (other numbers).
func (e *RefusedError) Cancelled() bool {
	return e.Code == "access_denied" && (e.Details.Code == 0 || e.Details.Code == 65004) && strings.Contains(strings.ToLower(e.Description), "cancel")
}

// Passing reports a refusal that is about the service's state and not about the request: throttling or a fault of its own,
// at the authorize endpoint too (RFC 6749 section 4.1.2.1).
func (e *RefusedError) Passing() bool {
	return wire.Passing(e.Status) || e.Code == "temporarily_unavailable" || e.Code == "server_error"
}

// needsPerson reports whether only an interactive sign-in can help.
func (e *RefusedError) needsPerson() bool {
	if e.Passing() {
		return false
	}
	switch e.Code {
	case "invalid_grant", "interaction_required", "login_required", "consent_required":
		return true
	}
	return false
}

// AnswerError is an answer of the tenant that is neither what was asked for nor a refusal: a proxy's page, a server
// error, a cut connection. It never quotes the answer.
type AnswerError struct {
	During string
	// Status is the HTTP status, 0 when there was no answer.
	Status int
	// Cause says of what kind that is, for those who advise: damaged, a web page, a status of failure, or what ended the
	// connection in the middle.
	Cause wire.Cause
	// Problem says what was wrong, and expected what.
	Problem string
	Err     error
}

// Error implements error.
func (e *AnswerError) Error() string {
	status := ""
	if e.Status != 0 {
		status = fmt.Sprintf(" (HTTP %d)", e.Status)
	}
	return fmt.Sprintf("%s: the tenant gave no usable answer%s: %s", e.During, status, e.Problem)
}

// Unwrap returns the cause.
func (e *AnswerError) Unwrap() error { return e.Err }

// Passing reports whether err is trouble on the way to the tenant or at it that passes by itself: no answer, throttling, a
// fault of the service, a page of the network in between. It is not when the tenant, or what answers in its place, said
// something about the request.
func Passing(err error) bool {
	var (
		unreachable *authority.UnreachableError
		answer      *AnswerError
		refused     *RefusedError
	)
	switch {
	case errors.As(err, &refused):
		return refused.Passing()
	case errors.As(err, &answer):
		return answer.Err != nil || wire.Passing(answer.Status) || answer.Cause == wire.CauseWebPage
	}
	return errors.As(err, &unreachable)
}

// TimeoutError is a wait for the person that reached its limit.
type TimeoutError struct {
	// Waited is the limit.
	Waited time.Duration
	// RedirectURI is where the answer was expected; "" when no browser was involved.
	RedirectURI string
}

// Error implements error.
func (e *TimeoutError) Error() string {
	if e.RedirectURI == "" {
		return fmt.Sprintf("the sign-in was not finished within %s", e.Waited.Round(time.Second))
	}
	return fmt.Sprintf("no answer from the browser within %s", e.Waited.Round(time.Second))
}

// NotKeptError says that a sign-in succeeded and its tokens could not be stored. The LoginResult beside it is whole.
type NotKeptError struct{ Err error }

// Error implements error.
func (e *NotKeptError) Error() string {
	return "you are signed in, but the tokens could not be kept: " + e.Err.Error()
}

// Unwrap returns the store's error.
func (e *NotKeptError) Unwrap() error { return e.Err }

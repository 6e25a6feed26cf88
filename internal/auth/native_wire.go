package auth

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/wire"
)

// Bounds of what a tenant may answer.
const (
	maxNativeSteps       = 40 // requests of one sign-in, polling aside; the longest honest one has about 20
	maxContinuationToken = 64 << 10
	maxListed            = 100 // attributes or methods
	maxAttributeName     = 256
	maxRegex             = 4 << 10
	minCode, maxCode     = 4, 12
	maxResendAfter       = 3600
)

// owed is what the tenant still wants before it goes on.
type owed int

const (
	owesNothing owed = iota
	owesCredential
	owesAttributes
	owesMFA
	owesRegistration
)

// nativeAnswer is any answer of the API, as far as it is looked at; that of the token endpoint too.
type nativeAnswer struct {
	answer
	ContinuationToken string `json:"continuation_token"`
	ChallengeType     string `json:"challenge_type"`
	RedirectReason    string `json:"redirect_reason"`
	Channel           string `json:"challenge_channel"`
	TargetLabel       string `json:"challenge_target_label"`
	Target            string `json:"challenge_target"`
	CodeLength        int    `json:"code_length"`
	Interval          int    `json:"interval"`
	PollInterval      int    `json:"poll_interval"`
	Status            string `json:"status"`
	Methods           []struct {
		ID        string `json:"id"`
		Type      string `json:"challenge_type"`
		Channel   string `json:"challenge_channel"`
		LoginHint string `json:"login_hint"`
	} `json:"methods"`

	ErrorCodes         []int  `json:"error_codes"`
	TraceID            string `json:"trace_id"`
	CorrelationID      string `json:"correlation_id"`
	RequiredAttributes []struct {
		Name     string `json:"name"`
		Type     string `json:"type"`
		Required bool   `json:"required"`
		Options  struct {
			Regex string `json:"regex"`
		} `json:"options"`
	} `json:"required_attributes"`
	InvalidAttributes []struct {
		Name string `json:"name"`
	} `json:"invalid_attributes"`

	owed    owed
	refused *RefusedError // with owed, what the tenant said
}

// next is a step that must lead to another one.
func (f *nativeFlow) next(ctx context.Context, during, path string, form url.Values) (nativeAnswer, error) {
	a, err := f.step(ctx, during, path, form)
	switch {
	case err != nil:
		return a, err
	case a.owed != owesNothing:
		return a, a.refused
	case a.ContinuationToken == "":
		return a, unusable(during, path, http.StatusOK, "expected a continuation_token, got none")
	}
	return a, nil
}

// step sends one request of a bounded number.
func (f *nativeFlow) step(ctx context.Context, during, path string, form url.Values) (nativeAnswer, error) {
	if f.steps++; f.steps > maxNativeSteps {
		return nativeAnswer{}, unusable(during, path, 0, fmt.Sprintf("it asks for one step after the other, %d so far", maxNativeSteps))
	}
	return f.send(ctx, during, path, form)
}

// send posts a form with the continuation token and judges the answer. What is owed is no error here; everything else
// that the tenant refuses is.
func (f *nativeFlow) send(ctx context.Context, during, path string, form url.Values) (nativeAnswer, error) {
	form.Set("client_id", f.app.ClientID)
	if f.token != "" {
		form.Set("continuation_token", f.token)
	}
	var a nativeAnswer
	reply, err := f.service.post(ctx, f.app.Authority.String()+"/"+path, form, during, wire.Options{})
	if err != nil {
		return a, err
	}
	status := reply.Status
	if e := decode(reply, during+" ("+path+")", &a); e != nil {
		scrub(form, &e.Problem) // it can name a member
		return a, e
	}
	if problem := a.excess(); problem != "" {
		return a, unusable(during, path, status, problem)
	}
	scrub(form, &a.Error, &a.Suberror, &a.Description, &a.RedirectReason, &a.ChallengeType, &a.Status)
	a.skew = reply.Skew
	if a.ContinuationToken != "" {
		f.token = a.ContinuationToken
	}
	switch {
	case a.Error != "":
		return a, a.judge(during, path, status, form.Has("password"))
	case status != http.StatusOK:
		return a, unusable(during, path, status, "expected an answer of the native authentication API or an OAuth error")
	case a.ChallengeType == "redirect":
		return a, &BrowserRequiredError{Reason: clip(a.RedirectReason, 300)}
	}
	return a, nil
}

// excess says what there is too much of.
func (a *nativeAnswer) excess() string {
	switch {
	case len(a.ContinuationToken) > maxContinuationToken:
		return "the continuation_token is over 64 KB"
	case len(a.Methods) > maxListed || len(a.RequiredAttributes) > maxListed || len(a.InvalidAttributes) > maxListed:
		return fmt.Sprintf("it lists more than %d methods or attributes", maxListed)
	}
	return ""
}

// judge turns an OAuth error into what is owed, into an InputError, or into a RefusedError.
func (a *nativeAnswer) judge(during, path string, status int, sentPassword bool) error {
	a.refused = newRefused(during, a.Error, a.Suberror, a.Description, status)
	d := &a.refused.Details
	if d.Code == 0 && len(a.ErrorCodes) > 0 {
		d.Code = max(a.ErrorCodes[0], 0)
	}
	if d.TraceID == "" {
		d.TraceID = clip(a.TraceID, 64)
	}
	if d.CorrelationID == "" {
		d.CorrelationID = clip(a.CorrelationID, 64)
	}
	switch {
	case a.Error == "credential_required":
		a.owed = owesCredential
	case a.Error == "attributes_required":
		a.owed = owesAttributes
	case a.Suberror == "mfa_required":
		a.owed = owesMFA
	case a.Suberror == "registration_required":
		a.owed = owesRegistration
	default:
		if input := a.inputError(sentPassword); input != nil {
			return input
		}
		return a.refused
	}
	if a.ContinuationToken == "" {
		return unusable(during, path, status, "it asks for more, but without the continuation_token to answer with")
	}
	return nil
}

// scrub takes what was sent in confidence out of texts that may be shown. Codes of the API stay as they are: "weak" is
// a password too, and the tenant did not say it back.
func scrub(form url.Values, texts ...*string) {
	for _, name := range []string{"password", "new_password", "oob", "continuation_token"} {
		secret := form.Get(name)
		if len(secret) < minCode {
			continue
		}
		for _, text := range texts {
			if !knownCode(*text) {
				*text = strings.ReplaceAll(*text, secret, "…")
			}
		}
	}
}

// knownCode reports a word that the API's reference lists.
func knownCode(s string) bool {
	switch s {
	case "invalid_request", "invalid_grant", "invalid_client", "invalid_scope", "unauthorized_client", "unsupported_grant_type", "unsupported_challenge_type",
		"expired_token", "access_denied", "user_not_found", "user_already_exists", "credential_required", "attributes_required", "server_error",
		"invalid_oob_value", "mfa_required", "registration_required", "attribute_validation_failed", "nativeauthapi_disabled", "provider_blocked_by_rep",
		"password_too_weak", "password_too_short", "password_too_long", "password_recently_used", "password_banned", "password_is_invalid",
		"oob", "password", "redirect", "preverified", "not_started", "in_progress", "succeeded", "failed":
		return true
	}
	return false
}

// codePrompt describes the code that a challenge sent.
func (a *nativeAnswer) codePrompt(during, path string) (CodePrompt, error) {
	switch {
	case a.CodeLength < minCode || a.CodeLength > maxCode:
		return CodePrompt{}, unusable(during, path, http.StatusOK, fmt.Sprintf("expected a code_length of %d to %d, got %d", minCode, maxCode, a.CodeLength))
	case a.Interval < 0 || a.Interval > maxResendAfter:
		return CodePrompt{}, unusable(during, path, http.StatusOK, fmt.Sprintf("expected an interval of at most %d seconds, got %d", maxResendAfter, a.Interval))
	}
	target := a.TargetLabel
	if target == "" {
		target = a.Target
	}
	return CodePrompt{Channel: clip(a.Channel, 32), Target: clip(target, 320), Length: a.CodeLength, ResendAfter: time.Duration(a.Interval) * time.Second}, nil
}

// wanted lists the attributes that are owed.
func (a *nativeAnswer) wanted(during, path string) ([]Attribute, error) {
	var all []Attribute
	for _, r := range a.RequiredAttributes {
		if r.Name == "" || len(r.Name) > maxAttributeName || len(r.Options.Regex) > maxRegex {
			return nil, unusable(during, path, http.StatusBadRequest, "an attribute it asks for has no name, or one or a pattern that is too long")
		}
		all = append(all, Attribute{Name: r.Name, Type: clip(r.Type, 40), Required: r.Required, Regex: r.Options.Regex})
	}
	if len(all) == 0 {
		return nil, unusable(during, path, http.StatusBadRequest, "it asks for attributes without naming one")
	}
	return all, nil
}

// unusable is an AnswerError that names the endpoint.
func unusable(during, path string, status int, problem string) *AnswerError {
	e := &AnswerError{During: during + " (" + path + ")", Status: status, Cause: wire.CauseDamaged, Problem: problem}
	if status != http.StatusOK {
		e.Cause = wire.CauseStatus
	}
	return e
}

// clip bounds untrusted text to most characters.
func clip(text string, most int) string {
	runes := 0
	for i := range text {
		if runes == most {
			return text[:i] + "…"
		}
		runes++
	}
	return text
}

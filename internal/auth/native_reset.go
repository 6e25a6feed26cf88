package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/ciam-cli/ciam/internal/wire"
)

// Bounds of the wait for a new password to be in force. Microsoft's own clients wait as long.
const (
	maxPollWait         = 5 * time.Minute
	maxPollInterval     = 60
	defaultPollInterval = 2
)

// resetPassword replaces a forgotten password, against a code.
func (f *nativeFlow) resetPassword(ctx context.Context) (tokenGrant, error) {
	const during, path = "the password reset", "resetpassword/v1.0/challenge"
	if _, err := f.next(ctx, during, "resetpassword/v1.0/start", url.Values{"username": {f.req.Email}, "challenge_type": {codeChallenges}}); err != nil {
		return nil, err
	}
	challenge := func(ctx context.Context) (nativeAnswer, error) {
		return f.next(ctx, during, path, url.Values{"challenge_type": {codeChallenges}})
	}
	a, err := challenge(ctx)
	if err != nil {
		return nil, err
	}
	if _, err = f.code(ctx, during, path, a, challenge, func(code string) (nativeAnswer, error) {
		return f.next(ctx, during, "resetpassword/v1.0/continue", url.Values{"grant_type": {"oob"}, "oob": {code}})
	}); err != nil {
		return nil, err
	}
	a, err = askUntilTaken(ctx, f.req.Prompts.NewPassword, func(password string) (nativeAnswer, error) {
		return f.next(ctx, during, "resetpassword/v1.0/submit", url.Values{"new_password": {password}})
	})
	if err != nil {
		return nil, err
	}
	return f.continueToTokens, f.pollReset(ctx, during, a.PollInterval)
}

// pollReset waits until the new password is in force.
func (f *nativeFlow) pollReset(ctx context.Context, during string, interval int) error {
	const path = "resetpassword/v1.0/poll_completion"
	switch {
	case interval < 0 || interval > maxPollInterval:
		return unusable(during, "resetpassword/v1.0/submit", http.StatusOK, fmt.Sprintf("expected a poll_interval of at most %d seconds, got %d", maxPollInterval, interval))
	case interval == 0:
		interval = defaultPollInterval
	}
	late := unusable(during, path, 0, fmt.Sprintf("the new password was not in force after %s", maxPollWait))
	ctx, cancel := context.WithTimeoutCause(ctx, maxPollWait, late)
	defer cancel()
	var trouble error // what the last poll failed with: at the end it says more than that it was late
	for wait := interval; ; {
		if err := wire.Pause(ctx, time.Duration(wait)*time.Second); err != nil {
			return instead(err, late, trouble)
		}
		a, err := f.send(ctx, during, path, url.Values{})
		if err != nil && ctx.Err() == nil && Passing(err) {
			trouble, wait = err, min(2*wait, maxPollInterval)
			continue
		}
		if err != nil {
			return instead(err, late, trouble)
		}
		trouble, wait = nil, interval
		switch {
		case a.owed != owesNothing:
			return a.refused
		case a.Status == "succeeded" && a.ContinuationToken != "":
			return nil
		case a.Status == "succeeded":
			return unusable(during, path, http.StatusOK, "expected a continuation_token, got none")
		case a.Status == "failed":
			return newRefused(during, "failed", "", "The tenant could not set the new password.", http.StatusOK)
		case a.Status != "in_progress" && a.Status != "not_started":
			return unusable(during, path, http.StatusOK, "expected a status, got "+quoted(a.Status))
		}
	}
}

// instead is trouble, where there is some and err is no more than the end of the wait.
func instead(err, late, trouble error) error {
	if trouble != nil && errors.Is(err, late) {
		return trouble
	}
	return err
}

// quoted shows a short piece of an answer.
func quoted(text string) string {
	if text == "" {
		return "none"
	}
	return strconv.Quote(clip(text, 40))
}

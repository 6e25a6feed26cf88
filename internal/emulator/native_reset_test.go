package emulator

import (
	"testing"
	"time"
)

const nextPassword = "Another-Horse-8"

func TestNative_reset(t *testing.T) {
	f := newNativeFixture(t)
	before := f.redeemNative(t, f.challenged(t, testEmail), "password", "password", testPassword)
	before.tokens(t)
	f.clock.Add(time.Second)

	r := f.call(t, "resetpassword/v1.0/start", "username", testEmail, "challenge_type", "oob redirect")
	r.keys(t, "continuation_token")
	r = f.with(t, r.ok(t), "resetpassword/v1.0/challenge", "challenge_type", "oob redirect")
	r.keys(t, "continuation_token", "challenge_type", "binding_method", "challenge_channel", "challenge_target_label", "code_length")
	old := f.mailed(t, testEmail)
	token := f.with(t, r.ok(t), "resetpassword/v1.0/challenge").ok(t)
	code := f.mailed(t, testEmail)
	if old != code {
		f.with(t, token, "resetpassword/v1.0/continue", "grant_type", "oob", "oob", old).want(t, 50181, "invalid_grant", "invalid_oob_value")
	}
	f.with(t, token, "resetpassword/v1.0/continue", "oob", code).want(t, 900144, "invalid_request", "")
	f.with(t, token, "resetpassword/v1.0/continue", "grant_type", "password").want(t, 55200, "invalid_grant", "")
	r = f.with(t, token, "resetpassword/v1.0/continue", "grant_type", "oob", "oob", code)
	r.keys(t, "continuation_token", "expires_in")
	if r.body["expires_in"] != 600.0 {
		t.Errorf("%v", r.body)
	}
	r = f.with(t, r.ok(t), "resetpassword/v1.0/submit", "new_password", nextPassword)
	r.keys(t, "continuation_token", "poll_interval")
	if r.body["poll_interval"] != 2.0 {
		t.Errorf("%v", r.body)
	}
	r = f.with(t, r.ok(t), "resetpassword/v1.0/poll_completion")
	r.keys(t, "continuation_token", "status")
	if r.str("status") != "in_progress" {
		t.Fatalf("at once: %v", r.body)
	}
	f.redeemNative(t, r.next(), "continuation_token").want(t, 55200, "invalid_grant", "")
	f.clock.Add(2 * time.Second)
	r = f.with(t, r.ok(t), "resetpassword/v1.0/poll_completion")
	if r.str("status") != "succeeded" {
		t.Fatalf("later: %v", r.body)
	}
	after := f.redeemNative(t, r.ok(t), "continuation_token", "username", testEmail)
	after.tokens(t)

	if again := f.refresh(t, before.str("refresh_token")); again.Error != "invalid_grant" || again.ErrorCodes[0] != 50173 {
		t.Errorf("a refresh token from before still works: %+v", again.errorBody)
	}
	if again := f.refresh(t, after.str("refresh_token")); again.Error != "" {
		t.Errorf("the new refresh token: %+v", again.errorBody)
	}
	token = f.challenged(t, testEmail)
	f.redeemNative(t, token, "password", "password", testPassword).want(t, 50126, "invalid_grant", "")
	f.redeemNative(t, token, "password", "password", nextPassword).tokens(t)
}

func TestNative_resetStart(t *testing.T) {
	f := newNativeFixture(t)
	for _, tc := range []struct {
		name  string
		pairs []string
		code  int
		oauth string
	}{
		{"no username", []string{"username", ""}, 90100, "invalid_request"},
		{"unknown user", []string{"username", "nobody@example.com"}, 50034, "user_not_found"},
		{"disabled user", []string{"username", "gone@example.com"}, 50057, "invalid_grant"},
		{"no password", []string{"username", otpEmail}, 500222, "invalid_request"},
		{"no challenge types", []string{"challenge_type", ""}, 900144, "invalid_request"},
		{"no redirect", []string{"challenge_type", "oob"}, 901007, "unsupported_challenge_type"},
		{"unknown challenge type", []string{"challenge_type", "oob fax redirect"}, 901001, "invalid_request"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f.call(t, "resetpassword/v1.0/start", append([]string{"username", testEmail, "challenge_type", "oob redirect"}, tc.pairs...)...).want(t, tc.code, tc.oauth, "")
		})
	}
	f.call(t, "resetpassword/v1.0/start", "username", testEmail, "challenge_type", "password redirect").redirected(t, "")
	f.with(t, f.resetStarted(t, testEmail), "resetpassword/v1.0/challenge", "challenge_type", "redirect").redirected(t, "")
}

// TestNative_pollFailed: an account that goes away before the reset is over.
func TestNative_pollFailed(t *testing.T) {
	f := newNativeFixture(t)
	token := f.resetSubmitted(t, testEmail, nextPassword)
	f.clock.Add(pollInterval)
	f.disable(t, testEmail)
	r := f.with(t, token, "resetpassword/v1.0/poll_completion")
	if r.str("status") != "failed" {
		t.Fatalf("%v", r.body)
	}
	f.with(t, r.ok(t), "resetpassword/v1.0/submit", "new_password", "Third-Horse-9").want(t, 50057, "invalid_grant", "")
}

// TestNative_pollAgain: a client may poll with the token it has from submit
// until the end, which is the moment that token is spent.
func TestNative_pollAgain(t *testing.T) {
	f := newNativeFixture(t)
	token := f.resetSubmitted(t, testEmail, nextPassword)
	for range 3 {
		r := f.with(t, token, "resetpassword/v1.0/poll_completion")
		if r.ok(t) != token || r.str("status") != "in_progress" {
			t.Fatalf("while it lasts: %v", r.body)
		}
	}
	f.clock.Add(pollInterval)
	r := f.with(t, token, "resetpassword/v1.0/poll_completion")
	if r.str("status") != "succeeded" || r.next() == token {
		t.Fatalf("at the end: %v", r.body)
	}
	f.with(t, token, "resetpassword/v1.0/poll_completion").want(t, 55200, "invalid_grant", "")
	f.redeemNative(t, token, "continuation_token").want(t, 55200, "invalid_grant", "")
	f.redeemNative(t, r.ok(t), "continuation_token", "username", testEmail).tokens(t)
}

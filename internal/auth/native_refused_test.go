package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ciam-cli/ciam/internal/idtoken"
	"github.com/ciam-cli/ciam/internal/wire"
)

func TestNativeLogin_Refused(t *testing.T) {
	refused := func(code, sub string, aadsts int) func(error) bool {
		return func(err error) bool {
			var r *RefusedError
			return errors.As(err, &r) && r.Code == code && r.Suberror == sub && r.Details.Code == aadsts
		}
	}
	input := func(kind string) func(error) bool {
		return func(err error) bool { var e *InputError; return errors.As(err, &e) && e.Kind == kind }
	}
	unusable := func(says string) func(error) bool {
		return func(err error) bool {
			var e *AnswerError
			return errors.As(err, &e) && strings.Contains(err.Error(), says)
		}
	}
	browser := func(err error) bool {
		var e *BrowserRequiredError
		return errors.As(err, &e) && e.Reason == "a social account" && strings.Contains(err.Error(), "a social account")
	}
	says := func(text string) func(error) bool {
		return func(err error) bool { return err != nil && err.Error() == text }
	}
	signUp, reset := NativeRequest{Mode: NativeSignUp}, NativeRequest{Mode: NativeResetPassword}
	right := talk{passwords: []string{"right1"}, codes: []string{"11112222", "11112222"}, fresh: []string{"strong"}, attributes: []map[string]string{{"displayName": "Ada"}}}
	with := func(s exchanged, answer string) exchanged { s.answer = answer; return s }
	status := func(s exchanged, status int, answer string) exchanged { s.answer, s.status = answer, status; return s }
	givesPassword := gives(atToken, "grant_type=password&password=right1", oweMFA)
	givesSignUpCode := gives(atSignUpContinue, "grant_type=oob&oob=11112222", owePassword)
	submits := gives(atResetSubmit, "new_password=strong", `{"continuation_token":"$","poll_interval":1}`)
	polls := gives(atResetPoll, "", "")
	code := func(length, interval string) string {
		return `{"continuation_token":"$","challenge_type":"oob","code_length":` + length + `,"interval":` + interval + `}`
	}
	for _, c := range []struct {
		name  string
		req   NativeRequest
		talk  *talk // right when nil
		steps []exchanged
		is    func(error) bool
	}{
		{name: "nobody of this name", steps: []exchanged{with(initiated, `{"error":"user_not_found","error_description":"AADSTS50034: The user account does not exist","error_codes":[50034]}`)}, is: refused("user_not_found", "", 50034)},
		{name: "native authentication is off", steps: []exchanged{with(initiated, `{"error":"invalid_client","suberror":"nativeauthapi_disabled","error_codes":[70002]}`)}, is: refused("invalid_client", "nativeauthapi_disabled", 70002)},
		{name: "an expired continuation token", steps: []exchanged{initiated, with(asksPassword, `{"error":"expired_token","error_description":"AADSTS552003: The continuation_token is expired."}`)}, is: refused("expired_token", "", 552003)},
		{name: "the account exists", req: signUp, steps: []exchanged{with(signUpStarted, `{"error":"user_already_exists","error_codes":[1003037]}`)}, is: refused("user_already_exists", "", 1003037)},
		{name: "blocked", steps: []exchanged{with(initiated, `{"error":"access_denied","suberror":"provider_blocked_by_rep"}`)}, is: refused("access_denied", "provider_blocked_by_rep", 0)},
		{name: "a locked account is not asked again", steps: []exchanged{initiated, asksPassword, with(givesPassword, `{"error":"invalid_grant","error_codes":[50053]}`)}, is: refused("invalid_grant", "", 50053)},
		{name: "a second factor at the wrong step", steps: []exchanged{with(initiated, oweMFA)}, is: refused("invalid_grant", "mfa_required", 50076)},
		{name: "a password at the token endpoint", steps: []exchanged{initiated, asksPassword, with(givesPassword, owePassword)}, is: refused("credential_required", "", 55103)},
		{name: "a second factor in a sign-up", req: signUp, steps: []exchanged{signUpStarted, signUpAsksCode, with(givesSignUpCode, oweMFA)}, is: refused("invalid_grant", "mfa_required", 50076)},
		{name: "the reset failed", req: reset, steps: []exchanged{resetStarted, resetAsksCode, resetProven, submits, with(polls, `{"continuation_token":"$","status":"failed"}`)}, is: refused("failed", "", 0)},
		{name: "a password is owed in a reset", req: reset, steps: []exchanged{resetStarted, resetAsksCode, resetProven, submits, with(polls, owePassword)}, is: refused("credential_required", "", 55103)},

		{name: "three wrong passwords", talk: &talk{passwords: []string{"wrong1", "wrong2", "wrong3", "wrong4"}}, is: input(InputPassword), steps: []exchanged{initiated, asksPassword,
			gives(atToken, "grant_type=password&password=wrong1", badPassword), gives(atToken, "grant_type=password&password=wrong2", badPassword), gives(atToken, "grant_type=password&password=wrong3", badPassword)}},
		{name: "three wrong codes", talk: &talk{codes: []string{"11110000", "22220000", "33330000", "44440000"}}, is: input(InputCode), steps: []exchanged{initiated, asksCode,
			gives(atToken, "grant_type=oob&oob=11110000", badCode), gives(atToken, "grant_type=oob&oob=22220000", badCode), gives(atToken, "grant_type=oob&oob=33330000", badCode)}},
		{name: "three bad attributes ahead", req: NativeRequest{Mode: NativeSignUp, Attributes: map[string]string{"country": "?"}}, talk: &talk{attributes: []map[string]string{{}, {}, {}}}, is: input(InputAttributes), steps: []exchanged{
			gives(atSignUpStart, signUpStarted.want+`&attributes={"country":"?"}`, badAttribute), with(signUpStarted, badAttribute), with(signUpStarted, badAttribute)}},
		{name: "nothing to say", talk: &talk{}, steps: []exchanged{initiated, asksPassword}, is: says("nothing more to say to password")},
		{name: "nothing to say to a code", talk: &talk{}, steps: []exchanged{initiated, asksCode}, is: says("nothing more to say to code")},

		{name: "browser at initiate", steps: []exchanged{with(initiated, goBrowse)}, is: browser},
		{name: "browser at challenge", steps: []exchanged{initiated, with(asksPassword, goBrowse)}, is: browser},
		{name: "browser at token", steps: []exchanged{initiated, asksPassword, with(givesPassword, goBrowse)}, is: browser},
		{name: "browser at sign-up", req: signUp, steps: []exchanged{with(signUpStarted, goBrowse)}, is: browser},
		{name: "browser in a sign-up", req: signUp, steps: []exchanged{signUpStarted, signUpAsksCode, with(givesSignUpCode, goBrowse)}, is: browser},
		{name: "browser at reset", req: reset, steps: []exchanged{resetStarted, with(resetAsksCode, goBrowse)}, is: browser},
		{name: "browser while polling", req: reset, steps: []exchanged{resetStarted, resetAsksCode, resetProven, submits, with(polls, goBrowse)}, is: browser},

		{name: "a web page", steps: []exchanged{with(initiated, "<html>")}, is: unusable("the sign-in (oauth2/v2.0/initiate): the tenant gave no usable answer (HTTP 200): expected JSON, got a web page")},
		{name: "nothing", steps: []exchanged{with(initiated, "")}, is: unusable("an empty answer")},
		{name: "half", steps: []exchanged{with(initiated, `{"continuation_token":"x`)}, is: unusable("it is not JSON")},
		{name: "a list", steps: []exchanged{with(initiated, `[]`)}, is: unusable("it is not a JSON object")},
		{name: "no continuation token", steps: []exchanged{with(initiated, `{}`)}, is: unusable("expected a continuation_token")},
		{name: "a continuation token that is a number", steps: []exchanged{with(initiated, `{"continuation_token":7}`)}, is: unusable("it has a member continuation_token of the wrong kind or size, a number")},
		{name: "a huge continuation token", steps: []exchanged{with(initiated, `{"continuation_token":"`+strings.Repeat("x", 65<<10)+`"}`)}, is: unusable("over 64 KB")},
		{name: "a huge answer", steps: []exchanged{with(initiated, `{"continuation_token":"x","y":"`+strings.Repeat("x", 1<<20)+`"}`)}, is: unusable("over 1 MB")},
		{name: "not found", steps: []exchanged{status(initiated, 404, goOn)}, is: unusable("HTTP 404")},
		{name: "a redirect of HTTP", steps: []exchanged{status(initiated, 302, "{}")}, is: unusable("HTTP 302")},
		{name: "an unknown challenge", steps: []exchanged{initiated, with(asksCode, `{"continuation_token":"$","challenge_type":"dance"}`)}, is: unusable(`got "dance"`)},
		{name: "no challenge", steps: []exchanged{initiated, with(asksCode, goOn)}, is: unusable(`got none`)},
		{name: "another challenge when sent again", talk: &talk{codes: []string{"again"}}, steps: []exchanged{initiated, asksCode, with(asksCode, wantPassword)}, is: unusable(`expected the challenge_type oob, got "password"`)},
		{name: "a code of no length", steps: []exchanged{initiated, with(asksCode, code("0", "1"))}, is: unusable("code_length of 4 to 12, got 0")},
		{name: "a code of 3", steps: []exchanged{initiated, with(asksCode, code("3", "1"))}, is: unusable("got 3")},
		{name: "a code of 13", steps: []exchanged{initiated, with(asksCode, code("13", "1"))}, is: unusable("got 13")},
		{name: "a code of a billion", steps: []exchanged{initiated, with(asksCode, code("1000000000", "1"))}, is: unusable("got 1000000000")},
		{name: "a code of more than that", steps: []exchanged{initiated, with(asksCode, code("1e99", "1"))}, is: unusable("it has a member code_length of the wrong kind or size")},
		{name: "an interval before now", steps: []exchanged{initiated, with(asksCode, code("8", "-1"))}, is: unusable("interval of at most 3600 seconds, got -1")},
		{name: "an interval of a day", steps: []exchanged{initiated, with(asksCode, code("8", "86400"))}, is: unusable("got 86400")},
		{name: "a hostile code when sent again", talk: &talk{codes: []string{"again"}}, steps: []exchanged{initiated, asksCode, with(asksCode, code("99", "1"))}, is: unusable("got 99")},
		{name: "more is owed without a token", steps: []exchanged{initiated, asksPassword, with(givesPassword, `{"error":"invalid_grant","suberror":"mfa_required"}`)}, is: unusable("without the continuation_token")},
		{name: "no methods", steps: []exchanged{initiated, asksPassword, givesPassword, with(mfaMethods, goOn)}, is: unusable("expected a method that sends a code, got none")},
		{name: "unknown methods only", steps: []exchanged{initiated, asksPassword, givesPassword, with(mfaMethods, `{"continuation_token":"$","methods":[{"id":"a","challenge_type":"fido"},{"challenge_type":"oob"}]}`)}, is: unusable("got none")},
		{name: "endless methods", steps: []exchanged{initiated, asksPassword, givesPassword, with(mfaMethods, `{"continuation_token":"$","methods":[{}`+strings.Repeat(",{}", 100)+`]}`)}, is: unusable("more than 100")},
		{name: "no attributes", req: signUp, steps: []exchanged{signUpStarted, signUpAsksCode, with(givesSignUpCode, `{"error":"attributes_required","continuation_token":"$"}`)}, is: unusable("without naming one")},
		{name: "an attribute without a name", req: signUp, steps: []exchanged{signUpStarted, signUpAsksCode, with(givesSignUpCode, `{"error":"attributes_required","continuation_token":"$","required_attributes":[{}]}`)}, is: unusable("has no name")},
		{name: "a pattern without end", req: signUp, steps: []exchanged{signUpStarted, signUpAsksCode, with(givesSignUpCode, `{"error":"attributes_required","continuation_token":"$","required_attributes":[{"name":"a","options":{"regex":"`+strings.Repeat("a", 5000)+`"}}]}`)}, is: unusable("too long")},
		{name: "a sign-up that ends in nothing", req: signUp, steps: []exchanged{signUpStarted, signUpAsksCode, with(givesSignUpCode, `{}`)}, is: unusable("expected a continuation_token")},
		{name: "an interval of a year", req: reset, steps: []exchanged{resetStarted, resetAsksCode, resetProven, with(submits, `{"continuation_token":"$","poll_interval":31536000}`)}, is: unusable("poll_interval of at most 60")},
		{name: "a poll interval before now", req: reset, steps: []exchanged{resetStarted, resetAsksCode, resetProven, with(submits, `{"continuation_token":"$","poll_interval":-1}`)}, is: unusable("got -1")},
		{name: "an unknown status", req: reset, steps: []exchanged{resetStarted, resetAsksCode, resetProven, submits, with(polls, `{"continuation_token":"$","status":"perhaps"}`)}, is: unusable(`got "perhaps"`)},
		{name: "succeeded without a token", req: reset, steps: []exchanged{resetStarted, resetAsksCode, resetProven, submits, with(polls, `{"status":"succeeded"}`)}, is: unusable("expected a continuation_token")},
		{name: "no tokens", steps: []exchanged{initiated, asksPassword, with(givesPassword, `{}`)}, is: unusable("expected an access_token")},
		{name: "no ID token", steps: []exchanged{initiated, asksPassword, with(givesPassword, `{"access_token":"a","token_type":"Bearer","expires_in":3600}`)}, is: unusable("expected an id_token")},
		{name: "a forged ID token", steps: []exchanged{initiated, asksPassword, with(givesPassword, `{"access_token":"a","token_type":"Bearer","expires_in":3600,"id_token":"eyJhbGciOiJub25lIn0.e30."}`)},
			is: func(err error) bool { var v *idtoken.VerificationError; return errors.As(err, &v) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "contoso")
			k := right
			if c.talk != nil {
				k = *c.talk
			}
			k.passwords, k.codes, k.attributes = slices.Clone(k.passwords), slices.Clone(k.codes), slices.Clone(k.attributes)
			result, err := w.native(&k, c.req, c.steps...)
			if result != nil || !c.is(err) {
				t.Fatalf("%T: %v", err, err)
			}
			if _, err := w.store.Get(context.Background(), w.app.Profile); err == nil {
				t.Error("something was stored")
			}
			for _, secret := range []string{"right1", "11112222", "strong", "ct-"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("%q is in the error: %v", secret, err)
				}
			}
		})
	}
}

// TestNativeLogin_Echo is a tenant that says back what it was told in confidence.
func TestNativeLogin_Echo(t *testing.T) {
	echo := func(secret string) string {
		body, _ := json.Marshal(map[string]any{"error": "bad " + secret, "suberror": secret, "error_description": "AADSTS1: got " + secret + ", sorry"})
		return string(body)
	}
	for name, c := range map[string]struct {
		secret string
		mode   NativeMode
		steps  []exchanged
	}{
		"a password that is a code's part": {"weak", NativeSignIn, []exchanged{initiated, asksPassword, gives(atToken, "grant_type=password&password=weak", echo("weak"))}},
		"password":                         {`Corr"ect-1`, NativeSignIn, []exchanged{initiated, asksPassword, gives(atToken, "grant_type=password&password="+url.QueryEscape(`Corr"ect-1`), echo(`Corr"ect-1`))}},
		"code":                             {"87654321", NativeSignIn, []exchanged{initiated, asksCode, gives(atToken, "grant_type=oob&oob=87654321", echo("87654321"))}},
		"continuation token":               {"ct-1", NativeSignIn, []exchanged{initiated, gives(atChallenge, asksCode.want, echo("ct-1"))}},
		"a member twice":                   {"87654321", NativeSignIn, []exchanged{initiated, asksCode, gives(atToken, "grant_type=oob&oob=87654321", `{"87654321":1,"87654321":2}`)}},
		"browser":                          {"87654321", NativeSignIn, []exchanged{initiated, asksCode, gives(atToken, "grant_type=oob&oob=87654321", `{"challenge_type":"redirect","redirect_reason":"you said 87654321"}`)}},
		"new password": {"Corr-ect-1", NativeResetPassword, []exchanged{resetStarted, resetAsksCode, gives(atResetContinue, "grant_type=oob&oob=87654321", goOn),
			gives(atResetSubmit, "new_password=Corr-ect-1", echo("Corr-ect-1"))}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "contoso")
			_, err := w.native(&talk{passwords: []string{c.secret}, codes: []string{"87654321"}, fresh: []string{c.secret}}, NativeRequest{Mode: c.mode}, c.steps...)
			if err == nil || strings.Contains(fmt.Sprintf("%v %+v", err, err), c.secret) {
				t.Errorf("%+v", err)
			}
		})
	}
}

// TestNativeLogin_Bounded is a tenant that never has enough.
func TestNativeLogin_Bounded(t *testing.T) {
	for name, c := range map[string]struct {
		mode    NativeMode
		answers map[string]string
	}{
		"codes":            {NativeSignIn, map[string]string{atInitiate: goOn, atChallenge: sentCode}},
		"second factors":   {NativeSignIn, map[string]string{atInitiate: goOn, atChallenge: wantPassword, atToken: oweMFA, atIntrospect: oneMethod}},
		"registrations":    {NativeSignUp, map[string]string{atSignUpStart: goOn, atSignUpChallenge: sentCode, atSignUpContinue: goOn, atToken: oweMethod, atRegisterMethods: oneMethod, atRegisterChallenge: sentCode, atRegisterContinue: goOn}},
		"passwords":        {NativeSignUp, map[string]string{atSignUpStart: goOn, atSignUpChallenge: wantPassword, atSignUpContinue: owePassword}},
		"attributes":       {NativeSignUp, map[string]string{atSignUpStart: goOn, atSignUpChallenge: wantPassword, atSignUpContinue: oweName}},
		"codes of sign-up": {NativeSignUp, map[string]string{atSignUpStart: goOn, atSignUpChallenge: sentCode, atSignUpContinue: owePassword}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "contoso")
			requests := 0
			w.answer = func(req *http.Request) *http.Response {
				path, native := strings.CutPrefix(req.URL.Path, "/contoso.onmicrosoft.com")
				if !native || req.Method != http.MethodPost {
					return nil
				}
				requests++
				if requests > 200 {
					t.Fatal("no end")
				}
				if path == atChallenge && name == "second factors" && requests > 3 {
					return reply(http.StatusOK, strings.ReplaceAll(sentCode, "$", "ct"))
				}
				text := strings.ReplaceAll(c.answers[path], `"$"`, `"ct"`)
				if strings.Contains(text, `"error":`) {
					return reply(http.StatusBadRequest, text)
				}
				return reply(http.StatusOK, text)
			}
			prompts := NativePrompts{
				Password:    func(context.Context, *InputError) (string, error) { return "password", nil },
				NewPassword: func(context.Context, *InputError) (string, error) { return "password", nil },
				Code: func(context.Context, CodePrompt) (string, error) {
					if name == "codes" {
						return "", ErrResend
					}
					return "11112222", nil
				},
				Attributes: func(context.Context, []Attribute, *InputError) (map[string]string, error) {
					return map[string]string{"displayName": "A"}, nil
				},
			}
			_, err := w.service.NativeLogin(context.Background(), w.app, NativeRequest{Mode: c.mode, Email: userEmail, Prompts: prompts, Timeout: time.Minute})
			var answer *AnswerError
			if !errors.As(err, &answer) || !strings.Contains(err.Error(), "40 so far") || requests != maxNativeSteps {
				t.Errorf("%d requests: %v", requests, err)
			}
		})
	}
}

// TestNativeLogin_Time runs on a clock of its own.
func TestNativeLogin_Time(t *testing.T) {
	polling := []exchanged{resetStarted, resetAsksCode, resetProven, gives(atResetSubmit, "new_password=strong", `{"continuation_token":"$","poll_interval":7}`)}
	t.Run("a reset that never ends", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, "contoso")
			steps := slices.Concat(polling, slices.Repeat([]exchanged{gives(atResetPoll, "", `{"continuation_token":"$","status":"not_started"}`)}, 42))
			began := time.Now()
			_, err := w.native(&talk{codes: []string{"11112222"}, fresh: []string{"strong"}}, NativeRequest{Mode: NativeResetPassword, Timeout: time.Hour}, steps...)
			var answer *AnswerError
			if took := time.Since(began); !errors.As(err, &answer) || !strings.Contains(err.Error(), "not in force after 5m0s") || took != maxPollWait {
				t.Errorf("after %s: %v", took, err)
			}
		})
	})
	t.Run("the limit of the whole", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, "contoso")
			steps := slices.Concat(polling, slices.Repeat([]exchanged{gives(atResetPoll, "", `{"continuation_token":"$","status":"in_progress"}`)}, 2))
			_, err := w.native(&talk{codes: []string{"11112222"}, fresh: []string{"strong"}}, NativeRequest{Mode: NativeResetPassword, Timeout: 20 * time.Second}, steps...)
			var limit *TimeoutError
			if !errors.As(err, &limit) || err.Error() != "the sign-in was not finished within 20s" {
				t.Errorf("%v", err)
			}
		})
	})
}

func TestNativeLogin_Secret(t *testing.T) {
	w := newWorld(t, "contoso")
	w.app.Credential = Credential{Secret: "a-secret-of-the-app"}
	if _, err := w.native(&talk{}, NativeRequest{}); !errors.Is(err, ErrNativeSecret) {
		t.Errorf("%v", err)
	}
}

func FuzzParseNative(f *testing.F) {
	for _, seed := range []string{goOn, sentCode, badAttribute, oweName, oweMFA, twoMethods, goBrowse, `[]`, `{"code_length":1e9}`, `{"methods":[[]]}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var a nativeAnswer
		if decode(wire.Reply{Status: 400, Body: body}, "x", &a) != nil || a.excess() != "" {
			return
		}
		if a.Error != "" {
			var refused *RefusedError
			if err := a.judge("the sign-in", "x", 400, true); err == nil && a.owed == owesNothing || err != nil && !errors.As(err, &refused) && !errors.As(err, new(*AnswerError)) {
				t.Fatalf("%v", err)
			}
		}
		if p, err := a.codePrompt("x", "x"); err == nil && (p.Length < 4 || p.Length > 12 || p.ResendAfter > time.Hour) {
			t.Fatalf("%+v", p)
		}
		if wanted, err := a.wanted("x", "x"); err == nil && len(wanted) == 0 {
			t.Fatal("nothing wanted, and no error")
		}
	})
}

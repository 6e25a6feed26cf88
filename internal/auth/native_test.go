package auth

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// The endpoints, as Microsoft's reference names them.
const (
	atInitiate          = "/oauth2/v2.0/initiate"
	atChallenge         = "/oauth2/v2.0/challenge"
	atIntrospect        = "/oauth2/v2.0/introspect"
	atToken             = "/oauth2/v2.0/token"
	atSignUpStart       = "/signup/v1.0/start"
	atSignUpChallenge   = "/signup/v1.0/challenge"
	atSignUpContinue    = "/signup/v1.0/continue"
	atResetStart        = "/resetpassword/v1.0/start"
	atResetChallenge    = "/resetpassword/v1.0/challenge"
	atResetContinue     = "/resetpassword/v1.0/continue"
	atResetSubmit       = "/resetpassword/v1.0/submit"
	atResetPoll         = "/resetpassword/v1.0/poll_completion"
	atRegisterMethods   = "/register/v1.0/introspect"
	atRegisterChallenge = "/register/v1.0/challenge"
	atRegisterContinue  = "/register/v1.0/continue"
)

// exchanged is a request that is expected and the answer to it. want are form values, as in a query. In the answer,
// $ is a continuation token, new each time, which the next request has to carry.
type exchanged struct {
	at, want string
	status   int // 0 is 400 for an error and 200 otherwise
	answer   string
}

const (
	goOn         = `{"continuation_token":"$"}`
	wantPassword = `{"continuation_token":"$","challenge_type":"password"}`
	sentCode     = `{"continuation_token":"$","challenge_type":"oob","binding_method":"prompt","challenge_channel":"email","challenge_target_label":"a***a@ex***e.com","code_length":8,"interval":300}`
	badCode      = `{"error":"invalid_grant","error_description":"AADSTS50181: Unable to validate the otp.","error_codes":[50181],"suberror":"invalid_oob_value"}`
	badPassword  = `{"error":"invalid_grant","error_description":"AADSTS50126: Error validating credentials due to invalid username or password.","error_codes":[50126]}`
	weakPassword = `{"error":"invalid_grant","error_description":"New password is too weak","error_codes":[399246],"suberror":"password_too_weak"}`
	badAttribute = `{"error":"invalid_grant","error_codes":[901001],"suberror":"attribute_validation_failed","invalid_attributes":[{"name":"country"}]}`
	owePassword  = `{"error":"credential_required","error_codes":[55103],"continuation_token":"$"}`
	oweName      = `{"error":"attributes_required","error_codes":[55106],"continuation_token":"$","required_attributes":[{"name":"displayName","type":"string","required":true,"options":{"regex":"^.+$"}}]}`
	oweMFA       = `{"error":"invalid_grant","error_codes":[50076],"suberror":"mfa_required","continuation_token":"$"}`
	oweMethod    = `{"error":"invalid_grant","error_codes":[50072],"suberror":"registration_required","continuation_token":"$"}`
	twoMethods   = `{"continuation_token":"$","methods":[{"id":"m1","challenge_type":"oob","challenge_channel":"email","login_hint":"a***"},{"id":"x","challenge_type":"fido"},{"id":"m2","challenge_type":"oob","challenge_channel":"sms","login_hint":"+49***"}]}`
	oneMethod    = `{"continuation_token":"$","methods":[{"id":"email","challenge_type":"oob","challenge_channel":"email","login_hint":"a***"}]}`
	tokensCome   = `tokens`
	goBrowse     = `{"challenge_type":"redirect","redirect_reason":"a social account"}`
)

// tenantScript answers the native endpoints from a list, in order.
type tenantScript struct {
	t      *testing.T
	steps  []exchanged
	done   int
	token  string
	tokens string // the answer with tokens
}

func (s *tenantScript) answer(req *http.Request) *http.Response {
	path, native := strings.CutPrefix(req.URL.Path, "/contoso.onmicrosoft.com")
	if !native || req.Method != http.MethodPost {
		return nil
	}
	body, _ := io.ReadAll(req.Body)
	form, err := url.ParseQuery(string(body))
	if err != nil {
		s.t.Error(err)
	}
	if s.done == len(s.steps) {
		s.t.Errorf("an unexpected request to %s", path)
		return reply(http.StatusBadRequest, `{"error":"invalid_request"}`)
	}
	step := s.steps[s.done]
	s.done++
	if path != step.at {
		s.t.Errorf("request %d went to %s, want %s", s.done, path, step.at)
	}
	want, err := url.ParseQuery(step.want)
	if err != nil {
		s.t.Fatal(err)
	}
	want.Set("client_id", "00001111-aaaa-2222-bbbb-3333cccc4444")
	if s.token != "" {
		want.Set("continuation_token", s.token)
	}
	if path == atToken {
		want.Set("scope", "openid profile offline_access")
		want.Set("client_info", "1")
	}
	if got := form.Encode(); got != want.Encode() {
		s.t.Errorf("request %d to %s:\n got %s\nwant %s", s.done, path, got, want.Encode())
	}
	text := step.answer
	if text == tokensCome {
		text = s.tokens
	}
	if strings.Contains(text, `"$"`) {
		s.token = fmt.Sprintf("ct-%d", s.done)
		text = strings.ReplaceAll(text, `"$"`, `"`+s.token+`"`)
	}
	status := step.status
	if status == 0 {
		status = http.StatusOK
		if strings.Contains(text, `"error":`) {
			status = http.StatusBadRequest
		}
	}
	return reply(status, text)
}

func reply(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body))}
}

// recorder keeps the token answer of a sign-in.
type recorder struct {
	next http.RoundTripper
	body []byte
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := r.next.RoundTrip(req)
	if err != nil || !strings.HasSuffix(req.URL.Path, atToken) {
		return resp, err
	}
	r.body, err = io.ReadAll(resp.Body)
	resp.Body = io.NopCloser(bytes.NewReader(r.body))
	return resp, err
}

// tokenAnswer is an honest answer of the token endpoint, got through a browser.
func (w *world) tokenAnswer() string {
	w.t.Helper()
	r := &recorder{next: w}
	w.service.HTTP.Transport = r
	defer func() { w.service.HTTP.Transport = w }()
	w.mustLogin()
	if err := w.store.Delete(context.Background(), w.app.Profile); err != nil {
		w.t.Fatal(err)
	}
	return string(r.body)
}

// talk is a person whose answers are listed; each question takes the next of its kind and notes what was asked.
type talk struct {
	t                       *testing.T
	passwords, codes, fresh []string
	attributes              []map[string]string
	method                  int
	asked                   []string
	prompts                 []CodePrompt
	whys                    []*InputError
	wanted                  [][]Attribute
}

func take[T any](k *talk, kind string, list *[]T) (T, error) {
	k.asked = append(k.asked, kind)
	var none T
	if len(*list) == 0 {
		return none, errors.New("nothing more to say to " + kind)
	}
	first := (*list)[0]
	*list = (*list)[1:]
	return first, nil
}

func (k *talk) ask() NativePrompts {
	return NativePrompts{
		Password: func(_ context.Context, why *InputError) (string, error) {
			k.whys = append(k.whys, why)
			return take(k, "password", &k.passwords)
		},
		NewPassword: func(_ context.Context, why *InputError) (string, error) {
			k.whys = append(k.whys, why)
			return take(k, "new password", &k.fresh)
		},
		Code: func(_ context.Context, p CodePrompt) (string, error) {
			k.prompts = append(k.prompts, p)
			code, err := take(k, "code", &k.codes)
			if code == "again" {
				return "", ErrResend
			}
			return code, err
		},
		Attributes: func(_ context.Context, wanted []Attribute, why *InputError) (map[string]string, error) {
			k.whys, k.wanted = append(k.whys, why), append(k.wanted, wanted)
			return take(k, "attributes", &k.attributes)
		},
		ChooseMethod: func(_ context.Context, methods []Method) (int, error) {
			k.asked = append(k.asked, fmt.Sprint("method of ", len(methods)))
			return k.method, nil
		},
	}
}

// Requests that many scripts have in common.
var (
	initiated      = exchanged{at: atInitiate, want: "username=ada@example.com&challenge_type=oob+password+redirect&capabilities=mfa_required+registration_required", answer: goOn}
	asksPassword   = exchanged{at: atChallenge, want: "challenge_type=oob+password+redirect", answer: wantPassword}
	asksCode       = exchanged{at: atChallenge, want: "challenge_type=oob+password+redirect", answer: sentCode}
	signUpStarted  = exchanged{at: atSignUpStart, want: "username=ada@example.com&challenge_type=oob+password+redirect&capabilities=mfa_required+registration_required", answer: goOn}
	signUpAsksCode = exchanged{at: atSignUpChallenge, want: "challenge_type=oob+password+redirect", answer: sentCode}
	signUpAsksNew  = exchanged{at: atSignUpChallenge, want: "challenge_type=oob+password+redirect", answer: wantPassword}
	continued      = exchanged{at: atToken, want: "grant_type=continuation_token&username=ada@example.com", answer: tokensCome}
	resetStarted   = exchanged{at: atResetStart, want: "username=ada@example.com&challenge_type=oob+redirect", answer: goOn}
	resetAsksCode  = exchanged{at: atResetChallenge, want: "challenge_type=oob+redirect", answer: sentCode}
	resetProven    = exchanged{at: atResetContinue, want: "grant_type=oob&oob=11112222", answer: `{"continuation_token":"$","expires_in":600}`}
	mfaAsksCode    = exchanged{at: atChallenge, want: "challenge_type=oob+redirect&id=m2", answer: sentCode}
	mfaMethods     = exchanged{at: atIntrospect, answer: twoMethods}
)

// gives is a request with one more thing in it.
func gives(at, want, answer string) exchanged { return exchanged{at: at, want: want, answer: answer} }

func (w *world) native(k *talk, req NativeRequest, steps ...exchanged) (*LoginResult, error) {
	w.t.Helper()
	script := &tenantScript{t: w.t, steps: steps}
	if slices.ContainsFunc(steps, func(s exchanged) bool { return s.answer == tokensCome }) {
		script.tokens = w.tokenAnswer()
	}
	w.answer = script.answer
	req.Email, req.Prompts = userEmail, k.ask()
	if req.Timeout == 0 {
		req.Timeout = 20 * time.Second
	}
	result, err := w.service.NativeLogin(context.Background(), w.app, req)
	w.answer = nil
	if script.done != len(steps) {
		w.t.Errorf("%d of %d requests came", script.done, len(steps))
	}
	return result, err
}

func TestNativeLogin(t *testing.T) {
	for _, c := range []struct {
		name  string
		req   NativeRequest
		talk  talk
		steps []exchanged
		asked string // what the person was asked, in order
	}{
		{name: "a password", talk: talk{passwords: []string{"pass word"}}, asked: "password",
			steps: []exchanged{initiated, asksPassword, gives(atToken, "grant_type=password&password=pass+word", tokensCome)}},
		{name: "a password at the second try", talk: talk{passwords: []string{"wrong", "right"}}, asked: "password, password",
			steps: []exchanged{initiated, asksPassword, gives(atToken, "grant_type=password&password=wrong", badPassword), gives(atToken, "grant_type=password&password=right", tokensCome)}},
		{name: "a code", talk: talk{codes: []string{"11112222"}}, asked: "code",
			steps: []exchanged{initiated, asksCode, gives(atToken, "grant_type=oob&oob=11112222", tokensCome)}},
		{name: "a code sent again, and wrong once", talk: talk{codes: []string{"again", "33334444", "11112222"}}, asked: "code, code, code",
			steps: []exchanged{initiated, asksCode, asksCode, gives(atToken, "grant_type=oob&oob=33334444", badCode), gives(atToken, "grant_type=oob&oob=11112222", tokensCome)}},
		{name: "a second factor out of two", talk: talk{passwords: []string{"right"}, codes: []string{"33334444", "11112222"}, method: 1}, asked: "password, method of 2, code, code",
			steps: []exchanged{initiated, asksPassword, gives(atToken, "grant_type=password&password=right", oweMFA), mfaMethods, mfaAsksCode,
				gives(atToken, "grant_type=mfa_oob&oob=33334444", badCode), gives(atToken, "grant_type=mfa_oob&oob=11112222", tokensCome)}},
		{name: "a second factor to register", req: NativeRequest{SecondEmail: "ada@second.example"}, talk: talk{passwords: []string{"right"}, codes: []string{"again", "33334444", "11112222"}}, asked: "password, code, code, code",
			steps: []exchanged{initiated, asksPassword, gives(atToken, "grant_type=password&password=right", oweMethod), gives(atRegisterMethods, "", oneMethod),
				gives(atRegisterChallenge, "challenge_type=oob&challenge_channel=email&challenge_target=ada@second.example", sentCode),
				gives(atRegisterChallenge, "challenge_type=oob&challenge_channel=email&challenge_target=ada@second.example", sentCode),
				gives(atRegisterContinue, "grant_type=oob&oob=33334444", badCode), gives(atRegisterContinue, "grant_type=oob&oob=11112222", goOn), continued}},
		{name: "a second factor that is proven already", talk: talk{codes: []string{"11112222"}}, asked: "code",
			steps: []exchanged{initiated, asksCode, gives(atToken, "grant_type=oob&oob=11112222", oweMethod), gives(atRegisterMethods, "", oneMethod),
				gives(atRegisterChallenge, "challenge_type=oob&challenge_channel=email&challenge_target=ada@example.com", `{"continuation_token":"$","challenge_type":"preverified"}`),
				gives(atRegisterContinue, "grant_type=continuation_token", goOn), continued}},
		{name: "a sign-up with everything", req: NativeRequest{Mode: NativeSignUp}, asked: "code, code, new password, new password, attributes, attributes",
			talk: talk{codes: []string{"33334444", "11112222"}, fresh: []string{"weak", "strong"}, attributes: []map[string]string{{"displayName": "?"}, {"displayName": "Ada"}}},
			steps: []exchanged{signUpStarted, signUpAsksCode, gives(atSignUpContinue, "grant_type=oob&oob=33334444", badCode), gives(atSignUpContinue, "grant_type=oob&oob=11112222", owePassword), signUpAsksNew,
				gives(atSignUpContinue, "grant_type=password&password=weak", weakPassword), gives(atSignUpContinue, "grant_type=password&password=strong", oweName),
				gives(atSignUpContinue, `grant_type=attributes&attributes={"displayName":"?"}`, badAttribute), gives(atSignUpContinue, `grant_type=attributes&attributes={"displayName":"Ada"}`, goOn), continued}},
		{name: "a sign-up with a code only", req: NativeRequest{Mode: NativeSignUp}, talk: talk{codes: []string{"11112222"}}, asked: "code",
			steps: []exchanged{signUpStarted, signUpAsksCode, gives(atSignUpContinue, "grant_type=oob&oob=11112222", goOn), continued}},
		{name: "a sign-up with attributes ahead", req: NativeRequest{Mode: NativeSignUp, Attributes: map[string]string{"country": "??", "city": "Ulm"}}, asked: "attributes, code",
			talk: talk{codes: []string{"11112222"}, attributes: []map[string]string{{"country": "DE"}}},
			steps: []exchanged{gives(atSignUpStart, signUpStarted.want+`&attributes={"city":"Ulm","country":"??"}`, badAttribute), gives(atSignUpStart, signUpStarted.want+`&attributes={"city":"Ulm","country":"DE"}`, goOn),
				signUpAsksCode, gives(atSignUpContinue, "grant_type=oob&oob=11112222", goOn), continued}},
		{name: "a sign-up that ends in a second factor", req: NativeRequest{Mode: NativeSignUp}, talk: talk{codes: []string{"11112222", "33334444"}, method: 7}, asked: "code, method of 2, code",
			steps: []exchanged{signUpStarted, signUpAsksCode, gives(atSignUpContinue, "grant_type=oob&oob=11112222", goOn), gives(atToken, continued.want, oweMFA), mfaMethods, mfaAsksCode, gives(atToken, "grant_type=mfa_oob&oob=33334444", tokensCome)}},
		{name: "a password reset", req: NativeRequest{Mode: NativeResetPassword}, talk: talk{codes: []string{"11112222"}, fresh: []string{"weak", "strong"}}, asked: "code, new password, new password",
			steps: []exchanged{resetStarted, resetAsksCode, resetProven, gives(atResetSubmit, "new_password=weak", weakPassword), gives(atResetSubmit, "new_password=strong", `{"continuation_token":"$","poll_interval":1}`),
				gives(atResetPoll, "", `{"continuation_token":"$","status":"in_progress"}`), gives(atResetPoll, "", `{"continuation_token":"$","status":"succeeded"}`), continued}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "contoso")
			result, err := w.native(&c.talk, c.req, c.steps...)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(c.talk.asked, ", "); got != c.asked {
				t.Errorf("asked %s, want %s", got, c.asked)
			}
			if result.IDToken.PreferredUsername != userEmail || !strings.HasPrefix(result.Session.HomeAccountID, "bbbbcccc-1111-dddd-2222-eeee3333ffff.") {
				t.Errorf("signed in as %q, account %q", result.IDToken.PreferredUsername, result.Session.HomeAccountID)
			}
			w.visitor = nil // no browser from here on
			renewed, err := w.service.Token(context.Background(), w.app, TokenRequest{ForceRefresh: true})
			if err != nil || renewed.AccessToken.Secret == result.AccessToken.Secret {
				t.Errorf("refresh: %v, or the same token", err)
			}
		})
	}
}

func TestNativeLogin_Prompts(t *testing.T) {
	w := newWorld(t, "contoso")
	k := &talk{t: t, codes: []string{"again", "33334444", "11112222"}, fresh: []string{"weak", "strong"}, attributes: []map[string]string{{}, {}}}
	if _, err := w.native(k, NativeRequest{Mode: NativeSignUp}, signUpStarted, signUpAsksCode, signUpAsksCode, gives(atSignUpContinue, "grant_type=oob&oob=33334444", badCode),
		gives(atSignUpContinue, "grant_type=oob&oob=11112222", owePassword), signUpAsksNew, gives(atSignUpContinue, "grant_type=password&password=weak", weakPassword),
		gives(atSignUpContinue, "grant_type=password&password=strong", oweName), gives(atSignUpContinue, "grant_type=attributes&attributes={}", badAttribute), gives(atSignUpContinue, "grant_type=attributes&attributes={}", goOn), continued); err != nil {
		t.Fatal(err)
	}
	first := CodePrompt{Channel: "email", Address: userEmail, Target: "a***a@ex***e.com", Length: 8, ResendAfter: 5 * time.Minute}
	again := first
	again.Resend = true
	if k.prompts[0] != first || k.prompts[1] != again || k.prompts[2].Why == nil || k.prompts[2].Why.Kind != InputCode || k.prompts[2].Why.Refused.Details.Code != 50181 {
		t.Errorf("%+v", k.prompts)
	}
	if k.whys[0] != nil || k.whys[1].Kind != InputNewPassword || k.whys[1].Reason != "password_too_weak" || k.whys[1].Refused.Details.Code != 399246 || k.whys[2] != nil ||
		k.whys[3].Kind != InputAttributes || !slices.Equal(k.whys[3].Names, []string{"country"}) {
		t.Errorf("%+v", k.whys)
	}
	if want := (Attribute{Name: "displayName", Type: "string", Required: true, Regex: "^.+$"}); k.wanted[0][0] != want {
		t.Errorf("%+v", k.wanted)
	}
}

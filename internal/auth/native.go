package auth

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/authority"
)

// NativeMode is what a native authentication is for.
type NativeMode int

// The three flows of native authentication. NativeSignUp and NativeResetPassword end signed in, too.
const (
	NativeSignIn NativeMode = iota
	NativeSignUp
	NativeResetPassword
)

// NativeRequest is one sign-in without a browser.
type NativeRequest struct {
	Mode NativeMode
	// Email is the account's address.
	Email string
	// Attributes are known values for a sign-up, by their Graph names (displayName, extension_…). They go with the
	// first request, which is the only place for optional ones.
	Attributes map[string]string
	// SecondEmail is the second factor's address, registered where the tenant wants one and there is none; "" means Email.
	SecondEmail string
	// Prompts ask for what only the person can give.
	Prompts NativePrompts
	// Timeout ends the whole sign-in.
	Timeout time.Duration
}

// NativePrompts ask the person; all are required. why is nil the first time, and then says what the tenant did not like;
// each question is put three times at most. A prompt that has no other answer returns why. Any error ends the sign-in.
type NativePrompts struct {
	// Password is the account's.
	Password func(ctx context.Context, why *InputError) (string, error)
	// NewPassword is for a new account or a reset.
	NewPassword func(ctx context.Context, why *InputError) (string, error)
	// Code is the one-time code that was sent; ErrResend as the error has another one sent.
	Code func(ctx context.Context, prompt CodePrompt) (string, error)
	// Attributes returns values by name for those that the tenant wants.
	Attributes func(ctx context.Context, wanted []Attribute, why *InputError) (map[string]string, error)
	// ChooseMethod returns an index into methods, of which there are two or more.
	ChooseMethod func(ctx context.Context, methods []Method) (int, error)
}

// CodePrompt describes a one-time code on its way. Its texts are the tenant's and not made safe for a terminal.
type CodePrompt struct {
	// Channel is how it was sent, such as email; Target is a hint of where to: c***r@co***o.com.
	Channel, Target string
	// Address is where it was sent as far as we know it: what the request says, or what was just registered.
	Address string
	// Length is how many characters it has, 4 to 12.
	Length int
	// ResendAfter is how long the tenant wants to be left alone before another code; 0 when it does not say.
	ResendAfter time.Duration
	// Resend says that this code was sent again; the one before it is dead.
	Resend bool
	// Why is the refusal of the last answer, or nil.
	Why *InputError
}

// Attribute is something that a user flow collects at sign-up.
type Attribute struct {
	// Name is the Graph name, at most 256 bytes.
	Name string
	// Type is string, boolean and the like; "" when unknown.
	Type string
	// Required says that there is no account without it.
	Required bool
	// Regex is the tenant's pattern for the value; "" for any.
	Regex string
}

// Method is a way to receive a code as the second factor.
type Method struct {
	ID, Channel string
	// Hint is the masked address.
	Hint string
}

// NativeLogin signs a person in, up, or in with a new password through the native authentication API v1 (Microsoft Learn,
// "Native authentication API reference"), without a browser. Second factors are asked for and registered on the way.
// MSAL takes the tokens over afterwards, and the ID token is verified like any other.
//
// Errors: *InputError, *RefusedError, *BrowserRequiredError, *TimeoutError, ErrNativeSecret, what a prompt returned,
// *NotKeptError (with a whole result), and those of Login.
func (s *Service) NativeLogin(ctx context.Context, app App, req NativeRequest) (*LoginResult, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, req.Timeout, &TimeoutError{Waited: req.Timeout})
	defer cancel()
	return s.headless(ctx, app, func(ctx context.Context, md authority.Metadata, credential Credential) (*LoginResult, error) {
		if credential.Confidential() {
			return nil, ErrNativeSecret
		}
		f := &nativeFlow{service: s, app: app, req: req, codeTo: req.Email}
		grant, err := f.prove(ctx)
		if err != nil {
			return nil, err
		}
		tokens, err := f.redeem(ctx, grant)
		if err != nil {
			return nil, err
		}
		return s.adopt(ctx, app, md, credential, tokens, "the native sign-in")
	})
}

// nativeFlow is one walk through the API.
type nativeFlow struct {
	service *Service
	app     App
	req     NativeRequest
	// token is the continuation token, which every answer replaces.
	token string
	steps int
	// codeTo is the address of the codes, the second factor's once one is owed.
	codeTo string
}

// tokenGrant asks the token endpoint with what was proven. It asks the person itself, since the endpoint judges passwords
// and codes of a sign-in.
type tokenGrant func(ctx context.Context) (nativeAnswer, error)

// prove goes as far as the token endpoint.
func (f *nativeFlow) prove(ctx context.Context) (tokenGrant, error) {
	switch f.req.Mode {
	case NativeSignUp:
		return f.signUp(ctx)
	case NativeResetPassword:
		return f.resetPassword(ctx)
	}
	return f.signIn(ctx)
}

// redeem gets the tokens, after a second factor where one is owed.
func (f *nativeFlow) redeem(ctx context.Context, grant tokenGrant) (*answer, error) {
	for {
		a, err := grant(ctx)
		if err != nil {
			return nil, err
		}
		switch a.owed {
		case owesNothing:
			return &a.answer, nil
		case owesMFA:
			grant, err = f.secondFactor(ctx)
		case owesRegistration:
			grant, err = f.register(ctx)
		default:
			return nil, a.refused
		}
		if err != nil {
			return nil, err
		}
	}
}

// tokens is a request to the token endpoint.
func (f *nativeFlow) tokens(ctx context.Context, grantType string, form url.Values) (nativeAnswer, error) {
	form.Set("grant_type", grantType)
	form.Set("scope", strings.Join(authorizeScopes(f.app.Scopes), " "))
	form.Set("client_info", "1") // MSAL builds the account's key from client_info
	return f.step(ctx, "the sign-in", "oauth2/v2.0/token", form)
}

// continueToTokens is the grant after a sign-up, a reset or a registration.
func (f *nativeFlow) continueToTokens(ctx context.Context) (nativeAnswer, error) {
	return f.tokens(ctx, "continuation_token", url.Values{"username": {f.req.Email}})
}

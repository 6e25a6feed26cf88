package auth

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
)

const signUpDuring, signUpChallenge, signUpContinue = "the sign-up", "signup/v1.0/challenge", "signup/v1.0/continue"

// signUp makes an account: a code proves the address, then come the password and the attributes that the user flow wants.
func (f *nativeFlow) signUp(ctx context.Context) (tokenGrant, error) {
	if err := f.startSignUp(ctx); err != nil {
		return nil, err
	}
	challenge := func(ctx context.Context) (nativeAnswer, error) {
		return f.next(ctx, signUpDuring, signUpChallenge, url.Values{"challenge_type": {allChallenges}})
	}
	for {
		a, err := challenge(ctx)
		if err != nil {
			return nil, err
		}
		if a.ChallengeType == "password" {
			a, err = askUntilTaken(ctx, f.req.Prompts.NewPassword, func(password string) (nativeAnswer, error) {
				return f.continueSignUp(ctx, "password", password)
			})
		} else {
			a, err = f.code(ctx, signUpDuring, signUpChallenge, a, challenge, func(code string) (nativeAnswer, error) {
				return f.continueSignUp(ctx, "oob", code)
			})
		}
		for err == nil && a.owed == owesAttributes {
			a, err = f.giveAttributes(ctx, a)
		}
		switch {
		case err != nil:
			return nil, err
		case a.owed == owesNothing && a.ContinuationToken == "":
			return nil, unusable(signUpDuring, signUpContinue, http.StatusOK, "expected a continuation_token, got none")
		case a.owed == owesNothing:
			return f.continueToTokens, nil
		case a.owed != owesCredential:
			return nil, a.refused
		}
	}
}

// startSignUp sends the attributes that are known already: later is too late for optional ones.
func (f *nativeFlow) startSignUp(ctx context.Context) error {
	values := maps.Clone(f.req.Attributes)
	var why *InputError
	for asked := 0; ; asked++ {
		form := url.Values{"username": {f.req.Email}, "challenge_type": {allChallenges}, "capabilities": {capabilities}}
		if len(values) > 0 {
			text, err := json.Marshal(values)
			if err != nil {
				return err
			}
			form.Set("attributes", string(text))
		}
		_, err := f.next(ctx, signUpDuring, "signup/v1.0/start", form)
		if !errors.As(err, &why) || why.Kind != InputAttributes || len(why.Names) == 0 || asked == nativeAsks-1 {
			return err
		}
		var wanted []Attribute
		for _, name := range why.Names {
			wanted = append(wanted, Attribute{Name: name})
		}
		given, err := f.req.Prompts.Attributes(ctx, wanted, why)
		if err != nil {
			return err
		}
		for _, name := range why.Names {
			delete(values, name) // the person may rather leave it out
		}
		if values == nil {
			values = map[string]string{}
		}
		maps.Copy(values, given)
	}
}

// continueSignUp gives what is owed; kind is the grant type and the parameter.
func (f *nativeFlow) continueSignUp(ctx context.Context, kind, value string) (nativeAnswer, error) {
	return f.step(ctx, signUpDuring, signUpContinue, url.Values{"grant_type": {kind}, kind: {value}})
}

func (f *nativeFlow) giveAttributes(ctx context.Context, a nativeAnswer) (nativeAnswer, error) {
	wanted, err := a.wanted(signUpDuring, signUpContinue)
	if err != nil {
		return a, err
	}
	ask := func(ctx context.Context, why *InputError) (map[string]string, error) {
		return f.req.Prompts.Attributes(ctx, wanted, why)
	}
	return askUntilTaken(ctx, ask, func(values map[string]string) (nativeAnswer, error) {
		text, err := json.Marshal(values)
		if err != nil {
			return nativeAnswer{}, err
		}
		return f.continueSignUp(ctx, "attributes", string(text))
	})
}

package auth

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
)

// What we can do, said to the tenant. The list has to contain redirect.
const (
	allChallenges  = "oob password redirect"
	codeChallenges = "oob redirect"
	capabilities   = "mfa_required registration_required"
)

// nativeAsks is how often one question is put.
const nativeAsks = 3

// signIn is for an account with a password or with one-time codes: the tenant says with which.
func (f *nativeFlow) signIn(ctx context.Context) (tokenGrant, error) {
	const during, path = "the sign-in", "oauth2/v2.0/challenge"
	if _, err := f.next(ctx, during, "oauth2/v2.0/initiate", url.Values{"username": {f.req.Email}, "challenge_type": {allChallenges}, "capabilities": {capabilities}}); err != nil {
		return nil, err
	}
	challenge := func(ctx context.Context) (nativeAnswer, error) {
		return f.next(ctx, during, path, url.Values{"challenge_type": {allChallenges}})
	}
	a, err := challenge(ctx)
	if err != nil {
		return nil, err
	}
	switch a.ChallengeType {
	case "password":
		return func(ctx context.Context) (nativeAnswer, error) {
			return askUntilTaken(ctx, f.req.Prompts.Password, func(password string) (nativeAnswer, error) {
				return f.tokens(ctx, "password", url.Values{"password": {password}})
			})
		}, nil
	case "oob":
		return func(ctx context.Context) (nativeAnswer, error) {
			return f.code(ctx, during, path, a, challenge, func(code string) (nativeAnswer, error) {
				return f.tokens(ctx, "oob", url.Values{"oob": {code}})
			})
		}, nil
	}
	return nil, unusable(during, path, http.StatusOK, "expected the challenge_type password, oob or redirect, got "+quoted(a.ChallengeType))
}

// secondFactor sends a code to a method that the account has.
func (f *nativeFlow) secondFactor(ctx context.Context) (tokenGrant, error) {
	const during, path = "the second factor", "oauth2/v2.0/challenge"
	f.codeTo = cmp.Or(f.req.SecondEmail, f.req.Email)
	method, err := f.method(ctx, during, "oauth2/v2.0/introspect")
	if err != nil {
		return nil, err
	}
	challenge := func(ctx context.Context) (nativeAnswer, error) {
		return f.next(ctx, during, path, url.Values{"challenge_type": {codeChallenges}, "id": {method.ID}})
	}
	a, err := challenge(ctx)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) (nativeAnswer, error) {
		return f.code(ctx, during, path, a, challenge, func(code string) (nativeAnswer, error) {
			return f.tokens(ctx, "mfa_oob", url.Values{"oob": {code}}) // as Microsoft's own clients name it
		})
	}, nil
}

// register gives an account without a second factor one: an address that receives codes.
func (f *nativeFlow) register(ctx context.Context) (tokenGrant, error) {
	const during, path = "the registration of a second factor", "register/v1.0/challenge"
	method, err := f.method(ctx, during, "register/v1.0/introspect")
	if err != nil {
		return nil, err
	}
	f.codeTo = cmp.Or(f.req.SecondEmail, f.req.Email)
	challenge := func(ctx context.Context) (nativeAnswer, error) {
		return f.next(ctx, during, path, url.Values{"challenge_type": {"oob"}, "challenge_target": {f.codeTo}, "challenge_channel": {method.Channel}})
	}
	proceed := func(grant string, form url.Values) (nativeAnswer, error) {
		form.Set("grant_type", grant)
		return f.next(ctx, during, "register/v1.0/continue", form)
	}
	a, err := challenge(ctx)
	switch {
	case err != nil:
		return nil, err
	case a.ChallengeType == "preverified": // proven a moment ago, as the first factor
		_, err = proceed("continuation_token", url.Values{})
	default:
		_, err = f.code(ctx, during, path, a, challenge, func(code string) (nativeAnswer, error) {
			return proceed("oob", url.Values{"oob": {code}})
		})
	}
	return f.continueToTokens, err
}

// method lists the methods and has one chosen where there is a choice. Only those that send a code by mail or text count.
func (f *nativeFlow) method(ctx context.Context, during, path string) (Method, error) {
	a, err := f.next(ctx, during, path, url.Values{})
	if err != nil {
		return Method{}, err
	}
	var methods []Method
	for _, m := range a.Methods {
		if m.ID != "" && len(m.ID) <= 256 && m.Type == "oob" {
			methods = append(methods, Method{ID: m.ID, Channel: clip(m.Channel, 32), Hint: clip(m.LoginHint, 320)})
		}
	}
	switch len(methods) {
	case 0:
		return Method{}, unusable(during, path, http.StatusOK, "expected a method that sends a code, got none")
	case 1:
		return methods[0], nil
	}
	i, err := f.req.Prompts.ChooseMethod(ctx, methods)
	if err != nil {
		return Method{}, err
	}
	return methods[min(max(i, 0), len(methods)-1)], nil
}

// code has the code of a challenge typed until the tenant takes it. resend is the challenge again.
func (f *nativeFlow) code(ctx context.Context, during, path string, sent nativeAnswer, resend func(context.Context) (nativeAnswer, error), submit func(code string) (nativeAnswer, error)) (nativeAnswer, error) {
	prompt, err := f.sentCode(during, path, sent)
	if err != nil {
		return nativeAnswer{}, err
	}
	for asked := 0; asked < nativeAsks; {
		code, err := f.req.Prompts.Code(ctx, prompt)
		if errors.Is(err, ErrResend) { // bounded by the steps
			if sent, err = resend(ctx); err != nil {
				return nativeAnswer{}, err
			}
			if prompt, err = f.sentCode(during, path, sent); err != nil {
				return nativeAnswer{}, err
			}
			prompt.Resend = true
			continue
		}
		if err != nil {
			return nativeAnswer{}, err
		}
		asked++
		a, err := submit(code)
		if !errors.As(err, &prompt.Why) {
			return a, err
		}
	}
	return nativeAnswer{}, prompt.Why
}

// sentCode wants the answer to a challenge to be a code on its way.
func (f *nativeFlow) sentCode(during, path string, a nativeAnswer) (CodePrompt, error) {
	if a.ChallengeType != "oob" {
		return CodePrompt{}, unusable(during, path, http.StatusOK, "expected the challenge_type oob, got "+quoted(a.ChallengeType))
	}
	prompt, err := a.codePrompt(during, path)
	prompt.Address = f.codeTo
	return prompt, err
}

// askUntilTaken puts a question until the tenant takes the answer.
func askUntilTaken[T any](ctx context.Context, ask func(context.Context, *InputError) (T, error), submit func(T) (nativeAnswer, error)) (nativeAnswer, error) {
	var why *InputError
	for range nativeAsks {
		answer, err := ask(ctx, why)
		if err != nil {
			return nativeAnswer{}, err
		}
		a, err := submit(answer)
		if !errors.As(err, &why) {
			return a, err
		}
	}
	return nativeAnswer{}, why
}

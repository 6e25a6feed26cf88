package auth

import (
	"context"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"
	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"
)

// msal is what ciam uses of MSAL's two clients, which share no interface of their own.
type msal interface {
	redeem(ctx context.Context, code, redirectURI, verifier string, scopes []string) (public.AuthResult, error)
	refresh(ctx context.Context, homeAccountID string, scopes []string) (public.AuthResult, error)
	forApp(ctx context.Context, scopes []string) (public.AuthResult, error)
}

type publicClient struct{ public.Client }

func (c publicClient) redeem(ctx context.Context, code, redirectURI, verifier string, scopes []string) (public.AuthResult, error) {
	return c.AcquireTokenByAuthCode(ctx, code, redirectURI, scopes, public.WithChallenge(verifier))
}

func (c publicClient) refresh(ctx context.Context, homeAccountID string, scopes []string) (public.AuthResult, error) {
	return c.AcquireTokenSilent(ctx, scopes, public.WithSilentAccount(public.Account{HomeAccountID: homeAccountID}))
}

func (publicClient) forApp(context.Context, []string) (public.AuthResult, error) {
	return public.AuthResult{}, ErrNoCredential
}

type confidentialClient struct{ confidential.Client }

func (c confidentialClient) redeem(ctx context.Context, code, redirectURI, verifier string, scopes []string) (public.AuthResult, error) {
	return c.AcquireTokenByAuthCode(ctx, code, redirectURI, scopes, confidential.WithChallenge(verifier))
}

func (c confidentialClient) refresh(ctx context.Context, homeAccountID string, scopes []string) (public.AuthResult, error) {
	return c.AcquireTokenSilent(ctx, scopes, confidential.WithSilentAccount(confidential.Account{HomeAccountID: homeAccountID}))
}

func (c confidentialClient) forApp(ctx context.Context, scopes []string) (public.AuthResult, error) {
	return c.AcquireTokenByCredential(ctx, scopes)
}

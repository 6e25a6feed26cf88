package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/coreos/go-oidc/v3/oidc"
)

// signIn is an app with a loopback listener: code with PKCE, state and nonce.
func signIn(ctx context.Context, a *app) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	a.RedirectURL = "http://" + listener.Addr().String()
	state, nonce, verifier := oauth2.GenerateVerifier(), oauth2.GenerateVerifier(), oauth2.GenerateVerifier()
	arrived := make(chan *http.Request, 1)
	go func() {
		_ = http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write([]byte("You may close this window."))
			arrived <- r
		}))
	}()
	if err := tell("open", a.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier))); err != nil {
		return err
	}
	answer := <-arrived
	if answer.FormValue("state") != state {
		return errors.New("another state")
	}
	if problem := answer.FormValue("error"); problem != "" {
		return errors.New(problem + ": " + answer.FormValue("error_description"))
	}
	first, err := a.Exchange(ctx, answer.FormValue("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		return err
	}
	return a.renew(ctx, first, nonce)
}

// device is an app without a browser (RFC 8628).
func device(ctx context.Context, a *app) error {
	code, err := a.DeviceAuth(ctx)
	if err != nil {
		return err
	}
	if err := tell("code", map[string]string{"userCode": code.UserCode, "verificationURI": code.VerificationURI}); err != nil {
		return err
	}
	first, err := a.DeviceAccessToken(ctx, code)
	if err != nil {
		return err
	}
	return a.renew(ctx, first, "")
}

// renew tells the tokens, the same from the token source, and others once those are over.
func (a *app) renew(ctx context.Context, first *oauth2.Token, nonce string) error {
	got, err := a.summarize(ctx, first, nonce)
	if err != nil {
		return err
	}
	if err := tell("signedIn", got); err != nil {
		return err
	}
	cached, err := a.TokenSource(ctx, first).Token()
	if err != nil {
		return err
	}
	if err := tell("cached", summary{OID: got.OID, AccessToken: cached.AccessToken, FromCache: cached.AccessToken == first.AccessToken}); err != nil {
		return err
	}
	over := *first
	over.Expiry = time.Now().Add(-time.Minute)
	fresh, err := a.TokenSource(ctx, &over).Token()
	if err != nil {
		return err
	}
	again, err := a.summarize(ctx, fresh, "")
	if err != nil {
		return err
	}
	return tell("refreshed", again)
}

// daemon is an app without a user: client credentials.
func daemon(ctx context.Context, a *app) error {
	config := clientcredentials.Config{ClientID: a.ClientID, ClientSecret: a.ClientSecret, TokenURL: a.Endpoint.TokenURL, Scopes: a.Scopes[3:]}
	source := config.TokenSource(ctx)
	var first string
	for _, step := range []string{"first", "cached", "fresh"} {
		if step == "fresh" {
			source = config.TokenSource(ctx)
		}
		t, err := source.Token()
		if err != nil {
			return err
		}
		if err := tell(step, summary{AccessToken: t.AccessToken, FromCache: t.AccessToken == first}); err != nil {
			return err
		}
		first = t.AccessToken
	}
	return nil
}

// Command gooidc signs in, works without a user, or is an API, each with go-oidc and x/oauth2 as they are published. It is
// a module of its own, so that its dependencies are nobody else's. Its settings are in the environment; what it has to say
// are lines of JSON.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

func main() {
	roles := map[string]func(context.Context, *app) error{"code": signIn, "device": device, "daemon": daemon, "api": serve}
	role, ok := roles[os.Args[1]]
	if !ok {
		fmt.Fprintln(os.Stderr, "no such role")
		os.Exit(2)
	}
	ctx := context.Background()
	a, err := discover(ctx)
	if err == nil {
		err = role(ctx, a)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// app is a client of the tenant.
type app struct {
	provider *oidc.Provider
	oauth2.Config
}

// discover reads the tenant's metadata. TEST_ISSUER is the issuer of a tenant whose metadata name another one than the
// address they are at, as those of External ID do.
func discover(ctx context.Context) (*app, error) {
	if issuer := os.Getenv("TEST_ISSUER"); issuer != "" {
		ctx = oidc.InsecureIssuerURLContext(ctx, issuer)
	}
	provider, err := oidc.NewProvider(ctx, os.Getenv("CIAM_AUTHORITY")+"/v2.0")
	if err != nil {
		return nil, err
	}
	return &app{provider, oauth2.Config{
		ClientID: os.Getenv("CIAM_CLIENT_ID"), ClientSecret: os.Getenv("CIAM_CLIENT_SECRET"), Endpoint: provider.Endpoint(),
		Scopes: append([]string{oidc.ScopeOpenID, "profile", oidc.ScopeOfflineAccess}, strings.Fields(os.Getenv("TEST_SCOPES"))...),
	}}, nil
}

// tell writes one line of JSON for the test.
func tell(key string, value any) error {
	return json.NewEncoder(os.Stdout).Encode(map[string]any{key: value})
}

// summary is what the test looks at of an answer.
type summary struct {
	Username    string `json:"username"`
	Name        string `json:"name"`
	OID         string `json:"oid"`
	AccessToken string `json:"accessToken"`
	FromCache   bool   `json:"fromCache"`
}

// summarize checks the ID token, which has to come with the answer.
func (a *app) summarize(ctx context.Context, t *oauth2.Token, nonce string) (summary, error) {
	raw, _ := t.Extra("id_token").(string)
	idToken, err := a.provider.Verifier(&oidc.Config{ClientID: a.ClientID}).Verify(ctx, raw)
	if err != nil {
		return summary{}, err
	}
	if idToken.Nonce != nonce {
		return summary{}, fmt.Errorf("nonce %q, not %q", idToken.Nonce, nonce)
	}
	if idToken.AccessTokenHash != "" {
		if err := idToken.VerifyAccessToken(t.AccessToken); err != nil {
			return summary{}, err
		}
	}
	var claims struct {
		Username string `json:"preferred_username"`
		Name     string `json:"name"`
		OID      string `json:"oid"`
	}
	if err := idToken.Claims(&claims); err != nil {
		return summary{}, err
	}
	return summary{claims.Username, claims.Name, claims.OID, t.AccessToken, false}, nil
}

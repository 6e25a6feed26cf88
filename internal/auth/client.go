package auth

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"
	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"

	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/idtoken"
	"github.com/ciam-cli/ciam/internal/tokencache"
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

// exchange is one trip to the token endpoint: the MSAL client, its cache, and the transport that watches the answers.
type exchange struct {
	client msal
	blob   *tokencache.Blob
	wire   *transport
}

// newExchange builds the MSAL client for app. Instance discovery is off: it would ask login.microsoftonline.com,
// which knows nothing of external tenants, even for a cached token.
func (s *Service) newExchange(app App, cred Credential, md authority.Metadata, blob *tokencache.Blob, want idtoken.Expectation, during string) (*exchange, error) {
	wire := &transport{http: s.HTTP, now: s.Now, metadata: md, authority: canonicalAuthority(md.TenantID), during: during, timeout: s.timeout(),
		verify: func(ctx context.Context, raw string) (*idtoken.Token, error) {
			want.Now = s.Now()
			return idtoken.Verify(ctx, raw, s.Authorities.Keys(md), want)
		}}
	x := &exchange{blob: blob, wire: wire}
	if !cred.Confidential() {
		client, err := public.New(app.ClientID, public.WithAuthority(wire.authority), public.WithInstanceDiscovery(false),
			public.WithHTTPClient(wire), public.WithCache(blob))
		if err != nil {
			return nil, fmt.Errorf("set up the public client: %w", err)
		}
		x.client = publicClient{client}
		return x, nil
	}
	credential, err := cred.msal(func(err error) { wire.credential = err })
	if err != nil {
		return nil, fmt.Errorf("use the client's credential: %w", err)
	}
	client, err := confidential.New(wire.authority, app.ClientID, credential, confidential.WithInstanceDiscovery(false),
		confidential.WithHTTPClient(wire), confidential.WithCache(blob))
	if err != nil {
		return nil, fmt.Errorf("set up the confidential client: %w", err)
	}
	x.client = confidentialClient{client}
	return x, nil
}

// outcome turns what MSAL returned into an access token for the scopes asked for.
// MSAL's own error texts are never passed on: some hold the raw token answer (facts: array aud, bad JSON).
func (x *exchange) outcome(result public.AuthResult, err error, scopes []string, now time.Time) (tokencache.AccessToken, error) {
	if err != nil {
		return tokencache.AccessToken{}, x.wire.explain(err)
	}
	at := tokencache.AccessToken{
		Requested: tokencache.ScopeKey(scopes),
		Scopes:    x.wire.granted,
		Secret:    result.AccessToken,
		Type:      "Bearer",
		IssuedAt:  now.UTC(),
		ExpiresAt: now.Add(x.wire.expiresIn).UTC(),
	}
	if x.wire.refreshIn > 0 {
		at.RefreshAt = now.Add(x.wire.refreshIn).UTC()
	}
	return at, nil
}

// canonicalAuthority is the authority that MSAL is told, whatever form the user gave: its issuer check accepts the
// tenant's own host only (facts: MSAL Go, blocker 2), and its cache keys do not change when the form does.
// The requests go to the endpoints of the validated metadata, on the user's own host.
func canonicalAuthority(tenantID string) string {
	return "https://" + tenantID + ".ciamlogin.com/" + tenantID
}

// redemptionScopes are what a code or a refresh token is redeemed for: the API scopes, and email when the sign-in
// asked for it, so that the ID token keeps the claim. MSAL adds openid, profile and offline_access to the request by
// itself and refuses an empty list.
func redemptionScopes(api, signIn []string) []string {
	scopes := slices.Clone(api)
	for _, s := range signIn {
		if strings.EqualFold(s, "email") {
			scopes = append(scopes, "email")
			break
		}
	}
	if len(scopes) == 0 {
		return []string{"openid"}
	}
	return scopes
}

// apiScopes drops the OpenID Connect scopes: they choose claims, not an API, and are always asked for.
func apiScopes(scopes []string) []string {
	var api []string
	for _, s := range scopes {
		switch strings.ToLower(s) {
		case "openid", "profile", "offline_access", "email":
		default:
			api = append(api, s)
		}
	}
	return api
}

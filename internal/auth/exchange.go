package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"
	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"

	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/idtoken"
	"github.com/ciam-cli/ciam/internal/tokencache"
	"github.com/ciam-cli/ciam/internal/wire"
)

// exchange is one trip to the token endpoint: the MSAL client, its cache, and the adapter that judges the answers.
type exchange struct {
	service *Service
	app     App
	cred    Credential
	want    idtoken.Expectation
	during  string

	client msal
	blob   *tokencache.Blob
	wire   *adapter
}

// newExchange builds the MSAL client for app.
func (s *Service) newExchange(app App, cred Credential, md authority.Metadata, blob *tokencache.Blob, want idtoken.Expectation, during string) (*exchange, error) {
	x := &exchange{service: s, app: app, cred: cred, want: want, during: during, blob: blob}
	return x, x.build(md)
}

// build makes the client for the endpoints of md. Instance discovery is off: it would ask login.microsoftonline.com,
// which knows nothing of external tenants, even for a cached token.
func (x *exchange) build(md authority.Metadata) error {
	s := x.service
	w := &adapter{http: s.HTTP, options: s.asked(wire.Options{}), now: s.Now, metadata: md, authority: canonicalAuthority(md.TenantID),
		judge: judge{during: x.during, keys: s.Authorities.Keys(md), want: x.want}}
	if !x.cred.Confidential() {
		client, err := public.New(x.app.ClientID, public.WithAuthority(w.authority), public.WithInstanceDiscovery(false),
			public.WithHTTPClient(w), public.WithCache(x.blob))
		if err != nil {
			return fmt.Errorf("set up the public client: %w", err)
		}
		x.client, x.wire = publicClient{client}, w
		return nil
	}
	credential, err := x.cred.msal(func(err error) { w.credential = err })
	if err != nil {
		return fmt.Errorf("use the client's credential: %w", err)
	}
	client, err := confidential.New(w.authority, x.app.ClientID, credential, confidential.WithInstanceDiscovery(false),
		confidential.WithHTTPClient(w), confidential.WithCache(x.blob))
	if err != nil {
		return fmt.Errorf("set up the confidential client: %w", err)
	}
	x.client, x.wire = confidentialClient{client}, w
	return nil
}

// redeem exchanges a code. It is not repeated once it may have arrived, since a code is good for one use.
func (x *exchange) redeem(ctx context.Context, code, redirectURI, verifier string, scopes []string) (public.AuthResult, error) {
	return x.run(ctx, false, func(ctx context.Context, c msal) (public.AuthResult, error) {
		return c.redeem(ctx, code, redirectURI, verifier, scopes)
	})
}

// refresh redeems the refresh token of the account.
func (x *exchange) refresh(ctx context.Context, homeAccountID string, scopes []string) (public.AuthResult, error) {
	return x.run(ctx, true, func(ctx context.Context, c msal) (public.AuthResult, error) {
		return c.refresh(ctx, homeAccountID, scopes)
	})
}

// forApp asks for a token of the app itself.
func (x *exchange) forApp(ctx context.Context, scopes []string) (public.AuthResult, error) {
	return x.run(ctx, true, func(ctx context.Context, c msal) (public.AuthResult, error) { return c.forApp(ctx, scopes) })
}

// run makes the request. Where there is nothing at the token endpoint the metadata may be out of date: they are asked
// for once more, and so is the new endpoint, with a client made anew, since a certificate's assertion names the endpoint.
func (x *exchange) run(ctx context.Context, repeatable bool, call func(context.Context, msal) (public.AuthResult, error)) (public.AuthResult, error) {
	// MSAL ends a request without a deadline after 30 seconds, our tries and the keys included. Its limit is not ours.
	ctx, cancel := context.WithTimeout(ctx, time.Hour)
	defer cancel()
	x.wire.options.Repeatable = repeatable
	result, err := call(ctx, x.client)
	if err == nil || !gone(err) {
		return result, err
	}
	md, refetch := x.service.Authorities.Refetch(ctx, x.wire.metadata)
	if refetch != nil || md.TokenEndpoint == x.wire.metadata.TokenEndpoint || x.build(md) != nil {
		return result, err
	}
	x.wire.options.Repeatable = repeatable
	return call(ctx, x.client)
}

// gone reports an endpoint at which there is nothing.
func gone(err error) bool {
	var answer *AnswerError
	var refused *RefusedError
	return errors.As(err, &answer) && nothingThere(answer.Status) || errors.As(err, &refused) && nothingThere(refused.Status)
}

// outcome makes an access token, for the scopes asked for, of what the answer held. MSAL's own error texts are never
// passed on: some hold the raw token answer (facts: array aud, bad JSON).
func (x *exchange) outcome(err error, scopes []string, now time.Time) (tokencache.AccessToken, error) {
	t := x.wire.tokens
	if err != nil || t == nil {
		return tokencache.AccessToken{}, x.wire.explain(err)
	}
	// By the tenant's clock where ours is fast: it may be set right before the token expires.
	from := now.Add(min(x.wire.skew, 0))
	at := tokencache.AccessToken{
		Requested: tokencache.ScopeKey(scopes),
		Scopes:    t.granted,
		Secret:    t.access,
		Type:      "Bearer",
		IssuedAt:  now.UTC(),
		ExpiresAt: from.Add(t.expiresIn).UTC(),
	}
	if t.refreshIn > 0 {
		at.RefreshAt = from.Add(t.refreshIn).UTC()
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

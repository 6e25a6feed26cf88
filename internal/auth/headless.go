package auth

import (
	"context"
	"strings"

	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/idtoken"
	"github.com/ciam-cli/ciam/internal/tokencache"
)

// headless is the frame of a sign-in without a listener: lock, probe, record, metadata, and the one write at the end.
func (s *Service) headless(ctx context.Context, app App, sign func(context.Context, authority.Metadata, Credential) (*LoginResult, error)) (*LoginResult, error) {
	sitting, err := s.beginSignIn(ctx, app)
	if err != nil {
		return nil, err
	}
	defer sitting.release()
	md, err := s.Authorities.Metadata(ctx, app.Authority, app.TenantID)
	if err != nil {
		return nil, err
	}
	credential, err := app.credential(md, sitting.home.record)
	if err != nil {
		return nil, err
	}
	result, err := sign(ctx, md, credential)
	if err != nil {
		return nil, err
	}
	return result, s.keep(ctx, app, sitting, &result.Session)
}

// adopt hands tokens that were obtained without MSAL to MSAL, as the answer to the redemption of a code, so that it
// keeps the refresh token. The ID token is verified like any other; there is no nonce without an authorize request.
func (s *Service) adopt(ctx context.Context, app App, md authority.Metadata, credential Credential, a *answer, during string) (*LoginResult, error) {
	want := idtoken.Expectation{Issuer: md.Issuer, TenantID: md.TenantID, ClientID: app.ClientID}
	x, err := s.newExchange(app, credential, md, tokencache.NewBlob(nil), want, during)
	if err != nil {
		return nil, err
	}
	x.wire.canned = a
	scopes := apiScopes(app.Scopes)
	result, err := x.redeem(ctx, "none", "http://localhost", strings.Repeat("0", 43), redemptionScopes(scopes, app.Scopes))
	at, err := x.outcome(err, scopes, s.Now())
	if err != nil {
		return nil, err
	}
	return s.signedIn(app, md, x, result.Account.HomeAccountID, at)
}

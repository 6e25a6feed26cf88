package auth

import (
	"context"
	"time"

	"github.com/ciam-cli/ciam/internal/idtoken"
	"github.com/ciam-cli/ciam/internal/tokencache"
)

// IDToken returns the ID token of the session, which was verified when it arrived, and renews it as Token renews an access
// token: at the same margin, and with the same way out while the tenant cannot be reached. A valid one costs one read of
// the token store and no request. Errors: those of Token.
func (s *Service) IDToken(ctx context.Context, app App, req TokenRequest) (*idtoken.Token, tokencache.Session, error) {
	var h held
	var token *idtoken.Token
	w := &renewal{app: app, scope: "id_token"}
	w.load = func(ctx context.Context) (session *tokencache.Session, err error) {
		if h, err = s.session(ctx, app); err != nil {
			return nil, err
		}
		w.grant = grantID(h.record.Session.MSAL)
		token, err = s.storedIDToken(app, *h.record.Session)
		return h.record.Session, err
	}
	w.judge = func(*tokencache.Session) (need, time.Time) {
		at := tokencache.AccessToken{ExpiresAt: token.ExpiresAt, IssuedAt: token.IssuedAt}
		return needOf(at, true, req, s.Now()), at.ExpiresAt
	}
	w.given = func(session *tokencache.Session) TokenResult { return TokenResult{Session: *session} }
	w.issuedAt = func(*tokencache.Session) time.Time { return token.IssuedAt }
	w.redeem = func(ctx, keep context.Context) (TokenResult, error) {
		return s.redeemRefreshToken(ctx, keep, app, h, apiScopes(h.record.Session.Scopes))
	}
	result, err := s.renew(ctx, w)
	if err != nil {
		return nil, tokencache.Session{}, err
	}
	renewed, err := s.storedIDToken(app, result.Session)
	if err == nil && !renewed.ExpiresAt.After(s.Now()) {
		// OpenID Connect Core section 12.2 allows a refresh that brings no new ID token.
		err = &LoginRequiredError{Reason: "the ID token has expired and the tenant sent no new one with the refresh"}
	}
	return renewed, result.Session, err
}

// storedIDToken reads a session's ID token. It is not verified again: it was before it was stored.
func (s *Service) storedIDToken(app App, session tokencache.Session) (*idtoken.Token, error) {
	token, err := idtoken.Decode(session.IDToken)
	if err != nil {
		return nil, &tokencache.FormatError{Profile: app.Profile, Problem: "has an ID token that cannot be read"}
	}
	return token, nil
}

package auth

import (
	"context"
	"fmt"
	"time"

	"github.com/ciam-cli/ciam/internal/idtoken"
	"github.com/ciam-cli/ciam/internal/tokencache"
)

// IDToken returns the ID token of the session, which was verified when it arrived, and renews it as Token renews an access
// token: at the same margin, and with the same way out while the tenant cannot be reached. A valid one costs one read of
// the token store and no request. Errors: those of Token.
func (s *Service) IDToken(ctx context.Context, app App, req TokenRequest) (*idtoken.Token, tokencache.Session, error) {
	session, err := s.Session(ctx, app)
	if err != nil {
		return nil, session, err
	}
	old, err := s.storedIDToken(app, session)
	if err != nil {
		return nil, session, err
	}
	left := old.ExpiresAt.Sub(s.Now())
	if !req.ForceRefresh && left >= req.margin() {
		return old, session, nil
	}
	result, err := s.Token(ctx, app, TokenRequest{ForceRefresh: true})
	switch {
	case err != nil && offline(err) && !req.ForceRefresh && left > 0:
		s.warn(fmt.Sprintf("the tenant could not be reached; this ID token is valid for %s more", left.Round(time.Second)))
		return old, session, nil
	case err != nil:
		return nil, session, err
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

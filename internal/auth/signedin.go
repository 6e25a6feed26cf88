package auth

import (
	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/tokencache"
)

// signedIn makes the result of a finished exchange.
func (s *Service) signedIn(app App, md authority.Metadata, x *exchange, homeAccountID string, at tokencache.AccessToken) (*LoginResult, error) {
	if x.wire.token == nil {
		return nil, &AnswerError{During: x.during, Problem: "expected an id_token, got none, although the scope openid was asked for"}
	}
	s.noteSkew(x.wire.skew)
	session := tokencache.Session{
		Authority: app.Authority.String(), TenantID: md.TenantID, ClientID: app.ClientID, Issuer: md.Issuer,
		HomeAccountID: homeAccountID, SignedInAt: s.Now().UTC(), IDToken: x.wire.token.Raw,
		Scopes: app.Scopes, MSAL: x.blob.Data(),
	}
	session.Put(at, s.Now())
	return &LoginResult{Session: session, IDToken: x.wire.token, AccessToken: at}, nil
}

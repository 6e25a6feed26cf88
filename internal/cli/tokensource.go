package cli

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/auth"
	"github.com/ciam-cli/ciam/internal/tokencache"
)

// tokenSource gives the tokens of one target, as often as asked.
type tokenSource struct {
	*target
	request auth.TokenRequest
	asApp   bool // client credentials
}

// credential is one token as a program gets to see it: an access token, or the session's ID token.
type credential struct {
	secret, tokenType           string
	isIDToken                   bool
	scopes                      []string // of an access token: granted
	expiresAt                   time.Time
	tenantID, clientID, profile string
}

// tokenSource finds profile, session and store of this run; nothing is read from the store yet.
func (r *run) tokenSource(ctx context.Context, o appOptions, request auth.TokenRequest) (*tokenSource, error) {
	t, err := r.open(ctx, o)
	if err != nil {
		return nil, err
	}
	request.Scopes = o.requested(r.env)
	return &tokenSource{target: t, request: request, asApp: o.asApp}, nil
}

// accessToken returns an access token, renewed when needed.
func (s *tokenSource) accessToken(ctx context.Context) (credential, error) {
	get := s.service.Token
	if s.asApp {
		get = s.service.AppToken
	}
	result, err := get(ctx, s.app, s.request)
	if err != nil {
		return credential{}, s.fail(s.explainCredential(ctx, err))
	}
	at := result.AccessToken
	c := s.credential(result.Session)
	c.secret, c.tokenType, c.scopes, c.expiresAt = at.Secret, at.Type, at.Scopes, at.ExpiresAt
	return c, s.fail(checkBearer(c.secret))
}

// explainCredential says, where an app has no credential, that the profile at hand keeps one which is for another app.
func (s *tokenSource) explainCredential(ctx context.Context, err error) error {
	base := s.base
	if !errors.Is(err, auth.ErrNoCredential) || base.Name == "" {
		return err
	}
	owner, ownerErr := s.run.profileOwner(base.Name)
	if ownerErr != nil {
		return err
	}
	foreign := &auth.ForeignCredentialError{Owner: owner, Authority: s.app.Authority.String(), ClientID: s.app.ClientID}
	switch {
	case base.ClientSecretFile != "":
		foreign.Kind = "secret"
	case base.ClientAssertionFile != "":
		foreign.Kind = "assertion"
	case base.ClientCertificate != "":
		foreign.Kind = "certificate"
	default:
		if kept, err := s.service.KeepsSecret(ctx, base.Name); err == nil && kept {
			foreign.Kind = "secret"
		}
	}
	if foreign.Kind == "" {
		return err
	}
	return foreign
}

// idToken returns the ID token of the session, renewed like an access token.
func (s *tokenSource) idToken(ctx context.Context) (credential, error) {
	token, session, err := s.service.IDToken(ctx, s.app, s.request)
	if err != nil {
		return credential{}, s.fail(err)
	}
	c := s.credential(session)
	c.secret, c.tokenType, c.isIDToken, c.expiresAt = token.Raw, "Bearer", true, token.ExpiresAt
	return c, s.fail(checkBearer(c.secret))
}

func (s *tokenSource) credential(session tokencache.Session) credential {
	return credential{tenantID: session.TenantID, clientID: session.ClientID, profile: s.name}
}

// checkBearer refuses a token that is not of the form that RFC 6750 section 2.1 gives bearer tokens (b64token). What it
// lets through ends no line, no quotes and no header, wherever it is put.
func checkBearer(secret string) error {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/"
	body := strings.TrimRight(secret, "=")
	if body != "" && strings.Trim(body, letters) == "" {
		return nil
	}
	return &auth.AnswerError{During: "reading the token", Problem: "it is not of the form of a bearer token (RFC 6750 section 2.1), expected letters, digits and -._~+/="}
}

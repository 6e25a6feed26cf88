package cli

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/auth"
	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/idtoken"
	"github.com/ciam-cli/ciam/internal/tokencache"
)

// tokenSource gives the tokens of one profile, as often as asked.
type tokenSource struct {
	service *auth.Service
	app     auth.App
	profile string
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
func (r *run) tokenSource(o appOptions, request auth.TokenRequest) (*tokenSource, error) {
	profile, err := r.resolve(o)
	if err != nil {
		return nil, err
	}
	if !configured(profile) {
		return nil, errNothingConfigured(profile.Name)
	}
	a, err := r.app(profile, o.credential)
	if err != nil {
		return nil, err
	}
	service, err := r.service(profile)
	if err != nil {
		return nil, err
	}
	request.Scopes = o.requested(r.env)
	return &tokenSource{service: service, app: a, profile: profile.Name, request: request, asApp: o.asApp}, nil
}

// accessToken returns an access token, renewed when needed.
func (s *tokenSource) accessToken(ctx context.Context) (credential, error) {
	get := s.service.Token
	if s.asApp {
		get = s.service.AppToken
	}
	result, err := get(ctx, s.app, s.request)
	if err != nil {
		return credential{}, err
	}
	at := result.AccessToken
	c := s.credential(result.Session)
	c.secret, c.tokenType, c.scopes, c.expiresAt = at.Secret, at.Type, at.Scopes, at.ExpiresAt
	return c, checkBearer(c.secret)
}

// idToken returns the ID token of the session, which was verified when it arrived, and renews it like an access token.
func (s *tokenSource) idToken(ctx context.Context) (credential, error) {
	session, err := s.service.Session(ctx, s.app)
	if err != nil {
		return credential{}, err
	}
	old, err := s.fromIDToken(session)
	if err != nil {
		return credential{}, err
	}
	now := s.service.Now()
	least := s.request.MinTTL
	if least == 0 {
		least = 5 * time.Minute
	}
	if !s.request.ForceRefresh && old.expiresAt.Sub(now) >= least {
		return old, nil
	}
	result, err := s.service.Token(ctx, s.app, auth.TokenRequest{ForceRefresh: true})
	var unreachable *authority.UnreachableError
	var answer *auth.AnswerError
	switch {
	case (errors.As(err, &unreachable) || errors.As(err, &answer)) && !s.request.ForceRefresh && old.expiresAt.After(now):
		s.service.Warn("the tenant could not be reached; this ID token is valid for " + old.expiresAt.Sub(now).Round(time.Second).String() + " more")
		return old, nil
	case err != nil:
		return credential{}, err
	}
	renewed, err := s.fromIDToken(result.Session)
	if err == nil && !renewed.expiresAt.After(now) {
		// OpenID Connect Core section 12.2 allows a refresh that brings no new ID token.
		return credential{}, &auth.LoginRequiredError{Profile: s.profile, Reason: "the ID token has expired and the tenant sent no new one with the refresh"}
	}
	return renewed, err
}

func (s *tokenSource) fromIDToken(session tokencache.Session) (credential, error) {
	token, err := idtoken.Decode(session.IDToken)
	if err != nil {
		return credential{}, &tokencache.FormatError{Profile: s.profile, Problem: "has an ID token that cannot be read"}
	}
	c := s.credential(session)
	c.secret, c.tokenType, c.isIDToken, c.expiresAt = token.Raw, "Bearer", true, token.ExpiresAt
	return c, checkBearer(c.secret)
}

func (s *tokenSource) credential(session tokencache.Session) credential {
	return credential{tenantID: session.TenantID, clientID: session.ClientID, profile: s.profile}
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

package auth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/idtoken"
	"github.com/ciam-cli/ciam/internal/keychain"
	"github.com/ciam-cli/ciam/internal/tokencache"
)

// TokenRequest asks for an access token without the person.
type TokenRequest struct {
	// Scopes are the API scopes; nil means those of the sign-in.
	Scopes []string
	// MinTTL is how long the token must be valid at least; 0 means 5 minutes, MSAL's own margin.
	MinTTL time.Duration
	// ForceRefresh ignores a valid token.
	ForceRefresh bool
}

// defaultMinTTL is MSAL's margin: a token that expires sooner counts as expired.
const defaultMinTTL = 5 * time.Minute

func (r TokenRequest) margin() time.Duration { return cmp.Or(r.MinTTL, defaultMinTTL) }

// TokenResult is an access token and the session it belongs to.
type TokenResult struct {
	AccessToken tokencache.AccessToken
	Session     tokencache.Session
}

// Token returns an access token for exactly the scopes asked for. A valid one costs one read of the token store and
// no request. Otherwise one process refreshes under the lock while the others wait for its result: one read more,
// one token request, one write. It never involves the person.
//
// Errors: *LoginRequiredError, *RefusedError, *AnswerError, *tokencache.LockError, *tokencache.FormatError,
// and those of authority, idtoken and keychain.
func (s *Service) Token(ctx context.Context, app App, req TokenRequest) (TokenResult, error) {
	var h held
	var scopes []string
	w := &renewal{app: app}
	w.load = func(ctx context.Context) (session *tokencache.Session, err error) {
		if h, err = s.session(ctx, app); err != nil {
			return nil, err
		}
		if scopes = apiScopes(req.Scopes); req.Scopes == nil {
			scopes = apiScopes(h.record.Session.Scopes)
		}
		w.scope, w.grant = tokencache.ScopeKey(scopes), grantID(h.record.Session.MSAL)
		return h.record.Session, nil
	}
	w.judge = func(session *tokencache.Session) (need, time.Time) {
		at, ok := session.Find(scopes)
		return needOf(at, ok, req, s.Now()), at.ExpiresAt
	}
	w.given = func(session *tokencache.Session) TokenResult {
		at, _ := session.Find(scopes)
		return TokenResult{AccessToken: at, Session: *session}
	}
	w.issuedAt = func(session *tokencache.Session) time.Time { at, _ := session.Find(scopes); return at.IssuedAt }
	w.redeem = func(ctx, keep context.Context) (TokenResult, error) {
		return s.redeemRefreshToken(ctx, keep, app, h, scopes)
	}
	return s.renew(ctx, w)
}

// Session returns the stored session of app: one read of the token store, no request.
// Errors: *LoginRequiredError, *tokencache.FormatError, and the keychain's.
func (s *Service) Session(ctx context.Context, app App) (tokencache.Session, error) {
	h, err := s.session(ctx, app)
	if err != nil {
		return tokencache.Session{}, err
	}
	return *h.record.Session, nil
}

func (s *Service) session(ctx context.Context, app App) (held, error) {
	h, err := s.load(ctx, app)
	if errors.Is(err, keychain.ErrNotFound) || err == nil && h.record.Session == nil {
		return h, s.nobody(app)
	}
	if err != nil {
		return h, err
	}
	if reason := mismatch(h.record.Session, app); reason != "" {
		return h, &LoginRequiredError{Reason: reason}
	}
	return h, nil
}

// nobody says that app has no active session, and who could be made the active one.
func (s *Service) nobody(app App) error {
	e := &LoginRequiredError{Reason: "nobody is signed in to this app"}
	if app.Profile != "" {
		e.Reason = fmt.Sprintf("nobody is signed in with profile %q", app.Profile)
	}
	if slot := app.slot(); slot.Item != slot.Home {
		return e
	}
	for _, other := range s.others(app, app.TenantID, app.ClientID) {
		e.Kept = append(e.Kept, other.Name)
	}
	if len(e.Kept) > 0 {
		e.Reason = fmt.Sprintf("nobody is active in profile %q; kept are %s", app.Profile, strings.Join(e.Kept, ", "))
	}
	return e
}

// KeptAccessToken is the access token that a session keeps for the scopes of its sign-in, else the last that was asked for;
// false when it keeps none. It may have expired.
func KeptAccessToken(session tokencache.Session) (tokencache.AccessToken, bool) {
	if at, ok := session.Find(apiScopes(session.Scopes)); ok || len(session.AccessTokens) == 0 {
		return at, ok
	}
	return session.AccessTokens[len(session.AccessTokens)-1], true
}

// redeemRefreshToken asks the tenant for a new token; the lock is held. keep is the context for storing it, which goes on
// when the time for asking is over.
func (s *Service) redeemRefreshToken(ctx, keep context.Context, app App, h held, scopes []string) (TokenResult, error) {
	before, session := h.record.Session, *h.record.Session
	if !tokencache.HasRefreshToken(session.MSAL) {
		return TokenResult{}, &LoginRequiredError{Reason: "the session has no refresh token and its access token has expired"}
	}
	old, err := s.storedIDToken(app, session)
	if err != nil {
		return TokenResult{}, err
	}
	md, err := s.Authorities.Metadata(ctx, app.Authority, session.TenantID)
	if err != nil {
		return TokenResult{}, err
	}
	want := idtoken.Expectation{Issuer: md.Issuer, TenantID: md.TenantID, ClientID: session.ClientID, Subject: old.Subject}
	app.ClientID = session.ClientID
	secrets, err := s.secrets(ctx, app, h)
	if err != nil {
		return TokenResult{}, err
	}
	credential, err := app.credential(md, secrets)
	if err != nil {
		return TokenResult{}, err
	}
	x, err := s.newExchange(app, credential, md, tokencache.NewBlob(session.MSAL), want, "refreshing")
	if err != nil {
		return TokenResult{}, err
	}
	result, err := x.refresh(ctx, session.HomeAccountID, redemptionScopes(scopes, session.Scopes))
	at, err := x.outcome(err, scopes, s.Now())
	if err != nil {
		s.keepChallenge(keep, h, err)
		return TokenResult{}, err
	}
	s.noteSkew(x.wire.skew)
	session.Claims = ""
	session.Put(at, s.Now())
	// OpenID Connect Core section 12.2 allows a refresh without an ID token. MSAL then files the new refresh token
	// under no account; the old one, which Entra keeps valid, stays in use.
	if x.wire.token != nil {
		session.IDToken, session.MSAL, session.HomeAccountID = x.wire.token.Raw, x.blob.Data(), result.Account.HomeAccountID
	}
	h.record.Session = &session
	if err := tokencache.Save(keep, s.Store, h.item, h.record); err != nil {
		s.warn("the new token could not be kept: " + err.Error())
	} else {
		s.keepEarlier(keep, app, h.item, before, &session)
	}
	return TokenResult{AccessToken: at, Session: session}, nil
}

// keepChallenge keeps the claims challenge of a refusal with the session, for the next sign-in: Conditional Access asks for
// a second factor in this way.
func (s *Service) keepChallenge(ctx context.Context, h held, err error) {
	var refused *RefusedError
	if !errors.As(err, &refused) || refused.Claims == "" || refused.Claims == h.record.Session.Claims {
		return
	}
	session := *h.record.Session
	session.Claims = refused.Claims
	h.record.Session = &session
	if err := tokencache.Save(ctx, s.Store, h.item, h.record); err != nil {
		s.warn("what the tenant asks for could not be kept: " + err.Error())
	}
}

// secrets is the record that keeps the app's secret: the profile's home, which is a read of its own for everybody but
// the active person.
func (s *Service) secrets(ctx context.Context, app App, h held) (tokencache.Record, error) {
	if app.Credential.Confidential() || h.item == app.slot().Home {
		return h.record, nil
	}
	home, err := s.homeRecord(ctx, app)
	return home.record, err
}

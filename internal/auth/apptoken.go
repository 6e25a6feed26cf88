package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/idtoken"
	"github.com/ciam-cli/ciam/internal/tokencache"
)

// ErrAppScopes is a client credentials request whose scopes are not one API's /.default.
var ErrAppScopes = errors.New("the client credentials grant takes one scope, an API's own followed by /.default, such as api://11112222-bbbb-3333-cccc-4444dddd5555/.default")

// AppToken returns an access token for the app itself, without a person (client credentials, RFC 6749 section 4.4).
// A valid one costs one read of the token store and no request; a new one is asked for under the lock, once for all
// processes. There is no session, no ID token and no refresh token; a person's session on the profile is left alone.
//
// Errors: ErrNoCredential, ErrAppScopes, *RefusedError, *AnswerError, and those of Token.
func (s *Service) AppToken(ctx context.Context, app App, req TokenRequest) (TokenResult, error) {
	if len(req.Scopes) != 1 || !strings.HasSuffix(req.Scopes[0], "/.default") {
		return TokenResult{}, ErrAppScopes
	}
	var record tokencache.Record
	w := &renewal{app: app, scope: tokencache.ScopeKey(req.Scopes), grant: "app"}
	w.load = func(ctx context.Context) (_ *tokencache.Session, err error) {
		record, err = s.appRecord(ctx, app)
		return app.own(record), err
	}
	w.judge = func(session *tokencache.Session) (need, time.Time) {
		if session == nil {
			return must, time.Time{}
		}
		at, ok := session.Find(req.Scopes)
		return needOf(at, ok, req, s.Now()), at.ExpiresAt
	}
	w.given = func(session *tokencache.Session) TokenResult {
		at, _ := session.Find(req.Scopes)
		return TokenResult{AccessToken: at, Session: tokencache.Session{TenantID: session.TenantID, ClientID: app.ClientID}}
	}
	w.issuedAt = func(session *tokencache.Session) time.Time { at, _ := session.Find(req.Scopes); return at.IssuedAt }
	w.redeem = func(ctx, keep context.Context) (TokenResult, error) {
		return s.acquireForApp(ctx, keep, app, record, req)
	}
	return s.renew(ctx, w)
}

// appRecord is the record, or an empty one: an app needs no sign-in.
func (s *Service) appRecord(ctx context.Context, app App) (tokencache.Record, error) {
	home, err := s.homeRecord(ctx, app)
	return home.record, err
}

// own are the tokens of this very app in a record; nil where there are none.
func (a App) own(record tokencache.Record) *tokencache.Session {
	kept := record.App
	if kept == nil || !strings.EqualFold(kept.ClientID, a.ClientID) ||
		a.TenantID != "" && !strings.EqualFold(kept.TenantID, a.TenantID) || a.TenantID == "" && kept.Authority != a.Authority.String() {
		return nil
	}
	return kept
}

func (s *Service) acquireForApp(ctx, keep context.Context, app App, record tokencache.Record, req TokenRequest) (TokenResult, error) {
	if !app.Credential.Confidential() && record.ClientSecret == "" {
		return TokenResult{}, ErrNoCredential
	}
	md, err := s.Authorities.Metadata(ctx, app.Authority, app.TenantID)
	if err != nil {
		return TokenResult{}, err
	}
	credential, err := app.credential(md, record)
	if err != nil {
		return TokenResult{}, err
	}
	x, err := s.newExchange(app, credential, md, tokencache.NewBlob(nil), idtoken.Expectation{}, "the client credentials")
	if err != nil {
		return TokenResult{}, err
	}
	_, err = x.forApp(ctx, req.Scopes)
	at, err := x.outcome(err, req.Scopes, s.Now())
	if err != nil {
		return TokenResult{}, err
	}
	s.noteSkew(x.wire.skew)
	if record.App == nil || !strings.EqualFold(record.App.ClientID, app.ClientID) || record.App.TenantID != md.TenantID {
		record.App = &tokencache.Session{Authority: app.Authority.String(), TenantID: md.TenantID, ClientID: app.ClientID}
	}
	record.App.Put(at, s.Now())
	if app.slot().Environment && record.Session == nil {
		s.list(keep, app, app.slot().Home, record.App)
	}
	if err := tokencache.Save(keep, s.Store, app.slot().Home, record); err != nil {
		s.warn(fmt.Sprintf("the new token could not be kept: %v", err))
	}
	return TokenResult{AccessToken: at, Session: tokencache.Session{TenantID: record.App.TenantID, ClientID: app.ClientID}}, nil
}

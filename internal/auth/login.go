package auth

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/idtoken"
	"github.com/ciam-cli/ciam/internal/loopback"
	"github.com/ciam-cli/ciam/internal/tokencache"
)

// LoginRequest is one interactive sign-in. Zero fields are left out of the authorize request.
type LoginRequest struct {
	// Redirect returns the redirect URI for a confidential or a public client; its port is the preferred one.
	Redirect func(confidential bool) (*url.URL, error)
	// Port, when positive, is the only port to listen on.
	Port int
	// ResponseMode of Ready.URL is form_post or query.
	ResponseMode                             string
	Prompt, LoginHint, DomainHint, UILocales string
	// Timeout ends the wait for the person.
	Timeout time.Duration
	// OnReady is called once the listener is bound: it opens the browser or shows the URL. Its error ends the sign-in.
	OnReady func(ctx context.Context, ready Ready) error
	// OnWaited is called when the wait that OnReady began is over, before anything else is said or done; nil is fine.
	OnWaited func()
	// OnStray is told of requests to the listener that are not the answer; nil drops them.
	OnStray func(reason string)
	// Success and Failure make the page that the browser ends on.
	Success func(*idtoken.Token) loopback.Page
	Failure func(error) loopback.Page

	// claims is the challenge that the session at hand was given when it could not be renewed.
	claims string
}

// LoginResult is a finished sign-in.
type LoginResult struct {
	Session tokencache.Session
	// IDToken was verified, every check of it reported.
	IDToken *idtoken.Token
	// AccessToken is for the app's scopes.
	AccessToken tokencache.AccessToken
	// Shared is true when another process signed the person in while this one waited for it.
	Shared bool
}

// Login signs a person in through the browser and keeps the session: one read and one write of the token store,
// requests for metadata and keys where no fresh copy is cached, and one token request.
//
// Errors: *RefusedError, *TimeoutError, *NotKeptError (with a whole result), *AnswerError, *loopback.PortError,
// those of authority, idtoken, keychain and tokencache, and the context's.
func (s *Service) Login(ctx context.Context, app App, req LoginRequest) (*LoginResult, error) {
	began := s.Now()
	sitting, err := s.beginSignIn(ctx, app)
	if err != nil {
		return nil, err
	}
	defer sitting.release()
	record := sitting.home.record
	if old := record.Session; old != nil && strings.EqualFold(old.ClientID, app.ClientID) && mismatch(old, app) == "" {
		req.claims = old.Claims
	}
	if shared := s.sharedLogin(record, app, began); shared != nil {
		return shared, nil
	}
	md, err := s.Authorities.Metadata(ctx, app.Authority, app.TenantID)
	if err != nil {
		return nil, err
	}
	credential, err := app.credential(md, record)
	if err != nil {
		return nil, err
	}
	return s.throughBrowser(ctx, app, md, credential, req, func(result *LoginResult) error { return s.keep(ctx, app, sitting, &result.Session) })
}

// throughBrowser sends the person to the tenant, redeems what comes back and has the result kept, before the browser is shown
// the outcome. A result beside an error is whole, and was not kept.
func (s *Service) throughBrowser(ctx context.Context, app App, md authority.Metadata, credential Credential, req LoginRequest, keep func(*LoginResult) error) (*LoginResult, error) {
	a, err := newAttempt(s.Rand)
	if err != nil {
		return nil, err
	}
	listener, err := listen(ctx, req, a, credential.Confidential())
	if err != nil {
		return nil, err
	}
	defer listener.Close()
	answer, err := ask(ctx, app, req, md, a, listener)
	if answer == nil {
		return nil, err
	}
	var result *LoginResult
	if err == nil {
		result, err = s.redeem(ctx, app, md, credential, a, listener.RedirectURI(), answer.Code)
	}
	if err == nil {
		err = keep(result)
	}
	if err != nil {
		answer.Reply(req.Failure(err))
		return result, err
	}
	answer.Reply(req.Success(result.IDToken))
	return result, nil
}

// sitting is a sign-in under way.
type sitting struct {
	release func()
	// home is what the profile's home had before the person was asked, and lost why it could not be read.
	home held
	lost error
	// generation is that of the store's lock before home was read.
	generation uint64
}

// beginSignIn takes the lock, makes sure that the store can be written to, and reads what it has: all before the
// person is asked for anything.
func (s *Service) beginSignIn(ctx context.Context, app App) (*sitting, error) {
	release, err := s.Locks.Acquire(ctx, app.slot().Lock, "signing in")
	if err != nil {
		return nil, err
	}
	b := &sitting{release: release, generation: s.Locks.Generation(app.slot().Lock, refreshing)}
	if err = s.Store.Probe(ctx); err == nil {
		b.home, b.lost, err = s.replaceable(ctx, app)
	}
	if err != nil {
		release()
		return nil, err
	}
	if b.lost != nil {
		s.warn(b.lost.Error() + "; this sign-in replaces it, and a client secret kept in it is lost")
	}
	return b, nil
}

// replaceable reads what the profile's home has before a sign-in replaces it. What cannot be read does not hinder a
// sign-in, unless another key or a newer ciam could read it and nobody forced the replacement; lost is why it could not.
func (s *Service) replaceable(ctx context.Context, app App) (home held, lost, err error) {
	home, err = s.homeRecord(ctx, app)
	switch {
	case err == nil && app.Replace:
		return held{item: home.item}, nil, nil
	case err == nil:
		return home, nil, nil
	case unreadable(err, app.Force):
		return held{item: home.item}, err, nil
	}
	return home, nil, err
}

// sharedLogin returns the session that another process made for the same app while this one waited for the lock.
func (s *Service) sharedLogin(record tokencache.Record, app App, began time.Time) *LoginResult {
	session := record.Session
	if session == nil || !session.SignedInAt.After(began) || mismatch(session, app) != "" {
		return nil
	}
	token, err := idtoken.Decode(session.IDToken)
	if err != nil {
		return nil
	}
	at, _ := session.Find(apiScopes(session.Scopes))
	return &LoginResult{Session: *session, IDToken: token, AccessToken: at, Shared: true}
}

func listen(ctx context.Context, req LoginRequest, a attempt, confidential bool) (*loopback.Listener, error) {
	redirect, err := req.Redirect(confidential)
	if err != nil {
		return nil, err
	}
	return loopback.Listen(ctx, loopback.Options{RedirectURI: redirect, Port: req.Port, State: a.state, OnStray: req.OnStray})
}

// ask sends the person to the tenant and waits for the answer. With an answer, a browser waits for its page.
func ask(ctx context.Context, app App, req LoginRequest, md authority.Metadata, a attempt, listener *loopback.Listener) (*loopback.Answer, error) {
	address, err := authorizeURL(md, app, req, a, listener.RedirectURI())
	if err != nil {
		return nil, err
	}
	req.ResponseMode = "query"
	carried, err := authorizeURL(md, app, req, a, listener.RedirectURI())
	if err != nil {
		return nil, err
	}
	answer, err := awaitBrowser(ctx, listener, Ready{URL: address, Carried: carried, Paste: listener.Paste}, req.Timeout, req.OnReady, req.OnWaited)
	if answer != nil && answer.Error != "" {
		return answer, newRefused("sign-in", answer.Error, answer.ErrorSubcode, answer.ErrorDescription, 0)
	}
	return answer, err
}

// redeem exchanges the code for tokens and verifies the ID token.
func (s *Service) redeem(ctx context.Context, app App, md authority.Metadata, credential Credential, a attempt, redirectURI, code string) (*LoginResult, error) {
	want := idtoken.Expectation{Issuer: md.Issuer, TenantID: md.TenantID, ClientID: app.ClientID, Nonce: a.nonce}
	x, err := s.newExchange(app, credential, md, tokencache.NewBlob(nil), want, "redeeming the code")
	if err != nil {
		return nil, err
	}
	scopes := apiScopes(app.Scopes)
	result, err := x.redeem(ctx, code, redirectURI, a.verifier, redemptionScopes(scopes, app.Scopes))
	at, err := x.outcome(err, scopes, s.Now())
	if err != nil {
		return nil, err
	}
	return s.signedIn(app, md, x, result.Account.HomeAccountID, at)
}

// tolerableSkew is well below the 5 minutes of leeway that verification allows: worth a word before it hurts.
const tolerableSkew = 2 * time.Minute

// noteSkew warns of a clock that is off, as the Date header of the tenant's answer tells.
func (s *Service) noteSkew(skew time.Duration) {
	switch {
	case skew > tolerableSkew:
		s.warn(fmt.Sprintf("your clock is %s slow by the tenant's", skew.Round(time.Minute)))
	case skew < -tolerableSkew:
		s.warn(fmt.Sprintf("your clock is %s fast by the tenant's", (-skew).Round(time.Minute)))
	}
}

// mismatch says why a session is not one of app's, or "" when it is.
func mismatch(session *tokencache.Session, app App) string {
	switch {
	case app.ClientID != "" && !strings.EqualFold(session.ClientID, app.ClientID):
		return fmt.Sprintf("the stored session is for app %s, the profile now names %s", session.ClientID, app.ClientID)
	case app.TenantID != "" && !strings.EqualFold(session.TenantID, app.TenantID):
		return fmt.Sprintf("the stored session is for tenant %s, the profile now names %s", session.TenantID, app.TenantID)
	case app.Authority == (authority.Authority{}):
	case app.TenantID == "" && session.Authority != app.Authority.String(), !reaches(session, app.Authority):
		return fmt.Sprintf("the stored session is for %s, the profile now names %s", session.Authority, app.Authority)
	}
	return ""
}

// reaches reports whether a may be sent what the tenant gave to this session: a refresh token is a credential, too.
func reaches(session *tokencache.Session, a authority.Authority) bool {
	from, err := authority.Parse(session.Authority)
	return err == nil && from.Vouches(a)
}

package auth

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/idtoken"
	"github.com/ciam-cli/ciam/internal/keychain"
	"github.com/ciam-cli/ciam/internal/loopback"
	"github.com/ciam-cli/ciam/internal/tokencache"
)

// LogoutRequest ends a session.
type LogoutRequest struct {
	// Local leaves the session at the tenant alone.
	Local bool
	// PostLogoutRedirectURI is where the tenant sends the browser; it has to be registered for the app.
	PostLogoutRedirectURI *url.URL
	// Port, when positive, is the only port to listen on.
	Port int
	// Timeout ends the wait for the browser's return.
	Timeout time.Duration
	// OnReady opens the browser at the end-session URL or shows it.
	OnReady func(ctx context.Context, ready Ready) error
	// OnWaited is as in LoginRequest.
	OnWaited func()
	// OnStray is told of requests to the listener that are not the return.
	OnStray func(reason string)
	// Page is what the browser ends on.
	Page func() loopback.Page
}

// LogoutResult says what was done.
type LogoutResult struct {
	// Deleted is true when there were tokens to delete.
	Deleted bool
	// Returned is true when the browser came back from the tenant.
	Returned bool
	// Person is who was signed out, "" when that is not known.
	Person string
	// Active is who became the active person of the profile, "" for nobody.
	Active string
	// Kept are the people whose sessions the profile keeps and of whom none is active.
	Kept []string
}

// Logout deletes the tokens first, whatever the tenant says later, and then ends the session at the tenant in the
// browser: Entra has no revocation endpoint, and a browser session left behind would sign the person in again
// without a question. Doing it twice is fine. A client secret given to the profile stays.
//
// Errors after the deletion come with Deleted set: *TimeoutError when the browser does not return, those of
// authority and loopback, and the context's. Before it: the keychain's and *tokencache.LockError.
func (s *Service) Logout(ctx context.Context, app App, req LogoutRequest) (LogoutResult, error) {
	session, result, err := s.forget(ctx, app, req.Local)
	if err != nil || session == nil || req.Local {
		return result, err
	}
	if app.Authority == (authority.Authority{}) { // what the environment set up, and no longer names
		if app.Authority, err = authority.Parse(session.Authority); err != nil {
			return result, err
		}
	}
	md, err := s.Authorities.Metadata(ctx, app.Authority, session.TenantID)
	if err != nil {
		return result, fmt.Errorf("end the session at the tenant: %w", err)
	}
	if md.EndSessionEndpoint == "" {
		s.warn("the tenant names no end-session endpoint; its browser session may live on")
		return result, nil
	}
	a, err := newAttempt(s.Rand)
	if err != nil {
		return result, err
	}
	listener, err := loopback.Listen(ctx, loopback.Options{RedirectURI: req.PostLogoutRedirectURI, Port: req.Port, State: a.state, AnyReturn: true, OnStray: req.OnStray})
	if err != nil {
		return result, err
	}
	defer listener.Close()
	address, err := endSessionURL(md.EndSessionEndpoint, listener.RedirectURI(), a.state, session)
	if err != nil {
		return result, err
	}
	answer, err := awaitBrowser(ctx, listener, Ready{URL: address}, req.Timeout, req.OnReady, req.OnWaited)
	if err != nil {
		return result, err
	}
	answer.Reply(req.Page())
	result.Returned = true
	return result, nil
}

// forget deletes the session under the lock, so that a refresh in another process cannot bring it back. One that cannot
// be read is deleted all the same: unread where only the tokens are to go, which needs no key.
func (s *Service) forget(ctx context.Context, app App, local bool) (*tokencache.Session, LogoutResult, error) {
	var result LogoutResult
	release, err := s.lockStore(ctx, app)
	if err != nil {
		return nil, result, err
	}
	defer release()
	h, err := s.load(ctx, app)
	if errors.Is(err, keychain.ErrNotFound) {
		s.unlist(ctx, h.item)
		return nil, result, nil
	}
	if err != nil {
		if !unreadable(err, local) {
			return nil, result, err
		}
		s.warn(err.Error() + "; it was deleted, and the session at the tenant was left alone")
		result.Deleted = true
		return nil, result, s.erase(ctx, h.item)
	}
	session := h.record.Session
	if session == nil && h.record.App == nil {
		return nil, result, nil
	}
	h.record.Session, h.record.App = nil, nil
	if err := tokencache.Save(ctx, s.Store, h.item, h.record); err != nil {
		return nil, result, err
	}
	result.Deleted = true
	if session != nil {
		err = s.forgetEarlier(ctx, app.Profile, session.TenantID, session.ClientID, personOf(session))
	}
	s.unlist(ctx, h.item)
	if session == nil || err != nil {
		return session, result, err
	}
	result.Person = nameOf(session)
	if h.item == app.slot().Home {
		err = s.succeed(ctx, app, session, h.record, &result)
	}
	return session, result, err
}

// unreadable reports whether an item can be deleted although it cannot be read. Whatever a key or a newer ciam could still
// open is only deleted when nothing but the tokens is to go.
func unreadable(err error, local bool) bool {
	var format *tokencache.FormatError
	var corrupt *keychain.CorruptError
	var newer *keychain.NewerError
	var store *keychain.UnavailableError
	switch {
	case errors.As(err, &corrupt), errors.As(err, &format) && !format.Newer:
		return true
	case errors.As(err, &format), errors.As(err, &newer):
		return local
	case errors.As(err, &store):
		return local && (store.State == keychain.WrongKey || store.State == keychain.NoKey || store.State == keychain.LooseMode)
	}
	return false
}

// succeed makes the only person that is left the active one; of several, somebody has to choose.
func (s *Service) succeed(ctx context.Context, app App, gone *tokencache.Session, record tokencache.Record, result *LogoutResult) error {
	people := s.others(app, gone.TenantID, gone.ClientID)
	for _, e := range people {
		result.Kept = append(result.Kept, e.Name)
	}
	if len(people) != 1 || people[0].Store != s.Store.Kind() {
		return nil
	}
	next, err := s.read(ctx, app, people[0].Item)
	if errors.Is(err, keychain.ErrNotFound) || err == nil && next.Session == nil {
		result.Kept = nil
		s.unlist(ctx, people[0].Item)
		return nil
	}
	if err != nil {
		return err
	}
	result.Active, result.Kept = nameOf(next.Session), nil
	return s.install(ctx, app, held{item: app.slot().Home, record: record}, next.Session)
}

// endSessionURL builds the request of OpenID Connect RP-Initiated Logout section 2, as Microsoft's "Send a sign-out
// request" has it: logout_hint is the login_hint claim and spares the account picker; id_token_hint does not, and
// would put a token into an address bar.
func endSessionURL(endpoint, returnTo, state string, session *tokencache.Session) (string, error) {
	u, err := url.Parse(endpoint)
	if err != nil {
		return "", fmt.Errorf("end-session endpoint: %w", err)
	}
	q := u.Query()
	q.Set("post_logout_redirect_uri", returnTo)
	q.Set("client_id", session.ClientID)
	q.Set("state", state)
	if token, err := idtoken.Decode(session.IDToken); err == nil && token.LoginHint != "" {
		q.Set("logout_hint", token.LoginHint)
	}
	u.RawQuery = q.Encode()
	return u.String(), nil
}

package auth

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

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
}

// Logout deletes the tokens first, whatever the tenant says later, and then ends the session at the tenant in the
// browser: Entra has no revocation endpoint, and a browser session left behind would sign the person in again
// without a question. Doing it twice is fine. A client secret given to the profile stays.
//
// Errors after the deletion come with Deleted set: *TimeoutError when the browser does not return, those of
// authority and loopback, and the context's. Before it: the keychain's and *tokencache.LockError.
func (s *Service) Logout(ctx context.Context, app App, req LogoutRequest) (LogoutResult, error) {
	session, deleted, err := s.forget(ctx, app.Profile)
	result := LogoutResult{Deleted: deleted}
	if err != nil || session == nil || req.Local {
		return result, err
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
	limited, cancel := context.WithTimeout(ctx, req.Timeout)
	defer cancel()
	if err := req.OnReady(limited, Ready{URL: address, RedirectURI: listener.RedirectURI(), Moved: listener.Moved()}); err != nil {
		return result, err
	}
	answer, err := listener.Wait(limited)
	if err != nil {
		if ctx.Err() == nil && errors.Is(limited.Err(), context.DeadlineExceeded) {
			err = &TimeoutError{Waited: req.Timeout, RedirectURI: listener.RedirectURI()}
		}
		return result, err
	}
	answer.Reply(req.Page())
	result.Returned = true
	return result, nil
}

// forget deletes the session under the lock, so that a refresh in another process cannot bring it back.
// It returns the session, nil when none could be read: an unreadable one is deleted all the same.
func (s *Service) forget(ctx context.Context, profile string) (*tokencache.Session, bool, error) {
	release, err := s.lockStore(ctx, profile)
	if err != nil {
		return nil, false, err
	}
	defer release()
	record, err := tokencache.Load(ctx, s.Store, profile)
	var format *tokencache.FormatError
	var corrupt *keychain.CorruptError
	switch {
	case errors.Is(err, keychain.ErrNotFound):
		return nil, false, nil
	case errors.As(err, &format) || errors.As(err, &corrupt):
		s.warn(err.Error() + "; it was deleted, and the session at the tenant was left alone")
		return nil, true, s.Store.Delete(ctx, profile)
	case err != nil:
		return nil, false, err
	case record.Session == nil && record.App == nil:
		return nil, false, nil
	}
	session := record.Session
	record.Session, record.App = nil, nil
	return session, true, tokencache.Save(ctx, s.Store, profile, record)
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

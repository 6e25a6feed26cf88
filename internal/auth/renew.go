package auth

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/tokencache"
	"github.com/ciam-cli/ciam/internal/wire"
)

// need says how much a stored token wants renewing.
type need int

const (
	// fine is a token that is valid for as long as was asked.
	fine need = iota
	// due is one that the tenant wants renewed (refresh_in) although it is valid for long enough.
	due
	// soon is one that is valid, for less than the usual margin.
	soon
	// must is one that cannot be given: expired, missing, or not what was demanded.
	must
)

// A renewal has little time while there is something to give instead: nobody should wait long for a token that is
// valid. The other limit is below that of the lock, so that waiters outlast the holder.
const (
	shortBudget = 1500 * time.Millisecond
	longBudget  = 25 * time.Second
)

func (s *Service) budget(n need) time.Duration {
	if n == must {
		return cmp.Or(s.budgets.long, longBudget)
	}
	return cmp.Or(s.budgets.short, shortBudget)
}

// needOf judges a stored token against what is asked for.
func needOf(at tokencache.AccessToken, ok bool, req TokenRequest, now time.Time) need {
	left := at.ExpiresAt.Sub(now)
	switch {
	case !ok || req.ForceRefresh || left <= 0, left < req.MinTTL:
		return must
	// Issued in the future: our clock was fast then, and what it made of the token's times is not to be relied on.
	case left < req.margin(), at.IssuedAt.After(now.Add(tolerableSkew)):
		return soon
	case !at.RefreshAt.IsZero() && !now.Before(at.RefreshAt):
		return due
	}
	return fine
}

// renewal is one token that may have to be renewed. Its functions share what load has read.
type renewal struct {
	app App
	// scope and grant tell outcomes of other processes apart: what was asked for, and with which refresh token.
	scope, grant string
	// load reads the session; nil where there is none yet, as an app has none.
	load func(context.Context) (*tokencache.Session, error)
	// judge says how much the token wants renewing, and when it expires.
	judge func(*tokencache.Session) (need, time.Time)
	// issuedAt is when the token was issued.
	issuedAt func(*tokencache.Session) time.Time
	// given is the stored token.
	given func(*tokencache.Session) TokenResult
	// redeem asks the tenant; keep is the context for storing what it gives.
	redeem func(ctx, keep context.Context) (TokenResult, error)
}

// errBudget is the end of a renewal's time.
var errBudget = errors.New("the time for a renewal is over")

// renew returns the stored token or a new one: one request, however many processes ask. A failure that may pass withholds
// no token that is still valid, and who waited for another process takes over what it was told.
func (s *Service) renew(ctx context.Context, w *renewal) (TokenResult, error) {
	session, err := w.load(ctx)
	if err != nil {
		return TokenResult{}, err
	}
	n, expires := w.judge(session)
	if n == fine {
		return w.given(session), nil
	}
	result, err := s.renewLocked(ctx, w, n)
	if err == nil {
		return result, nil
	}
	if n == must || ctx.Err() != nil || !expires.After(s.Now()) {
		return TokenResult{}, needsPerson(err)
	}
	s.tellKept(n, expires, err)
	return w.given(session), nil
}

// tellKept says why a token that is still valid was not renewed, where that is of interest.
func (s *Service) tellKept(n need, expires time.Time, err error) {
	left := expires.Sub(s.Now()).Round(time.Second).String()
	var refused *RefusedError
	switch {
	case errors.As(err, &refused) && refused.needsPerson():
		s.warn("the tenant no longer accepts the session (" + refused.Code + "): sign in again before " + expires.UTC().Format("15:04:05 UTC") + ", when this token expires")
	case n == due && passing(err): // it is tried again with the next call
	default:
		s.warn(fmt.Sprintf("the token could not be renewed (%v); this one is valid for %s more", err, left))
	}
}

// needsPerson makes a refusal that only a sign-in can better the error that says so.
func needsPerson(err error) error {
	var refused *RefusedError
	if errors.As(err, &refused) && refused.needsPerson() {
		return &LoginRequiredError{Reason: "the tenant no longer accepts the session", Err: refused}
	}
	return err
}

// renewLocked renews under the lock, within the time that the need allows.
func (s *Service) renewLocked(ctx context.Context, w *renewal, n need) (TokenResult, error) {
	lock := w.app.slot().Lock
	before, started := s.Locks.Outcome(lock, refreshing), s.Now()
	limited, cancel := context.WithTimeoutCause(ctx, s.budget(n), errBudget)
	defer cancel()
	release, err := s.lockFor(limited, w.app, n)
	if err != nil {
		return TokenResult{}, err
	}
	defer release()
	session, err := w.load(ctx)
	if err != nil {
		return TokenResult{}, err
	}
	if m, _ := w.judge(session); m == fine {
		return w.given(session), nil
	}
	after := s.Locks.Outcome(lock, refreshing)
	if s.taken(w, session, before, after, started) {
		return w.given(session), nil
	}
	if after.Generation != before.Generation {
		if err := w.inherited(after); err != nil {
			return TokenResult{}, err
		}
	}
	result, err := w.redeem(limited, ctx)
	if err != nil && ctx.Err() == nil && limited.Err() != nil && errors.Is(context.Cause(limited), errBudget) {
		err = &authority.UnreachableError{URL: w.app.Authority.String(), Cause: wire.CauseTimeout, Reason: fmt.Sprintf("the token was not renewed within %s", s.budget(n))}
		if n != must {
			return result, err // others may have more time
		}
	}
	if o, ok := w.outcome(err); ok && ctx.Err() == nil {
		o.Generation = after.Generation + 1
		s.Locks.SetOutcome(lock, refreshing, o)
	}
	return result, err
}

// lockFor takes the lock; for a token that is only due, no longer than that takes at once. A lock that is not got in time,
// or cannot be had at all, is a failure that may pass.
func (s *Service) lockFor(ctx context.Context, app App, n need) (release func(), err error) {
	if n == due {
		unlock, ok, err := s.Locks.Try(app.slot().Lock, refreshing)
		if err == nil && !ok {
			err = &tokencache.LockError{Purpose: refreshing, Err: errors.New("somebody else has it")}
		}
		if err != nil {
			return nil, err
		}
		return s.settling(unlock), nil
	}
	release, err = s.lockStore(ctx, app)
	if errors.Is(err, errBudget) {
		pid, _ := s.Locks.Holder(app.slot().Lock, refreshing)
		err = &tokencache.LockError{Purpose: refreshing, PID: pid, Waited: s.budget(n), Err: errBudget}
	}
	return release, err
}

// taken reports whether another process has renewed this token while this one waited. Earlier versions tell by the time
// of issue only.
func (s *Service) taken(w *renewal, session *tokencache.Session, before, after tokencache.Outcome, started time.Time) bool {
	if session == nil {
		return false
	}
	_, expires := w.judge(session)
	if !expires.After(s.Now()) {
		return false
	}
	if after.Generation != before.Generation {
		return after.OK && after.Scope == w.scope
	}
	issued := w.issuedAt(session)
	return !issued.Before(started) && !issued.After(s.Now())
}

// inherited is the failure of the process that was waited for, where it is this one's too: whatever may pass, and a
// refusal of the same refresh token for the same scopes. nil asks the tenant again.
func (w *renewal) inherited(o tokencache.Outcome) error {
	switch {
	case o.OK:
		return nil
	case o.Passing && o.Status != 0:
		return &AnswerError{During: "refreshing, as another ciam has just been told", Status: o.Status, Cause: wire.CauseStatus, Problem: "the tenant is in trouble"}
	case o.Passing:
		return &authority.UnreachableError{URL: w.app.Authority.String(), Cause: wire.CauseOther, Reason: "the tenant could not be reached, as another ciam has just found"}
	case o.Scope == w.scope && o.Grant == w.grant:
		return newRefused("refreshing, as another ciam has just been told", o.Code, "", "", o.Status)
	}
	return nil
}

// outcome is what other processes may take over of a renewal's end; false for what is this process's own: its store, its
// lock, its person.
func (w *renewal) outcome(err error) (tokencache.Outcome, bool) {
	o := tokencache.Outcome{Scope: w.scope, Grant: w.grant}
	var refused *RefusedError
	var answer *AnswerError
	var unreachable *authority.UnreachableError
	switch {
	case err == nil:
		o.OK = true
	case errors.As(err, &refused):
		o.Code, o.Status, o.Passing = refused.Code, refused.Status, refused.Passing()
	case errors.As(err, &answer):
		o.Status, o.Passing = answer.Status, true
	case errors.As(err, &unreachable):
		o.Status, o.Passing = unreachable.Status, true
	default:
		return o, false
	}
	return o, true
}

// passing reports a failure that another try may better: the network's, the tenant's own trouble, or a lock.
func passing(err error) bool {
	var unreachable *authority.UnreachableError
	var answer *AnswerError
	var refused *RefusedError
	var lock *tokencache.LockError
	return errors.As(err, &unreachable) || errors.As(err, &answer) || errors.As(err, &refused) && refused.Passing() || errors.As(err, &lock)
}

// grantID tells one refresh token from another without telling either.
func grantID(msal []byte) string {
	sum := sha256.Sum256(msal)
	return hex.EncodeToString(sum[:8])
}

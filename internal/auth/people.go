package auth

import (
	"context"
	"errors"
	"fmt"

	"github.com/ciam-cli/ciam/internal/keychain"
	"github.com/ciam-cli/ciam/internal/tokencache"
)

// keep stores the session of a finished sign-in as the profile's active one: one write of the token store, one more where
// another person was active, who is kept beside, and a read where another process has held the lock since. The lock lets a refresh, a switch or a removal
// of the profile by another process finish first. Errors: *NotKeptError, or that of app.Claim.
func (s *Service) keep(ctx context.Context, app App, b *sitting, session *tokencache.Session) error {
	release, err := s.lockStore(ctx, app)
	if err != nil {
		return &NotKeptError{err}
	}
	defer release()
	home, lost := b.home, b.lost
	if s.Locks.Generation(app.slot().Lock, refreshing) != b.generation+1 && s.Locks.Dir != "" { // somebody has changed it since
		if home, lost, err = s.replaceable(ctx, app); err != nil {
			return &NotKeptError{err}
		}
	}
	if app.Claim != nil {
		if err := app.Claim(*session); err != nil {
			return err
		}
	}
	if err := s.clear(ctx, app, lost); err != nil {
		return &NotKeptError{err}
	}
	if err := s.install(ctx, app, home, session); err != nil {
		return &NotKeptError{err}
	}
	return nil
}

// aside is a store that can keep what it cannot open out of the way of what replaces it.
type aside interface {
	SetAside(ctx context.Context, name string) error
}

// clear makes room for a session that replaces what the profile kept: for another app, or unreadable.
func (s *Service) clear(ctx context.Context, app App, lost error) error {
	if store, ok := s.Store.(aside); ok && lost != nil && !unreadable(lost, false) {
		if err := store.SetAside(ctx, app.slot().Home); err != nil {
			return err
		}
	}
	if !app.Replace {
		return nil
	}
	if err := s.eraseEarlier(ctx, app.slot().Home); err != nil {
		return err
	}
	return s.dropOthers(ctx, app)
}

// install makes session the one in home's item; the lock is held. Whoever was there goes to an item of their own first,
// so that an interruption leaves somebody twice and nobody lost.
func (s *Service) install(ctx context.Context, app App, home held, session *tokencache.Session) error {
	slot := app.slot()
	old := home.record.Session
	if old != nil && !slot.Environment && personOf(old) != personOf(session) && sameApp(old, session) {
		own := tokencache.SlotItem(app.Profile, old.TenantID, old.ClientID, personOf(old))
		s.list(ctx, app, own, old)
		if err := tokencache.Save(ctx, s.Store, own, tokencache.Record{Session: old}); err != nil {
			return fmt.Errorf("keep %s beside: %w", nameOf(old), err)
		}
	}
	s.list(ctx, app, slot.Home, session)
	home.record.Session = session
	if err := tokencache.Save(ctx, s.Store, slot.Home, home.record); err != nil {
		return err
	}
	if old != nil && personOf(old) == personOf(session) && sameApp(old, session) {
		s.keepEarlier(ctx, app, slot.Home, old, session)
	}
	for _, e := range s.others(app, session.TenantID, session.ClientID) {
		if e.OID == personOf(session) && e.Store == s.Store.Kind() {
			return s.drop(ctx, e.Item)
		}
	}
	if home.item != slot.Home {
		return s.drop(ctx, home.item)
	}
	return nil
}

// drop deletes an item and then forgets where it was.
func (s *Service) drop(ctx context.Context, item string) error {
	if err := s.Store.Delete(ctx, item); err != nil && !errors.Is(err, keychain.ErrNotFound) {
		return err
	}
	s.unlist(ctx, item)
	return nil
}

// Switch makes another person of the profile the active one: app.Slot names them. from is the service of the store that
// keeps them, s that of the profile's home; both are mostly the same. Nobody is lost whenever it is interrupted.
// Errors: *LoginRequiredError when the person's session is gone, and those of Session.
func (s *Service) Switch(ctx context.Context, app App, from *Service) (tokencache.Session, error) {
	release, err := s.lockStore(ctx, app)
	if err != nil {
		return tokencache.Session{}, err
	}
	defer release()
	incoming, err := from.session(ctx, app)
	if err != nil {
		return tokencache.Session{}, err
	}
	session := incoming.record.Session
	active := app
	active.Slot.Item, active.Slot.OID = app.slot().Home, ""
	home, err := s.homeRecord(ctx, active)
	if err != nil {
		return *session, err
	}
	if err := s.install(ctx, active, home, session); err != nil {
		return *session, err
	}
	if item := app.slot().Item; from != s && item != active.slot().Item {
		return *session, from.erase(ctx, item) // what they said earlier stays in no store that they have left
	}
	return *session, nil
}

// homeRecord reads the profile's home; one that is empty is fine.
func (s *Service) homeRecord(ctx context.Context, app App) (held, error) {
	home := held{item: app.slot().Home}
	var err error
	if home.record, err = s.read(ctx, app, home.item); errors.Is(err, keychain.ErrNotFound) {
		err = nil
	}
	return home, err
}

// Vacate empties the profile's home in a store that the profile has left for another: its person, unless it is oid, who
// has just signed in elsewhere, goes to an item of their own. It returns the client secret that was kept there.
func (s *Service) Vacate(ctx context.Context, app App, oid string) (secret string, err error) {
	release, err := s.lockStore(ctx, app)
	if err != nil {
		return "", err
	}
	defer release()
	home, err := s.homeRecord(ctx, app)
	if err != nil {
		return "", err
	}
	if old := home.record.Session; old != nil && personOf(old) != oid && !app.slot().Environment {
		own := tokencache.SlotItem(app.Profile, old.TenantID, old.ClientID, personOf(old))
		s.list(ctx, app, own, old)
		if err := tokencache.Save(ctx, s.Store, own, tokencache.Record{Session: old}); err != nil {
			return "", err
		}
	}
	if old := home.record.Session; old != nil && personOf(old) == oid {
		if err := s.forgetEarlier(ctx, app.Profile, old.TenantID, old.ClientID, oid); err != nil {
			return "", err
		}
	}
	return home.record.ClientSecret, s.Store.Delete(ctx, home.item)
}

// RemoveProfile deletes everything that the token store keeps for app's profile, unread, and calls then under the same
// lock: a sign-in or a refresh that is under way finds the profile gone, or finishes first.
func (s *Service) RemoveProfile(ctx context.Context, app App, then func() error) error {
	release, err := s.lockStore(ctx, app)
	if err != nil {
		return err
	}
	defer release()
	if err := s.dropOthers(ctx, app); err != nil {
		return err
	}
	if err := s.erase(ctx, app.slot().Home); err != nil {
		return err
	}
	return then()
}

// dropOthers deletes every session of the profile but that in its home; the lock is held.
func (s *Service) dropOthers(ctx context.Context, app App) error {
	entries, err := s.Index.Entries()
	if err != nil {
		s.warn(err.Error())
	}
	for _, e := range entries {
		if e.Profile == app.Profile && e.Store == s.Store.Kind() && e.Item != app.slot().Home {
			if err := s.erase(ctx, e.Item); err != nil {
				return err
			}
		}
	}
	return nil
}

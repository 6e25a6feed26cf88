package auth

import (
	"context"
	"errors"

	"github.com/ciam-cli/ciam/internal/idtoken"
	"github.com/ciam-cli/ciam/internal/keychain"
	"github.com/ciam-cli/ciam/internal/tokencache"
)

// Earlier returns what the ID token of a session's person said before its claims changed: one read of the token store.
// Errors: keychain.ErrNotFound when no change has been seen, *tokencache.FormatError, and the keychain's.
func (s *Service) Earlier(ctx context.Context, app App, session tokencache.Session) (tokencache.Earlier, error) {
	item := tokencache.EarlierItem(app.Profile, session.TenantID, session.ClientID, personOf(&session))
	return tokencache.LoadEarlier(ctx, s.Store, item, app.Profile)
}

// keepEarlier keeps what old said where session, which has just been stored in item, says something else: one write then, none
// otherwise. The lock is held.
func (s *Service) keepEarlier(ctx context.Context, app App, item string, old, session *tokencache.Session) {
	before, err := idtoken.Decode(old.IDToken)
	if err != nil {
		return
	}
	after, err := idtoken.Decode(session.IDToken)
	if err != nil {
		return
	}
	if d, err := idtoken.Compare(before.JSON, after.JSON); err != nil || len(d.Changes) == 0 {
		return
	}
	s.list(ctx, app, item, session) // by which a deletion finds whose it is
	name := tokencache.EarlierItem(app.Profile, session.TenantID, session.ClientID, personOf(session))
	if err := tokencache.SaveEarlier(ctx, s.Store, name, tokencache.Earlier{Claims: before.JSON, ChangedAt: s.Now().UTC()}); err != nil {
		s.warn("the claims have changed, and what they were before could not be kept: " + err.Error())
	}
}

// forgetEarlier deletes what is kept of a person's earlier claims, unread. It goes with every deletion of their session.
func (s *Service) forgetEarlier(ctx context.Context, profile, tenantID, clientID, oid string) error {
	if oid == "" { // the app's own tokens have no person
		return nil
	}
	err := s.Store.Delete(ctx, tokencache.EarlierItem(profile, tenantID, clientID, oid))
	if errors.Is(err, keychain.ErrNotFound) {
		return nil
	}
	return err
}

// erase is drop for a session that ends, and does not move: what is kept of the person's earlier claims goes first. Whose it
// is tells the index, since the item is not read.
func (s *Service) erase(ctx context.Context, item string) error {
	if err := s.eraseEarlier(ctx, item); err != nil {
		return err
	}
	return s.drop(ctx, item)
}

// eraseEarlier deletes the earlier claims of whoever the index says is in an item.
func (s *Service) eraseEarlier(ctx context.Context, item string) error {
	entries, err := s.Index.Entries()
	if err != nil {
		s.warn(err.Error())
	}
	for _, e := range entries {
		if e.Item == item && e.Store == s.Store.Kind() {
			return s.forgetEarlier(ctx, e.Profile, e.TenantID, e.ClientID, e.OID)
		}
	}
	return nil
}

package auth

import (
	"context"
	"errors"
	"strings"

	"github.com/ciam-cli/ciam/internal/idtoken"
	"github.com/ciam-cli/ciam/internal/keychain"
	"github.com/ciam-cli/ciam/internal/tokencache"
)

// Slot says where the token store keeps one person's session. The zero value is the active person of App.Profile.
type Slot struct {
	// Item is the token store's item with the session.
	Item string
	// Home is the item of the profile's active person, which also keeps the app's secret and its own tokens. Another
	// person's session is in an Item of its own.
	Home string
	// Lock names the lock, which all items of a profile share.
	Lock string
	// OID is the person, when Item is theirs alone.
	OID string
	// Environment says that environment variables set the session up: it has one person, whoever that is.
	Environment bool
	// Earlier is the item where an earlier version kept such a session; "" for none.
	Earlier string
}

// slot is a.Slot with what is left out filled in.
func (a App) slot() Slot {
	s := a.Slot
	if s.Item == "" {
		s.Item = a.Profile
	}
	if s.Home == "" {
		s.Home = s.Item
	}
	if s.Lock == "" {
		s.Lock = s.Home
	}
	return s
}

// held is a stored record and the item that it was found in.
type held struct {
	item   string
	record tokencache.Record
}

// load reads the record of app: one read of the token store where there is one.
func (s *Service) load(ctx context.Context, app App) (held, error) {
	slot := app.slot()
	h := held{item: slot.Item}
	var err error
	h.record, err = s.read(ctx, app, slot.Item)
	if !errors.Is(err, keychain.ErrNotFound) {
		return h, err
	}
	other := held{item: slot.Home}
	if slot.Earlier != "" {
		other.item = slot.Earlier
	}
	if other.item == slot.Item {
		return h, err
	}
	var otherErr error
	other.record, otherErr = s.read(ctx, app, other.item)
	session := other.record.Session
	// The person has been made the active one meanwhile, or signed in before slots were.
	if otherErr == nil && session != nil && (slot.OID != "" && personOf(session) == slot.OID || slot.Earlier != "" && mismatch(session, app) == "") {
		return other, nil
	}
	return h, err
}

// read is tokencache.Load with errors that name the profile as its user does.
func (s *Service) read(ctx context.Context, app App, item string) (tokencache.Record, error) {
	record, err := tokencache.Load(ctx, s.Store, item)
	var format *tokencache.FormatError
	var corrupt *keychain.CorruptError
	var newer *keychain.NewerError
	switch {
	case err == nil || item == app.Profile:
	case errors.As(err, &format):
		format.Profile = app.Profile
	case errors.As(err, &corrupt):
		corrupt.Name = app.Profile
	case errors.As(err, &newer):
		newer.Name = app.Profile
	}
	return record, err
}

// personOf is the object ID of a session's person: the first half of MSAL's home account ID.
func personOf(session *tokencache.Session) string {
	oid, _, _ := strings.Cut(session.HomeAccountID, ".")
	return strings.ToLower(oid)
}

// nameOf is how the person of a session is called in a list.
func nameOf(session *tokencache.Session) string {
	token, err := idtoken.Decode(session.IDToken)
	if err != nil {
		return personOf(session)
	}
	return PersonOf(*session, token).Short()
}

// PersonOf is the person of a session with the ID token in it. The object ID is known of every session, whatever the token
// says.
func PersonOf(session tokencache.Session, token *idtoken.Token) idtoken.Person {
	p := token.Person()
	if id := personOf(&session); id != "" {
		p.ObjectID = id
	}
	return p
}

// sameApp reports whether two sessions are of one app in one tenant.
func sameApp(a, b *tokencache.Session) bool {
	return strings.EqualFold(a.TenantID, b.TenantID) && strings.EqualFold(a.ClientID, b.ClientID)
}

// list notes in the index where a session is, before it is written. A list that cannot be written is no reason to keep
// no session.
func (s *Service) list(ctx context.Context, app App, item string, session *tokencache.Session) {
	e := tokencache.Entry{Item: item, Profile: app.Profile, TenantID: session.TenantID, ClientID: session.ClientID,
		Store: s.Store.Kind(), Since: session.SignedInAt}
	if session.HomeAccountID != "" { // the app's own tokens have no person
		e.OID, e.Name = personOf(session), nameOf(session)
	}
	if err := s.Index.Put(ctx, e); err != nil {
		s.warn("the list of sessions could not be written: " + err.Error())
	}
}

// unlist takes an item out of the index, after it was deleted.
func (s *Service) unlist(ctx context.Context, item string) {
	if err := s.Index.Remove(ctx, item); err != nil {
		s.warn("the list of sessions could not be written: " + err.Error())
	}
}

// others lists the people of app's profile beside the active one, by the index.
func (s *Service) others(app App, tenantID, clientID string) []tokencache.Entry {
	slot := app.slot()
	if slot.Environment {
		return nil
	}
	entries, err := s.Index.Entries()
	if err != nil {
		s.warn(err.Error())
	}
	var people []tokencache.Entry
	for _, e := range entries {
		if e.Profile == app.Profile && e.Item != slot.Home && e.OID != "" && strings.EqualFold(e.ClientID, clientID) && strings.EqualFold(e.TenantID, tenantID) &&
			e.Item == tokencache.SlotItem(e.Profile, e.TenantID, e.ClientID, e.OID) {
			people = append(people, e)
		}
	}
	return people
}

package directory

import "sync"

// What readers see of a Store. With a file each costs one stat, and a read of what another process has added; a file that
// cannot be read at that moment leaves the last good state in place.

// Configuration returns the newest document without its users. It must not be changed.
func (s *Store) Configuration() *Document {
	s.refresh()
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.state.configuration
}

// Tenant finds a tenant by id, subdomain or initial domain; nil when it is unknown. Its users are not in it: see User and
// Users. It must not be changed.
func (s *Store) Tenant(segment string) *Tenant { return s.Configuration().Tenant(segment) }

// User finds a user of a tenant by email or by object id; nil when there is none.
func (s *Store) User(tenantID, emailOrID string) *User {
	s.refresh()
	s.mu.RLock()
	defer s.mu.RUnlock()
	if p := s.state.people[lower(tenantID)]; p != nil {
		if m := p.find(lower(emailOrID)); m != nil {
			return m.user
		}
	}
	return nil
}

// Users returns the users of a tenant in the order in which they came. They must not be changed.
func (s *Store) Users(tenantID string) []*User {
	s.refresh()
	s.mu.RLock()
	defer s.mu.RUnlock()
	if p := s.state.people[lower(tenantID)]; p != nil {
		return p.list()
	}
	return nil
}

// FirstUsers returns at most n users of a tenant and how many there are. They must not be changed.
func (s *Store) FirstUsers(tenantID string, n int) (first []*User, all int) {
	s.refresh()
	s.mu.RLock()
	defer s.mu.RUnlock()
	p := s.state.people[lower(tenantID)]
	if p == nil {
		return nil, 0
	}
	for _, m := range p.order {
		if len(first) == n {
			break
		}
		if m != nil {
			first = append(first, m.user)
		}
	}
	return first, p.len()
}

// Snapshot returns what there is, users included, without putting a document together.
func (s *Store) Snapshot() *Snapshot {
	s.refresh()
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.state.snapshot()
}

// wholeDocument is the document that was put together last.
type wholeDocument struct {
	sync.Mutex
	of  *state
	at  int // the state's version
	doc *Document
}

// View returns the newest document with its users, which costs as much as there are: for what shows or writes all of it. It
// must not be changed.
func (s *Store) View() *Document {
	s.refresh()
	s.whole.Lock()
	defer s.whole.Unlock()
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.whole.of != s.state || s.whole.at != s.state.version {
		s.work.Documents.Add(1)
		s.whole.of, s.whole.at, s.whole.doc = s.state, s.state.version, s.state.document()
	}
	return s.whole.doc
}

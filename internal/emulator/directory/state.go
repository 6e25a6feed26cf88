package directory

import "slices"

// state is a document in parts: the configuration, which is everything but the users, and the users of each tenant. A
// configuration is replaced, never changed, so that a reader may go on with the one it has.
type state struct {
	configuration *Document
	people        map[string]*people // by the tenant's id in lower case
	version       int                // of what there is to see
}

// newState takes a document apart. The document is used up.
func newState(d *Document) *state {
	st := &state{configuration: d, people: map[string]*people{}}
	for i := range d.Tenants {
		t := &d.Tenants[i]
		p := newPeople(t.Users)
		st.people[lower(t.ID)] = p
		t.Users = p.standIn()
	}
	return st
}

// Snapshot is what there was at one moment. Taking it costs a pointer for each user.
type Snapshot struct {
	configuration *Document
	users         [][]*User // of the tenants in their order
}

func (st *state) snapshot() *Snapshot {
	s := &Snapshot{configuration: st.configuration}
	for i := range st.configuration.Tenants {
		s.users = append(s.users, st.people[lower(st.configuration.Tenants[i].ID)].list())
	}
	return s
}

// Document is the whole document, put together anew. What it holds is shared: see Document.Clone.
func (s *Snapshot) Document() *Document {
	d := *s.configuration
	d.Tenants = slices.Clone(d.Tenants)
	for i := range d.Tenants {
		t := &d.Tenants[i]
		t.Users = make([]User, len(s.users[i]))
		for j, u := range s.users[i] {
			t.Users[j] = *u
		}
	}
	return &d
}

func (st *state) document() *Document { return st.snapshot().Document() }

// edit is a change of one tenant that is valid: what of it is new.
type edit struct {
	tenant        string // id in lower case
	configuration *Tenant
	put           []*User
	bytes         []int // of put, in the journal; nil in memory
	remove        []string
}

// apply makes a change, and returns how many bytes of the journal have lost their worth with the users that it replaces,
// and whether passwords in clear text were among them.
func (st *state) apply(e *edit) (waste int, secrets bool) {
	p := st.people[e.tenant]
	lost := func(old member) {
		waste += old.bytes
		secrets = secrets || old.user != nil && old.user.unhashed()
	}
	for _, id := range e.remove {
		lost(p.remove(id))
	}
	for i, u := range e.put {
		n := 0
		if e.bytes != nil {
			n = e.bytes[i]
		}
		lost(p.put(u, n))
	}
	i := slices.IndexFunc(st.configuration.Tenants, func(t Tenant) bool { return sameID(t.ID, e.tenant) })
	now := e.configuration
	if was := &st.configuration.Tenants[i]; now == nil && len(was.Users) != len(p.standIn()) {
		t := *was
		now = &t
	}
	if now != nil {
		d := *st.configuration
		d.Tenants = slices.Clone(d.Tenants)
		d.Tenants[i] = *now
		d.Tenants[i].Users = p.standIn()
		st.configuration = &d
	}
	st.version++
	return waste, secrets
}

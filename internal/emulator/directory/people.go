package directory

import (
	"slices"
	"strings"
)

// people are the users of one tenant, found by id and by address and kept in the order in which they came. What one change
// costs does not depend on how many they are. A *User in it is replaced, never changed.
type people struct {
	byID, byEmail map[string]*member // in lower case
	order         []*member          // nil where one has gone
	gone          int

	administrators int // how many have a directory role
}

type member struct {
	user  *User
	at    int // in order
	bytes int // in the journal
}

func newPeople(users []User) *people {
	p := &people{byID: make(map[string]*member, len(users)), byEmail: make(map[string]*member, len(users)), order: make([]*member, 0, len(users))}
	for i := range users {
		u := users[i]
		p.put(&u, 0)
	}
	return p
}

func (p *people) len() int { return len(p.byID) }

// find finds a user by address or id, in lower case; nil when there is none.
func (p *people) find(emailOrID string) *member {
	if m := p.byID[emailOrID]; m != nil {
		return m
	}
	return p.byEmail[emailOrID]
}

// put adds a user, or replaces the one with that id, which it returns.
func (p *people) put(u *User, bytes int) (old member) {
	id, email := lower(u.ID), lower(u.Email)
	m := p.byID[id]
	if m == nil {
		m = &member{at: len(p.order)}
		p.order, p.byID[id] = append(p.order, m), m
	} else {
		old = *m
		p.forget(m)
	}
	m.user, m.bytes, p.byEmail[email] = u, bytes, m
	p.count(u, 1)
	return old
}

// remove takes a user away and returns what was kept of them.
func (p *people) remove(id string) (old member) {
	m := p.byID[id]
	if m == nil {
		return old
	}
	old = *m
	p.forget(m)
	delete(p.byID, id)
	p.order[m.at] = nil
	if p.gone++; p.gone > len(p.order)/2 {
		p.order = slices.DeleteFunc(p.order, func(m *member) bool { return m == nil })
		for i, m := range p.order {
			m.at = i
		}
		p.gone = 0
	}
	return old
}

// forget undoes what depends on what a user is like.
func (p *people) forget(m *member) {
	if email := lower(m.user.Email); p.byEmail[email] == m { // otherwise somebody else has it in the same change
		delete(p.byEmail, email)
	}
	p.count(m.user, -1)
}

func (p *people) count(u *User, n int) {
	if len(u.Roles) > 0 {
		p.administrators += n
	}
}

// standIn is in the place of the users in a configuration: nobody, or one without a name where somebody is an administrator,
// as Tenant.App depends on that.
func (p *people) standIn() []User {
	if p.administrators == 0 {
		return nil
	}
	return []User{{Roles: []string{GlobalAdministrator}}}
}

// position is the place of a user in the list of all; that of the next one for nil.
func (p *people) position(m *member) int {
	if m == nil {
		return p.len()
	}
	n := 0
	for _, o := range p.order[:m.at] {
		if o != nil {
			n++
		}
	}
	return n
}

// list returns the users in their order.
func (p *people) list() []*User {
	all := make([]*User, 0, p.len())
	for _, m := range p.order {
		if m != nil {
			all = append(all, m.user)
		}
	}
	return all
}

// lower is the form in which ids and addresses are compared.
func lower(s string) string { return strings.ToLower(s) }

package directory

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Change is a change of one tenant in the making. What it leaves behind is checked, and that only; whoever reads meanwhile
// sees nothing of it. It is used by one goroutine, and not after the function that got it.
type Change struct {
	state  *state
	index  int // of the tenant
	was    *Tenant
	now    *Tenant // nil until Configure
	people *people

	users  map[string]*User // who is changed, by id in lower case; nil for who goes
	emails map[string]string
	order  []string // ids as they came
}

// begin starts a change of a tenant; nil when there is none of that name.
func (st *state) begin(segment string) *Change {
	was := st.configuration.Tenant(segment)
	if was == nil {
		return nil
	}
	index := slices.IndexFunc(st.configuration.Tenants, func(t Tenant) bool { return t.ID == was.ID })
	return &Change{state: st, index: index, was: was, people: st.people[lower(was.ID)], users: map[string]*User{}, emails: map[string]string{}}
}

// Tenant is the tenant without its users, as the change leaves it so far. It must not be changed; see Configure.
func (c *Change) Tenant() *Tenant {
	if c.now != nil {
		return c.now
	}
	return c.was
}

// Configure returns the tenant without its users, for everything else of it to be changed as in a Document's Clone.
func (c *Change) Configure() *Tenant {
	if c.now == nil {
		t := *c.was
		t.cloneRegistrations()
		c.now = &t
	}
	return c.now
}

// User returns a copy of a user, by email or object id and as the change leaves it so far; nil when there is none. What is
// changed in the copy is kept with Put.
func (c *Change) User(emailOrID string) *User {
	key := lower(emailOrID)
	u, changed := c.users[key]
	if id, ok := c.emails[key]; !changed && ok {
		u, changed = c.users[id], true
	}
	if !changed {
		m := c.people.find(key)
		if m == nil {
			return nil
		}
		if _, changed = c.users[lower(m.user.ID)]; changed {
			return nil // gone, or with another address
		}
		u = m.user
	}
	if u == nil {
		return nil
	}
	own := *u
	own.Attributes = maps.Clone(u.Attributes)
	return &own
}

// Put keeps a user: in place of the one with that id, or behind the others.
func (c *Change) Put(u *User) {
	own := *u
	c.touch(lower(own.ID), &own)
	c.emails[lower(own.Email)] = lower(own.ID)
}

// Remove takes the user with an id away.
func (c *Change) Remove(id string) { c.touch(lower(id), nil) }

func (c *Change) touch(id string, u *User) {
	old, again := c.users[id]
	if !again {
		c.order = append(c.order, id)
	}
	if old != nil && c.emails[lower(old.Email)] == id {
		delete(c.emails, lower(old.Email))
	}
	c.users[id] = u
}

// Users are the users as they were when the change began, in their order. They must not be changed.
func (c *Change) Users() []*User { return c.people.list() }

// edit checks the change and returns what of it is new.
func (c *Change) edit(work *Work) (*edit, error) {
	at := fmt.Sprintf("tenants[%d]", c.index)
	e := &edit{tenant: lower(c.was.ID), configuration: c.now}
	if c.now != nil {
		if err := c.checkConfiguration(at, work); err != nil {
			return nil, err
		}
	}
	added := 0
	for _, id := range c.order {
		u, m := c.users[id], c.people.byID[id]
		if u == nil {
			if m != nil {
				e.remove = append(e.remove, id)
			}
			continue
		}
		place := func() string {
			n := c.people.position(m)
			if m == nil {
				n += added
			}
			return fmt.Sprintf("%s.users[%d]", at, n)
		}
		if err := c.checkUser(place, u); err != nil {
			return nil, err
		}
		if m == nil {
			added++
		}
		e.put = append(e.put, u)
	}
	work.Users.Add(int64(len(e.put)))
	return e, nil
}

// checkUser checks a user who was put.
func (c *Change) checkUser(place func() string, u *User) error {
	if c.Tenant().validateUser("", u) != nil {
		return c.Tenant().validateUser(place(), u) // again, with the place, which takes counting
	}
	id, email := lower(u.ID), lower(u.Email)
	if owner := c.emails[email]; owner != id {
		return bad(place()+".email", "%q is already used by another user of the change", u.Email)
	}
	other := c.people.byEmail[email]
	if other == nil || strings.EqualFold(other.user.ID, id) {
		return nil
	}
	if _, changed := c.users[lower(other.user.ID)]; changed { // it is gone, or has another address now
		return nil
	}
	return bad(place()+".email", "%q is already used at tenants[%d].users[%d].email", u.Email, c.index, c.people.position(other))
}

// checkConfiguration checks everything but the users, and their values where attributes have other types now.
func (c *Change) checkConfiguration(at string, work *Work) error {
	if !sameID(c.now.ID, c.was.ID) || len(c.now.Users) != len(c.was.Users) {
		return bad(at, "expected the tenant with its id and without users")
	}
	names := uniquely{}
	for i := range c.state.configuration.Tenants {
		if t := &c.state.configuration.Tenants[i]; i != c.index {
			names[lower(t.ID)], names[lower(t.Subdomain)] = fmt.Sprintf("tenants[%d].id", i), fmt.Sprintf("tenants[%d].subdomain", i)
		}
	}
	work.Configurations.Add(1)
	if err := c.now.validateConfiguration(at, names); err != nil {
		return err
	}
	if maps.Equal(c.now.attributeTypes(), c.was.attributeTypes()) {
		return nil
	}
	users := c.Users()
	work.Users.Add(int64(len(users)))
	for i, u := range users {
		if _, changed := c.users[lower(u.ID)]; changed {
			continue // it is checked as it is now
		}
		if err := c.now.validateValues(fmt.Sprintf("%s.users[%d].attributes", at, i), u); err != nil {
			return err
		}
	}
	return nil
}

// attributeTypes are the types that user flows give to attributes.
func (t *Tenant) attributeTypes() map[string]string {
	types := map[string]string{}
	for i := range t.UserFlows {
		for j := range t.UserFlows[i].Attributes {
			a := &t.UserFlows[i].Attributes[j]
			types[a.Name] = a.Type()
		}
	}
	return types
}

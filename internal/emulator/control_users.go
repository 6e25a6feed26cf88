package emulator

import (
	"cmp"
	"maps"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/passwords"
)

// userView is what the control area shows of a user: no password, no hash.
type userView struct {
	ID            string            `json:"id"`
	TenantID      string            `json:"tenant_id"`
	Email         string            `json:"email"`
	HasPassword   bool              `json:"has_password"`
	Attributes    map[string]string `json:"attributes"`
	Disabled      bool              `json:"disabled"`
	CreatedAt     *time.Time        `json:"created_at,omitempty"`
	RevokedBefore *time.Time        `json:"revoked_before,omitempty"`
}

func viewUser(t *directory.Tenant, u *directory.User) userView {
	v := userView{
		ID: u.ID, TenantID: t.ID, Email: u.Email, HasPassword: u.Password != "" || u.PasswordHash != "",
		Attributes: map[string]string{}, Disabled: u.Disabled,
	}
	maps.Copy(v.Attributes, u.Attributes)
	if !u.CreatedAt.IsZero() {
		v.CreatedAt = &u.CreatedAt
	}
	if !u.RevokedBefore.IsZero() {
		v.RevokedBefore = &u.RevokedBefore
	}
	return v
}

// userChange is the body of POST and PATCH; what is nil stays as it is.
type userChange struct {
	Tenant         *string            `json:"tenant"`
	ID             *string            `json:"id"`
	Email          *string            `json:"email"`
	Password       *string            `json:"password"`
	Attributes     map[string]*string `json:"attributes"` // null takes one away
	Disabled       *bool              `json:"disabled"`
	RevokeSessions *bool              `json:"revoke_sessions"`
}

// listUsers answers {"users":[…]}, by ?tenant= and ?email=.
func (c control) listUsers(x *exchange) (any, error) {
	q, err := x.query("tenant", "email")
	if err != nil {
		return nil, err
	}
	tenants, err := c.tenantsOf(q.Get("tenant"))
	if err != nil {
		return nil, err
	}
	users := []userView{}
	for _, t := range tenants {
		if e := q.Get("email"); e != "" {
			if u := c.store.User(t.ID, e); u != nil && strings.EqualFold(e, u.Email) { // not an id
				users = append(users, viewUser(t, u))
			}
			continue
		}
		for _, u := range c.store.Users(t.ID) {
			users = append(users, viewUser(t, u))
		}
	}
	return map[string]any{"users": users}, nil
}

func (c control) readUser(x *exchange) (any, error) {
	t, u, err := c.userOf(x)
	if err != nil {
		return nil, err
	}
	return viewUser(t, u), nil
}

func (c control) createUser(x *exchange) (any, error) {
	if _, err := x.query(); err != nil {
		return nil, err
	}
	var in userChange
	if err := x.body(&in); err != nil {
		return nil, err
	}
	t, err := c.oneTenant(deref(in.Tenant))
	if err != nil {
		return nil, err
	}
	if in.Email == nil {
		return nil, badField("email", "required")
	}
	if in.RevokeSessions != nil {
		return nil, badField("revoke_sessions", "a new user has none")
	}
	u := directory.User{ID: cmp.Or(deref(in.ID), x.guid()), CreatedAt: x.now.UTC().Truncate(time.Second)}
	if err := c.apply(x, &in, &u); err != nil {
		return nil, err
	}
	err = c.updateTenant(x.r.Context(), t.ID, func(d *directory.Change) error {
		for _, key := range []string{u.Email, u.ID} {
			if o := d.User(key); o != nil && (strings.EqualFold(o.Email, u.Email) || strings.EqualFold(o.ID, u.ID)) {
				return refuse(http.StatusConflict, "exists", "the tenant has a user %s already", clip(o.Email))
			}
		}
		d.Put(&u)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return created{viewUser(t, &u)}, nil
}

func (c control) changeUser(x *exchange) (any, error) {
	t, old, err := c.userOf(x)
	if err != nil {
		return nil, err
	}
	var in userChange
	if err := x.body(&in); err != nil {
		return nil, err
	}
	if in.ID != nil || in.Tenant != nil {
		return nil, badField("id", "the id and the tenant of a user do not change")
	}
	hashed := directory.User{}
	if err := c.apply(x, &userChange{Password: in.Password}, &hashed); err != nil { // slow, so not under the lock
		return nil, err
	}
	var now directory.User
	err = c.updateTenant(x.r.Context(), t.ID, func(d *directory.Change) error {
		u := d.User(old.ID)
		if u == nil {
			return noUser(old.ID)
		}
		if in.Password != nil {
			u.Password, u.PasswordHash = "", hashed.PasswordHash
		}
		rest := in
		rest.Password = nil
		if err := c.apply(x, &rest, u); err != nil {
			return err
		}
		d.Put(u)
		now = *u
		return nil
	})
	if err != nil {
		return nil, err
	}
	if in.RevokeSessions != nil && *in.RevokeSessions {
		c.sessions.DropIf(func(s *session) bool { return s.userID == old.ID })
	}
	return viewUser(t, &now), nil
}

func (c control) deleteUser(x *exchange) (any, error) {
	t, u, err := c.userOf(x)
	if err != nil {
		return nil, err
	}
	return nil, c.updateTenant(x.r.Context(), t.ID, func(d *directory.Change) error {
		d.Remove(u.ID)
		return nil
	})
}

// apply puts a change into a user.
func (c control) apply(x *exchange, in *userChange, u *directory.User) error {
	if in.Email != nil {
		u.Email = *in.Email
	}
	if in.Password != nil {
		if n := utf8.RuneCountInString(*in.Password); n < 1 || n > passwords.MaxLength {
			return badField("password", "expected 1 to %d characters, got %d", passwords.MaxLength, n)
		}
		c.secrets.Add(*in.Password)
		var hashErr error
		if err := c.passwords.Slow(x.r.Context(), func() { u.PasswordHash, hashErr = directory.HashPassword(*in.Password, c.cost) }); err != nil {
			return err
		}
		if hashErr != nil {
			return hashErr
		}
	}
	for name, value := range in.Attributes {
		if value == nil || *value == "" {
			delete(u.Attributes, name)
			continue
		}
		if name == "email" {
			return badField("attributes.email", "the address is the field email")
		}
		if n := utf8.RuneCountInString(*value); n > attributeLimit(name) {
			return badField("attributes."+name, "expected at most %d characters, got %d", attributeLimit(name), n)
		}
		if u.Attributes == nil {
			u.Attributes = map[string]string{}
		}
		u.Attributes[name] = *value
	}
	if in.Disabled != nil {
		u.Disabled = *in.Disabled
	}
	if in.RevokeSessions != nil && *in.RevokeSessions {
		// Tokens carry milliseconds, so the one that has begun is revoked whole.
		u.RevokedBefore = x.now.UTC().Truncate(time.Millisecond).Add(time.Millisecond)
	}
	return nil
}

// attributeLimit is the most characters of an attribute whatever a user flow says.
func attributeLimit(name string) int { return (&directory.Attribute{Name: name}).Limit() }

package emulator

import (
	"net/http"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// personOrder names who a call is about, and has them made where wanted.
type personOrder struct {
	user       string // id or address
	create     bool
	attributes map[string]string // of a user who is made
}

// person finds the user of an order, or makes one and reports that; nil when the
// order names none. x.tenant is set.
func (c control) person(x *exchange, in *personOrder) (u *directory.User, made bool, err error) {
	switch {
	case in.user == "" && (in.create || len(in.attributes) > 0):
		return nil, false, badField("user", "required: the address of the user to make")
	case in.user == "":
		return nil, false, nil
	}
	if u = c.store.User(x.tenant.ID, in.user); u != nil {
		return u, false, nil
	}
	if !in.create {
		e := refuse(http.StatusNotFound, "not_found", "there is no user %s; with create_user one is made", clip(in.user))
		e.Field = "user"
		return nil, false, e
	}
	user := directory.User{ID: x.guid(), CreatedAt: x.now.UTC().Truncate(time.Second)}
	change := userChange{Email: &in.user, Attributes: map[string]*string{}}
	for name, value := range in.attributes {
		change.Attributes[name] = &value
	}
	if err := c.apply(x, &change, &user); err != nil {
		return nil, false, err
	}
	err = c.updateTenant(x.r.Context(), x.tenant.ID, func(d *directory.Change) error {
		if u := d.User(user.Email); u != nil {
			user = *u // another call was quicker
			return nil
		}
		made = true
		d.Put(&user)
		return nil
	})
	if err != nil {
		return nil, false, err
	}
	return &user, made, nil
}

package emulator

import (
	"context"
	"errors"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// errAccountExists reports that an address got an account in the meantime.
var errAccountExists = errors.New("account exists")

// addUser keeps a new account; errAccountExists when the address has one by now,
// *directory.BusyError when the state is locked for too long. The address is
// looked for under the store's lock: another sign-up may have been quicker. It
// is finished even when the client goes away, as an account half made is worse.
func (x *exchange) addUser(user directory.User) error {
	return x.changeTenant(func(c *directory.Change) error {
		if c.User(user.Email) != nil {
			return errAccountExists
		}
		c.Put(&user)
		return nil
	})
}

// changeUser changes a kept account; AADSTS50034 when it is gone.
func (x *exchange) changeUser(id string, change func(*directory.User)) error {
	return x.changeTenant(func(c *directory.Change) error {
		u := c.User(id)
		if u == nil {
			return userGone()
		}
		change(u)
		c.Put(u)
		return nil
	})
}

func (x *exchange) changeTenant(change func(*directory.Change) error) error {
	err := x.store.Change(context.WithoutCancel(x.r.Context()), x.tenant.ID, change)
	if errors.Is(err, directory.ErrNoTenant) {
		return unknownTenant(x.tenant.ID)
	}
	return err
}

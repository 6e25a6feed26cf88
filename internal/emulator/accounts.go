package emulator

import (
	"context"
	"errors"
	"strings"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// errAccountExists reports that an address got an account in the meantime.
var errAccountExists = errors.New("account exists")

// addUser keeps a new account; errAccountExists when the address has one by now,
// *directory.BusyError when the state is locked for too long. The address is
// looked for under the store's lock: another sign-up may have been quicker. It
// is finished even when the client goes away, as an account half made is worse.
func (x *exchange) addUser(user directory.User) error {
	return x.changeTenant(func(t *directory.Tenant) error {
		for i := range t.Users {
			if strings.EqualFold(t.Users[i].Email, user.Email) {
				return errAccountExists
			}
		}
		t.Users = append(t.Users, user)
		return nil
	})
}

// changeUser changes a kept account; AADSTS50034 when it is gone.
func (x *exchange) changeUser(id string, change func(*directory.User)) error {
	return x.changeTenant(func(t *directory.Tenant) error {
		for i := range t.Users {
			if t.Users[i].ID == id {
				change(&t.Users[i])
				return nil
			}
		}
		return userGone()
	})
}

func (x *exchange) changeTenant(change func(*directory.Tenant) error) error {
	return x.store.Update(context.WithoutCancel(x.r.Context()), func(d *directory.Document) error {
		t := d.Tenant(x.tenant.ID)
		if t == nil {
			return unknownTenant(x.tenant.ID)
		}
		return change(t)
	})
}

package directory

import (
	"context"
	"errors"
	"slices"

	"golang.org/x/crypto/bcrypt"
)

// A seed's password in clear text is kept as it is until the store has got round to hashing it: a thousand hashes take
// longer than anybody wants to wait for a start. Until then the file holds what the seed does, so an end in between loses
// nothing, and users sign in all the same (see User.CheckPassword).

// seedCost is the bcrypt cost of such a password, 1 ms each. What is in a seed in clear text is no secret that more would
// guard, and a tenant of a thousand users has no clear text any more after two seconds.
const seedCost = bcrypt.MinCost

// minBatch is how many passwords are hashed between two writes, at least.
const minBatch = 250

// HashPasswords replaces every password in clear text by its hash.
func (d *Document) HashPasswords() error {
	for _, u := range d.clearText() {
		hash, err := HashPassword(u.Password, seedCost)
		if err != nil {
			return err
		}
		u.Password, u.PasswordHash = "", hash
	}
	return nil
}

// HashPasswords replaces the passwords in clear text that the store's file has, some at a time, and returns when there are
// none or ctx has ended. In memory they stay: there is nothing to read them from. Errors are ctx's and those of Change.
func (s *Store) HashPasswords(ctx context.Context) error {
	if s.path == "" {
		return nil
	}
	s.hashing.Store(true)
	defer s.hashing.Store(false)
	for _, t := range s.Configuration().Tenants {
		if err := s.hashPasswords(ctx, t.ID); err != nil {
			return err
		}
	}
	return s.tidy(ctx)
}

func (s *Store) hashPasswords(ctx context.Context, tenant string) error {
	for {
		pending := slices.DeleteFunc(s.Users(tenant), func(u *User) bool { return !u.unhashed() })
		if len(pending) == 0 {
			return nil
		}
		hashes := map[string]string{}
		pending = pending[:min(len(pending), max(minBatch, len(pending)/4))] // a look for the next ones costs more where there are many
		for _, u := range pending {
			if err := ctx.Err(); err != nil {
				return err
			}
			hash, err := HashPassword(u.Password, seedCost)
			if err != nil {
				return err
			}
			hashes[u.ID] = hash
		}
		err := s.Change(ctx, tenant, func(c *Change) error {
			for _, was := range pending {
				if u := c.User(was.ID); u != nil && u.unhashed() && u.Password == was.Password { // nobody has changed it meanwhile
					u.PasswordHash = hashes[was.ID]
					c.Put(u)
				}
			}
			return nil
		})
		if errors.Is(err, ErrNoTenant) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// clearText are the users whose password is not hashed.
func (d *Document) clearText() []*User {
	var found []*User
	for i := range d.Tenants {
		for j := range d.Tenants[i].Users {
			if u := &d.Tenants[i].Users[j]; u.unhashed() {
				found = append(found, u)
			}
		}
	}
	return found
}

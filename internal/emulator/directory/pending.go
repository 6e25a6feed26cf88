package directory

import (
	"context"
	"strings"

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
// none or ctx has ended. In memory they stay: there is nothing to read them from. Errors are ctx's and those of Update.
func (s *Store) HashPasswords(ctx context.Context) error {
	if s.path == "" {
		return nil
	}
	for {
		pending := s.View().clearText()
		if len(pending) == 0 {
			return nil
		}
		hashes := map[userKey]string{}
		for key, u := range pending {
			if len(hashes) >= max(minBatch, len(pending)/4) { // a write of many users costs more than one of few
				break
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			hash, err := HashPassword(u.Password, seedCost)
			if err != nil {
				return err
			}
			hashes[key] = hash
		}
		err := s.Update(ctx, func(d *Document) error {
			for key, u := range d.clearText() {
				if hash := hashes[key]; hash != "" && u.Password == pending[key].Password { // nobody has changed it meanwhile
					u.Password, u.PasswordHash = "", hash
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
}

// clearText are the users whose password is not hashed.
func (d *Document) clearText() map[userKey]*User {
	found := map[userKey]*User{}
	for i := range d.Tenants {
		t := &d.Tenants[i]
		for j := range t.Users {
			if u := &t.Users[j]; u.Password != "" && u.PasswordHash == "" {
				found[userKey{strings.ToLower(t.ID), strings.ToLower(u.ID)}] = u
			}
		}
	}
	return found
}

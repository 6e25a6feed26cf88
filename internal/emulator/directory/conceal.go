package directory

import (
	"encoding/hex"
	"slices"
)

// A file does not hold what nothing needs any more: passwords that are hashed, and the texts of client secrets, in whose
// place is their digest.

// conceal takes it out of a document.
func (d *Document) conceal() {
	for i := range d.Tenants {
		t := &d.Tenants[i]
		for j := range t.Users {
			t.Users[j].conceal()
		}
		t.conceal()
	}
}

// conceal takes it out of what a change leaves.
func (c *Change) conceal() {
	for _, u := range c.users {
		if u != nil {
			u.conceal()
		}
	}
	if c.now != nil {
		c.now.conceal()
	}
}

func (u *User) conceal() {
	if u.PasswordHash != "" {
		u.Password = ""
	}
}

// unhashed reports whether the password is in clear text.
func (u *User) unhashed() bool { return u.Password != "" && u.PasswordHash == "" }

// conceal is for a tenant that has its lists of apps for itself.
func (t *Tenant) conceal() {
	for i := range t.Apps {
		t.Apps[i].conceal()
	}
	for i := range t.DeletedApps {
		t.DeletedApps[i].App.conceal()
	}
}

// conceal replaces the app's list of secrets, which others may share.
func (a *App) conceal() {
	if !slices.ContainsFunc(a.PasswordCredentials, func(s Secret) bool { return s.SecretText != "" }) {
		return
	}
	a.PasswordCredentials = slices.Clone(a.PasswordCredentials)
	for i := range a.PasswordCredentials {
		s := &a.PasswordCredentials[i]
		s.SecretSHA256, s.SecretText = hex.EncodeToString(s.digest()), ""
	}
}

package directory

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// clearSeed is a tenant with users of known passwords, given in clear text.
func clearSeed(users int) *Document {
	d := Default()
	for i := range users {
		u := newUser(i)
		u.Password = fmt.Sprintf("Clear-Text-%d", i)
		d.Tenants[0].Users = append(d.Tenants[0].Users, u)
	}
	return d
}

func readDocument(t *testing.T, path string) *Document {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	d, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// checkPasswords wants every user of a seed to have the right password and no other.
func checkPasswords(t *testing.T, d *Document, users int) {
	t.Helper()
	if n := len(d.Tenants[0].Users); n != users {
		t.Fatalf("%d users, not %d", n, users)
	}
	for i, u := range d.Tenants[0].Users {
		if !u.CheckPassword(fmt.Sprintf("Clear-Text-%d", i)) || u.CheckPassword("Clear-Text-x") {
			t.Errorf("user %d has another password", i)
		}
	}
}

// TestStore_HashPasswords follows a seed's passwords from the start, where none is hashed, to the end, where no clear text is
// left, with an end in between.
func TestStore_HashPasswords(t *testing.T) {
	const users = minBatch + 20 // two writes
	path := filepath.Join(t.TempDir(), "t.yaml")
	s, err := Open(t.Context(), path, clearSeed(users))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(readDocument(t, path).clearText()); n != users {
		t.Errorf("%d of %d passwords are in clear text after the start: somebody waited for the others", n, users)
	}
	over, stop := context.WithCancel(t.Context())
	stop()
	if err := s.HashPasswords(over); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
	if n := len(readDocument(t, path).clearText()); n != users {
		t.Errorf("%d passwords are left of %d", n, users)
	}
	if s, err = Open(t.Context(), path, &Document{}); err != nil { // the next process
		t.Fatal(err)
	}
	if err := s.HashPasswords(t.Context()); err != nil {
		t.Fatal(err)
	}
	d := readDocument(t, path)
	if data, _ := os.ReadFile(path); len(d.clearText()) != 0 || strings.Contains(string(data), "Clear-Text") {
		t.Error("a password is left in clear text")
	}
	checkPasswords(t, &Document{Tenants: []Tenant{{Users: d.Tenants[0].Users[:30]}}}, 30)
	if !d.Tenants[0].Users[users-1].CheckPassword(fmt.Sprintf("Clear-Text-%d", users-1)) {
		t.Error("the last user has another password")
	}
}

// TestStore_HashPasswords_changed checks that who changes a password meanwhile has the new one.
func TestStore_HashPasswords_changed(t *testing.T) {
	const users = 200
	path := filepath.Join(t.TempDir(), "t.yaml")
	s, err := Open(t.Context(), path, clearSeed(users))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- s.HashPasswords(t.Context()) }()
	hash, err := HashPassword("Changed-1", 4)
	if err != nil {
		t.Fatal(err)
	}
	for i := range users { // at any moment of it, and in clear text too, as a reset does
		if err := s.Update(t.Context(), func(d *Document) error {
			u := &d.Tenants[0].Users[i]
			if u.Password, u.PasswordHash = "", hash; i%2 == 0 {
				u.Password, u.PasswordHash = "Changed-1", ""
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if err := s.HashPasswords(t.Context()); err != nil {
		t.Fatal(err)
	}
	d := readDocument(t, path)
	wrong := slices.ContainsFunc(d.Tenants[0].Users, func(u User) bool { return !u.CheckPassword("Changed-1") })
	if wrong || len(d.clearText()) != 0 {
		t.Error("a change is lost")
	}
}

func TestDocument_HashPasswords(t *testing.T) {
	d := clearSeed(3)
	hash, err := HashPassword("Clear-Text-2", 4)
	if err != nil {
		t.Fatal(err)
	}
	d.Tenants[0].Users[2].Password, d.Tenants[0].Users[2].PasswordHash = "", hash
	d.Tenants[0].Users = append(d.Tenants[0].Users, newUser(3)) // has none, and gets none
	if err := d.HashPasswords(); err != nil {
		t.Fatal(err)
	}
	if u := d.Tenants[0].Users[3]; u.HasPassword() || d.Tenants[0].Users[2].PasswordHash != hash {
		t.Error("a user got a password, or another hash")
	}
	d.Tenants[0].Users = d.Tenants[0].Users[:3]
	checkPasswords(t, d, 3)
}

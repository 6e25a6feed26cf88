package directory

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/clocktest"
)

// put keeps users by a change.
func put(t *testing.T, s *Store, users ...User) {
	t.Helper()
	if err := s.Change(t.Context(), DefaultTenantID, func(c *Change) error {
		for i := range users {
			c.Put(&users[i])
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}

func memoryStore(t *testing.T, users int) *Store {
	t.Helper()
	d := Default()
	for i := range users {
		d.Tenants[0].Users = append(d.Tenants[0].Users, newUser(i))
	}
	s, err := Open(t.Context(), "", d)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// withEmail is a user with the address of another one.
func withEmail(n, other int) *User {
	u := newUser(n)
	u.Email = strings.ToUpper(newUser(other).Email)
	return &u
}

// TestChange is every way in which users change: what is left, or why it is refused, with the place as in a seed.
func TestChange(t *testing.T) {
	stop := errors.New("stop")
	user := func(n int) *User { u := newUser(n); return &u }
	for _, tc := range []struct {
		name    string
		change  func(c *Change) error
		want    string // the users' numbers, in order
		refused string
	}{
		{"nothing", func(*Change) error { return nil }, "0 1 2", ""},
		{"one more", func(c *Change) error { c.Put(user(3)); return nil }, "0 1 2 3", ""},
		{"one less", func(c *Change) error { c.Remove(strings.ToUpper(newUser(1).ID)); return nil }, "0 2", ""},
		{"one who is not there", func(c *Change) error { c.Remove(newUser(7).ID); return nil }, "0 1 2", ""},
		{"in place", func(c *Change) error { c.Put(withEmail(1, 8)); return nil }, "0 8 2", ""},
		{"gone and back", func(c *Change) error { c.Remove(newUser(0).ID); c.Put(user(0)); return nil }, "0 1 2", ""},
		{"there and gone", func(c *Change) error { c.Put(user(3)); c.Remove(newUser(3).ID); return nil }, "0 1 2", ""},
		{"an address that is free again", func(c *Change) error { c.Remove(newUser(1).ID); c.Put(withEmail(3, 1)); return nil }, "0 2 1", ""},
		{"addresses that change places", func(c *Change) error { c.Put(withEmail(0, 1)); c.Put(withEmail(1, 0)); return nil }, "1 0 2", ""},
		{"an error", func(c *Change) error { c.Put(user(3)); return stop }, "0 1 2", "stop"},
		{"a used address", func(c *Change) error { c.Put(withEmail(3, 1)); return nil }, "0 1 2", `tenants[0].users[3].email: "U1@EXAMPLE.COM" is already used at tenants[0].users[1].email`},
		{"a used address, of one who was there", func(c *Change) error { c.Put(withEmail(2, 1)); return nil }, "0 1 2", `tenants[0].users[2].email: "U1@EXAMPLE.COM" is already used at tenants[0].users[1].email`},
		{"an address twice", func(c *Change) error { c.Put(user(3)); c.Put(withEmail(4, 3)); return nil }, "0 1 2", "tenants[0].users[3].email"},
		{"no address", func(c *Change) error { c.Put(&User{ID: newUser(3).ID, Email: "x"}); return nil }, "0 1 2", `tenants[0].users[3].email: expected an email address, got "x"`},
		{"no GUID", func(c *Change) error { c.Put(user(3)); c.Put(&User{ID: "x", Email: "x@example.com"}); return nil }, "0 1 2", `tenants[0].users[4].id: expected a GUID, got "x"`},
		{"no role", func(c *Change) error { u := user(1); u.Roles = []string{"King"}; c.Put(u); return nil }, "0 1 2", "tenants[0].users[1].roles"},
		{"no attribute", func(c *Change) error {
			u := user(1)
			u.Attributes = map[string]string{"a b": "c"}
			c.Put(u)
			return nil
		}, "0 1 2", "tenants[0].users[1].attributes"},
		{"no second factor", func(c *Change) error { u := user(1); u.EmailAuthenticationMethod = "x"; c.Put(u); return nil }, "0 1 2", "tenants[0].users[1].emailAuthenticationMethod"},
		{"another tenant", func(c *Change) error { c.Configure().ID = newUser(1).ID; return nil }, "0 1 2", "tenants[0]: expected the tenant with its id"},
		{"users beside", func(c *Change) error { c.Configure().Users = []User{newUser(9)}; return nil }, "0 1 2", "without users"},
		{"no app", func(c *Change) error { c.Configure().Apps[0].AppID = "x"; return nil }, "0 1 2", `tenants[0].apps[0].appId: expected a GUID, got "x"`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, path := range []string{"", filepath.Join(t.TempDir(), "t.yaml")} {
				s, err := Open(t.Context(), path, memoryStore(t, 3).View())
				if err != nil {
					t.Fatal(err)
				}
				before := s.View()
				err = s.Change(t.Context(), "contoso", tc.change)
				if (err == nil) != (tc.refused == "") || err != nil && !strings.Contains(err.Error(), tc.refused) {
					t.Errorf("%v, want %q", err, tc.refused)
				}
				var got []string
				for _, u := range s.Users(DefaultTenantID) {
					number, _, _ := strings.Cut(strings.ToLower(u.Email)[1:], "@")
					got = append(got, number)
					for _, key := range []string{u.ID, strings.ToUpper(u.Email)} {
						if s.User(DefaultTenantID, key) != u {
							t.Errorf("%s is not found", key)
						}
					}
				}
				if strings.Join(got, " ") != tc.want {
					t.Errorf("users %v, want %s", got, tc.want)
				}
				first, all := s.FirstUsers(DefaultTenantID, 2)
				if all != len(got) || len(first) != 2 || first[0] != s.Users(DefaultTenantID)[0] {
					t.Errorf("the first two of %d are %v of %d", len(got), first, all)
				}
				if len(before.Tenants[0].Users) != 3 || before.Tenants[0].Users[1].Email != "u1@example.com" {
					t.Error("an earlier view has changed")
				}
				if err := s.View().Validate(); err != nil {
					t.Errorf("what is left is not valid: %v", err)
				}
			}
		})
	}
	if err := memoryStore(t, 0).Change(t.Context(), "fabrikam", func(*Change) error { return nil }); !errors.Is(err, ErrNoTenant) {
		t.Errorf("another tenant: %v", err)
	}
}

// TestChange_seesItself looks users up in the middle of a change, by id and address.
func TestChange_seesItself(t *testing.T) {
	s := memoryStore(t, 3)
	stop := errors.New("stop")
	if err := s.Change(t.Context(), DefaultTenantID, func(c *Change) error {
		check := func(key string, want *User) {
			t.Helper()
			got := c.User(key)
			if (got == nil) != (want == nil) || got != nil && (got.ID != want.ID || got.Email != want.Email) {
				t.Errorf("%s is %v, want %v", key, got, want)
			}
		}
		zero, one, moved := newUser(0), newUser(1), withEmail(1, 7)
		check(one.ID, &one)
		check(strings.ToUpper(one.Email), &one)
		c.Put(moved)
		check(one.ID, moved)
		check(one.Email, nil)
		check("u7@example.com", moved)
		c.Put(withEmail(1, 8)) // once more
		check("u7@example.com", nil)
		c.Remove(zero.ID)
		check(zero.ID, nil)
		check(zero.Email, nil)
		c.Put(withEmail(5, 0))
		check(zero.Email, withEmail(5, 0))
		check(zero.ID, nil)
		if n := len(c.Users()); n != 3 {
			t.Errorf("%d users were there", n)
		}
		own := c.User(newUser(2).ID)
		own.Email, own.Attributes = "other@example.com", map[string]string{"displayName": "x"}
		if kept := c.User(newUser(2).ID); kept.Email == own.Email || kept.Attributes != nil {
			t.Error("a copy is not a copy")
		}
		return stop
	}); !errors.Is(err, stop) {
		t.Fatal(err)
	}
}

// TestChange_types refuses another type for an attribute of which users have values, and a user who leaves with the change
// does not count.
func TestChange_types(t *testing.T) {
	s := memoryStore(t, 2)
	u := newUser(1)
	u.Attributes = map[string]string{"extension_1_Age": "old"}
	put(t, s, u)
	number := func(more func(c *Change)) error {
		return s.Change(t.Context(), DefaultTenantID, func(c *Change) error {
			f := &c.Configure().UserFlows[0]
			f.Attributes = append(slices.Clone(f.Attributes), Attribute{Name: "extension_1_Age", DataType: TypeInt64})
			more(c)
			return nil
		})
	}
	if err := number(func(*Change) {}); err == nil || !strings.Contains(err.Error(), "tenants[0].users[1].attributes.extension_1_Age: expected a whole number") {
		t.Errorf("a value of another type: %v", err)
	}
	if err := number(func(c *Change) { c.Remove(u.ID) }); err != nil {
		t.Error(err)
	}
	u.ID = newUser(3).ID
	if err := s.Change(t.Context(), DefaultTenantID, func(c *Change) error { c.Put(&u); return nil }); err == nil {
		t.Error("the new type is not applied to who comes later")
	}
}

// TestChange_administrators: Microsoft's app for administrators is there as long as there is one.
func TestChange_administrators(t *testing.T) {
	for name, path := range map[string]string{"memory": "", "file": filepath.Join(t.TempDir(), "t.yaml")} {
		t.Run(name, func(t *testing.T) {
			s, err := Open(t.Context(), path, Empty())
			if err != nil {
				t.Fatal(err)
			}
			check := func(want bool) {
				t.Helper()
				if got := s.Tenant(DefaultTenantID).App(GraphCommandLineTools) != nil; got != want {
					t.Errorf("the app is there: %t", got)
				}
				for _, u := range s.View().Tenants[0].Users {
					if u.Email == "" {
						t.Error("a user without a name has got into the document")
					}
				}
			}
			check(true)
			admin := s.Users(DefaultTenantID)[0]
			if err := s.Change(t.Context(), DefaultTenantID, func(c *Change) error { c.Configure().DisplayName = "X"; c.Remove(admin.ID); return nil }); err != nil {
				t.Fatal(err)
			}
			check(false)
			u := newUser(1)
			u.Roles = []string{"Global Reader"}
			put(t, s, u)
			check(true)
			u.Roles = nil
			put(t, s, u)
			check(false)
			if path != "" {
				if s, err = Open(t.Context(), path, nil); err != nil {
					t.Fatal(err)
				}
				check(false)
			}
		})
	}
}

// TestStore_cost counts what a change costs among many users: itself, not what there is.
func TestStore_cost(t *testing.T) {
	const many, changes = 3000, 100
	for name, path := range map[string]string{"memory": "", "file": filepath.Join(t.TempDir(), "t.yaml")} {
		t.Run(name, func(t *testing.T) {
			s, err := Open(t.Context(), path, memoryStore(t, many).View())
			if err != nil {
				t.Fatal(err)
			}
			w := s.Work()
			documents, users, bytes := w.Documents.Load(), w.Users.Load(), w.Bytes.Load()
			for i := range changes {
				put(t, s, newUser(many+i))
				put(t, s, *withEmail(i, 10_000+i))
				if err := s.Change(t.Context(), DefaultTenantID, func(c *Change) error { c.Remove(newUser(many / 2).ID); return nil }); err != nil {
					t.Fatal(err)
				}
				if err := s.Change(t.Context(), DefaultTenantID, func(c *Change) error {
					t := c.Configure()
					t.Apps = append(t.Apps, App{AppID: newUser(i).ID, DisplayName: "app"})
					return nil
				}); err != nil {
					t.Fatal(err)
				}
				s.User(DefaultTenantID, newUser(i).ID)
				s.Tenant("contoso").App(DefaultPublicApp)
			}
			if n := w.Documents.Load() - documents; n != 0 {
				t.Errorf("%d whole documents for %d changes", n, 4*changes)
			}
			if n := w.Configurations.Load(); n != changes {
				t.Errorf("%d configurations were checked for %d changes of one", n, changes)
			}
			if n := w.Users.Load() - users; n != 2*changes {
				t.Errorf("%d users were checked for %d changes of one", n, 2*changes)
			}
			n := w.Bytes.Load() - bytes
			if path == "" && n != 0 || path != "" && (n < 4*changes*50 || n > 4*changes*300) {
				t.Errorf("%d bytes were written for %d changes", n, 4*changes)
			}
		})
	}
}

// TestChange_reads looks things up in the middle of a change, when somebody has touched the file without a lock: it sees what
// there was, and does not wait for itself.
func TestChange_reads(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.yaml")
	s := open(t, path, Default())
	put(t, s, newUser(1))
	if err := s.Change(t.Context(), DefaultTenantID, func(c *Change) error {
		later := clocktest.Now().AddDate(1, 0, 0)
		if err := os.Chtimes(path, later, later); err != nil {
			return err
		}
		if s.User(DefaultTenantID, newUser(1).ID) == nil || len(s.View().Tenants[0].Users) != 1 || s.Tenant("contoso") == nil {
			t.Error("it is not seen")
		}
		c.Remove(newUser(1).ID)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if n := len(open(t, path, nil).Users(DefaultTenantID)); n != 0 {
		t.Errorf("%d users are left", n)
	}
}

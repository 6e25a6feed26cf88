package emulator

import (
	"fmt"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// manyUsers adds users to the tenant of a seed.
func manyUsers(o *Options, n int) {
	t := &o.Seed.Tenants[0]
	for i := range n {
		t.Users = append(t.Users, directory.User{ID: fmt.Sprintf("abababab-0000-1111-2222-%012d", i), Email: fmt.Sprintf("many%d@example.com", i), Attributes: map[string]string{"displayName": "Many"}})
	}
}

// TestCost counts what every way to change a tenant of many users costs: what changes, and never the whole document. It is what
// keeps the making of users from costing the square of their number.
func TestCost(t *testing.T) {
	const many = 2000
	create := func(f *fixture, t *testing.T, i int) string {
		return f.must(t, "POST", "/users", fmt.Sprintf(`{"email":"new%d@example.com","attributes":{"displayName":"New"}}`, i))["id"].(string)
	}
	for _, tc := range []struct {
		name           string
		do             func(f *fixture, t *testing.T, i int)
		users, configs int64 // that are checked
	}{
		{"control: a user", func(f *fixture, t *testing.T, i int) { create(f, t, i) }, 1, 0},
		{"control: a user who changes", func(f *fixture, t *testing.T, i int) {
			f.must(t, "PATCH", fmt.Sprintf("/users/many%d@example.com", i), `{"disabled":true,"attributes":{"city":"Lima"}}`)
		}, 1, 0},
		{"control: a user who goes", func(f *fixture, t *testing.T, i int) {
			if status, out := f.control(t, "DELETE", fmt.Sprintf("/users/many%d@example.com", i), ""); status != http.StatusNoContent {
				t.Error(status, out)
			}
		}, 0, 0},
		{"control: users looked up", func(f *fixture, t *testing.T, i int) {
			f.must(t, "GET", fmt.Sprintf("/users?email=many%d@example.com", i), "")
			f.must(t, "GET", fmt.Sprintf("/users/abababab-0000-1111-2222-%012d", i), "")
		}, 0, 0},
		{"control: all users", func(f *fixture, t *testing.T, i int) { f.must(t, "GET", "/users", "") }, 0, 0},
		{"control: a key", func(f *fixture, t *testing.T, i int) {
			if i == 0 {
				f.must(t, "POST", "/keys/rotate", "")
			} else if _, err := f.RotateKey(t.Context(), tid); err != nil {
				t.Error(err)
			}
		}, 0, 1},
		{"control: a token for a new user", func(f *fixture, t *testing.T, i int) {
			f.must(t, "POST", "/tokens", fmt.Sprintf(`{"app":"%s","user":"token%d@example.com","create_user":true}`, directory.DefaultPublicApp, i))
		}, 1, 0},
		{"pages: a sign-up", func(f *fixture, t *testing.T, i int) {
			v := f.visitor(t)
			f.signUpTo(v, "attributes", fmt.Sprintf("page%d@example.com", i))
			v.submit("create", "displayName", "New")
			if v.answer().Get("code") == "" {
				t.Error(v.page.text)
			}
		}, 1, 0},
		{"pages: a sign-in", func(f *fixture, t *testing.T, i int) { f.redeem(t, f.visitor(t).signIn().Get("code")) }, 0, 0},
		{"pages: the landing page", func(f *fixture, t *testing.T, i int) {
			if w := f.landing("/", false); w.Code != http.StatusOK {
				t.Error(w.Code)
			}
		}, 0, 0},
		{"native: a sign-up", func(f *fixture, t *testing.T, i int) { f.signedUp(t, fmt.Sprintf("native%d@example.com", i)) }, 1, 0},
	} {
		for _, kept := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, kept %t", tc.name, kept), func(t *testing.T) {
				f := newFixture(t, func(o *Options) {
					manyUsers(o, many)
					if kept {
						o.DataFile = filepath.Join(t.TempDir(), "tenant.yaml")
					}
				})
				tc.do(f, t, 0) // the first may do what the others need not
				checkCost(t, f, tc.users, tc.configs, kept, func(i int) { tc.do(f, t, i+1) })
			})
		}
	}
	for _, kept := range []bool{false, true} {
		t.Run(fmt.Sprintf("graph: an app, kept %t", kept), func(t *testing.T) {
			f := newGraphFixture(t, func(o *Options) {
				manyUsers(o, many)
				if kept {
					o.DataFile = filepath.Join(t.TempDir(), "tenant.yaml")
				}
			})
			admin := f.administrator(t, everyPermission)
			checkCost(t, f, 0, 1, kept, func(i int) {
				if r := admin.do("POST", "/applications", fmt.Sprintf(`{"displayName":"app %d"}`, i)); r.status != http.StatusCreated {
					t.Error(r.status, r.raw)
				}
			})
		})
	}
}

// checkCost does something some times and counts what the store does for it.
func checkCost(t *testing.T, f *fixture, users, configs int64, kept bool, do func(i int)) {
	t.Helper()
	const times = 5
	if err := f.store.HashPasswords(t.Context()); err != nil { // the seed's, otherwise at any time from a second after the start
		t.Fatal(err)
	}
	w := f.store.Work()
	before := [...]int64{w.Documents.Load(), w.Configurations.Load(), w.Users.Load(), w.Bytes.Load()}
	for i := range times {
		do(i)
	}
	if n := w.Documents.Load() - before[0]; n != 0 {
		t.Errorf("%d whole documents, for %d times", n, times)
	}
	if n := w.Configurations.Load() - before[1]; n != times*configs {
		t.Errorf("%d configurations were checked, for %d times %d", n, times, configs)
	}
	if n := w.Users.Load() - before[2]; n != times*users {
		t.Errorf("%d users were checked, for %d times %d", n, times, users)
	}
	// A line with a user has some 300 bytes, and one with the keys of a tenant, four at most, 9 kB.
	if n := (w.Bytes.Load() - before[3]) / times; !kept && n != 0 || kept && (n > 500*max(users, 1)+10_000*configs || users+configs > 0 && n < 100) {
		t.Errorf("%d bytes were written for each", n)
	}
}

//go:build linux

package keychain

import (
	"context"
	"errors"
	"slices"
	"testing"

	keyring "github.com/zalando/go-keyring"

	"github.com/ciam-cli/ciam/internal/keychain/keychaintest"
)

// TestOS_calls counts what each operation asks of the keychain service: every call is a round trip that somebody waits for,
// but for OpenSession and what is sent with it.
func TestOS_calls(t *testing.T) {
	t.Parallel()
	keychaintest.RunUnderSecretService(t, func(t *testing.T, _ *keychaintest.Provider) {
		ctx := context.Background()
		s := OS(Options{})
		if _, err := s.Get(ctx, "ada"); !errors.Is(err, ErrNotFound) { // as before a sign-in
			t.Fatal(err)
		}
		for _, c := range []struct {
			what string
			do   func() error
			want []string
		}{
			{"probe", func() error { return s.Probe(ctx) }, []string{"ReadAlias", "Get", "Unlock"}},
			{"set after get", func() error { return s.Set(ctx, "ada", []byte("x")) }, []string{"ReadAlias", "OpenSession", "Get", "Unlock", "CreateItem"}},
			{"set again", func() error { return s.Set(ctx, "ada", []byte("y")) }, []string{"ReadAlias", "OpenSession", "Get", "Unlock", "CreateItem"}},
			{"get", func() error { _, err := s.Get(ctx, "ada"); return err }, []string{"ReadAlias", "OpenSession", "SearchItems", "GetSecret"}},
			{"remove", func() error { return s.(*vault).items.remove(ctx, "ada") }, []string{"ReadAlias", "Get", "Unlock", "SearchItems", "Delete"}},
		} {
			since := keychaintest.Connections(t)
			if err := c.do(); err != nil {
				t.Errorf("%s: %v", c.what, err)
			}
			if n := since(); n != 1 {
				t.Errorf("%s: %d connections, expected one", c.what, n)
			}
			if c.what == "remove" {
				if err := s.Set(ctx, "ada", nil); err != nil {
					t.Fatal(err)
				}
			}
			var got []string
			for _, call := range keychaintest.Calls(t, func() { _ = c.do() }) {
				got = append(got, call.Method)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s: called %q, expected %q", c.what, got, c.want)
			}
		}
	})
}

// TestOS_goKeyring: what go-keyring wrote, as earlier versions did, is replaced and deleted, and not kept beside; what ciam
// writes is found by go-keyring.
func TestOS_goKeyring(t *testing.T) {
	t.Parallel()
	keychaintest.RunUnderSecretService(t, func(t *testing.T, _ *keychaintest.Provider) {
		ctx := context.Background()
		for _, name := range []string{"ada", "grace"} {
			if err := keyring.Set(Service, name, "old"); err != nil {
				t.Fatal(err)
			}
		}
		items := OS(Options{}).(*vault).items
		if err := items.set(ctx, "ada", "new"); err != nil {
			t.Fatal(err)
		}
		if v, err := keyring.Get(Service, "ada"); v != "new" || err != nil {
			t.Errorf("go-keyring reads %q, %v, expected the new value", v, err)
		}
		if v, err := items.get(ctx, "grace"); v != "old" || err != nil {
			t.Errorf("the other item is %q, %v", v, err)
		}
		for _, name := range []string{"ada", "grace"} {
			if err := items.remove(ctx, name); err != nil {
				t.Error(err)
			}
			if _, err := keyring.Get(Service, name); !errors.Is(err, keyring.ErrNotFound) {
				t.Errorf("after the deletion go-keyring says %v", err)
			}
			if err := items.remove(ctx, name); !errors.Is(err, ErrNotFound) {
				t.Errorf("a second deletion: %v", err)
			}
		}
	})
}

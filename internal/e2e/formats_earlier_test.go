package e2e

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/emulator"
	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/keychain"
	"github.com/ciam-cli/ciam/internal/keychain/keychaintest"
	"github.com/ciam-cli/ciam/internal/tokencache"
)

// TestFormats_earlierBinary has the binary of each commit whose formats are kept read what today's has written: it reads
// all of it, or says with the code store_newer that it cannot, and loses nothing. Both exclude each other on their locks.
// Where the clone lacks the commit, the test is skipped.
func TestFormats_earlierBinary(t *testing.T) {
	for _, c := range corpora(t) {
		t.Run(filepath.Base(c.dir), func(t *testing.T) {
			path := earlierBinary(t, c.Commit)
			t.Run("file", func(t *testing.T) {
				t.Parallel()
				crossAll(t, path, "file")
			})
			t.Run("keychain", func(t *testing.T) {
				t.Parallel()
				keychaintest.RunUnderSecretService(t, func(t *testing.T, _ *keychaintest.Provider) { crossAll(t, path, "keychain") })
			})
			for name, test := range map[string]func(*testing.T, *pair){
				"config": crossConfig, "tenant": crossTenant, "demo": crossDemo, "certificate authority": crossAuthority, "tenant metadata": crossMetadata,
				"lock refreshing": excludeRefreshing, "lock signing in": excludeSigningIn, "lock emulator": excludeEmulators, "lock tenant": excludeTenantWriters,
			} {
				t.Run(name, func(t *testing.T) {
					t.Parallel() // most of them wait
					test(t, newPair(t, path, "file"))
				})
			}
		})
	}
}

// pair is today's binary and an earlier one with the same home.
type pair struct {
	t              *testing.T
	today, earlier *program
	kind           string // of token store
	tenant         *tenant
}

func newPair(t *testing.T, path, kind string) *pair {
	t.Helper()
	x := &pair{t: t, kind: kind, today: newProgram(t)}
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, bytes.Repeat([]byte("k"), 32), 0o600); err != nil {
		t.Fatal(err)
	}
	x.today.env = append(x.today.env, "CIAM_TOKEN_STORE="+kind, "CIAM_STORE_KEY_FILE="+key)
	x.earlier = x.today.as(path)
	return x
}

// withTenant gives the pair a tenant, and a person at the browser who signs up.
func (x *pair) withTenant() *pair {
	x.t.Helper()
	x.tenant = startTenant(x.t, func(s *emulator.Seed) {
		tn := &s.Tenants[0]
		tn.APIs = append(tn.APIs, directory.API{AppID: api, IdentifierURI: "api://" + api, Scopes: []string{"Orders.Read"}, AppRoles: []string{"Orders.Read.All"}})
		for i := range tn.Apps {
			tn.Apps[i].AppRoleAssignments = append(tn.Apps[i].AppRoleAssignments, directory.AppRoleAssignment{Resource: api, Role: "Orders.Read.All"})
		}
	})
	for _, p := range []*program{x.today, x.earlier} {
		p.env = append(p.env, personVariable+"=1")
	}
	return x
}

// add adds a profile for an app of the tenant; the confidential one's secret is kept in the token store.
func (x *pair) add(profile, clientID string) {
	x.t.Helper()
	args := []string{"profile", "add", profile, "--tenant", x.tenant.authority, "--client-id", clientID}
	if clientID == directory.DefaultConfidentialApp {
		secret := filepath.Join(x.t.TempDir(), "secret")
		if err := os.WriteFile(secret, []byte(directory.DefaultClientSecret), 0o600); err != nil {
			x.t.Fatal(err)
		}
		args = append(args, "--client-secret-file", secret)
	}
	x.today.must(args...)
}

// store is the token store that both use, opened by today's packages.
func (x *pair) store() keychain.Store {
	x.t.Helper()
	if x.kind == "keychain" {
		return keychain.OS(keychain.Options{})
	}
	s, err := keychain.File(keychain.FileOptions{Dir: filepath.Join(x.today.setting("XDG_STATE_HOME"), "ciam", "tokens"), KeyFile: x.today.setting("CIAM_STORE_KEY_FILE")})
	if err != nil {
		x.t.Fatal(err)
	}
	return s
}

// reads has both answer a command. It reports whether the earlier one can; if not, it has to say store_newer.
func (x *pair) reads(args ...string) bool {
	x.t.Helper()
	args = append(args, "-o", "json")
	today, earlier := x.today.answer(x.t, args...), x.earlier.answer(x.t, args...)
	switch {
	case today.Exit != 0:
		x.t.Errorf("today's %q ended with %d %s", args, today.Exit, today.Code)
	case newer(earlier):
		x.t.Logf("%q: store_newer", args)
		return false
	case earlier.Exit != 0:
		x.t.Errorf("the earlier %q ended with %d %q", args, earlier.Exit, earlier.Code)
	default:
		within(x.t, strings.Join(args, " "), earlier.Stdout, today.Stdout)
	}
	return true
}

// writes has the earlier one write a record anew. It reports whether it can; if not, it has to say store_newer.
func (x *pair) writes(args ...string) bool {
	x.t.Helper()
	args = append(args, "-o", "json")
	a := x.earlier.answer(x.t, args...)
	if a.Exit != 0 && !newer(a) {
		x.t.Errorf("the earlier %q ended with %d %q", args, a.Exit, a.Code)
	}
	return a.Exit == 0
}

func newer(a answer) bool { return a.Exit == 7 && a.Code == "store_newer" }

// crossing is something that today's ciam keeps for a profile, and an earlier one finds there. To try another kind of
// record (another person's, an index), add one to crossings.
type crossing struct {
	name   string
	kinds  []string // of token store; nil is any
	write  func(x *pair)
	asked  [][]string // both answer alike
	writes [][]string // has the earlier one write the record anew
	keeps  [][]string // today's answers alike before that and after it
	gone   string     // the profile that the earlier one then logs out of
	left   string     // what the record holds after that
}

func crossings() []crossing {
	session := func(profile string, more ...[]string) [][]string {
		return append([][]string{{"whoami", "-p", profile}, {"claims", "-p", profile}, {"token", "-p", profile}}, more...)
	}
	person := [][]string{{"claims", "oid", "-p", "shop"}, {"claims", "sub", "-p", "shop"}, {"claims", "tid", "-p", "shop"}}
	renewed := [][]string{{"token", "-p", "shop", "--force-refresh"}}
	all := []crossing{{
		name: "a session",
		write: func(x *pair) {
			x.add("shop", directory.DefaultPublicApp)
			x.today.must("login", "-p", "shop")
			x.today.must("token", "-p", "shop", "--scope", scope("Orders.Read"))
		},
		asked:  session("shop", []string{"token", "-p", "shop", "--scope", scope("Orders.Read")}),
		writes: renewed, keeps: append(person, []string{"token", "-p", "shop", "--scope", scope("Orders.Read")}), gone: "shop",
	}, {
		name: "a session, a secret and a token of the app",
		write: func(x *pair) {
			x.add("web", directory.DefaultConfidentialApp)
			x.today.must("login", "-p", "web")
			x.today.must(asApp("web")...)
		},
		asked:  session("web", asApp("web")),
		writes: [][]string{{"token", "-p", "web", "--force-refresh"}}, keeps: [][]string{{"claims", "oid", "-p", "web"}, asApp("web")},
		gone: "web", left: "secret",
	}, {
		name:   "a secret, and nobody",
		write:  func(x *pair) { x.add("web", directory.DefaultConfidentialApp) },
		writes: [][]string{asApp("web")}, gone: "web", left: "secret",
	}, {
		name: "many access tokens",
		write: func(x *pair) {
			x.add("shop", directory.DefaultPublicApp)
			x.today.must("login", "-p", "shop")
			x.fill(x.store(), 60)
		},
		asked: session("shop", []string{"token", "-p", "shop", "--scope", "made-7"}), writes: renewed,
		keeps: append(person, []string{"token", "-p", "shop", "--scope", "made-7"}), gone: "shop",
	}}
	for _, other := range []struct {
		name   string
		limits keychain.Limits
		rounds int
	}{{"items of Windows, written twice", keychain.WindowsLimits, 2}, {"items of macOS", keychain.MacLimits, 1}} {
		all = append(all, crossing{
			name: other.name, kinds: []string{"keychain"}, write: func(x *pair) { x.asOn(other.limits, other.rounds) },
			asked: session("shop", []string{"token", "-p", "shop", "--scope", "made-7"}), writes: renewed,
			keeps: append(person, []string{"token", "-p", "shop", "--scope", "made-7"}), gone: "shop",
		})
	}
	return all
}

func crossAll(t *testing.T, path, kind string) {
	for _, c := range crossings() {
		if c.kinds == nil || slices.Contains(c.kinds, kind) {
			t.Run(c.name, func(t *testing.T) { c.cross(newPair(t, path, kind).withTenant()) })
		}
	}
}

func (c crossing) cross(x *pair) {
	x.t.Helper()
	c.write(x)
	x.t.Cleanup(func() { _ = x.store().Delete(context.Background(), c.gone) }) // the keychain is the next one's too
	read := true
	for _, args := range c.asked {
		read = x.reads(args...) && read
	}
	before := x.answers(c.keeps)
	for _, args := range c.writes {
		if wrote := x.writes(args...); wrote && !read {
			x.t.Errorf("%q of the earlier one wrote over what it could not read", args)
		} else if !wrote {
			read = false
		}
	}
	for i, after := range x.answers(c.keeps) {
		within(x.t, "after the earlier one wrote, "+strings.Join(after.Args, " "), before[i].Stdout, after.Stdout)
	}
	x.earlier.must("logout", "--local", "-p", c.gone)
	if out := x.today.answer(x.t, "token", "-p", c.gone, "-o", "json"); out.Exit != 4 {
		x.t.Errorf("after the earlier one logged out, token ends with %d %s", out.Exit, out.Code)
	}
	record, err := tokencache.Load(context.Background(), x.store(), c.gone)
	if err != nil && !errors.Is(err, keychain.ErrNotFound) {
		x.t.Fatal(err)
	}
	left := c.left
	if !read {
		left = "" // it deletes unread what is of a newer ciam, and says so
	}
	if got := holds(record); got != left {
		x.t.Errorf("after the earlier one logged out, the record holds %q, expected %q", got, left)
	}
}

// answers asks today's binary; all have to succeed.
func (x *pair) answers(commands [][]string) []answer {
	x.t.Helper()
	var all []answer
	for _, args := range commands {
		a := x.today.answer(x.t, append(args, "-o", "json")...)
		if a.Exit != 0 {
			x.t.Errorf("today's %q ended with %d %s", args, a.Exit, a.Code)
		}
		all = append(all, a)
	}
	return all
}

package cli

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/keychain"
	"github.com/ciam-cli/ciam/internal/tokencache"
)

// signIn signs people in to the current profile, one after the other; the last is the active one.
func (m *machine) signIn(people ...string) *machine {
	m.t.Helper()
	for _, email := range people {
		m.as(email).must("login")
	}
	return m
}

// TestCases3_slots is where whose tokens are: by tenant id, app and person, in items that cannot collide.
func TestCases3_slots(t *testing.T) {
	m := newCases(t)
	m.signIn(bob, ada)
	own := tokencache.SlotItem("shop", contosoID, appA, "cbbbcccc-1111-dddd-2222-eeee3333ffff")
	if got := m.items.Names(); !slices.Equal(got, []string{own, "shop"}) || len(own) != 27 || own[0] != '_' {
		t.Errorf("items %v, want %s and shop", got, own)
	}
	// The environment's is found under another address of the same tenant, as an emulator has one each time.
	m.env["CIAM_PROFILE"], m.env["CIAM_CLIENT_ID"] = "emulator", appB
	m.env["CIAM_TENANT"] = "contoso"
	m.as(eve).must("login")
	item := tokencache.SlotItem("emulator", contosoID, appB, tokencache.EnvironmentSlot)
	if _, ok := m.items.Item(item); !ok {
		t.Errorf("items %v, want %s", m.items.Names(), item)
	}
	m.env["CIAM_TENANT"] = contosoID
	m.must("token")
	if m.profiles() != shopPinned {
		t.Errorf("profiles %s", m.profiles())
	}
	delete(m.env, "CIAM_PROFILE")
	delete(m.env, "CIAM_TENANT")
	delete(m.env, "CIAM_CLIENT_ID")
	if got := m.accounts(); got != "*ada(shop) *eve(emulator) bob(shop)" {
		t.Errorf("accounts %s", got)
	}
}

// TestCases3_store is the precedence of the token store: flag, environment, slot, profile, keychain; memory is
// remembered nowhere.
func TestCases3_store(t *testing.T) {
	m := newCases(t)
	m.must("profile", "add", "sealed", "--tenant", "contoso", "--client-id", appB, "--offline", "--token-store", "file")
	m.must("profile", "remove", "web")
	where := func() string { return fmt.Sprintf("keychain %d, file %d", m.items.Len(), m.sealed.Len()) }
	for _, step := range []struct {
		env, want string
		args      []string
	}{
		{"", "keychain 1, file 0", []string{"login"}},
		{"", "keychain 1, file 1", []string{"login", "-p", "sealed"}}, // the profile's
		{"keychain", "keychain 2, file 0", []string{"login", "-p", "sealed"}},
		{"", "keychain 2, file 0", []string{"token", "-p", "sealed"}}, // the slot's before the profile's
		{"keychain", "keychain 1, file 1", []string{"login", "-p", "sealed", "--token-store", "file"}},
		{"", "keychain 1, file 1", []string{"token", "-p", "sealed"}},
		{"", "keychain 1, file 1", []string{"login", "--token-store", "memory"}},
		{"", "keychain 1, file 1", []string{"token"}},
		{"", "keychain 0, file 2", []string{"login", "--token-store", "file"}},
		{"", "keychain 0, file 2", []string{"token"}},
		{"", "keychain 0, file 1", []string{"logout", "--local"}},
	} {
		m.env["CIAM_TOKEN_STORE"] = step.env
		m.newBrowser()
		m.must(step.args...)
		if got := where(); got != step.want {
			t.Errorf("CIAM_TOKEN_STORE=%s %v: %s, want %s", step.env, step.args, got, step.want)
		}
	}
}

// TestCases4_severalPeople is the table "Several people in one app": ada is active and bob is kept.
func TestCases4_severalPeople(t *testing.T) {
	for _, row := range []struct {
		name     string
		people   []string // signed in beforehand; bob and ada where none are named
		browser  string   // who comes back from the browser
		terminal string   // what is typed
		env      map[string]string
		args     []string
		code     int
		accounts string
		stdout   string // who the token is for
		says     []string
	}{
		{name: "login, ada again", browser: ada, args: []string{"login"}, accounts: "*ada(shop) bob(shop)", says: []string{"still Ada Example", "ciam login --prompt select_account"}},
		{name: "login, somebody new", browser: eve, args: []string{"login"}, accounts: "*eve(shop) ada(shop) bob(shop)", says: []string{"ada@example.com is kept beside", "ciam switch"}},
		{name: "login, bob again", browser: bob, args: []string{"login"}, accounts: "*bob(shop) ada(shop)"},
		{name: "switch, two people", args: []string{"switch"}, accounts: "*bob(shop) ada(shop)", says: []string{"is active now"}},
		{name: "switch, three people, no terminal", people: []string{eve, bob, ada}, args: []string{"switch"}, code: exitUsage, accounts: "*ada(shop) bob(shop) eve(shop)", says: []string{bob, eve}},
		{name: "switch, three people, by number", people: []string{eve, bob, ada}, terminal: "1\n", args: []string{"switch"}, accounts: "*eve(shop) ada(shop) bob(shop)"},
		{name: "switch, three people, by name", people: []string{eve, bob, ada}, terminal: "nobody\nbob@example.com\n", args: []string{"switch"}, accounts: "*bob(shop) ada(shop) eve(shop)"},
		{name: "switch, one person", people: []string{ada}, args: []string{"switch"}, code: exitUsage, accounts: "*ada(shop)", says: []string{"is the only person"}},
		{name: "switch, nobody", people: []string{}, args: []string{"switch"}, code: exitLogin},
		{name: "switch by address", args: []string{"switch", "BOB@example.com"}, accounts: "*bob(shop) ada(shop)"},
		{name: "switch by object id", args: []string{"switch", "cbbbcccc-1111-dddd-2222-eeee3333ffff"}, accounts: "*bob(shop) ada(shop)"},
		{name: "switch by name", args: []string{"switch", "bob example"}, accounts: "*bob(shop) ada(shop)"},
		{name: "switch to who is active", args: []string{"switch", ada}, accounts: "*ada(shop) bob(shop)"},
		{name: "switch to a stranger", args: []string{"switch", eve}, code: exitNotFound, accounts: "*ada(shop) bob(shop)", says: []string{"signed in: "}},
		{name: "token --account", args: []string{"token", "--account", bob}, accounts: "*ada(shop) bob(shop)", stdout: "cbbb"},
		{name: "CIAM_ACCOUNT", env: map[string]string{"CIAM_ACCOUNT": "bob@example.com"}, args: []string{"token"}, accounts: "*ada(shop) bob(shop)", stdout: "cbbb"},
		{name: "--account before CIAM_ACCOUNT", env: map[string]string{"CIAM_ACCOUNT": "bob@example.com"}, args: []string{"token", "--account", ada}, accounts: "*ada(shop) bob(shop)", stdout: "bbbb"},
		{name: "token --account, renewed", args: []string{"token", "--force-refresh", "--account", bob}, accounts: "*ada(shop) bob(shop)", stdout: "cbbb"},
		{name: "token of the active", args: []string{"token"}, accounts: "*ada(shop) bob(shop)", stdout: "bbbb"},
		{name: "token of a stranger", args: []string{"token", "--account", eve}, code: exitNotFound, accounts: "*ada(shop) bob(shop)"},
		{name: "token of a stranger in a profile", args: []string{"token", "--account", eve, "-p", "shop"}, code: exitNotFound, accounts: "*ada(shop) bob(shop)"},
		{name: "token -p of a profile without anybody", args: []string{"token", "--account", bob, "-p", "web"}, code: exitLogin, accounts: "*ada(shop) bob(shop)"},
		{name: "logout", args: []string{"logout", "--local"}, accounts: "*bob(shop)", says: []string{"bob@example.com is the active person now"}},
		{name: "logout of three", people: []string{eve, bob, ada}, args: []string{"logout", "--local"}, accounts: "bob(shop) eve(shop)", says: []string{"nobody is active now", "ciam switch"}},
		{name: "logout --account", args: []string{"logout", "--local", "--account", bob}, accounts: "*ada(shop)", says: []string{bob}},
		{name: "logout --all", args: []string{"logout", "--local", "--all"}},
		{name: "logout of all of a profile", args: []string{"logout", "--local", "--all", "-p", "shop"}},
		{name: "logout of all of another profile", args: []string{"logout", "--local", "--all", "-p", "web"}, accounts: "*ada(shop) bob(shop)"},
		{name: "profile remove", args: []string{"profile", "remove", "shop"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			m := newCases(t)
			people := row.people
			if people == nil {
				people = []string{bob, ada}
			}
			m.signIn(people...)
			if row.browser != "" {
				m.as(row.browser)
			}
			for name, value := range row.env {
				m.env[name] = value
			}
			m.terminal, m.stdin = row.terminal != "", row.terminal
			o := m.run(row.args...)
			if o.code != row.code {
				t.Fatalf("exit %d, want %d\n%s", o.code, row.code, o.stderr)
			}
			for _, says := range row.says {
				if !strings.Contains(o.stderr, says) {
					t.Errorf("stderr lacks %q:\n%s", says, o.stderr)
				}
			}
			if row.stdout != "" {
				if oid := m.claimOf(o.stdout, "oid"); !strings.HasPrefix(oid, row.stdout) {
					t.Errorf("the token is of %s, want %s", oid, row.stdout)
				}
				if m.reads.Load() != 1 && !slices.Contains(row.args, "--force-refresh") {
					t.Errorf("%d reads", m.reads.Load())
				}
			}
			m.terminal, m.env = false, map[string]string{}
			if got := m.accounts(); got != row.accounts {
				t.Errorf("accounts %s, want %s", got, row.accounts)
			}
			if got, want := len(m.items.Names()), len(strings.Fields(row.accounts)); got != want {
				t.Errorf("%d items for %d people: %v", got, want, m.items.Names())
			}
		})
	}
}

// TestCases4_nobodyActive is the state after a log-out that left two people: the next command lists them.
func TestCases4_nobodyActive(t *testing.T) {
	m := newCases(t).signIn(eve, bob, ada)
	m.must("logout", "--local")
	o := m.fails(exitLogin, []string{eve, bob, "run `ciam switch "}, "token")
	word := strings.Fields(o.stderr[strings.Index(o.stderr, "ciam switch "):])[2]
	m.must("switch", strings.Trim(word, "`,"))
	m.must("token")
}

// TestCases4_severalProfiles is --account without --profile: the current profile first, then all; several are a usage
// error, and the same person in two profiles is two sessions.
func TestCases4_severalProfiles(t *testing.T) {
	m := newCases(t).signIn(ada)
	m.as(ada).must("login", "-p", "web")
	m.as(bob).must("login", "-p", "web")
	if got := m.accounts(); got != "*ada(shop) *bob(web) ada(web)" {
		t.Fatalf("accounts %s", got)
	}
	if got := m.claimOf(m.must("token", "--account", ada).stdout, "azp"); got != appA {
		t.Errorf("ada's token is for %s", got)
	}
	if got := m.claimOf(m.must("token", "--account", bob).stdout, "azp"); got != appB {
		t.Errorf("bob's token is for %s", got)
	}
	m.must("profile", "add", "third", "--tenant", "fabrikam", "--client-id", appC, "--offline")
	m.must("profile", "use", "third")
	m.fails(exitUsage, []string{"shop", "web"}, "token", "--account", ada)
	m.must("token", "--account", ada, "-p", "web")
}

// mortal is a token store whose process is killed at the n-th write, before or after it.
type mortal struct {
	keychain.Store
	left  *int
	after bool
}

type killed struct{}

func (s mortal) die(now bool) {
	if now && *s.left == 0 {
		panic(killed{})
	}
}

func (s mortal) Set(ctx context.Context, name string, data []byte) error {
	*s.left--
	s.die(!s.after)
	err := s.Store.Set(ctx, name, data)
	s.die(s.after)
	return err
}

func (s mortal) Delete(ctx context.Context, name string) error {
	*s.left--
	s.die(!s.after)
	err := s.Store.Delete(ctx, name)
	s.die(s.after)
	return err
}

// TestCases4_killed ends each command that moves people at each of its writes: nobody is lost, nobody is there who was
// reported signed out or removed, and the same command done again finishes what was begun.
func TestCases4_killed(t *testing.T) {
	for _, c := range []struct {
		args    []string
		browser string
		remain  []string // who has to be there whenever it is killed
	}{
		{args: []string{"switch"}, remain: []string{"ada", "bob"}},
		{args: []string{"login"}, browser: eve, remain: []string{"ada", "bob"}},
		{args: []string{"login"}, browser: bob, remain: []string{"ada", "bob"}},
		{args: []string{"login"}, browser: ada, remain: []string{"ada", "bob"}},
		{args: []string{"logout", "--local"}, remain: []string{"bob"}},
		{args: []string{"logout", "--local", "--account", bob}, remain: []string{"ada"}},
		{args: []string{"profile", "remove", "shop"}},
	} {
		t.Run(strings.Join(append(c.args, c.browser), " "), func(t *testing.T) {
			t.Parallel()
			points := 0
			for _, after := range []bool{false, true} {
				for n := 1; ; n++ {
					m := newCases(t).signIn(bob, ada)
					if c.browser != "" {
						m.as(c.browser)
					}
					left := n
					m.wrap = func(s keychain.Store) keychain.Store { return mortal{s, &left, after} }
					dead := m.runMortal(c.args...)
					m.wrap = nil
					if !dead {
						break
					}
					points++
					where := fmt.Sprintf("%v, killed at write %d (after it: %t)", c.args, n, after)
					accounts := m.accounts()
					for _, who := range c.remain {
						if !strings.Contains(accounts, who+"(shop)") {
							t.Errorf("%s: %s is lost: %s", where, who, accounts)
						}
					}
					if strings.Count(accounts, "ada(") > 1 || strings.Count(accounts, "bob(") > 1 {
						t.Errorf("%s: somebody is listed twice: %s", where, accounts)
					}
					if c.browser != "" {
						m.as(c.browser)
					}
					m.must(c.args...)
					m.must("logout", "--all", "--local")
					if m.items.Len() != 0 {
						t.Errorf("%s: tokens left after all were deleted: %v", where, m.items.Names())
					}
				}
			}
			if points < 2 {
				t.Errorf("%v was killed at %d points", c.args, points)
			}
			t.Logf("%v: killed at %d points", c.args, points)
		})
	}
}

// runMortal runs the program and reports whether its store killed it.
func (m *machine) runMortal(args ...string) (dead bool) {
	defer func() {
		if v := recover(); v != nil {
			if _, ok := v.(killed); !ok {
				panic(v)
			}
			dead = true
		}
	}()
	m.run(args...)
	return false
}

// TestProfiles_parallel adds 20 profiles at once, and lets 6 sign-ins pin their tenants at once: none is lost.
func TestProfiles_parallel(t *testing.T) {
	m := newCases(t)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			if o := m.process().run("profile", "add", fmt.Sprintf("p%d", i), "--tenant", "contoso", "--client-id", appA, "--offline"); o.code != 0 {
				t.Errorf("%+v", o)
			}
		})
	}
	wg.Wait()
	if got := strings.Count(m.profiles(), "=contoso/"); got != 22 {
		t.Errorf("%d profiles of 22", got)
	}
	for i := range 6 {
		wg.Go(func() {
			if o := m.process().run("login", "-p", fmt.Sprintf("p%d", i)); o.code != 0 {
				t.Errorf("%+v", o)
			}
		})
	}
	wg.Wait()
	if got := strings.Count(m.profiles(), "[aaaa]"); got != 6 {
		t.Errorf("%d pins of 6: %s", got, m.profiles())
	}
}

// TestProfileRemove_meanwhile removes a profile while somebody signs in to it, and while its token is renewed: nothing is
// left behind.
func TestProfileRemove_meanwhile(t *testing.T) {
	m := newCases(t).signIn(bob)
	other := m.process()
	other.as(ada)
	gate := make(chan struct{})
	other.visitor.OnPage = func(string) { <-gate }
	done := make(chan outcome)
	go func() { done <- other.run("login", "-p", "shop") }()
	for other.browsers.Load() == 0 {
		time.Sleep(5 * time.Millisecond)
	}
	m.must("profile", "remove", "shop")
	close(gate)
	if o := <-done; o.code != exitOther || !strings.Contains(o.stderr, "was removed meanwhile") {
		t.Errorf("%+v", o)
	}
	if m.items.Len() != 0 || m.listed() != "" {
		t.Errorf("left: %v, %s", m.items.Names(), m.listed())
	}

	m = newCases(t).signIn(bob)
	other = m.process()
	asked := make(chan struct{})
	other.answer = only("/oauth2/v2.0/token", func(*http.Request) *http.Response { close(asked); time.Sleep(300 * time.Millisecond); return nil })
	go func() { done <- other.run("token", "-p", "shop", "--force-refresh") }()
	<-asked
	m.must("profile", "remove", "shop")
	if o := <-done; o.code != 0 {
		t.Errorf("%+v", o)
	}
	if m.items.Len() != 0 || m.listed() != "" {
		t.Errorf("left: %v, %s", m.items.Names(), m.listed())
	}
}

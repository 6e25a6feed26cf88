package e2e

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/visitor"
	"github.com/ciam-cli/ciam/internal/tokencache"
)

// Locks that today's ciam and an earlier one have to share, with the one as holder and then the other.

// orders runs test with either as the holder of a lock.
func (x *pair) orders(test func(t *testing.T, holder, waiter *program)) {
	x.t.Run("today's has it", func(t *testing.T) { test(t, x.today, x.earlier) })
	x.t.Run("the earlier one has it", func(t *testing.T) { test(t, x.earlier, x.today) })
}

// waiting waits until the run says that it waits for another ciam.
func (r *process) waiting(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !strings.Contains(r.stderr.String(), "waiting for another ciam"); time.Sleep(10 * time.Millisecond) {
		select {
		case err := <-r.done:
			t.Fatalf("it did not wait for the other one: %v\n%s%s", err, r.stdout.String(), r.stderr.String())
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("it does not say that it waits: %s", r.stderr.String())
		}
	}
}

// excludeRefreshing has both ask for a token when it has run out: one renews, and the other gets what it got.
func excludeRefreshing(t *testing.T, x *pair) {
	x.withTenant()
	x.add("shop", directory.DefaultPublicApp)
	x.today.must("login", "-p", "shop")
	if !x.reads("token", "-p", "shop") {
		return // then it renews nothing either
	}
	x.orders(func(t *testing.T, holder, waiter *program) {
		store := x.store()
		record := load(t, store, "shop")
		for i := range record.Session.AccessTokens {
			record.Session.AccessTokens[i].ExpiresAt = time.Now().Add(-time.Minute)
		}
		if err := tokencache.Save(context.Background(), store, "shop", record); err != nil {
			t.Fatal(err)
		}
		gate := make(chan struct{})
		x.tenant.gate.Store(&gate)
		x.tenant.refreshes.Store(0)
		first := holder.start("token", "-p", "shop")
		select {
		case <-x.tenant.started:
		case <-time.After(20 * time.Second):
			t.Fatal("no refresh began")
		}
		second := waiter.start("token", "-p", "shop")
		second.waiting(t)
		close(gate)
		if a, b := first.must().stdout, second.must().stdout; a != b || strings.Count(a, ".") != 2 {
			t.Errorf("the tokens differ: %.20q… and %.20q…", a, b)
		}
		if n := x.tenant.refreshes.Load(); n != 1 {
			t.Errorf("%d refreshes", n)
		}
	})
}

// excludeSigningIn has both sign in at the same time: one browser is opened.
func excludeSigningIn(t *testing.T, x *pair) {
	x.tenant = startTenant(t, withUser)
	x.add("shop", directory.DefaultPublicApp)
	x.orders(func(t *testing.T, holder, waiter *program) {
		first := holder.start("login", "-p", "shop")
		address := first.opened()
		second := waiter.start("login", "-p", "shop", "-o", "json")
		second.waiting(t)
		v := visitor.New(http.DefaultTransport)
		v.Email, v.Password = email, password
		if page, err := v.Visit(t.Context(), address); err != nil {
			t.Fatalf("page %q: %v", page.Name, err)
		}
		first.must()
		if out := second.answer(t); out.Exit != 0 && !newer(out) {
			t.Errorf("the second one ended with %d %q", out.Exit, out.Code)
		}
		select {
		case u := <-x.today.browser.urls:
			t.Errorf("a second browser was opened: %s", u)
		default:
		}
		x.today.must("whoami", "-p", "shop")
		x.today.must("logout", "--local", "-p", "shop")
	})
}

// excludeEmulators has both serve one folder: the second one says that it is taken.
func excludeEmulators(t *testing.T, x *pair) {
	x.orders(func(t *testing.T, holder, waiter *program) {
		data := filepath.Join(t.TempDir(), "data") // the earlier one may not be able to open what today's has made
		e := runEmulator(t, holder, "--data", data)
		defer e.stop()
		second := waiter.start("emulator", "--port", "0", "--data", data, "-o", "json")
		soon := time.AfterFunc(20*time.Second, func() { _ = second.cmd.Process.Kill() }) // it would serve
		defer soon.Stop()
		if out := second.wait(); out.code != 1 || errorCode(out.stderr) != "data_locked" {
			t.Errorf("%+v", out)
		}
	})
}

// excludeTenantWriters changes the demo tenant of an earlier ciam with today's packages while somebody signs up there with
// the earlier binary, which waits for that. Then both changes are kept, or the earlier one says that it cannot read the tenant
// any more: nobody is told of an account that is not there, and nothing is written over.
func excludeTenantWriters(t *testing.T, x *pair) {
	state := filepath.Join(x.today.setting("XDG_STATE_HOME"), "ciam", "demo", "tenant.yaml")
	keep(t, state)
	store, err := directory.Open(t.Context(), state, &directory.Document{})
	if err != nil {
		t.Fatal(err)
	}
	var login *process
	visited := make(chan error, 1)
	err = store.Update(t.Context(), func(d *directory.Document) error {
		login = x.earlier.start("login", "--demo")
		address := login.opened()
		v := visitor.New(http.DefaultTransport)
		v.Email, v.Password, v.SignUp, v.Attributes = email, password, true, map[string]string{"displayName": "Grace Example"}
		v.Code = func(_ context.Context, email string) (string, error) { return readCode(address, email) }
		go func() {
			page, err := v.Visit(t.Context(), address)
			if err == nil && page.Name != "" { // a page of the tenant's
				err = fmt.Errorf("arrived at %q: %s", page.Name, page.Text)
			}
			visited <- err
		}()
		select {
		case err := <-login.done:
			t.Fatalf("the sign-up did not wait for the lock: %v\n%s", err, login.stderr.String())
		case <-visited:
			t.Fatal("the sign-up did not wait for the lock")
		case <-time.After(700 * time.Millisecond):
		}
		d.Tenants[0].Users = append(d.Tenants[0].Users, directory.User{ID: "bbbbcccc-1111-dddd-2222-eeee3333ffff", Email: "ada@example.com", Password: password})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	who := []string{"ada@example.com"}
	if err := <-visited; err == nil {
		login.must()
		who = append(who, email)
	} else {
		_ = login.cmd.Process.Kill()
		login.wait()
		if out := x.earlier.run("login", "--demo"); out.code == 0 || !refusesState(out.stderr) {
			t.Errorf("the sign-up failed (%v), and the earlier one does not say why: %+v", err, out)
		}
		t.Log("the earlier one cannot read it any more")
	}
	for _, email := range who {
		if store.User(directory.DefaultTenantID, email) == nil {
			t.Errorf("%s was lost", email)
		}
	}
}

// keep writes the default tenant as the first ciam kept it.
func keep(t *testing.T, path string) {
	t.Helper()
	d := directory.Default()
	d.SealingKey = base64.StdEncoding.EncodeToString(make([]byte, directory.SealingKeySize))
	data, err := directory.Encode(d)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o700)
	}
	if err == nil {
		err = os.WriteFile(path, data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// refusesState reports whether a person can tell from a message of an earlier ciam that the tenant is of a newer one.
func refusesState(message string) bool {
	return strings.Contains(message, "tenant.yaml") && strings.Contains(message, "a newer one keeps this tenant (state 2). Update ciam to open it")
}

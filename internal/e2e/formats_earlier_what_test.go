package e2e

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/visitor"
	"github.com/ciam-cli/ciam/internal/keychain"
	"github.com/ciam-cli/ciam/internal/tokencache"
)

// What today's ciam writes, and an earlier one reads.

// fill adds n access tokens to the session of the profile shop: Windows and macOS need several items for 16 of them, and
// no keychain takes 60 as one.
func (x *pair) fill(s tokencache.Items, n int) {
	x.t.Helper()
	record := load(x.t, s, "shop")
	for i := range n {
		noise := make([]byte, 1200)
		rand.Read(noise)
		record.Session.AccessTokens = append(record.Session.AccessTokens, tokencache.AccessToken{
			Requested: fmt.Sprintf("made-%d", i), Scopes: []string{"made"}, Secret: base64.RawURLEncoding.EncodeToString(noise), Type: "Bearer",
			IssuedAt: time.Now().UTC(), ExpiresAt: time.Now().UTC().Add(time.Hour),
		})
	}
	if err := tokencache.Save(context.Background(), s, "shop", record); err != nil {
		x.t.Fatal(err)
	}
}

// asOn puts into the keychain what today's ciam keeps there on another system.
func (x *pair) asOn(limits keychain.Limits, rounds int) {
	x.t.Helper()
	x.add("shop", directory.DefaultPublicApp)
	x.today.must("login", "-p", "shop")
	var there keychain.Map
	out := items{Items: map[string][]byte{}}
	other := keychain.NewMemory(keychain.MemoryOptions{Map: &there, Limits: limits, Observe: func(o keychain.Op) { out.Items[o.Item] = nil }})
	if err := tokencache.Save(context.Background(), other, "shop", load(x.t, x.store(), "shop")); err != nil {
		x.t.Fatal(err)
	}
	for range rounds {
		x.fill(other, 16)
	}
	for name := range out.Items {
		if value, ok := there.Item(name); ok {
			out.Items[name] = []byte(value)
		} else {
			delete(out.Items, name)
		}
	}
	if len(out.Items) < 6*rounds {
		x.t.Fatalf("%d items: the record is not large", len(out.Items))
	}
	store(x.t, out)
}

// crossConfig writes profiles of every shape and name that today's ciam takes, and some by hand.
func crossConfig(t *testing.T, x *pair) {
	path := x.today.configPath()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	edited, err := os.ReadFile(filepath.Join(formatsDir, "edited.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, edited, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, more := range map[string][]string{
		"plain": nil, "true": nil, "1e3": nil, strings.Repeat("x", 64): nil, "Upper.and-more_": {"--token-store", "keychain"},
		"all": {"--token-store", "file", "--redirect-uri", "http://localhost:8080/callback", "--scope", scope("Orders.Read"), "--scope", "email"},
	} {
		x.today.must(append([]string{"profile", "add", name, "--offline", "--tenant", "contoso", "--client-id", directory.DefaultPublicApp}, more...)...)
	}
	x.today.must("profile", "use", "all")
	x.reads("profile", "list")
	before := x.profiles()
	for name := range before {
		x.reads("profile", "show", name)
	}
	x.earlier.must("profile", "add", "late", "--offline", "--tenant", "contoso", "--client-id", directory.DefaultPublicApp)
	x.earlier.must("profile", "use", "late")
	after := x.profiles()
	if len(after) != len(before)+1 || after["late"]["current"] != true {
		t.Errorf("%d profiles, expected one more than %d; late is %v", len(after), len(before), after["late"])
	}
	for name, was := range before {
		was["current"] = false
		if lost := missing(name, was, after[name]); len(lost) > 0 {
			t.Errorf("after the earlier one wrote: %v", lost)
		}
	}
	data, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(data), "of some later ciam") || !strings.Contains(string(data), "theme: dark") {
		t.Errorf("the earlier one removed what it does not know: %v\n%s", err, data)
	}
}

// profiles are those that today's ciam lists, by name.
func (x *pair) profiles() map[string]map[string]any {
	x.t.Helper()
	var all []map[string]any
	mustJSON(x.t, x.today.answer(x.t, "profile", "list", "-o", "json").Stdout, &all)
	byName := map[string]map[string]any{}
	for _, p := range all {
		byName[p["name"].(string)] = any(p).(map[string]any)
	}
	return byName
}

// crossTenant keeps a tenant with a person, a session there and a certificate authority, and has the earlier emulator
// serve it on: the refresh token is good, the person can sign in, is the same one, and trusts the same authority. It may
// refuse a tenant with keys that it does not know (exit code 2, docs/compatibility.md), and leaves it alone then.
func crossTenant(t *testing.T, x *pair) {
	data := filepath.Join(t.TempDir(), "data")
	e := runEmulator(t, x.today, "--data", data, "--seed", filepath.Join(formatsDir, "seed.yaml"))
	x.today.env = append(x.today.env, "CIAM_CA_FILE="+e.CAFile)
	x.today.must("profile", "add", "shop", "--tenant", e.Authority, "--client-id", directory.DefaultPublicApp)
	signUp := e.visitor()
	signUp.SignUp, signUp.Email, signUp.Attributes = true, email, map[string]string{"displayName": "Grace Exämple"}
	signUp.Code = func(context.Context, string) (string, error) { return e.code(), nil }
	login := x.today.start("login", "-p", "shop")
	e.walk(signUp, login.opened())
	login.must()
	was := x.answers([][]string{{"claims", "oid", "-p", "shop"}, {"claims", "sub", "-p", "shop"}})
	e.stop()

	before := contents(t, data)
	if out := x.earlier.run("emulator", "export", "--data", data); out.code == 2 && refusesState(out.stderr) {
		t.Logf("the earlier one refuses the tenant: %s", out.stderr)
		if out := x.earlier.run("emulator", "--data", data, "--port", "0"); out.code != 2 || !refusesState(out.stderr) {
			t.Errorf("it would serve it: %+v", out)
		}
		if after := contents(t, data); !bytes.Equal(before["tenant.yaml"], after["tenant.yaml"]) {
			t.Error("it changed what it cannot read")
		}
		return
	}
	old := runEmulator(t, x.earlier, "--data", data)
	if !e.roots.Equal(old.roots) {
		t.Error("the earlier one made another certificate authority")
	}
	x.today.env = append(x.today.env, "CIAM_AUTHORITY="+old.Authority)
	x.today.must("token", "-p", "shop", "--force-refresh")
	signIn := old.visitor()
	signIn.Email = email
	login = x.today.start("login", "-p", "shop")
	old.walk(signIn, login.opened())
	login.must()
	for i, is := range x.answers([][]string{{"claims", "oid", "-p", "shop"}, {"claims", "sub", "-p", "shop"}}) {
		if string(is.Stdout) != string(was[i].Stdout) {
			t.Errorf("%q is %s, expected %s", is.Args, is.Stdout, was[i].Stdout)
		}
	}
	old.stop()
	// What the earlier one wrote meanwhile is read by today's again.
	if got := x.today.must("emulator", "export", "--data", data).stdout; !strings.Contains(got, email) || !strings.Contains(got, "extension_11112222aaaa3333bbbb4444cccc5555_Age: 41") {
		t.Error("today's export lacks what was there")
	}
}

// crossDemo signs up in the demo tenant, which the earlier one opens, or refuses to and leaves alone.
func crossDemo(t *testing.T, x *pair) {
	visit := func(p *program, signUp bool) {
		t.Helper()
		args := []string{"login", "--demo"}
		login := p.start(args...)
		address := login.opened()
		v := visitor.New(http.DefaultTransport)
		v.Email, v.Password, v.SignUp, v.Attributes = email, password, signUp, map[string]string{"displayName": "Grace Example"}
		v.Code = func(_ context.Context, email string) (string, error) { return readCode(address, email) }
		if page, err := v.Visit(t.Context(), address); err != nil {
			t.Fatalf("page %q: %v", page.Name, err)
		}
		login.must()
	}
	visit(x.today, true)
	was := x.answers([][]string{{"claims", "oid"}, {"claims", "sub"}})
	x.reads("token")
	folder := filepath.Join(x.today.setting("XDG_STATE_HOME"), "ciam", "demo")
	before := contents(t, folder)
	if out := x.earlier.run("login", "--demo", "--no-input"); refusesState(out.stderr) {
		t.Logf("the earlier one refuses the tenant: %s", out.stderr)
		if out := x.earlier.run("token", "--force-refresh"); out.code == 0 {
			t.Errorf("it refreshes all the same: %+v", out)
		}
		if after := contents(t, folder); !maps.EqualFunc(before, after, bytes.Equal) {
			t.Error("it changed what it cannot read")
		}
	} else {
		x.writes("token", "--force-refresh")
		if x.reads("whoami") {
			visit(x.earlier, false)
		}
	}
	for i, is := range x.answers([][]string{{"claims", "oid"}, {"claims", "sub"}}) {
		if string(is.Stdout) != string(was[i].Stdout) {
			t.Errorf("%q is %s, expected %s", is.Args, is.Stdout, was[i].Stdout)
		}
	}
	x.today.must("token", "--force-refresh")
}

// crossAuthority makes the emulators' certificate authority, and at the same time, on another machine, has both make it.
func crossAuthority(t *testing.T, x *pair) {
	made := x.today.must("emulator", "ca", "--pem").stdout
	if got := x.earlier.must("emulator", "ca", "--pem").stdout; got != made {
		t.Error("the earlier one made another certificate authority")
	}
	if err := os.RemoveAll(filepath.Join(x.today.setting("XDG_STATE_HOME"), "ciam", "emulator")); err != nil {
		t.Fatal(err)
	}
	one, other := x.today.start("emulator", "ca", "--pem"), x.earlier.start("emulator", "ca", "--pem")
	if a, b := one.must().stdout, other.must().stdout; a != b || a == "" {
		t.Error("at the same time, each made its own certificate authority")
	}
}

// crossMetadata has the earlier one renew a token with the metadata that today's has cached.
func crossMetadata(t *testing.T, x *pair) {
	x.withTenant()
	x.add("shop", directory.DefaultPublicApp)
	x.today.must("login", "-p", "shop")
	for _, p := range []*program{x.earlier, x.today} {
		out := p.run("token", "-p", "shop", "--force-refresh", "--debug", "-o", "json")
		if p == x.earlier && out.code == 7 && strings.Contains(out.stderr, `"store_newer"`) {
			t.Log("store_newer")
			continue
		}
		if out.code != 0 || strings.Contains(out.stderr, "openid-configuration") || !strings.Contains(out.stderr, "/token") {
			t.Errorf("the requests were\n%s", out.stderr)
		}
	}
}

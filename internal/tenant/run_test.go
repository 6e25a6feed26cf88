package tenant

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/clocktest"
	"github.com/ciam-cli/ciam/internal/graph"
)

// TestInterrupted has every write of an apply fail, not carried out or carried out with the answer lost, and applies again: from
// an empty tenant, and from one that the file changes a lot in.
func TestInterrupted(t *testing.T) {
	other := strings.NewReplacer("emailPassword", "emailOtp", "Orders.Write", "Orders.Delete", "[Orders.All]", "[Orders.None]", "[cli, shop]", "[shop]",
		"extension_diet", "extension_taste", "name: pipeline", "name: other", "adminConsent: true", "adminConsent: false", "label: Your name", "label: N").Replace(full)
	for _, from := range []string{"", other} {
		writes := 0
		for at := 1; at == 1 || at <= writes; at++ {
			for _, lost := range []bool{false, true} {
				s := newService(t)
				if from != "" {
					s.apply(from, Options{})
				}
				before := len(s.writes)
				if writes == 0 {
					whole := newService(t)
					if from != "" {
						whole.apply(from, Options{})
					}
					n := len(whole.writes)
					whole.apply(full, Options{})
					writes = len(whole.writes) - n
				}
				s.failAt, s.lost = before+at, lost
				p, err := s.plan(full, Options{})
				if err != nil {
					t.Fatal(err)
				}
				var failed *StepError
				if err := p.Apply(t.Context(), s.run(), nil); !errors.As(err, &failed) || failed.Left < 1 || failed.Done >= at {
					t.Fatalf("write %d: got %v", at, err)
				}
				s.failAt = 0
				s.apply(full, Options{})
				s.settledOn(full)
			}
		}
		if writes < 10 {
			t.Errorf("%d writes were interrupted; the test is broken", writes)
		}
		t.Logf("%d writes, each interrupted in two ways", writes)
	}
}

// TestRandom goes from one random file to another: no step is refused by the model, the second plan is empty, and so is that
// of the same file in another order of its apps.
func TestRandom(t *testing.T) {
	const runs = 60
	r := rand.New(rand.NewPCG(1, 2))
	steps := 0
	for i := range runs {
		s := newService(t)
		s.whole = i%2 == 0
		for range 3 {
			file := randomFile(r)
			p, err := s.plan(file, Options{})
			var refused *RefusedError
			if errors.As(err, &refused) { // an app that moves to a flow that the other file does not name
				if !strings.Contains(err.Error(), "is linked to the user flow") {
					t.Fatalf("%v\n%s", err, file)
				}
				continue
			}
			if err := p.Apply(t.Context(), s.run(), nil); err != nil {
				t.Fatalf("%v\n%s\n%s", err, p.text(), file)
			}
			steps += len(p.Steps)
			s.settledOn(file)
			if t.Failed() {
				t.Fatalf("with the file\n%s", file)
			}
		}
	}
	if steps < 5*runs {
		t.Errorf("%d steps in %d runs; the files are too small", steps, runs)
	}
}

// randomFile says much or little about a few things.
func randomFile(r *rand.Rand) string {
	var b strings.Builder
	maybe := func(format string, a ...any) {
		if r.IntN(3) > 0 {
			fmt.Fprintf(&b, format, a...)
		}
	}
	some := func(values ...string) string {
		r.Shuffle(len(values), func(i, j int) { values[i], values[j] = values[j], values[i] })
		return "[" + strings.Join(values[:r.IntN(len(values)+1)], ", ") + "]"
	}
	flag := func() bool { return r.IntN(2) == 0 }
	b.WriteString("version: 1\ntenants:\n  - subdomain: contoso\n    apps:\n")
	for _, name := range []string{"a", "b"} {
		fmt.Fprintf(&b, "      - name: %s\n", name)
		maybe("        displayName: App %s %d\n", name, r.IntN(2))
		maybe("        web: {redirectUris: %s, implicitGrantSettings: {enableIdTokenIssuance: %v}}\n", some("https://a.example", "https://b.example", "http://localhost"), flag())
		maybe("        publicClient: {redirectUris: %s}\n", some("http://localhost", "https://c.example"))
		maybe("        isFallbackPublicClient: %v\n", flag())
		maybe("        nativeAuthenticationApisEnabled: %s\n", []string{"none", "all"}[r.IntN(2)])
		maybe("        passwordCredentials: [{displayName: s%d}]\n", r.IntN(2))
		maybe("        adminConsent: %v\n", flag())
		maybe("        grantedScopes: %s\n", some("openid", "profile", "offline_access", "User.Read"))
		maybe("        federatedIdentityCredentials: %s\n", some("{name: f, issuer: i, subject: s}", "{name: g, issuer: j, subject: s, audiences: [x]}", "{issuer: k, subject: t}"))
	}
	api := []string{"a", "orders"}[r.IntN(2)]
	fmt.Fprintf(&b, "    apis:\n      - name: %s\n", api)
	maybe("        identifierUri: api://%s\n", api)
	maybe("        scopes: %s\n", some("R", "W", "D"))
	maybe("        appRoles: %s\n", some("X", "Y"))
	b.WriteString("    userFlows:\n      - displayName: F\n")
	maybe("        signInMethod: %s\n", []string{"emailOtp", "emailPassword"}[r.IntN(2)])
	maybe("        isSignUpAllowed: %v\n", flag())
	maybe("        applications: %s\n", some("a", "b"))
	maybe("        attributes: %s\n", some("{name: city, required: true}", "{name: displayName}", "{name: extension_x, dataType: int64}", "{name: extension_y, label: why, inputType: radioSingleSelect, options: [p, q]}"))
	return b.String()
}

// TestMake_pure checks that a plan depends on nothing but its two documents, and leaves them as they are.
func TestMake_pure(t *testing.T) {
	s := newService(t)
	s.apply(full, Options{})
	changed := strings.NewReplacer("Orders.Write", "Orders.Delete", "emailPassword", "emailOtp", "http://localhost'", "https://x.example'").Replace(full)
	w := wanted(t, changed)
	f, err := Look(t.Context(), s.client(), w)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Look(t.Context(), s.client(), w)
	if err != nil {
		t.Fatal(err)
	}
	var first string
	for range 5 {
		p, err := Make(w, f, Options{Now: clocktest.Now()})
		if err != nil {
			t.Fatal(err)
		}
		if first == "" {
			first = p.text()
		}
		if p.text() != first {
			t.Errorf("got\n%s\nthen\n%s", first, p.text())
		}
	}
	if !reflect.DeepEqual(f, again) {
		t.Error("a plan has changed what was found")
	}
}

// TestLate has Graph know nothing of a new app for a while.
func TestLate(t *testing.T) {
	for _, tt := range []struct {
		late, waits int
		fails       bool
	}{{0, 0, false}, {4, 4, false}, {6, 5, true}} {
		s := newService(t)
		s.late = tt.late
		p, err := s.plan(full, Options{})
		if err != nil {
			t.Fatal(err)
		}
		var waited []time.Duration
		run := s.run()
		run.Pause = func(_ context.Context, d time.Duration) error {
			waited = append(waited, d)
			return nil
		}
		err = p.Apply(t.Context(), run, nil)
		if (err != nil) != tt.fails || len(waited) != tt.waits {
			t.Errorf("late %d: waited %v, %v", tt.late, waited, err)
		}
	}
}

// TestSecrets has what there can be of a client secret in the tenant and here.
func TestSecrets(t *testing.T) {
	for _, tt := range []struct {
		name    string
		there   bool
		options Options
		mark    Mark
		made    int
		left    int
	}{
		{"none", false, Options{}, Add, 1, 1},
		{"there and kept", true, Options{}, Same, 0, 1},
		{"there and not kept", true, Options{Kept: func(string, string) bool { return false }}, Notice, 0, 1},
		{"to be rotated", true, Options{Rotate: func(string, string) bool { return true }}, Change, 1, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newService(t)
			s.apply(strings.Replace(full, "        passwordCredentials: [{displayName: web app client secret, endDateTime: 2099-12-31T00:00:00Z}]\n", "", 1), Options{})
			if tt.there {
				s.apply(full, Options{})
			}
			p, err := s.plan(full, tt.options)
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(p.Steps, func(s Step) bool { return s.Kind == Secret })
			if p.Steps[i].Mark != tt.mark {
				t.Errorf("got %q", p.Steps[i].Mark)
			}
			var got []graph.PasswordCredential
			run := s.run()
			run.OnSecret = func(app, _ string, c graph.PasswordCredential) error {
				if got = append(got, c); app != "shop" || !strings.HasPrefix(string(c.SecretText), "text-of-") {
					t.Errorf("%s: got %q", app, string(c.SecretText))
				}
				return nil
			}
			if err := p.Apply(t.Context(), run, nil); err != nil {
				t.Fatal(err)
			}
			left, _ := find(s.apps, "uniqueName", "ciam-shop")["passwordCredentials"].([]any)
			if len(got) != tt.made || len(left) != tt.left {
				t.Errorf("%d made, %d left", len(got), len(left))
			}
		})
	}
}

// TestSecret_unkept has a secret that cannot be kept: the run ends, and the old one is still there.
func TestSecret_unkept(t *testing.T) {
	s := newService(t)
	s.apply(full, Options{})
	p, err := s.plan(full, Options{Rotate: func(string, string) bool { return true }})
	if err != nil {
		t.Fatal(err)
	}
	full := errors.New("no keychain")
	run := s.run()
	run.OnSecret = func(string, string, graph.PasswordCredential) error { return full }
	if err := p.Apply(t.Context(), run, nil); !errors.Is(err, full) || strings.Contains(err.Error(), "text-of") {
		t.Errorf("got %v", err)
	}
	if left, _ := find(s.apps, "uniqueName", "ciam-shop")["passwordCredentials"].([]any); len(left) != 2 {
		t.Errorf("%d secrets are left", len(left))
	}
}

// TestDestroy removes what is ours and nothing else, and what was there before can be made again.
func TestDestroy(t *testing.T) {
	s := newService(t)
	theirs := object{"id": "theirs", "appId": s.id(), "displayName": "Theirs", "tags": []any{}}
	s.apps = append(s.apps, theirs)
	s.principals = append(s.principals, object{"id": "sp", "appId": theirs["appId"]})
	s.flows = append(s.flows, object{"id": "f", "displayName": "Theirs", "conditions": object{"applications": object{"includeApplications": []any{object{"appId": theirs["appId"]}}}}})
	s.apply(full, Options{})
	s.apply(strings.NewReplacer("name: cli", "name: cli2", "ciam-cli", "the CLI", "name: shop", "name: shop2", "The shop", "Second", "[cli, shop]", "[cli2]", "SignInSignUpSample", "Shared",
		"name: orders", "name: orders2", "displayName: Orders", "displayName: Orders2").Replace(full), Options{})
	shared := find(s.flows, "displayName", "Shared")["conditions"].(object)["applications"].(object)
	shared["includeApplications"] = append(shared["includeApplications"].([]any), object{"appId": "somebody"})

	f, err := Ours(t.Context(), s.client())
	if err != nil {
		t.Fatal(err)
	}
	p := Destroy(f)
	var kinds []string
	for _, step := range p.Steps {
		kinds = append(kinds, string(step.Mark)+" "+string(step.Kind))
	}
	if got := strings.Join(slices.Compact(kinds), ", "); got != "- app in user flow, - user flow, ! user flow, - application" {
		t.Errorf("order: %s", got)
	}
	if err := p.Apply(t.Context(), s.run(), nil); err != nil {
		t.Fatal(err)
	}
	if len(s.apps) != 2 || len(s.flows) != 2 || len(s.grants) != 0 || len(s.as) != 12 {
		t.Errorf("left: %d apps, %d flows, %d grants, %d attributes", len(s.apps), len(s.flows), len(s.grants), len(s.as))
	}
	for _, w := range s.writes {
		if strings.Contains(w, "users") || strings.Contains(w, "/applications/theirs") || strings.Contains(w, "/applications/ext") {
			t.Errorf("wrote %s", w)
		}
	}
	if f, err = Ours(t.Context(), s.client()); err != nil || !Destroy(f).Empty() {
		t.Errorf("a second time: %v", err)
	}
	s.apply(full, Options{})
	s.settledOn(full)
}

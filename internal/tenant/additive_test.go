package tenant

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestAdditive goes from one random file to another without taking anything away: no step and no field is removed, what was
// there is there still, and the second plan is empty.
func TestAdditive(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	steps, changes := 0, 0
	for range 60 {
		s := newService(t)
		before, after := randomFile(r), randomFile(r)
		s.apply(before, Options{})
		p, err := s.plan(after, Options{Additive: true})
		var refused *RefusedError
		if errors.As(err, &refused) && strings.Contains(err.Error(), "is linked to the user flow") {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range p.Steps {
			if step.Mark == Remove {
				t.Errorf("removes %s %s", step.Kind, step.Name)
			}
			for _, f := range step.Fields {
				if f.Mark == Remove && f.From != "" && f.Name != "nativeAuthenticationApisEnabled" && !strings.HasPrefix(f.Name, "attributes.") {
					t.Errorf("takes %s %q out of %s %s", f.Name, f.From, step.Kind, step.Name)
				}
				if f.Mark == Add {
					changes++
				}
			}
		}
		if err := p.Apply(t.Context(), s.run(), nil); err != nil {
			t.Fatalf("%v\n%s\n%s\n%s", err, before, after, p.text())
		}
		steps += len(p.Steps)
		if p, err = s.plan(after, Options{Additive: true}); err != nil || !p.Empty() {
			t.Fatalf("%v, then\n%s\nafter\n%s\n%s", err, p.text(), before, after)
		}
		// Of the first file nothing is missing but values of which there can be one.
		back, err := s.plan(before, Options{Additive: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range back.Steps {
			for _, f := range step.Fields {
				if f.Mark == Add && f.From == "" && strings.HasSuffix(f.Name, "s") && f.Name != "attributes" {
					t.Errorf("%s %s lost %s %q", step.Kind, step.Name, f.Name, f.To)
				}
			}
		}
	}
	if steps < 300 || changes < 100 {
		t.Errorf("%d steps, %d additions: the files are too small", steps, changes)
	}
}

// TestLost has a run that ended between the making of a client secret and the keeping of its text.
func TestLost(t *testing.T) {
	s := newService(t)
	var begun []string
	p, err := s.plan(full, Options{})
	if err != nil {
		t.Fatal(err)
	}
	run := s.run()
	run.BeforeSecret = func(app, secret string) error {
		begun = append(begun, app+"/"+secret)
		return nil
	}
	if err := p.Apply(t.Context(), run, nil); err != nil {
		t.Fatal(err)
	}
	if strings.Join(begun, " ") != "shop/web app client secret" {
		t.Errorf("told of %q", begun)
	}
	kept, lost := false, true
	options := Options{Kept: func(string, string) bool { return kept }, Lost: func(app, secret string) bool { return lost && app == "shop" }}
	if p, err = s.plan(full, options); err != nil || p.Empty() || !strings.Contains(p.text(), "~ client secret shop: web app client secret") {
		t.Fatalf("%v\n%s", err, p.text())
	}
	if err := p.Apply(t.Context(), s.run(), nil); err != nil {
		t.Fatal(err)
	}
	if n := len(find(s.apps, "uniqueName", "ciam-shop")["passwordCredentials"].([]any)); n != 1 {
		t.Errorf("%d secrets are left", n)
	}
	kept, lost = true, false
	if p, err = s.plan(full, options); err != nil || !p.Empty() {
		t.Errorf("%v\n%s", err, p.text())
	}
}

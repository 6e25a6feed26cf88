package visitor_test

import (
	"context"
	"net/url"
	"slices"
	"testing"

	"github.com/ciam-cli/ciam/internal/emulator"
	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/visitor"
)

const (
	plan   = "extension_1_Plan"
	topics = "extension_1_Topics"
	age    = "extension_1_Age"
	terms  = "extension_1_Terms"
	email  = "ada@example.com"
)

// tenant has a user flow with every input type, all of them required.
func tenant(t *testing.T) *emulator.Server {
	t.Helper()
	seed := emulator.DefaultSeed()
	options := []directory.Option{{Name: "A", Value: "a"}, {Name: "B", Value: "b"}, {Name: "C", Value: "c"}}
	seed.Tenants[0].UserFlows[0].Attributes = []directory.Attribute{
		{Name: "displayName", Required: true},
		{Name: "country", InputType: directory.InputDropdown, Options: options, Required: true},
		{Name: plan, InputType: directory.InputRadio, Options: options, Required: true},
		{Name: topics, InputType: directory.InputChecks, Options: options, Required: true},
		{Name: age, DataType: directory.TypeInt64, Required: true},
		{Name: terms, DataType: directory.TypeBoolean, Required: true},
		{Name: "jobTitle"},
	}
	s, err := emulator.New(emulator.Options{Seed: seed, PasswordCost: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// visit signs in or up and returns the pages on the way; the callback leads back
// to the tenant, whose own address is no page of the flow.
func visit(t *testing.T, s *emulator.Server, v *visitor.Visitor) (pages []string) {
	t.Helper()
	v.OnPage = func(page string) { pages = append(pages, page) }
	v.Code = func(_ context.Context, to string) (string, error) {
		m := s.Outbox()
		return m[len(m)-1].Code, nil
	}
	q := url.Values{
		"client_id": {directory.DefaultPublicApp}, "response_type": {"code"}, "redirect_uri": {"http://localhost"}, "scope": {"openid"},
		"response_mode": {"form_post"}, "state": {"s"}, "prompt": {"login"},
	}
	_, err := v.Visit(t.Context(), "http://localhost:4321/"+directory.DefaultSubdomain+"/oauth2/v2.0/authorize?"+q.Encode())
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

func TestVisitor(t *testing.T) {
	for _, tc := range []struct {
		name string
		says map[string]string
		want map[string]string
	}{
		{"what the page insists on", nil, map[string]string{"country": "a", plan: "a", topics: "a", age: "42", terms: "true"}},
		{
			"what it was told",
			map[string]string{"displayName": "Ada", "country": "b", plan: "c", topics: "a,c", age: "36", terms: "true", "jobTitle": "Countess"},
			map[string]string{"displayName": "Ada", "country": "b", plan: "c", topics: "a,c", age: "36", terms: "true", "jobTitle": "Countess"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := tenant(t)
			v := visitor.New(s.Transport())
			v.Email, v.Password, v.SignUp, v.Attributes = email, "Correct-Horse-7", true, tc.says
			pages := visit(t, s, v)
			users := s.Tenants()[0].Users
			if len(users) != 1 {
				t.Fatalf("no account was made: %v", pages)
			}
			for name, want := range tc.want {
				if got := users[0].Attribute(name); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
			v = visitor.New(s.Transport())
			v.Email, v.Password, v.Forgot = email, "Another-Horse-8", true
			pages = visit(t, s, v)
			if !slices.Contains(pages, "forgot-password") || !slices.Contains(pages, "new-password") {
				t.Errorf("went through %v", pages)
			}
			if u := s.Tenants()[0].Users[0]; !u.CheckPassword("Another-Horse-8") || u.RevokedBefore.IsZero() {
				t.Error("the password is the old one")
			}
		})
	}
}

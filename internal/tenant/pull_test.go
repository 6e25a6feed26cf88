package tenant

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/graph"
)

// pull describes the tenant.
func (s *service) pull() string {
	s.t.Helper()
	before := len(s.writes)
	f, err := Survey(s.t.Context(), s.client())
	if err != nil {
		s.t.Fatal(err)
	}
	file, err := Pull(f)
	if err != nil {
		s.t.Fatal(err)
	}
	if len(s.writes) != before {
		s.t.Errorf("wrote %v", s.writes[before:])
	}
	return string(file)
}

// TestPull checks that a plan for what was pulled is empty, and that nothing of a tenant without our things is in it.
func TestPull(t *testing.T) {
	s := newService(t)
	s.apply(full, Options{})
	file := s.pull()
	s.settledOn(file)
	for _, want := range []string{"name: shop", "displayName: The shop", "- displayName: web app client secret", "- api://orders/Orders.Read", "subdomain: contoso", "id: " + orgID,
		"name: extension_diet", "name: extension_Age", "dataType: int64", "regex: ^[0-9]{4}$", "isSignUpAllowed: true", "signInMethod: emailPassword", "- cli\n"} {
		if !strings.Contains(file, want) {
			t.Errorf("has no %q:\n%s", want, file)
		}
	}
	if strings.Contains(file, "text-of") || strings.Contains(file, "b2c-extensions") || strings.Contains(file, "0123456789abcdef") {
		t.Errorf("has what it should not have:\n%s", file)
	}
	f, err := Ours(t.Context(), s.client())
	if err != nil {
		t.Fatal(err)
	}
	if err := Destroy(f).Apply(t.Context(), s.run(), nil); err != nil {
		t.Fatal(err)
	}
	if empty := s.pull(); strings.Contains(empty, "apps") || strings.Contains(empty, "userFlows") {
		t.Errorf("after destroy:\n%s", empty)
	}
}

// TestPull_random pulls what random files made.
func TestPull_random(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 30 {
		s := newService(t)
		s.apply(randomFile(r), Options{})
		file := s.pull()
		s.settledOn(file)
		if t.Failed() {
			t.Fatal(file)
		}
	}
}

// TestPull_foreign has what a file cannot say: it is left out, and left alone.
func TestPull_foreign(t *testing.T) {
	s := newService(t)
	s.apply(full, Options{})
	s.grants[0]["scope"] = "openid Mail.Read"
	find(s.apps, "uniqueName", "ciam-orders")["identifierUris"] = []any{"api://orders", "api://more"}
	s.flows[0]["providers"] = anys([]string{graph.EmailPassword, graph.EmailOTP, "Google-OAUTH"})
	apps := s.flows[0]["conditions"].(object)["applications"].(object)
	apps["includeApplications"] = append(apps["includeApplications"].([]any), object{"appId": "somebody"})
	file := s.pull()
	s.settledOn(file)
	for _, unsaid := range []string{"Mail.Read", "api://more", "signInMethod", "somebody"} {
		if strings.Contains(file, unsaid) {
			t.Errorf("says %q:\n%s", unsaid, file)
		}
	}
}

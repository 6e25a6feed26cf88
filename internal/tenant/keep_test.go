package tenant

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/graph"
)

// TestKeeps has what the file does not say of a thing that it changes: it stays as somebody made it.
func TestKeeps(t *testing.T) {
	app := func(s *service, name string) object { return find(s.apps, "uniqueName", "ciam-"+name) }
	scope := func(s *service) object {
		return items(app(s, "orders")["api"].(object)["oauth2PermissionScopes"])[0]
	}
	role := func(s *service) object { return items(app(s, "orders")["appRoles"])[0] }
	for _, tt := range []struct {
		name     string
		edit     func(*service)
		from, to string // change of the file
		got      func(*service) any
		want     string
	}{
		{"their tags", func(s *service) { app(s, "shop")["tags"] = []any{"theirs"} }, "The shop", "A shop", func(s *service) any { return app(s, "shop")["tags"] }, "[theirs ciam-setup ciam:shop]"},
		{"a description", func(s *service) { s.flows[0]["description"] = "For customers. " + flowMark + "SignInSignUpSample" }, "isSignUpAllowed: true", "isSignUpAllowed: false",
			func(s *service) any { return s.flows[0]["description"] }, "For customers. " + flowMark + "SignInSignUpSample"},
		{"a scope's text", func(s *service) {
			scope(s)["adminConsentDescription"] = "mine"
			scope(s)["id"] = "00000000-0000-4000-8000-00000000abcd"
		}, ", Orders.Write]", ", Orders.Delete]",
			func(s *service) any {
				return fmt.Sprint(scope(s)["value"], scope(s)["adminConsentDescription"], scope(s)["id"])
			}, "Orders.Readmine00000000-0000-4000-8000-00000000abcd"},
		{"a role's kinds of member", func(s *service) { role(s)["allowedMemberTypes"] = []any{"User"} }, "[Orders.All]", "[Orders.All, Orders.None]", func(s *service) any { return role(s)["allowedMemberTypes"] }, "[User]"},
		{"an input's label and state", func(s *service) { in := inputs(s.flows[0])[2]; in["label"], in["editable"] = "Diet", false }, "label: Your name", "label: Name",
			func(s *service) any {
				return fmt.Sprint(inputs(s.flows[0])[2]["label"], inputs(s.flows[0])[2]["editable"])
			}, "Dietfalse"},
		{"the address's input", func(s *service) { inputs(s.flows[0])[0]["required"] = false }, "label: Your name", "label: Name", func(s *service) any { return inputs(s.flows[0])[0]["required"] }, "false"},
		{"more consent than the least", func(s *service) { s.grants[0]["scope"] = "openid email" }, "The shop", "A shop", func(s *service) any { return s.grants[0]["scope"] }, "openid email offline_access"},
		{"another's secret", func(s *service) {
			list := app(s, "shop")["passwordCredentials"].([]any)
			app(s, "shop")["passwordCredentials"] = append(list, object{"displayName": "theirs", "keyId": "k"})
		}, "The shop", "A shop", func(s *service) any { return len(app(s, "shop")["passwordCredentials"].([]any)) }, "2"},
		{"a person's own consent", func(s *service) {
			s.grants = append(s.grants, object{"id": "p", "clientId": s.grants[0]["clientId"], "resourceId": s.grants[0]["resourceId"], "consentType": "Principal", "principalId": "x", "scope": "openid email"})
		}, "adminConsent: true", "adminConsent: false", func(s *service) any { return find(s.grants, "id", "p")["scope"] }, "openid email"},
		{"a social provider", func(s *service) { s.flows[0]["providers"] = anys([]string{"EmailPassword-OAUTH", "Google-OAUTH"}) }, "emailPassword", "emailOtp",
			func(s *service) any { return s.flows[0]["providers"] }, "[Google-OAUTH EmailOtpSignup-OAUTH]"},
		{"a home page", func(s *service) { merge(app(s, "shop"), object{"web": object{"homePageUrl": "https://shop.example"}}) }, "signed-out", "bye",
			func(s *service) any { return app(s, "shop")["web"].(object)["homePageUrl"] }, "https://shop.example"},
		{"the rest of an API", func(s *service) {
			merge(app(s, "orders"), object{"api": object{"acceptMappedClaims": true, "knownClientApplications": []any{orgID}, "preAuthorizedApplications": []any{object{"appId": orgID, "delegatedPermissionIds": []any{orgID}}}}})
		}, ", Orders.Write]", "]", func(s *service) any {
			api := app(s, "orders")["api"].(object)
			return fmt.Sprint(api["acceptMappedClaims"], api["knownClientApplications"], len(api["preAuthorizedApplications"].([]any)))
		}, "true [" + orgID + "] 1"},
		{"a web address", func(s *service) {
			merge(app(s, "shop"), object{"publicClient": object{"redirectUris": []any{"x://y"}}})
		}, "The shop", "A shop",
			func(s *service) any { return app(s, "shop")["publicClient"].(object)["redirectUris"] }, "[x://y]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, whole := range []bool{false, true} {
				s := newService(t)
				s.whole = whole
				s.apply(full, Options{})
				tt.edit(s)
				file := strings.Replace(full, tt.from, tt.to, 1)
				s.apply(file, Options{})
				s.settledOn(file)
				if got := fmt.Sprint(tt.got(s)); got != tt.want {
					t.Errorf("got %s, want %s", got, tt.want)
				}
			}
		})
	}
}

// TestMoves has apps change places between flows of the file.
func TestMoves(t *testing.T) {
	at := func(first, second string) string {
		return strings.Replace(full, "[cli, shop]", "["+first+"]", 1) + "      - {displayName: Second, applications: [" + second + "]}\n"
	}
	s := newService(t)
	s.apply(at("cli", "shop"), Options{})
	for _, file := range []string{at("shop", "cli"), at("", "cli, shop"), at("cli, shop", "")} {
		p := s.apply(file, Options{})
		s.settledOn(file)
		links := slices.DeleteFunc(slices.Clone(p.Steps), func(s Step) bool { return s.Kind != Link || !s.Writes() })
		last := Remove
		for _, l := range links {
			if l.Mark == Remove && last == Add {
				t.Errorf("an app is linked before it is taken out: %s", p.text())
			}
			last = l.Mark
		}
	}
}

// TestGivenIDs has an appId in the file: of the app that is there, and of another.
func TestGivenIDs(t *testing.T) {
	s := newService(t)
	s.apply(full, Options{})
	id := find(s.apps, "uniqueName", "ciam-cli")["appId"].(string)
	with := func(id string) string {
		return strings.Replace(full, "name: cli", "name: cli\n        appId: "+id, 1)
	}
	s.settledOn(with(strings.ToUpper(id)))
	if _, err := s.plan(with("99990000-aaaa-2222-bbbb-3333cccc4444"), Options{}); err == nil || !strings.Contains(err.Error(), "the app in the tenant has "+id) {
		t.Errorf("got %v", err)
	}
}

// TestDestroy_marks has what looks like ours, and what is.
func TestDestroy_marks(t *testing.T) {
	for _, tt := range []struct {
		app  graph.Application
		ours bool
	}{
		{graph.Application{Tags: []string{"ciam-setup", "ciam:x"}}, true},
		{graph.Application{UniqueName: "ciam-x"}, true},
		{graph.Application{Tags: []string{"ciam-setup"}}, false},
		{graph.Application{Tags: []string{"ciam:"}}, false},
		{graph.Application{DisplayName: "ciam-x", UniqueName: "x"}, false},
		{graph.Application{}, false},
	} {
		if got := !Destroy(&Found{Apps: []App{{Application: tt.app}}}).Empty(); got != tt.ours {
			t.Errorf("%+v: ours %v", tt.app, got)
		}
	}
	for description, ours := range map[string]bool{"managed by ciam:F": true, "For us. managed by ciam:F": true, "managed by ciam:": false, "managed by hand": false, "": false} {
		if got := !Destroy(&Found{Flows: []graph.UserFlow{{ID: "1", DisplayName: "F", Description: description}}}).Empty(); got != ours {
			t.Errorf("%q: ours %v", description, got)
		}
	}
}

// TestRoles checks that every kind of step names a role, and the least one.
func TestRoles(t *testing.T) {
	for kind, want := range map[Kind]string{Attribute: "External ID User Flow Attribute Administrator", UserFlow: "External ID User Flow Administrator", Link: "External ID User Flow Administrator", Consent: "Cloud Application Administrator", Application: "Cloud Application Administrator"} {
		if got := (Step{Kind: kind}).Role(); got != want {
			t.Errorf("%s: %s", kind, got)
		}
	}
}

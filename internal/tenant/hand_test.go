package tenant

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// TestByHand has what somebody changes in the tenant, and the field in which the plan shows it.
func TestByHand(t *testing.T) {
	app := func(s *service) object { return find(s.apps, "uniqueName", "ciam-shop") }
	for _, tt := range []struct {
		name  string
		edit  func(*service)
		field string
	}{
		{"an app's name", func(s *service) { app(s)["displayName"] = "x" }, "~ displayName: x → The shop"},
		{"an app's tags", func(s *service) { app(s)["tags"] = []any{"theirs"} }, "+ tags:  → ciam-setup"},
		{"an app deleted", func(s *service) {
			s.apps = without(s.apps, "uniqueName", "ciam-shop")
			s.flows[0]["conditions"] = object{"applications": object{"includeApplications": []any{}}}
		}, "+ application shop"},
		{"a redirect URI added", func(s *service) { merge(app(s), object{"web": object{"redirectUris": []any{"https://x"}}}) }, "- web.redirectUris: https://x → "},
		{"a redirect URI's order", func(s *service) {
			merge(app(s), object{"web": object{"redirectUris": []any{"http://localhost:3000", "http://localhost:3000/auth/redirect"}}})
		}, ""},
		{"a scope disabled", func(s *service) {
			items(find(s.apps, "uniqueName", "ciam-orders")["api"].(object)["oauth2PermissionScopes"])[0]["isEnabled"] = false
		}, "+ scopes:  → Orders.Read"},
		{"a token version", func(s *service) {
			merge(find(s.apps, "uniqueName", "ciam-orders"), object{"api": object{"requestedAccessTokenVersion": 1}})
		}, "~ api.requestedAccessTokenVersion: 1 → 2"},
		{"consent taken back", func(s *service) { s.grants = nil }, "+ admin consent shop: Microsoft Graph"},
		{"more consent than a list", func(s *service) {
			for _, g := range s.grants {
				g["scope"] = g["scope"].(string) + " profile"
			}
		}, "- grantedScopes: profile → "},
		{"a secret deleted", func(s *service) { app(s)["passwordCredentials"] = []any{} }, "+ client secret shop: web app client secret"},
		{"a secret over", func(s *service) { items(app(s)["passwordCredentials"])[0]["endDateTime"] = "2019-01-01T00:00:00Z" }, "+ client secret"},
		{"a federated credential added", func(s *service) {
			app(s)["federated"] = append(app(s)["federated"].([]object), object{"id": "f", "name": "mine", "issuer": "i", "subject": "s", "audiences": []any{}})
		}, "- federated credential shop: mine"},
		{"a flow's name", func(s *service) { s.flows[0]["displayName"] = "x" }, "~ displayName: x → SignInSignUpSample"},
		{"sign-up off", func(s *service) {
			merge(s.flows[0], object{"onInteractiveAuthFlowStart": object{"isSignUpAllowed": false}})
		}, "~ isSignUpAllowed: false → true"},
		{"both methods", func(s *service) {
			s.flows[0]["providers"] = anys([]string{"EmailPassword-OAUTH", "EmailOtpSignup-OAUTH"})
		}, "~ signInMethod: emailPassword and emailOtp → emailPassword"},
		{"another provider", func(s *service) { s.flows[0]["providers"] = anys([]string{"EmailPassword-OAUTH", "Google-OAUTH"}) }, ""},
		{"a label", func(s *service) { inputs(s.flows[0])[1]["label"] = "x" }, "~ attributes.displayName.label: x → Your name"},
		{"a label that the file does not say", func(s *service) { inputs(s.flows[0])[2]["label"] = "x" }, ""},
		{"a regex with entities", func(s *service) { inputs(s.flows[0])[0]["validationRegEx"] = "&amp;" }, ""},
		{"inputs in another order", func(s *service) {
			l := inputs(s.flows[0])
			setInputs(s.flows[0], []object{l[0], l[2], l[1], l[3], l[4]})
		}, "~ attributes, their order"},
		{"an input removed", func(s *service) {
			s.flows[0]["attributes"] = anys(texts(s.flows[0]["attributes"])[:4])
			setInputs(s.flows[0], inputs(s.flows[0])[:4])
		}, "+ attributes:  → postalCode"},
		{"an app unlinked", func(s *service) {
			s.flows[0]["conditions"] = object{"applications": object{"includeApplications": []any{}}}
		}, "+ app in user flow SignInSignUpSample: cli"},
		{"a flow deleted", func(s *service) { s.flows = nil }, "+ user flow SignInSignUpSample"},
		{"something of Graph's own", func(s *service) { app(s)["publisherDomain"] = "x"; s.flows[0]["priority"] = 7 }, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newService(t)
			s.apply(full, Options{})
			tt.edit(s)
			p, err := s.plan(full, Options{})
			if err != nil || !strings.Contains(p.text(), tt.field) || (tt.field == "") != p.Empty() {
				t.Fatalf("%v\n%s\nhas no %q", err, p.text(), tt.field)
			}
			s.apply(full, Options{})
			s.settledOn(full)
		})
	}
}

func TestRefusals(t *testing.T) {
	var refused *RefusedError
	for _, tt := range []struct {
		name  string
		edit  func(*service)
		file  string
		said  string
		adopt bool
	}{
		{"a workforce tenant", func(s *service) { s.org["tenantType"] = "AAD" }, full, "is a workforce tenant; expected an external tenant", false},
		{"a B2C tenant", func(s *service) { s.org["tenantType"] = "AAD B2C" }, full, "is an Azure AD B2C tenant", false},
		{"another tenant", nil, strings.Replace(full, "subdomain: contoso", "subdomain: fabrikam", 1), "the file is for fabrikam.onmicrosoft.com, and contoso.onmicrosoft.com is signed in to", false},
		{"another tenant's id", nil, strings.Replace(full, "subdomain: contoso", "id: 99990000-aaaa-2222-bbbb-3333cccc4444\n    subdomain: contoso", 1), "the file is for the tenant 99990000", false},
		{"an appId that is not there", nil, strings.Replace(full, "name: cli", "name: cli\n        appId: 99990000-aaaa-2222-bbbb-3333cccc4444", 1), "Microsoft gives new apps an ID of its own", false},
		{"an app of the name", func(s *service) {
			s.apps = append(s.apps, object{"id": "x", "appId": s.id(), "displayName": "the SHOP", "tags": []any{"theirs"}})
		}, full, `an app called "The shop" that is not ours`, true},
		{"two apps of the name", func(s *service) {
			s.apps = append(s.apps, object{"id": "x", "appId": s.id(), "displayName": "The shop"}, object{"id": "y", "appId": s.id(), "displayName": "The shop"})
		}, full, `2 apps in the tenant are called "The shop"`, false},
		{"a flow of the name", func(s *service) {
			s.apply(full, Options{})
			s.flows[0]["description"] = "mine"
		}, full, "a user flow of this name that is not ours", true},
		{"an app in another flow", func(s *service) {
			s.apply(full, Options{})
			s.flows[0]["displayName"], s.flows[0]["description"] = "Theirs", ""
		}, full, `the app is linked to the user flow "Theirs"`, false},
		{"another type of attribute", func(s *service) {
			s.as = append(s.as, object{"id": "extension_0123456789abcdef0123456789abcdef_age", "userFlowAttributeType": "custom", "dataType": "string"})
		}, full, "the data type string, which cannot be changed, and the file says int64", false},
		{"Microsoft's own app", func(s *service) {
			s.apps[0]["displayName"] = "b2c-extensions-app"
		}, strings.Replace(full, "displayName: ciam-cli", "displayName: b2c-extensions-app", 1), "ciam does not touch it", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newService(t)
			if tt.edit != nil {
				tt.edit(s)
			}
			before := len(s.writes)
			_, err := s.plan(tt.file, Options{})
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), tt.said) || len(s.writes) != before {
				t.Fatalf("got %v", err)
			}
			if adoptable := slices.ContainsFunc(refused.Refusals, func(r Refusal) bool { return r.Adopt }); adoptable != tt.adopt {
				t.Errorf("adoptable: %v", adoptable)
			}
			if !tt.adopt {
				return
			}
			s.apply(tt.file, Options{Adopt: true})
			s.settledOn(tt.file)
		})
	}
}

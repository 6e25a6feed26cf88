package tenant

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/clocktest"
	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/graph"
)

// full has every key that is managed.
const full = `version: 1
tenants:
  - subdomain: contoso
    fixedOneTimeCode: "12345678"
    displayName: Contoso
    apps:
      - name: cli
        displayName: ciam-cli
        publicClient: {redirectUris: ['http://localhost']}
        isFallbackPublicClient: true
        nativeAuthenticationApisEnabled: all
        adminConsent: true
      - name: shop
        displayName: The shop
        web:
          redirectUris: ['http://localhost:3000/auth/redirect', 'http://localhost:3000']
          logoutUrl: https://shop.example/signed-out
          implicitGrantSettings: {enableIdTokenIssuance: true, enableAccessTokenIssuance: false}
        spa: {redirectUris: ['https://shop.example/spa']}
        passwordCredentials: [{displayName: web app client secret, endDateTime: 2099-12-31T00:00:00Z}]
        federatedIdentityCredentials:
          - {name: pipeline, issuer: https://ci.example, subject: project, audiences: [api://AzureADTokenExchange]}
        grantedScopes: [openid, offline_access, User.Read, api://orders/Orders.Read]
        claimMappings: [{attribute: givenName, claim: given_name}]
    apis:
      - {name: orders, displayName: Orders, identifierUri: api://orders, scopes: [Orders.Read, Orders.Write], appRoles: [Orders.All]}
    userFlows:
      - displayName: SignInSignUpSample
        signInMethod: emailPassword
        isSignUpAllowed: true
        applications: [cli, shop]
        attributes:
          - {name: displayName, label: Your name, required: true}
          - {name: extension_diet, inputType: radioSingleSelect, options: [{name: Vegan, value: vegan}, {name: All, value: all}]}
          - {name: extension_11112222aaaa3333bbbb4444cccc5555_Age, dataType: int64}
          - {name: postalCode, regex: '^[0-9]{4}$', hint: four digits}
`

func wanted(t *testing.T, file string) *Wanted {
	t.Helper()
	w, err := Read([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// plan looks and plans.
func (s *service) plan(file string, o Options) (*Plan, error) {
	s.t.Helper()
	w := wanted(s.t, file)
	f, err := Look(s.t.Context(), s.client(), w)
	if err != nil {
		s.t.Fatal(err)
	}
	o.Now = clocktest.Now()
	if o.Kept == nil {
		o.Kept = func(string, string) bool { return true }
	}
	return Make(w, f, o)
}

func (s *service) run() *Run {
	return &Run{Graph: s.client(), OnSecret: func(string, graph.PasswordCredential) error { return nil }, Pause: func(context.Context, time.Duration) error { return nil }}
}

// apply brings the tenant to the file, which has to go well.
func (s *service) apply(file string, o Options) *Plan {
	s.t.Helper()
	p, err := s.plan(file, o)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := p.Apply(s.t.Context(), s.run(), nil); err != nil {
		s.t.Fatal(err)
	}
	return p
}

// settledOn checks that nothing is left to do.
func (s *service) settledOn(file string) {
	s.t.Helper()
	p, err := s.plan(file, Options{})
	if err != nil {
		s.t.Fatal(err)
	}
	if !p.Empty() {
		s.t.Errorf("not empty:\n%s", p.text())
	}
	before := len(s.writes)
	if err := p.Apply(s.t.Context(), s.run(), nil); err != nil || len(s.writes) != before {
		s.t.Errorf("%d writes, %v", len(s.writes)-before, err)
	}
}

// text shows what a plan does, one line for a field that is not as it should be.
func (p *Plan) text() string {
	var b strings.Builder
	for _, s := range p.Steps {
		if s.Mark == Same {
			continue
		}
		fmt.Fprintf(&b, "%s %s %s\n", s.Mark, s.Kind, s.Name)
		for _, f := range s.Fields {
			if f.Mark != Same {
				fmt.Fprintf(&b, "    %s %s: %s → %s\n", f.Mark, f.Name, f.From, f.To)
			}
		}
	}
	return b.String()
}

// TestDecisions checks that every key that a file can have was decided on: a new one in package directory fails here.
func TestDecisions(t *testing.T) {
	decided := map[string]Decision{}
	for _, d := range Decisions() {
		if decided[d.Key] != "" {
			t.Errorf("%s is decided on twice", d.Key)
		}
		decided[d.Key] = d.Decision
	}
	seen := map[string]bool{}
	var walk func(typ reflect.Type)
	walk = func(typ reflect.Type) {
		for typ.Kind() == reflect.Slice || typ.Kind() == reflect.Pointer {
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct || typ.PkgPath() != reflect.TypeFor[directory.Document]().PkgPath() || seen[typ.Name()] {
			return
		}
		seen[typ.Name()] = true
		for i := range typ.NumField() {
			name, _, _ := strings.Cut(typ.Field(i).Tag.Get("yaml"), ",")
			key := typ.Name() + "." + name
			if decided[key] == "" {
				t.Errorf("%s is not decided on: is it managed, only the emulator's, or not managed yet?", key)
			}
			seen[key] = true
			walk(typ.Field(i).Type)
		}
	}
	walk(reflect.TypeFor[directory.Document]())
	for key, d := range decided {
		if d == Managed && !seen[key] {
			t.Errorf("%s is managed, and no file can have it", key)
		}
	}
}

// TestApply brings an empty tenant to the file: in the order that the service needs, and once.
func TestApply(t *testing.T) {
	for _, whole := range []bool{false, true} {
		s := newService(t)
		s.whole = whole
		p := s.apply(full, Options{})
		var order []string
		for _, step := range p.Steps {
			order = append(order, string(step.Mark)+" "+string(step.Kind)+" "+step.Name)
		}
		want := []string{
			"+ custom attribute extension_diet", "+ custom attribute extension_Age",
			"+ application cli", "+ application shop", "+ application orders",
			"+ service principal cli", "+ service principal shop", "+ service principal orders",
			"+ client secret shop: web app client secret", "+ federated credential shop: pipeline",
			"+ admin consent cli: Microsoft Graph", "+ admin consent cli: orders", "+ admin consent shop: Microsoft Graph", "+ admin consent shop: orders",
			"+ user flow SignInSignUpSample", "+ app in user flow SignInSignUpSample: cli", "+ app in user flow SignInSignUpSample: shop",
		}
		if !slices.Equal(order, want) {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(order, "\n"), strings.Join(want, "\n"))
		}
		if got := strings.Join(p.Scopes(), " "); got != "IdentityUserFlow.ReadWrite.All Application.ReadWrite.All DelegatedPermissionGrant.ReadWrite.All EventListener.ReadWrite.All" {
			t.Errorf("scopes: %s", got)
		}
		if got := strings.Join(p.EmulatorOnly, " ") + " | " + strings.Join(p.NotYet, " "); got != "fixedOneTimeCode userFlows[0].attributes[3].hint | displayName apps[1].claimMappings" {
			t.Errorf("ignored: %s", got)
		}
		if len(s.writes) != len(order) {
			t.Errorf("%d writes for %d steps: %v", len(s.writes), len(order), s.writes)
		}
		s.settledOn(full)
	}
}

// TestChanges has, for every managed key, a change of the file, and the field in which the plan shows it. What the changed
// file wants is then applied, and taken back.
func TestChanges(t *testing.T) {
	tests := []struct{ key, from, to, field string }{
		{"App.displayName", "displayName: ciam-cli", "displayName: ciam", "~ displayName: ciam-cli → ciam"},
		{"Platform.redirectUris", "['http://localhost']", "[]", "- publicClient.redirectUris: http://localhost → "},
		{"Platform.redirectUris", "'http://localhost:3000/auth/redirect'", "'http://localhost:3000/other'", "+ web.redirectUris:  → http://localhost:3000/other"},
		{"Platform.redirectUris", "'https://shop.example/spa'", "'https://shop.example/app'", "- spa.redirectUris: https://shop.example/spa → "},
		{"Platform.logoutUrl", "signed-out", "bye", "~ web.logoutUrl: https://shop.example/signed-out → https://shop.example/bye"},
		{"ImplicitGrantSettings.enableIdTokenIssuance", "enableIdTokenIssuance: true", "enableIdTokenIssuance: false", "~ web.implicitGrantSettings.enableIdTokenIssuance: true → false"},
		{"ImplicitGrantSettings.enableAccessTokenIssuance", "enableAccessTokenIssuance: false", "enableAccessTokenIssuance: true", "+ web.implicitGrantSettings.enableAccessTokenIssuance:  → true"},
		{"App.isFallbackPublicClient", "isFallbackPublicClient: true", "isFallbackPublicClient: false", "~ isFallbackPublicClient: true → false"},
		{"App.nativeAuthenticationApisEnabled", "ApisEnabled: all", "ApisEnabled: none", "~ nativeAuthenticationApisEnabled: all → none"},
		{"App.adminConsent", "adminConsent: true", "adminConsent: false", "- admin consent cli: Microsoft Graph"},
		{"App.grantedScopes", "offline_access, User.Read", "profile, User.Read", "+ grantedScopes:  → profile"},
		{"App.grantedScopes", ", api://orders/Orders.Read]", "]", "- admin consent shop: orders"},
		{"Secret.displayName", "displayName: web app client secret", "displayName: another", "+ client secret shop: another"},
		{"Secret.endDateTime", "displayName: web app client secret, endDateTime: 2099-12-31", "displayName: third, endDateTime: 2098-12-31", "+ endDateTime:  → 2098-12-31T00:00:00Z"},
		{"FederatedCredential.issuer", "https://ci.example", "https://ci2.example", "~ issuer: https://ci.example → https://ci2.example"},
		{"FederatedCredential.subject", "subject: project", "subject: other", "~ subject: project → other"},
		{"FederatedCredential.audiences", "[api://AzureADTokenExchange]", "[api://x]", "+ audiences:  → api://x"},
		{"FederatedCredential.issuer", "          - {name: pipeline, issuer: https://ci.example, subject: project, audiences: [api://AzureADTokenExchange]}\n", "          []\n", "- federated credential shop: pipeline"},
		{"API.displayName", "displayName: Orders,", "displayName: All orders,", "~ displayName: Orders → All orders"},
		{"API.identifierUri", "identifierUri: api://orders, scopes: [Orders.Read, Orders.Write]", "identifierUri: api://orders2, scopes: [Orders.Read, Orders.Write]", ""},
		{"API.scopes", ", Orders.Write]", ", Orders.Delete]", "- scopes: Orders.Write → "},
		{"API.appRoles", "[Orders.All]", "[]", "- appRoles: Orders.All → "},
		{"UserFlow.displayName", "displayName: SignInSignUpSample", "displayName: Another", "+ user flow Another"},
		{"UserFlow.signInMethod", "emailPassword", "emailOtp", "~ signInMethod: emailPassword → emailOtp"},
		{"UserFlow.isSignUpAllowed", "isSignUpAllowed: true", "isSignUpAllowed: false", "~ isSignUpAllowed: true → false"},
		{"UserFlow.applications", "[cli, shop]", "[shop]", "- app in user flow SignInSignUpSample: cli"},
		{"UserFlow.attributes", "          - {name: postalCode, regex: '^[0-9]{4}$', hint: four digits}\n", "          - {name: city}\n", "- attributes: postalCode → "},
		{"Attribute.label", "label: Your name", "label: Name", "~ attributes.displayName.label: Your name → Name"},
		{"Attribute.required", "required: true", "required: false", "~ attributes.displayName.required: true → false"},
		{"Attribute.inputType", "inputType: radioSingleSelect", "inputType: checkboxMultiSelect", "~ attributes.extension_diet.inputType: radioSingleSelect → checkboxMultiSelect"},
		{"Attribute.dataType", "_Age, dataType: int64}", "_Weight, dataType: int64}", "+ dataType:  → int64"},
		{"Attribute.options", ", {name: All, value: all}]", "]", "- attributes.extension_diet.options: All (all) → "},
		{"Option.name", "name: Vegan", "name: Plants", "+ attributes.extension_diet.options:  → Plants (vegan)"},
		{"Option.value", "value: vegan", "value: v", "+ attributes.extension_diet.options:  → Vegan (v)"},
		{"Option.value", "[{name: Vegan, value: vegan}, {name: All, value: all}]", "[{name: All, value: all}, {name: Vegan, value: vegan}]", "~ attributes.extension_diet.options, their order"},
		{"Attribute.regex", "{4}$", "{5}$", "~ attributes.postalCode.regex: ^[0-9]{4}$ → ^[0-9]{5}$"},
	}
	covered := map[string]bool{}
	for _, tt := range tests {
		covered[tt.key] = true
		if tt.key == "API.identifierUri" {
			tt.field = "+ identifierUri:  → api://orders2"
		}
		t.Run(tt.key, func(t *testing.T) {
			changed := strings.Replace(full, tt.from, tt.to, 1)
			if tt.key == "API.identifierUri" {
				changed = strings.Replace(changed, "api://orders/", "api://orders2/", 1)
			}
			if changed == full {
				t.Fatalf("%q is not in the file", tt.from)
			}
			s := newService(t)
			s.apply(full, Options{})
			p, err := s.plan(changed, Options{})
			if tt.key == "UserFlow.displayName" { // its apps are in the first one
				if err == nil || !strings.Contains(err.Error(), `the app is linked to the user flow "SignInSignUpSample"`) {
					t.Fatalf("got %v", err)
				}
				return
			}
			if err != nil || !strings.Contains(p.text(), tt.field) {
				t.Fatalf("%v\n%s\nhas no %q", err, p.text(), tt.field)
			}
			s.apply(changed, Options{})
			s.settledOn(changed)
			s.apply(full, Options{})
			s.settledOn(full)
		})
	}
	for _, d := range Decisions() {
		if d.Decision == Managed && !covered[d.Key] {
			t.Errorf("%s is said to be managed, and no change of it is tried", d.Key)
		}
	}
}

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

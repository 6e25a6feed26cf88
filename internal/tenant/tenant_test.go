package tenant

import (
	"context"
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
	return &Run{Graph: s.client(), OnSecret: func(string, string, graph.PasswordCredential) error { return nil }, Pause: func(context.Context, time.Duration) error { return nil }}
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

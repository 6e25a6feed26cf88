package directory

import (
	"errors"
	"strings"
	"testing"
	"time"
)

const nameless = `version: 1
tenants:
  - subdomain: contoso
    apps:
      - displayName: Shop
        appRoleAssignments: [{resource: orders, role: Orders.Read.All}]
      - displayName: orders
      - {appId: 00001111-aaaa-2222-bbbb-3333cccc4444, displayName: given}
    apis:
      - {displayName: orders, scopes: [Orders.Read], appRoles: [Orders.Read.All]}
      - {identifierUri: 'api://weather', scopes: [Forecast.Read]}
    userFlows:
      - {displayName: F, applications: [shop, 00001111-aaaa-2222-bbbb-3333cccc4444]}
    users:
      - {email: Ada@example.com}
      - {id: aaaabbbb-0000-cccc-1111-dddd2222ffff, email: bob@example.com}
`

// TestParse_identifies checks that what a seed gives no ids gets those of its names, and that they are the same for ever:
// tokens, files and people's notes have them.
func TestParse_identifies(t *testing.T) {
	d, err := Parse([]byte(nameless))
	if err != nil {
		t.Fatal(err)
	}
	tenant := &d.Tenants[0]
	for what, got := range map[string][2]string{
		"tenant":             {tenant.ID, "9caa2152-c9ed-59f0-96db-4d82e7ef6d25"},
		"app":                {tenant.Apps[0].AppID, "44631a97-37ab-599f-8693-94f7223e2783"},
		"app and API in one": {tenant.Apps[1].AppID, tenant.APIs[0].AppID},
		"a given one":        {tenant.Apps[2].AppID, DefaultPublicApp},
		"API":                {tenant.APIs[1].AppID, "255d6e23-6cd2-5d3f-ae4a-00cd1e48ba20"},
		"its URI":            {tenant.APIs[0].IdentifierURI, "api://" + tenant.APIs[0].AppID},
		"a given URI":        {tenant.APIs[1].IdentifierURI, "api://weather"},
		"user":               {tenant.Users[0].ID, "4ba4b686-f56d-5ab6-a4dc-a85e86a2a103"},
		"a given user":       {tenant.Users[1].ID, "aaaabbbb-0000-cccc-1111-dddd2222ffff"},
		"a name in a flow":   {tenant.UserFlows[0].Applications[0], tenant.Apps[0].AppID},
		"an id in a flow":    {tenant.UserFlows[0].Applications[1], DefaultPublicApp},
		"a resource":         {tenant.Apps[0].AppRoleAssignments[0].Resource, tenant.APIs[0].AppID},
	} {
		if got[0] != got[1] {
			t.Errorf("%s: %s, want %s", what, got[0], got[1])
		}
	}
	out, err := Encode(d)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := Parse(out); err != nil || back.Tenants[0].Apps[0].AppID != tenant.Apps[0].AppID {
		t.Errorf("what was written reads differently: %v", err)
	}
	for name, text := range map[string]string{
		"letter case":      strings.NewReplacer("Shop", "SHOP", "Ada@", "ada@", "contoso", "CONTOSO").Replace(nameless),
		"the tenant's id":  strings.Replace(nameless, "- subdomain", "- id: 99990000-aaaa-2222-bbbb-3333cccc4444\n    subdomain", 1),
		"another order":    strings.Replace(nameless, "      - displayName: orders\n", "      - displayName: aaa\n      - displayName: orders\n", 1),
		"a user before it": strings.Replace(nameless, "    users:\n", "    users:\n      - {email: aaron@example.com}\n", 1),
	} {
		other, err := Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		users := other.Tenants[0].Users
		if other.Tenants[0].Apps[0].AppID != tenant.Apps[0].AppID || other.Tenants[0].APIs[1].AppID != tenant.APIs[1].AppID || users[len(users)-2].ID != tenant.Users[0].ID {
			t.Errorf("%s gives other ids", name)
		}
	}
	fabrikam, err := Parse([]byte(strings.Replace(nameless, "contoso", "fabrikam", 1)))
	if err != nil || fabrikam.Tenants[0].Apps[0].AppID == tenant.Apps[0].AppID || fabrikam.Tenants[0].Users[0].ID == tenant.Users[0].ID {
		t.Errorf("another tenant has the same ids: %v", err)
	}
}

func TestParse_identifiesNot(t *testing.T) {
	const tenant = "version: 1\ntenants:\n  - subdomain: contoso\n"
	for _, tc := range []struct {
		name, rest string
		line       int
		says       string
	}{
		{"two apps of one name", "    apps:\n      - displayName: shop\n      - displayName: Shop\n", 6, `"Shop" is the name of tenants[0].apps[0] already; without another name it needs appId`},
		{"an app without a name", "    apps:\n      - isFallbackPublicClient: true\n", 5, "tenants[0].apps[0].appId: expected a GUID, or displayName to make one of"},
		{"two apps of one short name", "    apps:\n      - {name: shop, displayName: a}\n      - {name: Shop, displayName: b}\n", 6, "already used at tenants[0].apps[0].name"},
		{"a short name with a space", "    apis:\n      - {name: my orders}\n", 5, "expected letters, digits, . _ and -"},
		{"a short name that is a GUID", "    apps:\n      - {name: 00001111-aaaa-2222-bbbb-3333cccc4444}\n", 5, "expected letters, digits, . _ and -"},
		{"two APIs of one URI", "    apis:\n      - identifierUri: api://a\n      - identifierUri: api://a\n", 6, `"api://a" is the name of tenants[0].apis[0] already`},
		{"an API without a name", "    apis:\n      - scopes: [A.Read]\n", 5, "expected a GUID, or displayName"},
		{"two users of one address", "    users:\n      - email: a@example.com\n      - email: A@example.com\n", 6, "already"},
		{"a user without an address", "    users:\n      - disabled: true\n", 5, "expected a GUID, or email"},
		{"a user whose address is none", "    users:\n      - email: ada\n", 5, "expected an email address"},
		{"an id given that another has by its name", "    apps:\n      - displayName: shop\n      - appId: " + nameGUID("tenant", "contoso", "app", "shop") + "\n", 6, "is already used at tenants[0].apps[0].appId"},
		{"an app that is not there", "    apps:\n      - displayName: shop\n    userFlows:\n      - displayName: F\n        applications: [shop, shopp]\n", 8, `no app has the appId or the displayName "shopp"`},
		{"an app twice in a flow", "    apps:\n      - displayName: shop\n    userFlows:\n      - displayName: F\n        applications: [shop, " + nameGUID("tenant", "contoso", "app", "shop") + "]\n", 8, "already used"},
		{"an app of two that are called so", "    apps:\n      - {appId: 00001111-aaaa-2222-bbbb-3333cccc4444, displayName: shop}\n      - displayName: shop\n    userFlows:\n      - displayName: F\n        applications: [shop]\n", 9, `2 apps are called "shop": name the appId`},
		{"a resource that is not there", "    apps:\n      - displayName: shop\n        appRoleAssignments: [{resource: orders, role: R}]\n", 6, `no API has the appId or the displayName "orders"`},
		{"no subdomain", "    displayName: X\n", 3, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			text := tenant + tc.rest
			if tc.says == "" {
				text = strings.Replace(text, "subdomain: contoso\n    ", "", 1)
				tc.says = "tenants[0].id: expected a GUID, or subdomain to make one of"
			}
			_, err := Parse([]byte(text))
			var wrong *FormatError
			if !errors.As(err, &wrong) || !strings.Contains(err.Error(), tc.says) || wrong.Line != tc.line {
				t.Errorf("got %v; want line %d, %s", err, tc.line, tc.says)
			}
		})
	}
	if err := (&Document{Version: Version, Tenants: []Tenant{{ID: DefaultTenantID, Subdomain: "contoso", Apps: []App{{DisplayName: "shop"}}}}}).Validate(); err == nil {
		t.Error("a document that was not parsed gets ids")
	}
}

// TestParse_shortNames checks that a short name refers to an app or an API, and identifies one that has nothing else.
func TestParse_shortNames(t *testing.T) {
	d, err := Parse([]byte(`version: 1
tenants:
  - subdomain: contoso
    apps:
      - name: web
        displayName: The shop
        appRoleAssignments: [{resource: orders, role: Orders.Read.All}]
        passwordCredentials: [{displayName: kept elsewhere}]
      - name: cli
      - {name: same, displayName: same}
    apis:
      - {name: orders, displayName: All orders, appRoles: [Orders.Read.All]}
    userFlows:
      - {displayName: F, applications: [web, CLI, same]}
`))
	if err != nil {
		t.Fatal(err)
	}
	tenant := &d.Tenants[0]
	for i, id := range tenant.UserFlows[0].Applications {
		if id != tenant.Apps[i].AppID || !IsGUID(id) {
			t.Errorf("application %d is %s, want %s", i, id, tenant.Apps[i].AppID)
		}
	}
	if got := tenant.Apps[0].AppRoleAssignments[0].Resource; got != tenant.APIs[0].AppID {
		t.Errorf("the API is %s", got)
	}
	if match, _ := tenant.Apps[0].CheckSecret("", time.Time{}); match {
		t.Error("a secret without a text matches")
	}
}

package tenant

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// TestRead has files that are no file of a live tenant, with the line.
func TestRead(t *testing.T) {
	const head = "version: 1\ntenants:\n  - subdomain: contoso\n"
	for _, tt := range []struct {
		name, file string
		line       int
		said       string
	}{
		{"two tenants", head + "  - subdomain: fabrikam\n", 3, "expected one tenant"},
		{"a secret", head + "    apps:\n      - name: a\n        passwordCredentials:\n          - secretText: HUSH\n", 7, "a secret does not belong"},
		{"a digest", head + "    apps:\n      - name: a\n        passwordCredentials: [{secretSha256: " + strings.Repeat("ab", 32) + "}]\n", 6, "a secret does not belong"},
		{"a sealing key", "version: 1\nsealingKey: " + strings.Repeat("A", 43) + "=\n" + head[len("version: 1\n"):], 2, "a secret does not belong"},
		{"a password hash", head + "    users:\n      - {email: a@b.example, passwordHash: HUSH}\n", 5, "a secret does not belong"},
		{"an app without a name", head + "    apps:\n      - displayName: a\n", 5, "expected a name, which is how ciam knows the app"},
		{"an API without a name", head + "    apis:\n      - displayName: a\n", 5, "expected a name, which is how ciam knows the API"},
		{"an API of another name", head + "    apps:\n      - {name: a, displayName: x}\n    apis:\n      - {name: b, displayName: x}\n", 7, "expected a, which is the name of the app of this appId"},
		{"a typing error", head + "    apps:\n      - {nmae: a}\n", 5, "field nmae not found"},
		{"nothing", "", 0, "empty"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Read([]byte(tt.file))
			var bad *directory.FormatError
			if !errors.As(err, &bad) || bad.Line != tt.line || !strings.Contains(err.Error(), tt.said) || strings.Contains(err.Error(), "HUSH") {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestRead_merged checks that what an alias or a merge key brings counts as written.
func TestRead_merged(t *testing.T) {
	w := wanted(t, "version: 1\ntenants:\n  - subdomain: contoso\n    apps:\n      - &a {name: a, isFallbackPublicClient: false}\n      - {<<: *a, name: b}\n")
	for _, path := range []string{"apps[0].isFallbackPublicClient", "apps[1].isFallbackPublicClient", "apps[1].name", "subdomain"} {
		if !w.has(path) {
			t.Errorf("%s is not written", path)
		}
	}
	if w.has("apps[0].displayName") || w.has("id") {
		t.Error("what is absent is written")
	}
}

// TestReadScopes checks that a plan asks to read only what the file has.
func TestReadScopes(t *testing.T) {
	const head = "version: 1\ntenants:\n  - subdomain: contoso\n"
	for _, tt := range []struct{ file, want string }{
		{head, "Organization.Read.All"},
		{head + "    apps: [{name: a}]\n", "Organization.Read.All Application.Read.All"},
		{head + "    userFlows: [{displayName: F}]\n", "Organization.Read.All EventListener.Read.All IdentityUserFlow.Read.All"},
		{full, "Organization.Read.All Application.Read.All DelegatedPermissionGrant.Read.All EventListener.Read.All IdentityUserFlow.Read.All"},
	} {
		if got := strings.Join(wanted(t, tt.file).ReadScopes(), " "); got != tt.want || strings.Contains(got, "Write") {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
	s := newService(t)
	s.apply(full, Options{})
	p, err := s.plan(strings.Replace(full, "isSignUpAllowed: true", "isSignUpAllowed: false", 1), Options{})
	if err != nil || !slices.Equal(p.Scopes(), []string{"EventListener.ReadWrite.All"}) {
		t.Errorf("one step asks for %v, %v", p.Scopes(), err)
	}
}

// TestShort has the forms of an attribute's name.
func TestShort(t *testing.T) {
	for _, tt := range []struct {
		name, short string
		custom      bool
	}{
		{"city", "city", false}, {"extension_x", "extension_x", true}, {"loyalty", "loyalty", true},
		{"extension_11112222aaaa3333bbbb4444cccc5555_Age", "extension_Age", true},
		{"extension_11112222aaaa3333bbbb4444cccc5555_a_b", "extension_a_b", true},
		{"extension_notanid_x", "extension_notanid_x", true}, {"extension_a_b", "extension_a_b", true},
		{"extension_11112222aaaa3333bbbb4444cccc5555_", "extension_11112222aaaa3333bbbb4444cccc5555_", true},
		{"extension_city", "extension_city", true},
	} {
		if short(tt.name) != tt.short || isCustom(tt.name) != tt.custom {
			t.Errorf("%s: %s, custom %v", tt.name, short(tt.name), isCustom(tt.name))
		}
	}
}

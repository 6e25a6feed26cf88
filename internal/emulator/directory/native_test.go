package directory

import (
	"errors"
	"strings"
	"testing"
)

func TestParse_native(t *testing.T) {
	const seed = `version: 1
tenants:
  - id: aaaabbbb-0000-cccc-1111-dddd2222eeee
    subdomain: contoso
    mfa: MFA
    bannedPasswords: [WORD]
    apps:
      - appId: 00001111-aaaa-2222-bbbb-3333cccc4444
        isFallbackPublicClient: true
        nativeAuthenticationApisEnabled: NATIVE
    users:
      - id: aaaaaaaa-0000-1111-2222-bbbbbbbbbbbb
        email: ada@example.com
        emailAuthenticationMethod: PLACE
`
	for _, tc := range []struct {
		name, mfa, word, native, place string
		line                           int
		path                           string
	}{
		{"all well", "required", "contoso", "all", "ada@second.example", 0, ""},
		{"all off", "off", "word", "none", `""`, 0, ""},
		{"mfa", "sometimes", "contoso", "all", "ada@second.example", 5, "tenants[0].mfa"},
		{"short word", "off", "abc", "all", "ada@second.example", 6, "tenants[0].bannedPasswords[0]"},
		{"long word", "off", strings.Repeat("a", 17), "all", "ada@second.example", 6, "tenants[0].bannedPasswords[0]"},
		{"native", "off", "contoso", "some", "ada@second.example", 10, "tenants[0].apps[0].nativeAuthenticationApisEnabled"},
		{"place", "off", "contoso", "all", "+4912345", 14, "tenants[0].users[0].emailAuthenticationMethod"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d, err := Parse([]byte(strings.NewReplacer("MFA", tc.mfa, "WORD", tc.word, "NATIVE", tc.native, "PLACE", tc.place).Replace(seed)))
			if tc.path == "" {
				if err != nil {
					t.Fatal(err)
				}
				if got := d.Tenants[0].RequiresMFA(); got != (tc.mfa == "required") {
					t.Errorf("RequiresMFA %t", got)
				}
				if got := d.Tenants[0].Apps[0].NativeAuthentication(); got != (tc.native == "all") {
					t.Errorf("NativeAuthentication %t", got)
				}
				return
			}
			f := new(FormatError)
			if !errors.As(err, &f) || f.Line != tc.line || f.Path != tc.path || !strings.Contains(f.Problem, "expected") {
				t.Errorf("got %v, want line %d path %s", err, tc.line, tc.path)
			}
		})
	}
}

func TestApp_Confidential(t *testing.T) {
	web := Platform{RedirectURIs: []string{"https://app.example"}}
	for _, tc := range []struct {
		name string
		app  App
		want bool
	}{
		{"nothing", App{}, false},
		{"web", App{Web: web}, true},
		{"secret", App{PasswordCredentials: []Secret{{SecretText: "x"}}}, true},
		{"web and public", App{Web: web, IsFallbackPublicClient: true}, false},
	} {
		if got := tc.app.Confidential(); got != tc.want {
			t.Errorf("%s: %t", tc.name, got)
		}
	}
}

package directory

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/clocktest"
)

// TestMain lets the test binary be the writer that TestStore_killed kills.
func TestMain(m *testing.M) {
	if file := os.Getenv("DIRECTORY_TEST_WRITER"); file != "" {
		writer(file, os.Getenv("DIRECTORY_TEST_USERS"))
	}
	os.Exit(m.Run())
}

const sample = `version: 1
tenants:
  - id: aaaabbbb-0000-cccc-1111-dddd2222eeee
    subdomain: contoso
    customDomains: [login.contoso.com]
    lifetimes: {accessToken: 10m}
    apps:
      - appId: 00001111-aaaa-2222-bbbb-3333cccc4444
        publicClient: {redirectUris: [http://localhost, msal00001111://auth]}
        claimMappings: [{attribute: givenName, claim: given_name}]
      - appId: 22223333-cccc-4444-dddd-5555eeee6666
        web: {redirectUris: [https://app.example/cb]}
        passwordCredentials: [{secretText: s, endDateTime: 2027-01-02T03:04:05Z}]
    apis:
      - {appId: 33334444-dddd-5555-eeee-6666ffff7777, identifierUri: api://33334444-dddd-5555-eeee-6666ffff7777, scopes: [Forecast.Read]}
    userFlows:
      - displayName: Flow
        isSignUpAllowed: false
        applications: [00001111-aaaa-2222-bbbb-3333cccc4444]
        attributes: [{name: displayName, required: true}, {name: extension_0123_Loyalty, label: Loyalty}]
    users:
      - {id: aaaaaaaa-0000-1111-2222-bbbbbbbbbbbb, email: ada@example.com, password: Correct-Horse-7, attributes: {displayName: Ada}}
`

func TestParse(t *testing.T) {
	d, err := Parse([]byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	ten := d.Tenant("CONTOSO.onmicrosoft.com")
	if ten == nil || ten.Lifetimes.AccessToken != Duration(10*time.Minute) || ten.App("22223333-CCCC-4444-dddd-5555eeee6666") == nil || ten.UserFlows[0].SignUpAllowed() {
		t.Fatalf("%+v", ten)
	}
	out, err := Encode(d)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Parse(out)
	if err != nil || !reflect.DeepEqual(d, again) {
		t.Errorf("not the same after writing and reading: %v\n%s", err, out)
	}
	if err := Default().Validate(); err != nil {
		t.Errorf("the default: %v", err)
	}
}

func TestParse_refuses(t *testing.T) {
	for _, tc := range []struct {
		name, old, new string
		line           int
		says           string
	}{
		{"other version", "version: 1", "version: 2", 1, "expected 1, got 2"},
		{"unknown field", "subdomain:", "subdomian:", 4, "subdomian"},
		{"broken YAML", "    subdomain: contoso", "   subdomain: contoso", 4, ""},
		{"tenant id", "aaaabbbb-0000-cccc-1111-dddd2222eeee", "contoso", 3, "expected a GUID"},
		{"subdomain", "subdomain: contoso", "subdomain: con_toso", 4, "expected letters"},
		{"reserved subdomain", "subdomain: contoso", "subdomain: common", 4, "reserved"},
		{"custom domain", "[login.contoso.com]", "['https://x']", 5, "host name"},
		{"duration", "10m", "ten", 6, "not a duration"},
		{"app id", "00001111-aaaa-2222-bbbb-3333cccc4444\n        public", "Enter_the_Application_Id_Here\n        public", 8, "expected a GUID"},
		{"same app twice", "22223333-cccc-4444-dddd-5555eeee6666", "00001111-aaaa-2222-bbbb-3333cccc4444", 11, "already used"},
		{"http redirect", "https://app.example/cb", "http://app.example/cb", 12, "expected https"},
		{"script redirect", "https://app.example/cb", "javascript:alert(1)", 12, "own scheme"},
		{"data redirect", "https://app.example/cb", "'data:text/html,x'", 12, "own scheme"},
		{"fragment in redirect", "https://app.example/cb", "https://app.example/cb#x", 12, "without fragment"},
		{"user in redirect", "https://app.example/cb", "https://u@app.example/cb", 12, "without fragment"},
		{"mapping of a protocol claim", "claim: given_name", "claim: sub", 10, "does not own"},
		{"neither secret nor name", "secretText: s", "keyId: s", 13, "expected secretText"},
		{"bad secret digest", "secretText: s", "secretSha256: abcd", 13, "64 hex"},
		{"identifier URI", "api://33334444-dddd-5555-eeee-6666ffff7777,", "nonsense,", 15, "expected api://"},
		{"scope name", "[Forecast.Read]", "['a b']", 15, "scope name"},
		{"flow of no app", "[00001111-aaaa-2222-bbbb-3333cccc4444]", "[99991111-aaaa-2222-bbbb-3333cccc4444]", 19, "no app"},
		{"attribute called password", "name: displayName", "name: password", 20, "Graph name"},
		{"attribute with markup", "name: displayName", "name: '<b>'", 20, "Graph name"},
		{"user id", "aaaaaaaa-0000-1111-2222-bbbbbbbbbbbb", "ada", 22, "expected a GUID"},
		{"email", "ada@example.com", "ada", 22, "email address"},
		{"two documents", "version: 1", "version: 1\n---\nversion: 1", 0, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if !strings.Contains(sample, tc.old) {
				t.Fatalf("sample lacks %q", tc.old)
			}
			_, err := Parse([]byte(strings.Replace(sample, tc.old, tc.new, 1)))
			var fe *FormatError
			if !errors.As(err, &fe) {
				t.Fatalf("%v", err)
			}
			if tc.says != "" && (fe.Line != tc.line || !strings.Contains(fe.Error(), tc.says)) {
				t.Errorf("line %d (want %d): %v", fe.Line, tc.line, err)
			}
		})
	}
	for _, data := range []string{"", "{}", "[]", "x", "version: 1", "\x00", strings.Repeat(" ", MaxBytes+1)} {
		if _, err := Parse([]byte(data)); err == nil {
			t.Errorf("%.20q was accepted", data)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte("version: 1\ntenants: [{id: x, <<: *a}]"))
	f.Add([]byte("a: &a [*a]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := Parse(data)
		var fe *FormatError
		if err != nil {
			if !errors.As(err, &fe) {
				t.Fatalf("%T %v", err, err)
			}
			return
		}
		out, err := Encode(d)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(out); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	})
}

func TestIsEmail(t *testing.T) {
	for s, want := range map[string]bool{
		"ada@example.com": true, "a.b+c@x.example.com": true, "o'hara@example.com": true,
		"": false, "ada": false, "ada@": false, "@example.com": false, "ada@localhost": false, "Ada <ada@example.com>": false, "ada@example..com": false,
		"adä@example.com": false, "a b@example.com": false, "ada@example.com\n": false, "<b>@example.com": false, `"a"@example.com`: false,
		"ada@-x.com": false, strings.Repeat("a", 250) + "@example.com": false,
	} {
		if IsEmail(s) != want {
			t.Errorf("%q: %v", s, !want)
		}
	}
}

func TestPassword(t *testing.T) {
	long := strings.Repeat("x", 200)
	h, err := HashPassword(long, 4)
	if err != nil {
		t.Fatal(err)
	}
	u := &User{PasswordHash: h}
	if !u.CheckPassword(long) || u.CheckPassword(long+"y") || u.CheckPassword(long[:199]) || u.CheckPassword("") {
		t.Error("long passwords are cut")
	}
	if (&User{}).CheckPassword("") || !(&User{Password: "p"}).CheckPassword("p") || (&User{Password: "p"}).CheckPassword("q") {
		t.Error("seed passwords")
	}
}

func newUser(n int) User {
	return User{ID: fmt.Sprintf("aaaaaaaa-0000-1111-2222-%012d", n), Email: fmt.Sprintf("u%d@example.com", n)}
}

func addUser(t *testing.T, s *Store, n int) {
	t.Helper()
	if err := s.Update(t.Context(), func(d *Document) error {
		d.Tenants[0].Users = append(d.Tenants[0].Users, newUser(n))
		return nil
	}); err != nil {
		t.Error(err)
	}
}

func TestStore_update(t *testing.T) {
	for name, path := range map[string]string{"memory": "", "file": filepath.Join(t.TempDir(), "t.yaml")} {
		t.Run(name, func(t *testing.T) {
			s, err := Open(t.Context(), path, Default())
			if err != nil {
				t.Fatal(err)
			}
			before := s.View()
			stop := errors.New("stop")
			if err := s.Update(t.Context(), func(d *Document) error {
				d.Tenants[0].Users = append(d.Tenants[0].Users, newUser(1))
				return stop
			}); !errors.Is(err, stop) || len(s.View().Tenants[0].Users) != 0 {
				t.Errorf("%v, %d users", err, len(s.View().Tenants[0].Users))
			}
			addUser(t, s, 2)
			if s.User(DefaultTenantID, "U2@example.com") == nil || s.User(DefaultTenantID, newUser(2).ID) == nil || s.User("other", "u2@example.com") != nil {
				t.Error("the user cannot be found")
			}
			if len(before.Tenants[0].Users) != 0 {
				t.Error("an older view has changed")
			}
		})
	}
}

func TestStore_reloadsWhatOthersWrote(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.yaml")
	a, err := Open(t.Context(), path, Default())
	if err != nil {
		t.Fatal(err)
	}
	b, err := Open(t.Context(), path, &Document{}) // the file wins over the seed
	if err != nil {
		t.Fatal(err)
	}
	addUser(t, a, 1)
	if b.User(DefaultTenantID, "u1@example.com") == nil {
		t.Error("b does not see a's user")
	}
	if err := os.WriteFile(path, []byte("garbage: ["), 0o600); err != nil {
		t.Fatal(err)
	}
	if a.User(DefaultTenantID, "u1@example.com") == nil {
		t.Error("a broken file took the last good state away")
	}
	if err := a.Update(t.Context(), func(*Document) error { return nil }); err == nil {
		t.Error("a broken file was written over")
	}
}

func TestStore_concurrent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.yaml")
	var wg sync.WaitGroup
	for i := range 4 {
		s, err := Open(t.Context(), path, Default())
		if err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			for j := range 10 {
				addUser(t, s, i*100+j)
				_ = s.View()
			}
		})
	}
	wg.Wait()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	d, err := Parse(data)
	if err != nil || len(d.Tenants[0].Users) != 40 {
		t.Fatalf("%d users, %v", len(d.Tenants[0].Users), err)
	}
}

func TestGenerateKey(t *testing.T) {
	k, err := GenerateKey(clocktest.Now())
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := k.Parse(); err != nil {
		t.Error(err)
	}
	other, err := GenerateKey(clocktest.Now())
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]Key{
		"empty":             {},
		"swapped":           {PrivateKey: k.Certificate, Certificate: k.PrivateKey},
		"other certificate": {PrivateKey: k.PrivateKey, Certificate: other.Certificate},
	} {
		if _, _, err := bad.Parse(); !errors.Is(err, ErrKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

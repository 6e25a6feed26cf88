package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

func load(t *testing.T, text string) (*File, string, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Load(path)
	return f, path, err
}

func TestFile_editKeepsWhatUsersWrote(t *testing.T) {
	f, path, err := load(t, `# my tenants
current_profile: shop # the usual one
profiles:
  shop: # production
    tenant: contoso
    client_id: 00001111-aaaa-2222-bbbb-3333cccc4444
    future_key: {a: 1}
later_version: yes
`)
	if err != nil {
		t.Fatal(err)
	}
	p, ok := f.Profile("shop")
	if !ok || p.Authority != "contoso" {
		t.Fatalf("Profile = %+v, %t", p, ok)
	}
	p.TenantID = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
	p.Scopes = []string{"api://x/read"}
	f.Put(p)
	f.Put(Profile{Name: "other", Authority: "fabrikam"})
	f.Use("other")
	if err := f.Save(); err != nil {
		t.Fatal(err)
	}
	data, _ := os.ReadFile(path)
	for _, want := range []string{"# my tenants", "# production", "# the usual one", "future_key: {a: 1}", "later_version: yes", "tenant_id: aaaabbbb", "- api://x/read"} {
		if !strings.Contains(string(data), want) {
			t.Errorf("lost %q:\n%s", want, data)
		}
	}
	again, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(again.Names(), " "); got != "other shop" || again.Current() != "other" {
		t.Errorf("names %q, current %q", got, again.Current())
	}
	again.Remove("other")
	if again.Current() != "" || again.Remove("other") {
		t.Error("a removed profile is still there, or current")
	}
}

func TestFile_firstProfile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "folder", "config.yaml")
	f, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	f.Put(Profile{Name: "1", Authority: "contoso", ClientID: "0123"})
	f.Use("1")
	if err := f.Save(); err != nil {
		t.Fatal(err)
	}
	again, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if p, ok := again.Profile("1"); !ok || p.ClientID != "0123" {
		t.Errorf("values that look like numbers changed: %+v %t", p, ok)
	}
	if runtime.GOOS != "windows" {
		if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
			t.Errorf("mode %v", info.Mode())
		}
	}
}

func TestLoad_broken(t *testing.T) {
	for name, tc := range map[string]struct{ text, want string }{
		"yaml":           {"profiles:\n  a: [", "line 2"},
		"a list":         {"- a\n- b\n", "line 1"},
		"a list of them": {"profiles: [a]\n", "profiles"},
		"a bad store":    {"profiles:\n  a: {token_store: plaintext}\n", "plaintext"},
		"too large":      {"# " + strings.Repeat("x", maxFile), "over 1 MB"},
		"a yaml bomb":    {"a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\nprofiles: {a: {scopes: *f}}\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, path, err := load(t, tc.text)
			var e *Error
			if !errors.As(err, &e) || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v; want *Error naming %s and %q", err, path, tc.want)
			}
			if data, _ := os.ReadFile(path); string(data) != tc.text {
				t.Error("the broken file was changed")
			}
		})
	}
}

func TestFile_Save_unwritable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Load(filepath.Join(file, "config.yaml"))
	var e *Error
	if err == nil {
		f.Put(Profile{Name: "a", Authority: "contoso"})
		err = f.Save()
	}
	if !errors.As(err, &e) || !e.IO {
		t.Errorf("got %v; want an *Error of the system", err)
	}
}

func TestProfile_Apply(t *testing.T) {
	stored := Profile{Name: "a", Authority: "contoso", TenantID: "pinned", ClientID: "file", Scopes: []string{"s"}, TokenStore: "file"}
	got, err := stored.Apply(Environment{}, Overrides{})
	if err != nil || got.TenantID != "pinned" || got.ClientID != "file" || got.TokenStore != "file" {
		t.Errorf("nothing set: %+v, %v", got, err)
	}
	env := Environment{Tenant: "t", Authority: "https://x.ciamlogin.com", ClientID: "env", TokenStore: "memory", Scopes: []string{"e"}, ClientSecret: "shh"}
	got, err = stored.Apply(env, Overrides{})
	if err != nil || got.Authority != "https://x.ciamlogin.com" || got.TenantID != "" || got.ClientID != "env" || got.TokenStore != "memory" || got.Scopes[0] != "e" || got.Secret.Reveal() != "shh" {
		t.Errorf("environment over profile: %+v, %v", got, err)
	}
	got, err = stored.Apply(env, Overrides{Tenant: "flag", ClientID: "flag", TokenStore: "keychain", Scopes: []string{"f"}})
	if err != nil || got.Authority != "flag" || got.ClientID != "flag" || got.TokenStore != "keychain" || got.Scopes[0] != "f" {
		t.Errorf("flags over environment: %+v, %v", got, err)
	}
	if got, _ := stored.Apply(Environment{}, Overrides{Tenant: "contoso"}); got.TenantID != "pinned" {
		t.Error("naming the same tenant again lost the pin")
	}
	for name, got := range map[string]func() (Profile, error){
		"flag":        func() (Profile, error) { return stored.Apply(Environment{}, Overrides{Tenant: "fabrikam"}) },
		"environment": func() (Profile, error) { return stored.Apply(Environment{Tenant: "fabrikam"}, Overrides{}) },
	} {
		if p, err := got(); err != nil || p.Authority != "fabrikam" || p.TenantID != "" {
			t.Errorf("another tenant by the %s keeps the pin of the one before: %+v, %v", name, p, err)
		}
	}
	if _, err := stored.Apply(Environment{TokenStore: "x"}, Overrides{}); err == nil {
		t.Error("an unknown token store passed")
	}
}

func TestParseRedirectURI(t *testing.T) {
	for raw, ok := range map[string]bool{
		"http://localhost": true, "http://localhost:3000": true, "http://localhost:3000/auth/redirect": true,
		"https://localhost:3000": false, "http://127.0.0.1:3000": false, "http://example.com": false,
		"http://localhost:0": false, "http://localhost:70000": false, "http://localhost/?a=b": false,
		"http://user@localhost": false, "http://localhost/#f": false, "::": false, "http://localhost.evil.com": false,
	} {
		if _, err := ParseRedirectURI(raw, "x"); (err == nil) != ok {
			t.Errorf("%s: %v", raw, err)
		}
	}
	for confidential, want := range map[bool]string{true: DefaultWebRedirectURI, false: DefaultPublicRedirectURI} {
		if u, err := (Profile{}).Redirect(confidential); err != nil || u.String() != want {
			t.Errorf("confidential %t: %v, %v", confidential, u, err)
		}
	}
}

func TestCheckName(t *testing.T) {
	for name, ok := range map[string]bool{"a": true, "contoso.test-1_b": true, strings.Repeat("a", 64): true,
		"": false, ".hidden": false, "../x": false, "a/b": false, "a b": false, "ä": false, "a\n": false, strings.Repeat("a", 65): false} {
		if err := CheckName(name); (err == nil) != ok {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestReadSecret(t *testing.T) {
	for name, tc := range map[string]struct {
		text, want string
		ok         bool
	}{
		"a trailing newline": {"abc\n", "abc", true},
		"windows' own":       {"abc\r\n", "abc", true},
		"spaces inside":      {" a b ", " a b ", true},
		"empty":              {"", "", false},
		"only a newline":     {"\n", "", false},
		"two lines":          {"a\nb\n", "", false},
		"too long":           {strings.Repeat("a", maxSecretFile+1), "", false},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ReadSecret(nil, strings.NewReader(tc.text), "stdin")
			if (err == nil) != tc.ok || got.Reveal() != tc.want {
				t.Errorf("got %q, %v", got.Reveal(), err)
			}
			if err != nil && tc.want == "" && len(tc.text) > 3 && strings.Contains(err.Error(), tc.text) {
				t.Error("the error quotes the secret")
			}
		})
	}
}

func TestSecret_neverPrints(t *testing.T) {
	s := Secret("hunter2")
	j, _ := json.Marshal(struct{ S Secret }{s})
	y, _ := yaml.Marshal(struct{ S Secret }{s})
	for _, out := range []string{fmt.Sprint(s), fmt.Sprintf("%#v %+v %q %s", s, s, s, s), string(j), string(y), fmt.Sprintf("%+v", Profile{Secret: s})} {
		if strings.Contains(out, "hunter2") {
			t.Errorf("the secret is in %q", out)
		}
	}
}

func TestReadEnvironment(t *testing.T) {
	vars := map[string]string{"CIAM_SCOPES": " a  b ", "CIAM_CLIENT_SECRET": "s\n", "BROWSER": "firefox", "CIAM_NO_INPUT": "true"}
	env, err := ReadEnvironment(func(k string) string { return vars[k] })
	if err != nil || len(env.Scopes) != 2 || env.ClientSecret.Reveal() != "s" || env.Browser != "firefox" || !env.NoInput {
		t.Errorf("%+v, %v", env, err)
	}
	vars["CIAM_NO_INPUT"] = "perhaps"
	if _, err := ReadEnvironment(func(k string) string { return vars[k] }); err == nil {
		t.Error("CIAM_NO_INPUT=perhaps passed")
	}
	listed := ""
	for _, v := range Variables() {
		listed += v.Name + " "
	}
	ReadEnvironment(func(k string) string {
		if strings.HasSuffix(k, "_proxy") {
			k = strings.ToUpper(k) // which says so
		}
		if !strings.Contains(listed, k) && k != "DISPLAY" && k != "WAYLAND_DISPLAY" && !strings.HasPrefix(k, "WSL_") {
			t.Errorf("%s is read and not documented", k)
		}
		return ""
	})
}

func FuzzLoad(f *testing.F) {
	f.Add("profiles: {a: {tenant: b}}")
	f.Add("current_profile: [")
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		file := &File{path: filepath.Join(dir, "c.yaml"), doc: &yaml.Node{Kind: yaml.MappingNode}}
		if file.parse([]byte(text)) != nil {
			return
		}
		for _, name := range file.Names() {
			file.Profile(name)
		}
		file.Put(Profile{Name: "z", Authority: "contoso"})
		if p, ok := file.Profile("z"); !ok || p.Authority != "contoso" {
			t.Fatalf("a profile put into %q is not there", text)
		}
	})
}

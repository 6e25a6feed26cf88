package host

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/emulator"
	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/files"
)

const head = "version: 1\ntenants:\n  - id: aaaabbbb-0000-cccc-1111-dddd2222eeee\n"

func TestParseSeed(t *testing.T) {
	for _, tc := range []struct {
		name, text string
		line       int
		says       string
		allowed    string
	}{
		{"unknown key", head + "    subdomian: contoso\n", 4, "there is no key subdomian here", "id, subdomain, displayName"},
		{"unknown key at the top", "version: 1\ntenant: []\n", 2, "there is no key tenant here", "version, sealingKey, tenants"},
		{"unknown key of an app", head + "    subdomain: contoso\n    apps:\n      - clientId: x\n", 6, "there is no key clientId here", "appId"},
		{"a list that is none", head + "    subdomain: contoso\n    apps: {}\n", 5, "expected a list, got a mapping", ""},
		{"a mapping that is none", head + "    subdomain: contoso\n    apps: [x]\n", 5, `expected a mapping with the keys appId`, ""},
		{"text that is none", head + "    subdomain: [contoso]\n", 4, "expected text, got a list", ""},
		{"a yes that is none", head + "    subdomain: contoso\n    userFlows: [{displayName: F, isSignUpAllowed: maybe}]\n", 5, `expected true or false, got "maybe"`, ""},
		{"a time that is none", head + "    subdomain: contoso\n    users: [{id: x, email: y, createdAt: later}]\n", 0, "expected a time such as", ""},
		{"a key twice", head + "    subdomain: contoso\n    subdomain: fabrikam\n", 5, "already defined", ""},
		{"a value", head + "    subdomain: con_toso\n", 4, "tenants[0].subdomain: expected letters, digits and hyphens such as contoso, got", ""},
		{"nothing", "", 0, "expected version: 1 and a list of tenants", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			const file = "seed.yaml"
			_, err := ParseSeed(file, []byte(tc.text))
			var wrong *SeedError
			if !errors.As(err, &wrong) {
				t.Fatalf("%v", err)
			}
			if wrong.File != file || wrong.Line != tc.line || !strings.Contains(err.Error(), tc.says) || !strings.Contains(wrong.Allowed, tc.allowed) {
				t.Errorf("line %d: %v; allowed %q", wrong.Line, err, wrong.Allowed)
			}
			if strings.Contains(err.Error(), "directory.") || strings.Contains(err.Error(), "!!") {
				t.Errorf("tells of Go types: %v", err)
			}
		})
	}
	dir := t.TempDir()
	if _, err := ReadState(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
	write(t, filepath.Join(dir, stateFile), make([]byte, MaxSeed+1))
	var wrong *files.Error
	if _, err := ReadState(dir); !errors.As(err, &wrong) || wrong.Kind != files.TooLarge {
		t.Errorf("%v", err)
	}
}

func TestExport(t *testing.T) {
	dir := t.TempDir()
	s := seed(t)
	s.Tenants[0].Users = []directory.User{{ID: "bbbbcccc-1111-dddd-2222-eeee3333ffff", Email: "ada@example.com", Password: "Correct-Horse-9"}}
	if err := start(t, Options{DataDir: dir, Seed: s}).Stop(); err != nil {
		t.Fatal(err)
	}
	doc, err := ReadState(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, withKeys := range []bool{false, true} {
		out, err := Export(doc, withKeys)
		if err != nil {
			t.Fatal(err)
		}
		again, err := emulator.ParseSeed(out)
		if err != nil {
			t.Fatalf("an export is not a seed: %v", err)
		}
		if has := again.SealingKey != "" && len(again.Tenants[0].Keys) > 0; has != withKeys || strings.Contains(string(out), "PRIVATE") != withKeys {
			t.Errorf("with keys %v: has %v", withKeys, has)
		}
		if u := again.Tenants[0].Users[0]; u.Password != "" || !u.CheckPassword("Correct-Horse-9") {
			t.Error("the password is told, or does not work")
		}
	}
	if doc.SealingKey == "" || len(doc.Tenants[0].Keys) == 0 {
		t.Error("Export changes the document")
	}
}

// TestDocs parses the examples of docs/emulator.md and checks that every key of the format is described there.
func TestDocs(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "emulator.md"))
	if err != nil {
		t.Fatal(err)
	}
	examples := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllSubmatch(page, -1)
	if len(examples) == 0 {
		t.Fatal("no example of a seed")
	}
	used := ""
	for _, e := range examples {
		s, err := ParseSeed("tenant.yaml", e[1])
		if err != nil {
			t.Errorf("%v\n%s", err, e[1])
			continue
		}
		used += string(e[1])
		h, err := Start(Options{Seed: s})
		if err != nil {
			t.Errorf("an example cannot be served: %v", err)
			continue
		}
		if err := h.Stop(); err != nil {
			t.Error(err)
		}
	}
	for _, typ := range types(reflect.TypeFor[directory.Document](), nil) {
		for _, key := range keys(typ) {
			if !strings.Contains(string(page), "`"+key+"`") {
				t.Errorf("docs/emulator.md does not describe the key %s of %s", key, typ)
			}
			switch key {
			case "sealingKey", "keys", "privateKey", "certificate", "passwordHash", "secretSha256", "hint", "startDateTime", "noServicePrincipal", "deletedApps", "app", "api", "deletedAt": // of an export, not of a seed by hand
			default:
				if !regexp.MustCompile(`\b` + key + `:`).MatchString(used) {
					t.Errorf("no example has the key %s of %s", key, typ)
				}
			}
		}
	}
}

// types are the names of all mappings of the format.
func types(typ reflect.Type, seen []string) []string {
	for typ.Kind() == reflect.Slice || typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	if typ.Kind() != reflect.Struct || keys(typ.String()) == nil {
		return seen
	}
	seen = append(seen, typ.String())
	for f := range typ.Fields() {
		seen = types(f.Type, seen)
	}
	return seen
}

package cli

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/programtest"
)

// TestProfileAdd_asks gives each field each kind of typing error: that field alone is asked for again, with the reason.
func TestProfileAdd_asks(t *testing.T) {
	confidential := directory.DefaultConfidentialApp
	for _, c := range []struct {
		name   string
		typed  []string
		args   []string
		code   int
		says   []string
		writes string // the profiles afterwards, "" as before
		secret string // what the token store keeps for it
	}{
		{name: "all of it", typed: []string{"fabrikam", appC, "", ""}, says: []string{"Enter for fabrikam", "profile fabrikam was added", "ciam login -p fabrikam"}, writes: "fabrikam"},
		{name: "a name of one's own", typed: []string{"fabrikam", appC, "mine", ""}, says: []string{"profile mine was added"}, writes: "mine"},
		{name: "the name was given", typed: []string{"fabrikam", appC, ""}, args: []string{"given"}, writes: "given"},
		{name: "a secret", typed: []string{"contoso", confidential, "conf", "Secret~Value.1"}, writes: "conf", secret: "Secret~Value.1"},
		{name: "the proposed name is taken", typed: []string{"fabrikam", appC, "shop", "", ""}, says: []string{"there is a profile shop, for app " + appA, "`ciam profile add shop` changes it"}, writes: "fabrikam"},
		{name: "a bad name", typed: []string{"fabrikam", appC, "a b", "CON", "demo", "ok", ""}, says: []string{"has ' '", "device", "belongs to the embedded tenant"}, writes: "ok"},
		{name: "no tenant", typed: []string{"", "fabrikam", appC, "", ""}, says: []string{"is empty"}, writes: "fabrikam"},
		{name: "a placeholder", typed: []string{"Enter_the_Tenant_Subdomain_Here", "fabrikam", appC, "", ""}, says: []string{"is a placeholder"}, writes: "fabrikam"},
		{name: "another product", typed: []string{"https://contoso.b2clogin.com/contoso.onmicrosoft.com", "fabrikam", appC, "", ""}, says: []string{"Azure AD B2C"}, writes: "fabrikam"},
		{name: "a tenant that there is not", typed: []string{"contso", "fabrikam", appC, "", ""}, says: []string{`tenant "contso.onmicrosoft.com" is not known`}, writes: "fabrikam"},
		{name: "an app's name", typed: []string{"fabrikam", "my app", "1234", appC, "", ""}, says: []string{"is not a GUID", "got 6 characters", "got 4 characters"}, writes: "fabrikam"},
		{name: "the tenant's ID as the app's", typed: []string{"fabrikam", fabrikamID, appC, "", ""}, says: []string{"that is the tenant's ID"}, writes: "fabrikam"},
		{name: "the secret's ID", typed: []string{"contoso", confidential, "conf", appB, "Secret~Value.1"}, says: []string{"the secret itself is the column Value"}, writes: "conf", secret: "Secret~Value.1"},
		{name: "a secret with blanks", typed: []string{"contoso", confidential, "conf", "Value: Secret~Value.1", "Secret~Value.1"}, says: []string{"has no blanks"}, writes: "conf", secret: "Secret~Value.1"},
		{name: "five times wrong", typed: []string{"1", "2 ", "a b", "c d", "e f", "fabrikam"}, code: exitUsage, says: []string{"ciam: authority"}},
		{name: "the end of stdin", typed: []string{"fabrikam"}, code: exitRefused, says: []string{"no answer"}},
		{name: "a flag is wrong", typed: []string{appC}, args: []string{"--tenant", "a b"}, code: exitUsage},
		{name: "a flag is wrong, the other is asked for", typed: []string{"fabrikam"}, args: []string{"--client-id", "1234"}, code: exitUsage},
		{name: "nothing is missing", args: []string{"whole", "--tenant", "fabrikam", "--client-id", appC}, writes: "whole"},
		{name: "--no-input", typed: []string{"fabrikam", appC, "", ""}, args: []string{"--no-input"}, code: exitUsage, says: []string{"--tenant and --client-id missing"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newCases(t)
			before := m.profiles()
			m.terminal, m.stdin = true, strings.Join(c.typed, "\n")
			if len(c.typed) > 0 && c.code != exitRefused {
				m.stdin += "\n"
			}
			o := m.run(append([]string{"profile", "add"}, c.args...)...)
			if o.code != c.code || o.stdout != "" {
				t.Fatalf("exit %d, want %d: %s%s", o.code, c.code, o.stdout, o.stderr)
			}
			for _, want := range c.says {
				if !strings.Contains(o.stderr, want) {
					t.Errorf("lacks %q:\n%s", want, o.stderr)
				}
			}
			if c.writes == "" {
				if m.profiles() != before {
					t.Errorf("wrote %s", m.profiles())
				}
				return
			}
			if !strings.Contains(m.profiles(), c.writes+"=") {
				t.Errorf("profiles %s", m.profiles())
			}
			record, _ := m.record(c.writes)
			if record.ClientSecret != c.secret || c.secret != "" && strings.Contains(o.stderr+m.file("xdg_config_home/ciam/config.yaml"), c.secret) {
				t.Errorf("kept %q; %s", record.ClientSecret, o.stderr)
			}
		})
	}
}

// TestProfileAdd_files: of a certificate, an assertion and a CA file the profile keeps the whole path, of a secret nothing;
// each way to prove the app takes the place of the other, and none outlives a change of the app.
func TestProfileAdd_files(t *testing.T) {
	key, err := clientKey()
	if err != nil {
		t.Fatal(err)
	}
	m := newCases(t)
	dir := t.TempDir()
	t.Chdir(dir)
	for name, data := range map[string][]byte{"c.pem": pemOf(t, certificate(t, key), key), "ca.pem": pemOf(t, certificate(t, key)), "a.jwt": []byte("a.b.c"), "secret": []byte("kept-secret\n")} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	kept := func() string {
		o := m.must("profile", "show", "web", "--jq", "[.client_secret_file, .client_certificate, .client_assertion_file, .ca_file] | @json")
		record, _ := m.record("web")
		return strings.TrimSpace(strings.ReplaceAll(strings.ReplaceAll(o.stdout, strings.ReplaceAll(dir+string(filepath.Separator), `\`, `\\`), "DIR/"), `\\`, "/")) + " " + record.ClientSecret
	}
	for _, step := range []struct {
		args []string
		want string
		says string
	}{
		{[]string{"--client-secret-file", "secret"}, `["","","",""] kept-secret`, ""},
		{[]string{"--ca-file", "ca.pem"}, `["","","","DIR/ca.pem"] kept-secret`, ""},
		{[]string{"--client-certificate", "c.pem"}, `["","DIR/c.pem","","DIR/ca.pem"] `, "was deleted"},
		{[]string{"--client-assertion-file", "a.jwt"}, `["","","DIR/a.jwt","DIR/ca.pem"] `, ""},
		{[]string{"--client-certificate", filepath.Join(dir, "c.pem")}, `["","DIR/c.pem","","DIR/ca.pem"] `, ""},
		{[]string{"--scope", "api://x/read"}, `["","DIR/c.pem","","DIR/ca.pem"] `, ""},
		{[]string{"--tenant", "contoso.onmicrosoft.com"}, `["","","","DIR/ca.pem"] `, "no longer names"},
		{[]string{"--client-secret-file", "secret"}, `["","","","DIR/ca.pem"] kept-secret`, ""},
		{[]string{"--client-id", appA}, `["","","","DIR/ca.pem"] `, "was deleted"},
	} {
		o := m.must(append([]string{"profile", "add", "web", "--offline"}, step.args...)...)
		if got := kept(); got != step.want || !strings.Contains(o.stderr, step.says) {
			t.Errorf("%v: %s, want %s; %s", step.args, got, step.want, o.stderr)
		}
	}
	m.fails(exitUsage, []string{"keeps no command"}, "profile", "add", "web", "--client-assertion-command", "x")
	m.fails(exitUsage, []string{"exclude each other"}, "profile", "add", "web", "--client-certificate", "c.pem", "--client-secret-file", "secret")
	if runtime.GOOS == "linux" {
		m.fails(exitUsage, []string{"no file that stays"}, "profile", "add", "web", "--client-certificate", "/dev/stdin")
	}
}

// TestCAFile is the precedence of flag, environment and profile, and that a profile's is for that profile only.
func TestCAFile(t *testing.T) {
	m := newCases(t)
	missing := func(name string) string { return filepath.Join(m.home, name) }
	config := filepath.Join(m.home, "xdg_config_home", "ciam", "config.yaml")
	text := m.file("xdg_config_home/ciam/config.yaml")
	text = strings.Replace(text, "  web:\n", "  web:\n    ca_file: "+missing("of-profile")+"\n", 1)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	m.must("profile", "use", "web")
	m.real = true // the system's network, whose first step is to read the file
	commands := [][]string{{"login"}, {"token"}, {"whoami"}, {"claims"}, {"logout", "--local"}, append([]string{"exec", "--"}, programtest.Command("print", "x")...), {"api", "https://x.example"}}
	for _, command := range commands {
		for _, c := range []struct{ profile, flag, env, want string }{
			{"web", "", "", "of-profile"}, {"web", "", "of-env", "of-env"}, {"web", "of-flag", "of-env", "of-flag"}, {"web", "of-flag", "", "of-flag"},
			{"shop", "", "", ""}, {"shop", "", "of-env", "of-env"}, {"shop", "of-flag", "", "of-flag"},
		} {
			m.env["CIAM_CA_FILE"] = ""
			if c.env != "" {
				m.env["CIAM_CA_FILE"] = missing(c.env)
			}
			args := append([]string{"-p", c.profile, "--no-input"}, command...)
			if c.flag != "" {
				args = append([]string{"--ca-file", missing(c.flag)}, args...)
			}
			if c.want == "" {
				if !slices.Contains([]string{"token", "whoami", "claims"}, command[0]) {
					continue // would ask the network
				}
				for _, other := range [][]string{nil, {"--tenant", fabrikamID, "--client-id", appC}} {
					args := append(slices.Clone(args), other...)
					if other != nil {
						args = args[2:] // another app than the profile's
					}
					if o := m.run(args...); o.code != exitLogin || strings.Contains(o.stderr, "of-") {
						t.Errorf("%v: exit %d, %s", args, o.code, o.stderr)
					}
				}
				continue
			}
			o := m.run(args...)
			if o.code != exitUsage || !strings.Contains(o.stderr, missing(c.want)) {
				t.Errorf("%v, %+v: exit %d, %s", command, c, o.code, o.stderr)
			}
		}
	}
}

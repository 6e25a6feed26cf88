package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// TestProfileImport is each kind of file at the door: what becomes of it, what is said, and where its secret goes.
func TestProfileImport(t *testing.T) {
	const secret = "S8Q~Imported.Secret"
	conf := directory.DefaultConfidentialApp
	key, err := clientKey()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, file, src string
		args            []string
		typed           string // at a terminal
		code            int
		says            []string
		profile, secret string // "" for none
		shows           string
	}{
		{name: ".env", file: ".env", src: "TENANT_SUBDOMAIN=fabrikam\nCLIENT_ID=" + appC + "\nCLIENT_SECRET=" + secret + "\nEXPRESS_SESSION_SECRET=x\n", says: []string{"no place for EXPRESS_SESSION_SECRET", "ciam login -p fabrikam"}, profile: "fabrikam", secret: secret},
		{name: "appsettings", file: "appsettings.json", src: `{"AzureAd":{"Authority":"https://fabrikam.ciamlogin.com/","ClientId":"` + appC + `"}}`, profile: "fabrikam"},
		{name: "authConfig.js", file: "authConfig.js", src: "const msalConfig = { auth: { clientId: '" + appC + "', authority: 'https://fabrikam.ciamlogin.com/', redirectUri: 'https://app.example/' } }", says: []string{"is the app's own", "http://localhost:3000"}, profile: "fabrikam"},
		{name: "a name", file: ".env", src: "TENANT_SUBDOMAIN=fabrikam\nCLIENT_ID=" + appC, args: []string{"mine"}, profile: "mine"},
		{name: "flags win", file: ".env", src: "TENANT_SUBDOMAIN=nowhere\nCLIENT_ID=" + appA, args: []string{"--tenant", "fabrikam", "--client-id", appC, "--scope", "api://x/read"}, profile: "fabrikam", shows: "api://x/read"},
		{name: "the app has a profile", file: ".env", src: "TENANT_SUBDOMAIN=contoso\nCLIENT_ID=" + appB + "\nSCOPES=api://x/new openid", says: []string{"profile web was changed"}, profile: "web", shows: "api://x/new"},
		{name: "the name is taken", file: ".env", src: "TENANT_SUBDOMAIN=contoso\nCLIENT_ID=" + conf, args: []string{"web"}, says: []string{"profile web was changed"}, profile: "web", shows: conf},
		{name: "asked for what is missing", file: ".env", src: "TENANT_SUBDOMAIN=Enter_the_Tenant_Subdomain_Here\nCLIENT_ID=" + appC, typed: "fabrikam\n\n\n", says: []string{"placeholder in TENANT_SUBDOMAIN", "profile fabrikam was added"}, profile: "fabrikam"},
		{name: "nobody to ask", file: ".env", src: "TENANT_SUBDOMAIN=Enter_the_Tenant_Subdomain_Here\nCLIENT_ID=" + appC, code: exitUsage, says: []string{"placeholder in TENANT_SUBDOMAIN", "--tenant missing"}},
		{name: "two apps", file: "a.json", src: `{"A":{"ClientId":"` + appA + `"},"B":{"ClientId":"` + appC + `","Tenant":"fabrikam"}}`, code: exitUsage, says: []string{"several apps: A (app " + appA + "), B", "--section A"}},
		{name: "a section", file: "a.json", src: `{"A":{"ClientId":"` + appA + `"},"B":{"ClientId":"` + appC + `","Tenant":"fabrikam"}}`, args: []string{"--section", "b"}, profile: "fabrikam"},
		{name: "no such section", file: "a.json", src: `{"A":{"ClientId":"` + appA + `"}}`, args: []string{"--section", "x"}, code: exitNotFound, says: []string{"no section"}},
		{name: "employees", file: "appsettings.json", src: `{"AzureAd":{"Instance":"https://login.microsoftonline.com/","TenantId":"` + fabrikamID + `","ClientId":"` + appC + `"}}`, code: exitUsage, says: []string{"workforce", "--tenant " + fabrikamID}},
		{name: "nothing in it", file: "package.json", src: `{"name":"x"}`, code: exitUsage, says: []string{"names no tenant and no app"}},
		{name: "broken", file: "a.json", src: "{\"ClientSecret\":\"" + secret, code: exitUsage, says: []string{"line 1: a text does not end"}},
		{name: "empty", file: ".env", src: "", code: exitUsage, says: []string{"it is empty"}},
		{name: "a certificate beside it", file: ".env", src: "TENANT_SUBDOMAIN=fabrikam\nCLIENT_ID=" + appC + "\nCLIENT_CERTIFICATE_PATH=c.pem", profile: "fabrikam", shows: "c.pem"},
		{name: "a certificate that is not there", file: ".env", src: "TENANT_SUBDOMAIN=fabrikam\nCLIENT_ID=" + appC + "\nCLIENT_CERTIFICATE_PATH=gone.pem", code: exitUsage, says: []string{"gone.pem"}},
		{name: "a secret of several lines", file: ".env", src: "TENANT_SUBDOMAIN=fabrikam\nCLIENT_ID=" + appC + "\nCLIENT_SECRET=\"" + secret + "\nx\"", code: exitUsage, says: []string{"its client secret", "several lines"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newCases(t)
			before, dir := m.profiles(), t.TempDir()
			path := filepath.Join(dir, c.file)
			for name, data := range map[string][]byte{c.file: []byte(c.src), "c.pem": pemOf(t, certificate(t, key), key)} {
				if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			m.terminal, m.stdin = c.typed != "", c.typed
			o := m.run(append([]string{"profile", "import", path}, c.args...)...)
			if o.code != c.code || o.stdout != "" {
				t.Fatalf("exit %d, want %d: %s%s", o.code, c.code, o.stdout, o.stderr)
			}
			for _, want := range c.says {
				if !strings.Contains(o.stderr, want) {
					t.Errorf("lacks %q:\n%s", want, o.stderr)
				}
			}
			if strings.Contains(o.stderr+m.file("xdg_config_home/ciam/config.yaml"), secret) {
				t.Errorf("the secret is shown: %s", o.stderr)
			}
			if c.profile == "" {
				if m.profiles() != before || m.items.Len() != 0 {
					t.Errorf("wrote %s", m.profiles())
				}
				return
			}
			if o := m.must("profile", "show", c.profile); !strings.Contains(o.stdout, c.shows) {
				t.Errorf("lacks %q: %s", c.shows, o.stdout)
			}
			if record, _ := m.record(c.profile); record.ClientSecret != c.secret {
				t.Errorf("kept %q", record.ClientSecret)
			}
		})
	}
}

// TestProfileExport: what is exported is imported as the same app, in every form, and no secret is in it.
func TestProfileExport(t *testing.T) {
	m := newCases(t)
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte("kept-secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	m.must("profile", "add", "shop", "--offline", "--client-secret-file", secret, "--redirect-uri", "http://localhost:3000/auth/redirect")
	m.must("profile", "add", "own", "--offline", "--tenant", "https://login.contoso.com/"+contosoID, "--client-id", appC)
	for _, profile := range []string{"shop", "own"} {
		want := m.must("profile", "show", profile, "--jq", "[.client_id, .redirect_uri, .scopes] | @json").stdout
		for format, file := range map[string]string{"env": ".env", "appsettings": "appsettings.json", "msal": "auth.json", "json": "auth.json"} {
			o := m.must("profile", "export", profile, "-o", format)
			if strings.Contains(o.stdout, "kept-secret") {
				t.Errorf("%s: %s", format, o.stdout)
			}
			path := filepath.Join(dir, file)
			if err := os.WriteFile(path, []byte(o.stdout), 0o600); err != nil {
				t.Fatal(err)
			}
			m.must("profile", "import", path, "again", "--offline")
			got := m.must("profile", "show", "again", "--jq", "[.client_id, .redirect_uri, .scopes] | @json").stdout
			if format == "appsettings" { // which has a path only
				got, want = strings.Split(got, ",")[0], strings.Split(want, ",")[0]
			} else if profile == "own" {
				got = strings.Replace(got, "http://localhost:3000", "", 1) // which was the default
			}
			if got != want {
				t.Errorf("%s, %s: %s, want %s:\n%s", profile, format, got, want, o.stdout)
			}
			if p := m.profiles(); !strings.Contains(p, "again="+map[string]string{"shop": "https://contoso.ciamlogin.com", "own": "https://login.contoso.com/" + contosoID}[profile]+"/") {
				t.Errorf("%s, %s: %s\n%s", profile, format, p, o.stdout)
			}
			m.must("profile", "remove", "again")
			want = m.must("profile", "show", profile, "--jq", "[.client_id, .redirect_uri, .scopes] | @json").stdout
		}
	}
	m.fails(exitNotFound, nil, "profile", "export", "nosuch")
	m.fails(exitUsage, []string{"choose one of env, appsettings, msal, json"}, "profile", "export", "-o", "yaml")
}

package cli

import (
	"encoding/pem"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

const (
	strangerHost = "login.stranger.example"
	strangerID   = "99998888-7777-6666-5555-444433332222"
	strangerApp  = "99990000-7777-6666-5555-444433332222"
)

// keeper is a place that keeps a credential of the app web in contoso.
type keeper struct {
	name string
	set  func(m *machine, dir string)
	env  bool // the environment keeps it, beside the tenant and the app
}

// keepers are all places that can keep a credential.
func keepers(t *testing.T) []keeper {
	t.Helper()
	profile := func(m *machine, lines string) {
		path := filepath.Join(m.home, "xdg_config_home", "ciam", "config.yaml")
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(strings.Replace(string(text), "    client_id:", "    "+lines+"\n    client_id:", 1)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write := func(dir, name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	key, err := clientKey()
	if err != nil {
		t.Fatal(err)
	}
	both := pemOf(t, certificate(t, key), key)
	if block, _ := pem.Decode(both); block == nil {
		t.Fatal("no PEM")
	}
	return []keeper{
		{"secret in the token store", func(m *machine, dir string) {
			m.must("profile", "add", "w", "--client-secret-file", write(dir, "s", []byte("kept-secret")))
		}, false},
		{"secret file of the profile", func(m *machine, dir string) {
			profile(m, "client_secret_file: "+write(dir, "s", []byte("kept-secret")))
		}, false},
		{"certificate of the profile", func(m *machine, dir string) {
			profile(m, "client_certificate: "+write(dir, "c.pem", both))
		}, false},
		{"assertion of the profile", func(m *machine, dir string) {
			profile(m, "client_assertion_file: "+write(dir, "a", []byte("kept.as.sertion")))
		}, false},
		{"secret of the environment", func(m *machine, _ string) { m.env["CIAM_CLIENT_SECRET"] = "kept-secret" }, true},
		{"certificate of the environment", func(m *machine, dir string) {
			m.env["CIAM_CLIENT_CERTIFICATE"] = write(dir, "c.pem", both)
		}, true},
		{"assertion of the environment", func(m *machine, dir string) {
			m.env["CIAM_CLIENT_ASSERTION_FILE"] = write(dir, "a", []byte("kept.as.sertion"))
		}, true},
	}
}

// diversion makes a request one for another tenant or app than the credential's.
type diversion struct {
	name  string
	flags []string
	env   map[string]string
	own   bool // it is the profile's own app: a stranger's host is not asked
}

func diversions() []diversion {
	foreign := "https://" + strangerHost + "/" + strangerID
	sameID := "https://" + strangerHost + "/" + directory.DefaultTenantID // a stranger that claims contoso's ID
	return []diversion{
		{"--tenant and --client-id", []string{"--tenant", foreign, "--client-id", strangerApp}, nil, false},
		{"--tenant", []string{"--tenant", foreign}, nil, false},
		{"--tenant with the tenant's own ID", []string{"--tenant", sameID}, nil, true},
		{"--client-id", []string{"--client-id", strangerApp}, nil, false},
		{"CIAM_TENANT", nil, map[string]string{"CIAM_TENANT": foreign}, false},
		{"CIAM_TENANT with the tenant's own ID", nil, map[string]string{"CIAM_TENANT": sameID}, true},
		{"CIAM_AUTHORITY", nil, map[string]string{"CIAM_AUTHORITY": foreign}, false},
		{"CIAM_CLIENT_ID", nil, map[string]string{"CIAM_CLIENT_ID": strangerApp}, false},
	}
}

// overheard is what a token endpoint was sent.
type overheard struct {
	host string
	form url.Values
}

func (w overheard) secret() bool {
	return w.form.Get("client_secret") != "" || w.form.Get("client_assertion") != "" || w.form.Get("refresh_token") != ""
}

// strangers answers as a tenant on the stranger's host would, and notes what every token endpoint is sent.
func (m *machine) strangers(seen *[]overheard) {
	m.answer = func(r *http.Request) *http.Response {
		switch {
		case strings.HasSuffix(r.URL.Path, "/token"):
			_ = r.ParseForm()
			*seen = append(*seen, overheard{r.URL.Host, r.PostForm})
			if r.PostForm.Get("grant_type") == "client_credentials" || r.URL.Host == strangerHost {
				return page(200, "application/json", `{"token_type":"Bearer","access_token":"for-the-app","expires_in":3599}`)(r)
			}
			return nil
		case r.URL.Host == strangerHost:
			tenant := strings.Split(r.URL.Path, "/")[1]
			base := "https://" + strangerHost + "/" + tenant
			return page(200, "application/json", fmt.Sprintf(`{"issuer":"https://%s.ciamlogin.com/%s/v2.0","authorization_endpoint":"%s/oauth2/v2.0/authorize","token_endpoint":"%s/oauth2/v2.0/token","jwks_uri":"%s/discovery/v2.0/keys"}`, tenant, tenant, base, base, base))(r)
		}
		return nil
	}
}

// TestCredentials_belong walks keeper × diversion × command: what is kept for one app in one tenant is sent to no other,
// and neither is a refresh token.
func TestCredentials_belong(t *testing.T) {
	rows := 0
	for _, k := range keepers(t) {
		for _, command := range [][]string{
			{"token", "--client-credentials", "--scope", "api://x/.default"},
			{"token", "--force-refresh"},
			{"exec", "--scope", "api://x/read", "--", os.Args[0], "-test.run=^$"},
			{"api", "--scope", "api://x/read", "https://api.example/orders"},
		} {
			refresh := command[1] != "--client-credentials"
			for _, d := range append(diversions(), diversion{name: "none", own: true}) {
				if k.env && d.env != nil {
					continue // the environment is what it is given with
				}
				rows++
				t.Run(k.name+"/"+command[0]+command[1]+"/"+d.name, func(t *testing.T) {
					t.Parallel()
					m := newMachine(t)
					m.env = map[string]string{}
					var seen []overheard
					m.strangers(&seen)
					m.must("profile", "add", "w", "--tenant", "contoso", "--client-id", directory.DefaultConfidentialApp)
					if refresh {
						m.env["CIAM_CLIENT_SECRET"] = directory.DefaultClientSecret
						m.must("login")
						delete(m.env, "CIAM_CLIENT_SECRET")
					}
					k.set(m, t.TempDir())
					if k.env {
						m.env["CIAM_TENANT"], m.env["CIAM_CLIENT_ID"] = "contoso", directory.DefaultConfidentialApp
					}
					for name, value := range d.env {
						m.env[name] = value
					}
					seen = nil
					args := append([]string{command[0]}, append(d.flags, command[1:]...)...)
					o := m.run(args...)
					for _, w := range seen {
						if w.secret() && (!strings.HasSuffix(w.host, ".ciamlogin.com") || !d.own) {
							t.Errorf("sent to %s: %v", w.host, w.form)
						}
					}
					if d.own {
						if len(seen) != 1 || !seen[0].secret() {
							t.Errorf("the credential was not used: %v, %+v", seen, o)
						}
						return
					}
					want := exitUsage
					if refresh {
						want = exitLogin
					}
					if o.code != want || o.stdout != "" || !refresh && !strings.Contains(o.stderr, "kept in ") {
						t.Errorf("%+v, want exit %d", o, want)
					}
				})
			}
		}
	}
	if rows != 4*9*4+3*5*4 {
		t.Errorf("%d rows", rows)
	}
}

// TestCredentials_given are for what they are given with.
func TestCredentials_given(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "s")
	if err := os.WriteFile(secret, []byte("given"), 0o600); err != nil {
		t.Fatal(err)
	}
	foreign := "https://" + strangerHost + "/" + strangerID
	named := []string{"--tenant", foreign, "--client-id", strangerApp}
	for name, tc := range map[string]struct {
		flags []string
		env   map[string]string
	}{
		"a file beside the flags":     {append(named, "--client-secret-file", secret), nil},
		"the environment, wholly":     {nil, map[string]string{"CIAM_TENANT": foreign, "CIAM_CLIENT_ID": strangerApp, "CIAM_CLIENT_SECRET": "given"}},
		"a variable beside the flags": {named, map[string]string{"CIAM_CLIENT_SECRET": "given"}},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t)
			m.env = map[string]string{}
			var seen []overheard
			m.strangers(&seen)
			m.must("profile", "add", "w", "--tenant", "contoso", "--client-id", directory.DefaultConfidentialApp)
			for name, value := range tc.env {
				m.env[name] = value
			}
			o := m.must(append([]string{"token", "--client-credentials", "--scope", "api://x/.default"}, tc.flags...)...)
			if o.stdout != "for-the-app\n" || len(seen) != 1 || seen[0].host != strangerHost || seen[0].form.Get("client_secret") != "given" {
				t.Errorf("%v, %+v", seen, o)
			}
		})
	}
}

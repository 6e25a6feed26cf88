package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/config"
	"github.com/ciam-cli/ciam/internal/emulator"
	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/tokencache"
)

// The example configuration of the tables: profile shop is (contoso, appA) and current, web is (contoso, appB).
const (
	appA       = directory.DefaultPublicApp
	appB       = "bbbb1111-aaaa-2222-bbbb-3333cccc4444"
	appC       = "cccc1111-aaaa-2222-bbbb-3333cccc4444"
	contosoID  = directory.DefaultTenantID
	fabrikamID = "ffffbbbb-0000-cccc-1111-dddd2222eeee"
	ada        = "ada@example.com"
	bob        = "bob@example.com"
	eve        = "eve@example.com"
)

// newCases is a machine with the example configuration, and an internet with a second tenant.
func newCases(t *testing.T) *machine {
	t.Helper()
	m := newMachine(t, func(s *emulator.Seed) {
		contoso := &s.Tenants[0]
		b := contoso.Apps[0]
		b.AppID, b.DisplayName = appB, "second"
		contoso.Apps = append(contoso.Apps, b)
		contoso.UserFlows[0].Applications = append(contoso.UserFlows[0].Applications, appB)
		contoso.CustomDomains = []string{"login.contoso.com"}
		for i, email := range []string{bob, eve} {
			u := contoso.Users[0]
			u.ID, u.Email = strings.Replace(u.ID, "b", string("cd"[i]), 1), email
			u.Attributes = map[string]string{"displayName": strings.ToUpper(email[:1]) + email[1:3] + " Example"}
			contoso.Users = append(contoso.Users, u)
		}
		fabrikam := *contoso
		fabrikam.ID, fabrikam.Subdomain, fabrikam.CustomDomains = fabrikamID, "fabrikam", nil
		c := contoso.Apps[0]
		c.AppID, c.DisplayName = appC, "third"
		fabrikam.Apps = []directory.App{c}
		fabrikam.UserFlows = slices.Clone(contoso.UserFlows)
		fabrikam.UserFlows[0].Applications = []string{appC}
		s.Tenants = append(s.Tenants, fabrikam)
	})
	m.env = map[string]string{}
	m.must("profile", "add", "shop", "--tenant", "contoso", "--client-id", appA, "--offline")
	m.must("profile", "add", "web", "--tenant", "contoso", "--client-id", appB, "--offline")
	return m
}

// as gives the machine to another person: a browser without cookies.
func (m *machine) as(email string) *machine {
	m.newBrowser()
	m.visitor.Email = email
	return m
}

// profiles are the file's, as NAME=tenant/client, the current one with a star; a pinned tenant's id is in brackets.
func (m *machine) profiles() string {
	m.t.Helper()
	file, err := config.Load(filepath.Join(m.home, "xdg_config_home", "ciam", "config.yaml"))
	if err != nil {
		m.t.Fatal(err)
	}
	var all []string
	for _, name := range file.Names() {
		p, _ := file.Profile(name)
		text := name + "=" + p.Authority + "/" + p.ClientID[:4]
		if p.TenantID != "" {
			text += "[" + p.TenantID[:4] + "]"
		}
		if name == file.Current() {
			text = "*" + text
		}
		all = append(all, text)
	}
	return strings.Join(all, " ")
}

// kept are the sessions that the keychain holds, as ITEM=person@app; "profile" stands for an item named like one.
func (m *machine) kept() string {
	m.t.Helper()
	var all []string
	for _, item := range m.items.Names() {
		record, err := m.record(item)
		if err != nil {
			m.t.Fatal(err)
		}
		switch {
		case record.Session != nil:
			all = append(all, slotName(item)+"="+m.who(record.Session))
		case record.ClientSecret != "":
			all = append(all, slotName(item)+"=secret")
		case record.App != nil:
			all = append(all, slotName(item)+"=app")
		}
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

func slotName(item string) string {
	if strings.HasPrefix(item, "_") {
		return "_"
	}
	return item
}

func (m *machine) who(s *tokencache.Session) string {
	for _, u := range []struct{ id, name string }{{"bbbb", "ada"}, {"cbbb", "bob"}, {"dbbb", "eve"}} {
		if strings.HasPrefix(s.HomeAccountID, u.id) {
			return u.name + "@" + s.ClientID[:4]
		}
	}
	return s.HomeAccountID
}

// listed are the index's entries, in the form of kept.
func (m *machine) listed() string {
	m.t.Helper()
	x := tokencache.Index{Path: filepath.Join(m.home, "xdg_state_home", "ciam", "sessions.yaml")}
	entries, err := x.Entries()
	if err != nil {
		m.t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, slotName(e.Item)+"="+strings.TrimSuffix(e.Name, "@example.com")+"@"+e.ClientID[:4])
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

const (
	bothProfiles = "*shop=contoso/0000 web=contoso/bbbb"
	shopPinned   = "*shop=contoso/0000[aaaa] web=contoso/bbbb"
)

// TestCases2_whichProfileLoginUses is the table "Which profile login uses": what it uses, and what it writes after success.
func TestCases2_whichProfileLoginUses(t *testing.T) {
	newFabrikam := []string{"login", "--tenant", "fabrikam", "--client-id", appC}
	for _, row := range []struct {
		name     string
		before   [][]string
		env      map[string]string
		args     []string
		code     int
		profiles string // afterwards
		kept     string
		says     []string
	}{
		{name: "login", args: []string{"login"}, profiles: shopPinned, kept: "shop=ada@0000"},
		{name: "another app of the tenant, in another form", args: []string{"login", "--tenant", "contoso.onmicrosoft.com", "--client-id", appB},
			profiles: "shop=contoso/0000 *web=contoso/bbbb[aaaa]", kept: "web=ada@bbbb", says: []string{"profile web is used from now on"}},
		{name: "the tenant by its ID", args: []string{"login", "--tenant", contosoID, "--client-id", appB}, profiles: "shop=contoso/0000 *web=contoso/bbbb[aaaa]", kept: "web=ada@bbbb"},
		{name: "the tenant by its custom domain", args: []string{"login", "--tenant", "https://login.contoso.com/" + contosoID, "--client-id", appB}, profiles: "shop=contoso/0000 *web=contoso/bbbb[aaaa]", kept: "web=ada@bbbb"},
		{name: "the current profile's own app", args: []string{"login", "--tenant", "contoso", "--client-id", appA}, profiles: shopPinned, kept: "shop=ada@0000"},
		{name: "another tenant", args: append(newFabrikam, "--scope", "api://x/read", "--redirect-uri", "http://localhost:3000"), code: exitRefused, profiles: bothProfiles},
		{name: "another tenant's app", args: append(newFabrikam, "--redirect-uri", "http://localhost:3000"), profiles: "*fabrikam=fabrikam/cccc[ffff] shop=contoso/0000 web=contoso/bbbb", kept: "fabrikam=ada@cccc",
			says: []string{"profile fabrikam was made", "profile fabrikam is used from now on"}},
		{name: "a profile of its name is another app's", before: [][]string{{"profile", "add", "fabrikam", "--tenant", "fabrikam", "--client-id", appB, "--offline"}}, args: newFabrikam,
			profiles: "fabrikam=fabrikam/bbbb *fabrikam-2=fabrikam/cccc[ffff] shop=contoso/0000 web=contoso/bbbb", kept: "fabrikam-2=ada@cccc"},
		{name: "a case-equal name", before: [][]string{{"profile", "add", "Fabrikam", "--tenant", "contoso", "--client-id", appC, "--offline"}}, args: newFabrikam,
			profiles: "Fabrikam=contoso/cccc *fabrikam-2=fabrikam/cccc[ffff] shop=contoso/0000 web=contoso/bbbb", kept: "fabrikam-2=ada@cccc"},
		{name: "another tenant by its ID", args: []string{"login", "--tenant", fabrikamID, "--client-id", appC},
			profiles: "shop=contoso/0000 *tenant-ffffbbbb=" + fabrikamID + "/cccc[ffff] web=contoso/bbbb", kept: "tenant-ffffbbbb=ada@cccc"},
		{name: "an app without a tenant", args: []string{"login", "--client-id", appB}, profiles: "shop=contoso/0000 *web=contoso/bbbb[aaaa]", kept: "web=ada@bbbb"},
		{name: "an app without a tenant, nothing current", before: [][]string{{"profile", "remove", "shop"}, {"profile", "remove", "web"}}, args: []string{"login", "--client-id", appB}, code: exitUsage, says: []string{"--tenant missing"}},
		{name: "a tenant without an app", args: []string{"login", "--tenant", "fabrikam"}, code: exitUsage, profiles: bothProfiles, says: []string{"--client-id missing"}},
		{name: "a named profile is another app's", before: [][]string{{"login"}}, args: []string{"login", "-p", "shop", "--tenant", "fabrikam", "--client-id", appC}, code: exitUsage, profiles: shopPinned, kept: "shop=ada@0000", says: []string{"--replace", "contoso"}},
		{name: "… and CIAM_PROFILE names it", before: [][]string{{"login"}}, env: map[string]string{"CIAM_PROFILE": "shop"}, args: newFabrikam, code: exitUsage, profiles: shopPinned, kept: "shop=ada@0000", says: []string{"CIAM_PROFILE names it"}},
		{name: "… and may be replaced", before: [][]string{{"login"}}, args: []string{"login", "-p", "shop", "--tenant", "fabrikam", "--client-id", appC, "--replace"}, profiles: "*shop=fabrikam/cccc[ffff] web=contoso/bbbb", kept: "shop=ada@cccc", says: []string{"from now on"}},
		{name: "a named new profile", args: []string{"login", "-p", "new", "--tenant", "fabrikam", "--client-id", appC}, profiles: "new=fabrikam/cccc[ffff] *shop=contoso/0000 web=contoso/bbbb", kept: "new=ada@cccc"},
		{name: "a named new profile, the first", before: [][]string{{"profile", "remove", "shop"}, {"profile", "remove", "web"}}, args: []string{"login", "-p", "new", "--tenant", "fabrikam", "--client-id", appC}, profiles: "*new=fabrikam/cccc[ffff]", kept: "new=ada@cccc"},
		{name: "a named new profile of a reserved name", args: []string{"login", "-p", "CON", "--tenant", "fabrikam", "--client-id", appC}, code: exitUsage, profiles: bothProfiles, says: []string{"device"}},
		{name: "a profile that does not exist", args: []string{"login", "-p", "none"}, code: exitNotFound, profiles: bothProfiles, says: []string{"there is no profile"}},
		{name: "CIAM_PROFILE names none that exists", env: map[string]string{"CIAM_PROFILE": "none"}, args: []string{"login"}, code: exitNotFound, profiles: bothProfiles, says: []string{"CIAM_PROFILE names"}},
		{name: "variables for another tenant", env: map[string]string{"CIAM_TENANT": "fabrikam", "CIAM_CLIENT_ID": appC}, args: []string{"login"}, profiles: bothProfiles, kept: "_=ada@cccc"},
		{name: "variables for another app", env: map[string]string{"CIAM_CLIENT_ID": appB}, args: []string{"login", "-p", "shop"}, profiles: bothProfiles, kept: "_=ada@bbbb"},
		{name: "variables for the profile's own app", env: map[string]string{"CIAM_TENANT": "contoso.onmicrosoft.com", "CIAM_CLIENT_ID": appA}, args: []string{"login"}, profiles: shopPinned, kept: "shop=ada@0000"},
		{name: "variables for another profile's app", env: map[string]string{"CIAM_TENANT": "contoso", "CIAM_CLIENT_ID": appB}, args: []string{"login"}, profiles: "*shop=contoso/0000 web=contoso/bbbb[aaaa]", kept: "web=ada@bbbb"},
		{name: "variables beside CIAM_PROFILE", env: map[string]string{"CIAM_PROFILE": "emulator", "CIAM_TENANT": "fabrikam", "CIAM_CLIENT_ID": appC}, args: []string{"login"}, profiles: bothProfiles, kept: "_=ada@cccc"},
	} {
		t.Run(row.name, func(t *testing.T) {
			m := newCases(t)
			for _, args := range row.before {
				m.must(args...)
			}
			for name, value := range row.env {
				m.env[name] = value
			}
			m.as(ada)
			o := m.run(row.args...)
			if o.code != row.code || o.stdout != "" {
				t.Fatalf("exit %d, want %d\nstdout %q\nstderr %s", o.code, row.code, o.stdout, o.stderr)
			}
			if got := m.profiles(); got != row.profiles {
				t.Errorf("profiles %s\n    want %s", got, row.profiles)
			}
			if got := m.kept(); got != row.kept {
				t.Errorf("kept %s, want %s", got, row.kept)
			}
			if row.code == 0 && m.listed() != row.kept {
				t.Errorf("listed %s, kept %s", m.listed(), row.kept)
			}
			for _, says := range row.says {
				if !strings.Contains(o.stderr, says) {
					t.Errorf("stderr lacks %q:\n%s", says, o.stderr)
				}
			}
			if row.code == 0 {
				m.checkAgain(row.args, row.env)
			}
		})
	}
}

// checkAgain finds the same session with the same words, and with none where the profile is the current one.
func (m *machine) checkAgain(login []string, env map[string]string) {
	m.t.Helper()
	var flags []string
	for i := 1; i+1 < len(login); i++ {
		if f := login[i]; f == "--tenant" || f == "--client-id" || f == "-p" {
			flags = append(flags, f, login[i+1])
		}
	}
	for _, command := range []string{"token", "claims", "whoami", "api"} {
		args := append([]string{command}, flags...)
		if command == "api" {
			args = append(args, "https://api.example/orders")
			m.answer = only("/orders", page(200, "application/json", `{}`))
		}
		m.must(args...)
		if r := m.reads.Load(); r != 1 && command != "api" {
			m.t.Errorf("%v: %d reads", args, r)
		}
	}
	if !slices.Contains(login, "-p") && env == nil {
		m.must("token")
	}
}

// TestCases2_nothingWritten is "Nothing at all is written when the sign-in fails, is cancelled or times out".
func TestCases2_nothingWritten(t *testing.T) {
	for _, args := range [][]string{
		{"login"}, {"login", "--tenant", "fabrikam", "--client-id", appC}, {"login", "-p", "shop", "--tenant", "fabrikam", "--client-id", appC, "--replace"},
		{"login", "-p", "new", "--tenant", "fabrikam", "--client-id", appC}, {"login", "--demo"},
	} {
		for ending, spoil := range map[string]func(m *machine) []string{
			"cancelled": func(m *machine) []string { m.visitor.Cancel = true; return nil },
			"refused": func(m *machine) []string {
				m.answer = only("/token", page(400, "application/json", `{"error":"invalid_request"}`))
				return nil
			},
			"unverified": func(m *machine) []string {
				m.answer = m.edited("/oauth2/v2.0/token", `"id_token":"ey`, `"id_token":"eY`)
				return nil
			},
			"timed out": func(m *machine) []string {
				m.visitor.OnPage = func(string) { <-m.t.Context().Done() }
				return []string{"--timeout", "200ms"}
			},
		} {
			demo := slices.Contains(args, "--demo")
			if demo && ending != "timed out" {
				continue // the demo's tenant is not on the machine's network
			}
			t.Run(strings.Join(args, " ")+"/"+ending, func(t *testing.T) {
				m := newCases(t)
				m.must("login")
				m.as(bob)
				config, kept, listed := m.file("xdg_config_home/ciam/config.yaml"), m.kept(), m.file("xdg_state_home/ciam/sessions.yaml")
				more := spoil(m)
				if o := m.run(append(slices.Clone(args), more...)...); o.code == 0 {
					t.Fatalf("%+v", o)
				}
				if m.file("xdg_config_home/ciam/config.yaml") != config || m.kept() != kept || m.file("xdg_state_home/ciam/sessions.yaml") != listed {
					t.Errorf("written: %s\nkept %s", m.file("xdg_config_home/ciam/config.yaml"), m.kept())
				}
				m.answer = nil
				m.must("token")
			})
		}
	}
}

func (m *machine) file(path string) string {
	data, err := os.ReadFile(filepath.Join(m.home, filepath.FromSlash(path)))
	if err != nil {
		return err.Error()
	}
	return string(data)
}

// TestCases2_asks is the question before a profile becomes another app's.
func TestCases2_asks(t *testing.T) {
	for answer, want := range map[string]string{"y": "*shop=fabrikam/cccc[ffff] web=contoso/bbbb", "n": bothProfiles, "": bothProfiles} {
		m := newCases(t)
		m.terminal, m.stdin = true, answer+"\n"
		o := m.run("login", "-p", "shop", "--tenant", "fabrikam", "--client-id", appC)
		if got := m.profiles(); got != want || (o.code == 0) != (answer == "y") || !strings.Contains(o.stderr, "replace it? [y/N]") {
			t.Errorf("%q: %+v\n%s", answer, o, got)
		}
	}
}

// TestCases2_others is the last row: the other commands look the app up in the same way, and write no profile.
func TestCases2_others(t *testing.T) {
	for _, command := range [][]string{{"token"}, {"claims"}, {"whoami"}, {"exec", "--", os.Args[0]}, {"api", "https://api.example/"}} {
		m := newCases(t)
		args := append([]string{command[0], "--tenant", "fabrikam", "--client-id", appC}, command[1:]...)
		o := m.run(args...)
		if o.code != exitLogin || !strings.Contains(o.stderr, "run `ciam login --tenant fabrikam --client-id "+appC+"`") || m.profiles() != bothProfiles || m.items.Len() != 0 {
			t.Errorf("%v: %+v\n%s", args, o, m.profiles())
		}
	}
}

// accounts is `whoami --all` as name(profile), the active ones with a star.
func (m *machine) accounts() string {
	m.t.Helper()
	var views []struct {
		Profile string
		Active  bool
		Account struct{ Username string }
	}
	o := m.run("whoami", "--all", "-o", "json")
	if o.code == exitLogin {
		return ""
	}
	if err := json.Unmarshal([]byte(o.stdout), &views); err != nil {
		m.t.Fatalf("%v: %+v", err, o)
	}
	var all []string
	for _, v := range views {
		name := strings.TrimSuffix(v.Account.Username, "@example.com") + "(" + v.Profile + ")"
		if v.Active {
			name = "*" + name
		}
		all = append(all, name)
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

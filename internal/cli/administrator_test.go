package cli

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/visitor"
	"github.com/ciam-cli/ciam/internal/graph"
)

// TestAdministrator_usage are command lines and settings that cannot be carried out: exit 2 or 4, before any request.
func TestAdministrator_usage(t *testing.T) {
	here := map[string]string{"CIAM_TENANT": hereTenant, "CIAM_GRAPH_URL": hereGraph}
	away := map[string]string{"CIAM_TENANT": "contoso"}
	with := func(env map[string]string, name, value string) map[string]string {
		out := map[string]string{name: value}
		for k, v := range env {
			if _, set := out[k]; !set {
				out[k] = v
			}
		}
		return out
	}
	for name, row := range map[string]struct {
		env  map[string]string
		args []string
		code int
		says string
	}{
		"two ways":                    {here, []string{"--access-token-stdin", "--device-code"}, exitUsage, "two ways to speak to Microsoft Graph"},
		"two other ways":              {here, []string{"--client-credentials", "--access-token-stdin"}, exitUsage, "two ways"},
		"a device code and a port":    {here, []string{"--device-code", "--port", "3000"}, exitUsage, "opens no browser"},
		"a token and --no-browser":    {here, []string{"--access-token-stdin", "--no-browser"}, exitUsage, "opens no browser"},
		"a token and an app":          {here, []string{"--access-token-stdin", "--client-id", graphTools}, exitUsage, "signs nobody in"},
		"a credential of a person":    {here, []string{"--client-certificate", "x.pem"}, exitUsage, "--client-credentials says"},
		"no port":                     {here, []string{"--port", "70000"}, exitUsage, "is no port"},
		"no time":                     {here, []string{"--timeout", "0s"}, exitUsage, "is not positive"},
		"no client ID":                {here, []string{"--client-id", "shop"}, exitUsage, "client id: is not a GUID"},
		"no tenant":                   {nil, nil, exitUsage, "--tenant missing"},
		"no such form":                {nil, []string{"--tenant", "https://login.microsoftonline.com/" + directory.DefaultTenantID}, exitUsage, "authority"},
		"the demo":                    {nil, []string{"-p", "demo"}, exitUsage, "which has no administrator"},
		"no Graph":                    {with(here, "CIAM_GRAPH_URL", "https://graph.example.com"), nil, exitUsage, "Microsoft's Graph hosts"},
		"Graph by http":               {with(away, "CIAM_GRAPH_URL", "http://graph.microsoft.com"), nil, exitUsage, "expected https"},
		"a tenant away, Graph here":   {with(away, "CIAM_GRAPH_URL", hereGraph), nil, exitUsage, "unset CIAM_GRAPH_URL"},
		"the same, by 127.0.0.1":      {with(away, "CIAM_GRAPH_URL", "http://127.0.0.1:1/graph"), nil, exitUsage, "unset CIAM_GRAPH_URL"},
		"the same, with a token":      {with(with(away, "CIAM_GRAPH_URL", hereGraph), "CIAM_GRAPH_TOKEN", "opaque"), nil, exitUsage, "nothing was sent"},
		"the same, as an app":         {with(away, "CIAM_GRAPH_URL", hereGraph), []string{"--client-credentials", "--client-id", daemonApp}, exitUsage, "nothing was sent"},
		"a tenant here, Graph away":   {with(here, "CIAM_GRAPH_URL", ""), nil, exitUsage, hereOrigin + "/graph/v1.0"},
		"the same, by name":           {with(here, "CIAM_GRAPH_URL", "https://graph.microsoft.us"), nil, exitUsage, "is on this machine"},
		"nobody there":                {here, []string{"--no-input"}, exitLogin, "`ciam probe --no-input --tenant " + hereTenant + " --device-code`"},
		"an app without an ID":        {here, []string{"--client-credentials"}, exitUsage, "--client-id missing"},
		"an app without a credential": {here, []string{"--client-credentials", "--client-id", daemonApp}, exitUsage, "CIAM_CLIENT_SECRET"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newAdministrators(t)
			m.env = row.env
			if row.env == nil {
				m.env = map[string]string{}
			}
			args := append([]string{"probe"}, row.args...)
			if name == "nobody there" {
				m.hasNoBrowser()
				args = slices.Insert(args, 1, "--tenant", hereTenant)
			}
			m.fails(row.code, []string{row.says}, args...)
			if n := m.requests.Load(); n != 0 && !slices.Contains([]string{"an app without a credential", "an app without an ID"}, name) || m.browsers.Load() != 0 {
				t.Errorf("%d requests, %d browsers", n, m.browsers.Load())
			}
		})
	}
}

// TestAdministrator_asks: a person at a terminal is asked once by name, and only about Microsoft's own app.
func TestAdministrator_asks(t *testing.T) {
	for name, row := range map[string]struct {
		answer string
		args   []string
		yes    bool
		asked  bool
		code   int
	}{
		"enter":      {answer: "\n", asked: true},
		"yes":        {answer: "Yes\n", asked: true},
		"no":         {answer: "n\n", asked: true, code: exitRefused},
		"else":       {answer: "what\n", asked: true, code: exitRefused},
		"Ctrl-D":     {answer: "", asked: true, code: exitRefused},
		"--yes":      {yes: true},
		"--no-input": {args: []string{"--no-input"}},
		"an own app": {args: []string{"--client-id", directory.GraphCommandLineTools}},
	} {
		t.Run(name, func(t *testing.T) {
			m, ms := newMicrosoft(t, "graph.microsoft.com", "login.microsoftonline.com")
			m.terminal, m.stdin, m.open = true, row.answer, ms.visits
			args := append([]string{"probe", readOrg, readOrg + " " + writeApps, "--timeout", "20s"}, row.args...)
			if row.yes {
				args = append(args, "--yes")
			}
			o := m.run(args...)
			if o.code != row.code || strings.Count(o.stderr, "[Y/n]") != map[bool]int{true: 1}[row.asked] || row.code != 0 && m.browsers.Load() != 0 {
				t.Errorf("%+v", o)
			}
			for _, says := range []string{"\n  " + readOrg + "\n", `"Consent on behalf of your organization" without a tick`, "Enterprise applications > Microsoft Graph Command Line Tools", graphTools} {
				if name != "an own app" && !strings.Contains(o.stderr, says) {
					t.Errorf("stderr lacks %q:\n%s", says, o.stderr)
				}
			}
			if row.code != 0 && !strings.Contains(o.stderr, "hint: ") {
				t.Errorf("no hint: %s", o.stderr)
			}
		})
	}
}

// TestAdministrator_here: on this machine the tenant's own origin has the administrators, and no host of Microsoft's is asked.
func TestAdministrator_here(t *testing.T) {
	m := newAdministrators(t)
	o := m.must("probe", readOrg, readOrg+" "+writeApps, "--timeout", "20s")
	if want := directory.DefaultTenantID + " " + hereTenant + "  \"\"\nContoso as " + adminEmail + "\nContoso as " + adminEmail + "\n"; o.stdout != want {
		t.Errorf("%+v; want %q", o, want)
	}
	if m.browsers.Load() != 1 || m.requests.Load() != 6 { // metadata, keys, two tokens, twice Graph
		t.Errorf("%d browsers, %d requests", m.browsers.Load(), m.requests.Load())
	}
	if strings.Contains(o.stderr, "microsoftonline") {
		t.Errorf("stderr %s", o.stderr)
	}
}

// TestAdministrator_commands: a whole set-up takes one sign-in, and so does taking it down, at a terminal too; nothing is asked
// with --yes.
func TestAdministrator_commands(t *testing.T) {
	m := newAdministrators(t)
	m.terminal = true
	for _, args := range [][]string{{"setup", "--name", "shop"}, {"setup", "--name", "shop"}, {"tenant", "destroy"}} {
		o := m.must(append(args, "--yes", "--timeout", "20s")...)
		if m.browsers.Load() != 1 || strings.Count(o.stderr, "signed in as "+adminEmail) != 1 || strings.Contains(o.stderr, "[Y/n]") {
			t.Errorf("%v: %d browsers\n%s", args, m.browsers.Load(), o.stderr)
		}
		m.keepsQuiet(o)
	}
	m.terminal, m.visitor = false, visitor.New(hereNetwork{browserNetwork{m}})
	m.visitor.Email, m.visitor.Password = ada, "Correct-Horse-9"
	o := m.run("tenant", "pull", "--timeout", "20s")
	if o.code != exitRefused || o.stdout != "" || !strings.Contains(o.stderr, ada+" has no directory role") || !strings.Contains(o.stderr, "`ciam tenant pull`") {
		t.Errorf("a customer: %+v", o)
	}
}

// TestAdministrator_knowsEveryGraph: to every host of Graph there is a page where its administrators sign in.
func TestAdministrator_knowsEveryGraph(t *testing.T) {
	tenant, err := authority.Parse("contoso")
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range graph.Hosts() {
		root, err := graph.Root("https://" + host)
		if err != nil {
			t.Fatal(err)
		}
		at, err := administratorsOf(tenant, directory.DefaultTenantID, root)
		if err != nil || !strings.HasPrefix(at.Base, "https://login.") || at.Tenant != directory.DefaultTenantID || graphResource(root) != "https://"+host {
			t.Errorf("%s: %v, %v, %s", host, at, err, graphResource(root))
		}
	}
}

// TestAdministrator_external: which kinds of tenant are refused.
func TestAdministrator_external(t *testing.T) {
	a := testAdministrator(t, nil)
	for _, row := range []struct {
		org  graph.Organization
		says string
	}{
		{graph.Organization{ID: directory.DefaultTenantID, TenantType: "CIAM"}, ""},
		{graph.Organization{ID: strings.ToUpper(directory.DefaultTenantID)}, ""},
		{graph.Organization{TenantType: "Something New"}, ""},
		{graph.Organization{DisplayName: "Fabrikam", TenantType: "AAD"}, "Fabrikam is a workforce tenant; expected an external tenant"},
		{graph.Organization{TenantType: "aad b2c"}, "the tenant is a tenant of Azure AD B2C"},
		{graph.Organization{ID: appA, TenantType: "CIAM"}, "is the tenant " + appA},
	} {
		err := a.external(row.org)
		if (err == nil) != (row.says == "") || err != nil && (!strings.Contains(err.Error(), row.says) || describe(err).exit != exitUsage || describe(err).hint == "") {
			t.Errorf("%+v: %v", row.org, err)
		}
	}
}

var errAnything = errors.New("anything")

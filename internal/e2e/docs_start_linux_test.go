package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/needtest"
)

// TestDocs_install builds ciam from a clone as docs/install.md says, has its folder in PATH, and loads the completion.
func TestDocs_install(t *testing.T) {
	needtest.Long(t, "builds ciam once more")
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	s := newShell(t)
	install := recipeOf(t, "install.md", "# Install")
	_, build, ok := strings.Cut(install.scripts[0], "\n") // git clone, of what is not published yet
	if !ok {
		t.Fatal(install.scripts[0])
	}
	path := install.scripts[1] + `. ~/.bashrc` + "\n" + `case "$PATH:" in *:"$(go env GOPATH)/bin:"*) echo in the path;; esac` + "\n"
	completion := recipeOf(t, "install.md", "## With 0.1.0").scripts[0]
	bin := t.TempDir()
	out, errs, code := s.runIn(root, `export PATH="$GOBIN:$PATH"`+"\n"+build+path+completion+"complete -p ciam", "GOBIN="+bin, "CGO_ENABLED=0")
	if code != 0 || !strings.Contains(out, "ciam ") || !strings.Contains(out, "in the path") || !strings.Contains(out, "complete ") {
		t.Errorf("exit code %d, prints %q\n%s", code, out, errs)
	}
	if _, err := os.Stat(filepath.Join(bin, "ciam")); err != nil {
		t.Error(err)
	}
}

// TestDocs_quickstart goes through docs/quickstart.md as it is written: an empty tenant, its set-up, a customer's sign-up in a
// browser that the test binary plays, tokens, and back. What differs is the tenant's address, and that an access token is the
// administrator.
func TestDocs_quickstart(t *testing.T) {
	e, admin := emptyTenant(t)
	s := newShell(t)
	// Names that a tenant on this machine has in the place of the page's.
	here := func(script string) string {
		return strings.NewReplacer("--tenant contoso", "--tenant "+e.Authority, "ciam logout ", "ciam logout --local ", "ciam tenant destroy ", "ciam tenant destroy --yes ").Replace(script)
	}
	s.env = append(s.env, "CIAM_CA_FILE="+e.CAFile, "SSL_CERT_FILE="+e.CAFile, "CIAM_GRAPH_URL="+e.URL+"/graph/v1.0", "CIAM_GRAPH_TOKEN="+e.graphToken(admin), "CIAM_BROWSER="+os.Args[0], personVariable+"=1")
	run := func(script string) string {
		t.Helper()
		out, errs, code := s.run(here(script))
		if code != 0 {
			t.Fatalf("%s\nexit code %d\n%s%s", script, code, out, errs)
		}
		return out
	}
	if out := run(recipeOf(t, "quickstart.md", "## See it work").scripts[0]); !strings.Contains(out, "name") {
		t.Errorf("the demo prints %s", out)
	}
	run(recipeOf(t, "quickstart.md", "## A tenant of your own").scripts[0])
	if out := run(recipeOf(t, "quickstart.md", "## Sign in").scripts[0]); !strings.Contains(out, "@example.com") {
		t.Errorf("signed in: %s", out)
	}
	use := recipeOf(t, "quickstart.md", "## Use it").scripts[0]
	if out := run(use); !regexp.MustCompile(`(?s)^20\d\d-.*Z\n.+\neyJ\n$`).MatchString(out) {
		t.Errorf("tokens: %q", out)
	}
	run(recipeOf(t, "quickstart.md", "## And back").scripts[0])
	if out, _, code := s.run(use); code != 4 || out != "" {
		t.Errorf("afterwards: exit code %d, prints %q", code, out)
	}
}

// TestDocs_fromB2C sets a single-page app up as docs/from-b2c.md has it, signs a customer in to it by the second redirect URI, writes its
// configuration, and adds the page's other port.
func TestDocs_fromB2C(t *testing.T) {
	e, admin := emptyTenant(t)
	s, folder := newShell(t), t.TempDir()
	s.env = append(s.env, "CIAM_CA_FILE="+e.CAFile, "SSL_CERT_FILE="+e.CAFile, "CIAM_GRAPH_URL="+e.URL+"/graph/v1.0", "CIAM_GRAPH_TOKEN="+e.graphToken(admin),
		"CIAM_BROWSER="+os.Args[0], personVariable+"=1")
	r := recipeOf(t, "from-b2c.md", "# From Azure AD B2C")
	if len(r.scripts) != 3 {
		t.Fatalf("%d scripts", len(r.scripts))
	}
	here := func(script string) string {
		return strings.Replace(script, "--tenant contoso", "--tenant "+e.Authority, 1)
	}
	afterwards := recipeOf(t, "from-b2c.md", "## Afterwards").scripts
	const orders = "11112222-bbbb-3333-cccc-4444dddd5555"
	for _, c := range []struct{ script, want string }{
		{here(r.scripts[0]), "preferred_username"},
		{"jq -r .auth.clientId authConfig.json; ciam profile show --jq .client_id", ""},
		{here(r.scripts[2]) + "ciam tenant pull > tenant.yaml; cat tenant.yaml", "http://localhost:5173/"},
		{"ciam tenant plan --exit-code", ""},
		{afterwards[0], "signature"},
		{here("ciam setup --tenant contoso --type api --name orders --scope Orders.Read --client shop --yes") + "\n" +
			`id=$(ciam tenant pull | sed -n 's|.*api://\([0-9a-f-]*\).*|\1|p' | head -1)` + "\n" + strings.ReplaceAll(afterwards[1], orders, "$id"), "audience"},
	} {
		out, errs, code := s.runIn(folder, c.script)
		if code != 0 || !strings.Contains(out, c.want) {
			t.Errorf("%s: exit code %d\n%s%s", c.script, code, out, errs)
		}
		if ids := strings.Fields(out); c.want == "" && len(ids) == 2 && ids[0] != ids[1] {
			t.Errorf("the configuration is of %s, the profile of %s", ids[0], ids[1])
		}
	}
}

// TestDocs_people runs the two people of docs/people.md, and compares the names with those that the page says.
func TestDocs_people(t *testing.T) {
	var demo string
	for _, script := range recipeOf(t, "people.md", "## Two people at once").scripts {
		if strings.Contains(script, "--demo") {
			demo = script
		}
	}
	var want []string
	for _, m := range regexp.MustCompile(`(?m)^ciam claims .*# (\w+)$`).FindAllStringSubmatch(demo, -1) {
		want = append(want, m[1])
	}
	s := newShell(t)
	s.env = append(s.env, "CIAM_PROFILE=demo")
	out, errs, code := s.run(demo)
	if got := strings.Fields(out); code != 0 || len(want) != 3 || !slices.Equal(got, want) {
		t.Errorf("exit code %d, prints %q, the page says %q\n%s", code, got, want, errs)
	}
}

// TestDocs_overSSH keeps a session as docs/remote.md has it on a machine without a keychain, in two shells one after the other, and signs
// out as it says.
func TestDocs_overSSH(t *testing.T) {
	scripts := recipeOf(t, "remote.md", "## Over SSH").scripts
	e := runEmulator(t, newProgram(t))
	s := newShell(t)
	s.env = append(s.env, "CIAM_TOKEN_STORE=", "CIAM_STORE_KEY_FILE=", "DBUS_SESSION_BUS_ADDRESS=", "XDG_RUNTIME_DIR=",
		"CIAM_CA_FILE="+e.CAFile, "SSL_CERT_FILE="+e.CAFile, "CIAM_AUTHORITY="+e.Authority, "CIAM_CLIENT_ID="+desktopApp, "CIAM_BROWSER="+os.Args[0], personVariable+"=1")
	for _, step := range []struct {
		script, want string
		code         int
	}{
		{"ciam login --signup --timeout 20s", "", 7},
		{scripts[0] + "ciam login --signup --timeout 20s", "", 0},
		{scripts[0] + "ciam token | cut -c1-3", "eyJ\n", 0},
		{scripts[0] + scripts[1], "", 0},
		{scripts[0] + "ciam token", "", 4},
	} {
		if out, errs, code := s.run(step.script); out != step.want || code != step.code {
			t.Errorf("%s: exit code %d, want %d, prints %q\n%s", step.script, code, step.code, out, errs)
		}
	}
}

// TestDocs_exitCodes runs the scripts of docs/errors.md that tell exit codes apart: signed in, signed out, and with another error.
func TestDocs_exitCodes(t *testing.T) {
	script := recipeOf(t, "errors.md", "## A script that knows what to do").scripts
	bySwitch, byExec := script[0], strings.Replace(script[1], "./import-orders", "sh -c 'echo ran; exit 4'", 1)
	byJSON := recipeOf(t, "errors.md", "## As JSON").scripts[0]
	out := newShell(t)
	in := newShell(t)
	in.signedIn()
	for _, c := range []struct {
		name, script, env, want string
		said                    string // on stderr
		shell                   *shell
		code                    int
	}{
		{"signed out", bySwitch, "", "", "\na person has to sign in", out, 4},
		{"unreachable", bySwitch, "CIAM_AUTHORITY=http://127.0.0.1:1/contoso", "", "\nno network or no tenant", out, 75},
		{"usage", bySwitch, "CIAM_NO_INPUT=maybe", "", "neither true nor false", out, 2},
		{"signed in", bySwitch + `echo "${token:0:3}"`, "", "eyJ\n", "", in, 0},
		{"exec, signed out", byExec, "", "", "sign-in required", out, 4},
		{"exec, the program's own", byExec, "", "ran\n", "", in, 4},
		{"JSON, signed out", byJSON, "", "login_required\n", "", out, 0},
		{"JSON, signed in", byJSON + "jq -r .token_type token.json", "", "Bearer\n", "", in, 0},
	} {
		env := []string{c.env}
		if strings.HasPrefix(c.env, "CIAM_AUTHORITY") {
			env = append(env, "CIAM_CLIENT_ID="+desktopApp)
		}
		got, errs, code := c.shell.run(c.script, env...)
		if got != c.want || code != c.code || !strings.Contains(errs, c.said) {
			t.Errorf("%s: exit code %d, prints %q, want %d, %q\n%s", c.name, code, got, c.code, c.want, errs)
		}
	}
}

// TestDocs_troubleshooting runs what docs/troubleshooting.md gives for claims and APIs, in a tenant in which the email claim is missing.
func TestDocs_troubleshooting(t *testing.T) {
	e := runEmulator(t, newProgram(t))
	s := newShell(t)
	s.env = append(s.env, "CIAM_CA_FILE="+e.CAFile, "SSL_CERT_FILE="+e.CAFile, "CIAM_AUTHORITY="+e.Authority, "CIAM_CLIENT_ID="+desktopApp,
		"CIAM_BROWSER="+os.Args[0], personVariable+"=1")
	_, text, _ := strings.Cut(page(t, "troubleshooting.md"), "\n## The email claim is missing\n")
	email := regexp.MustCompile("(?s)   ```sh\n(.*?)   ```").FindStringSubmatch(text)
	if email == nil {
		t.Fatal("the page has no script for the email claim")
	}
	section := func(heading string) string { return recipeOf(t, "troubleshooting.md", heading).scripts[0] }
	verify, _, _ := strings.Cut(section("## The API says 401"), "\n")
	for _, c := range []struct {
		script string
		code   int
		want   string
	}{
		{section("## The browser never comes back"), 0, "redirect-uri"},
		{"ciam login --signup", 0, ""},
		{"ciam claims email", 3, ""},
		{strings.Replace(email[1], "ciam login", "ciam login --signup", 1), 0, "@example.com\n"},
		{"ciam claims assert .email", 0, ""},
		{section("## Any other claim"), 0, "claims are the same"},
		{verify, 9, "Microsoft Graph"}, // which nobody else can verify
	} {
		if out, errs, code := s.run(c.script); code != c.code || !strings.Contains(out, c.want) {
			t.Errorf("%s: exit code %d, want %d\n%s%s", c.script, code, c.code, out, errs)
		}
	}
}

// TestDocs_pasted holds a token that somebody pasted against what docs/why.md names: with a tenant and an audience it is genuine, with
// neither nothing is said, and one that was changed is not.
func TestDocs_pasted(t *testing.T) {
	s, folder := newShell(t), t.TempDir()
	recipeOf(t, "testing.md", "# Tests of your app, with a signed-in user").write(t, folder)
	lines := strings.Split(recipeOf(t, "why.md", "## A token that somebody pasted").scripts[0], "\n")
	for _, c := range []struct {
		bad, line string
		code      int
	}{
		{"--type id", lines[1], 0},
		{"", lines[1], 9}, // an access token, and nobody said of which API
		{"", lines[2], 0},
		{"--type id", lines[2], 6},
		{"--bad wrong-key", lines[2], 6},
		{"--bad wrong-audience", lines[2], 6},
		{"", strings.Replace(lines[2], " --tenant", " --offline --tenant", 1), 5},
		{"", lines[3], 9},
	} {
		line := strings.NewReplacer("--tenant contoso", `--tenant "$CIAM_AUTHORITY"`, desktopApp, `"$CIAM_CLIENT_ID"`).Replace(c.line)
		script := "ciam emulator token --user ada@example.com " + c.bad + " > token.txt\n" + line
		out, errs, code := s.runIn(folder, "ciam emulator run --seed tenant.yaml -- bash -ec '"+script+"'")
		if code != c.code || !strings.Contains(out, "Ada Example") {
			t.Errorf("%s: exit code %d, want %d\n%s%s", script, code, c.code, out, errs)
		}
	}
}

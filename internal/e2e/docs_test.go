package e2e

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/needtest"
)

// docsLimit is for one script of a page: some compile a program.
const docsLimit = 5 * time.Minute

// shell runs scripts of the pages, with a home and a ciam of the test's own.
type shell struct {
	t   *testing.T
	env []string
}

func newShell(t *testing.T) *shell {
	t.Helper()
	for _, program := range []string{"bash", "curl", "jq"} {
		needtest.Program(t, "apt-get install "+program, program)
	}
	path, err := buildOnce()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	key := filepath.Join(dir, "key")
	if err := os.WriteFile(key, []byte("0123456789abcdef0123456789abcdef"), 0o600); err != nil {
		t.Fatal(err)
	}
	cache, err := exec.Command("go", "env", "GOCACHE").Output() // which would be in a home of the test's own
	if err != nil {
		cache = []byte(filepath.Join(dir, "go"))
	}
	return &shell{t: t, env: append(os.Environ(), "GOCACHE="+strings.TrimSpace(string(cache)), "PATH="+filepath.Dir(path)+string(os.PathListSeparator)+os.Getenv("PATH"),
		"XDG_STATE_HOME="+dir+"/state", "XDG_CONFIG_HOME="+dir+"/config", "XDG_CACHE_HOME="+dir+"/cache",
		"CIAM_TOKEN_STORE=file", "CIAM_STORE_KEY_FILE="+key)}
}

// run returns both streams and the exit code of a script, in a folder of its own.
func (s *shell) run(script string, env ...string) (stdout, stderr string, code int) {
	s.t.Helper()
	return s.runIn(s.t.TempDir(), script, env...)
}

func (s *shell) runIn(folder, script string, env ...string) (stdout, stderr string, code int) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), docsLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", script)
	cmd.Dir, cmd.WaitDelay, cmd.Env = folder, 2*time.Second, append(slices.Clone(s.env), env...)
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || ctx.Err() != nil {
		s.t.Fatalf("%v\n%s%s", err, out, errs.String())
	}
	return string(out), errs.String(), cmd.ProcessState.ExitCode()
}

// page reads a page of docs.
func page(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// blockAfter cuts the shell script out of a page that follows the words intro, and returns what comes after it too.
func blockAfter(t *testing.T, page, intro string) (script, after string) {
	t.Helper()
	_, rest, ok := strings.Cut(page, intro+"\n\n```sh\n")
	script, after, closed := strings.Cut(rest, "```\n")
	if !ok || !closed {
		t.Fatalf("the page has no script after %q", intro)
	}
	return script, after
}

// TestDocs_walkthrough runs the sign-up with curl of docs/emulator.md as it is written there, and compares what it
// prints with what the page says.
func TestDocs_walkthrough(t *testing.T) {
	s := newShell(t)
	script, after := blockAfter(t, page(t, "emulator.md"), "with curl and jq:")
	out, errs, code := s.run(script)
	if code != 0 {
		t.Fatalf("exit code %d\n%s%s", code, out, errs)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	said := "`" + strings.Join(lines[1:], "`, `") + "`"
	if !strings.Contains(after[:min(len(after), 200)], said) || len(lines) != 5 {
		t.Errorf("it prints %q after the authority; the page says %.120q", lines[1:], after)
	}
}

// TestDocs_try runs what docs/scripts.md gives to try without a tenant: a customer of the built-in one by native
// authentication, formats and programs with the session, and an app by client credentials.
func TestDocs_try(t *testing.T) {
	s, text := newShell(t), page(t, "scripts.md")
	native, text := blockAfter(t, text, "To try it without a tenant, whose codes are shown instead of mailed:")
	app, _ := blockAfter(t, text, "To try it without a tenant:")
	eval, _ := blockAfter(t, page(t, "scripts.md"), "### Shells")
	worker, _ := blockAfter(t, page(t, "scripts.md"), "ciam exec --refresh-endpoint -- ./worker\n```")
	for _, step := range []struct{ name, script, env, want string }{
		{"sign up", native + "ciam claims email", "", "ada@example.com\n"},
		{"a variable", eval + "printenv CIAM_ACCESS_TOKEN | cut -c1-3", "", "eyJ\n"},
		{"a worker", "ciam exec --refresh-endpoint -- bash -c \"$WORKER\" | cut -c1-3", "WORKER=" + worker, "eyJ\n"},
		{"client credentials", strings.TrimSpace(app) + " | cut -c1-3", "", "eyJ\n"},
	} {
		out, errs, code := s.run(step.script, step.env)
		if out != step.want || code != 0 {
			t.Errorf("%s: exit code %d, prints %q, want %q\n%s", step.name, code, out, step.want, errs)
		}
	}
}

// TestDocs_errors runs the script of docs/scripts.md that tells errors apart, also where warnings come before the error.
func TestDocs_errors(t *testing.T) {
	s := newShell(t)
	script, _ := blockAfter(t, page(t, "scripts.md"), "## Errors")
	const warned = `ciam() { echo "warning: said first" >&2; command ciam "$@"; }` + "\n"
	for _, c := range []struct{ name, before, env, want string }{
		{"nobody is signed in", warned, "", "somebody has to sign in\n"},
		{"anything else", warned, "CIAM_NO_INPUT=maybe", "CIAM_NO_INPUT: \"maybe\" is neither true nor false; expected 1 or 0\n\n"},
	} {
		out, errs, code := s.run(c.before+script, c.env)
		if out != c.want || code != 1 {
			t.Errorf("%s: exit code %d, prints %q, want %q\n%s", c.name, code, out, c.want, errs)
		}
	}
	signUp, _ := blockAfter(t, page(t, "scripts.md"), "To try it without a tenant, whose codes are shown instead of mailed:")
	if out, errs, code := s.run(signUp + warned + script + `echo "${token:0:3}"`); out != "eyJ\n" || code != 0 {
		t.Errorf("signed in: exit code %d, prints %q\n%s", code, out, errs)
	}
}

// TestDocs_background runs the scripts that have an emulator in the background, as the page has them: in a shell, and in the
// steps of GitHub Actions.
func TestDocs_background(t *testing.T) {
	text := page(t, "emulator.md")
	script, _ := blockAfter(t, text, "In a shell, without a file to wait for:")
	out, errs, code := newShell(t).run(`npm() { curl -fsS --cacert "$CIAM_CA_FILE" "$CIAM_AUTHORITY/v2.0/.well-known/openid-configuration" | jq -r .issuer; }` + "\n" + script)
	if code != 0 || !strings.Contains(out, ".ciamlogin.com/") || !strings.Contains(errs, "has ended") {
		t.Errorf("exit %d\n%s%s", code, out, errs)
	}

	script, _ = blockAfter(t, text, "settings into the environment of the next steps:")
	_, script, _ = strings.Cut(script, "\n") // go install, of what is not published yet
	settings := filepath.Join(t.TempDir(), "env")
	s := newShell(t)
	if out, errs, code := s.run(script, "GITHUB_ENV="+settings); code != 0 {
		t.Fatalf("exit %d\n%s%s", code, out, errs)
	}
	lines, err := os.ReadFile(settings)
	if err != nil || !strings.Contains(string(lines), "\nCIAM_AUTHORITY=https://localhost:") && !strings.HasPrefix(string(lines), "CIAM_AUTHORITY=https://localhost:") {
		t.Errorf("%v: %s", err, lines)
	}
	out, errs, code = s.run("ciam emulator health && ciam emulator stop", strings.Fields(string(lines))...) // the next step
	if code != 0 || !strings.HasPrefix(out, "https://localhost:") {
		t.Errorf("the next step: exit %d\n%s%s", code, out, errs)
	}
}

// TestDocs_graph runs what docs/emulator.md gives to set a tenant up with.
func TestDocs_graph(t *testing.T) {
	script, _ := blockAfter(t, page(t, "emulator.md"), "with a token by [one call](#one-call-to-a-token):")
	if out, errs, code := newShell(t).run(script); out != "shop\n" || code != 0 {
		t.Errorf("exit code %d, prints %q\n%s", code, out, errs)
	}
}

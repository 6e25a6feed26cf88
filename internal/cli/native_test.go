package cli

import (
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/auth"
	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/programtest"
	"github.com/ciam-cli/ciam/internal/term"
)

// newNativeMachine has a tenant whose one-time codes are known.
func newNativeMachine(t *testing.T) *machine {
	t.Helper()
	m := newMachine(t)
	if !m.tenant.FixOneTimeCode(directory.DefaultTenantID, "12345678") {
		t.Fatal("no such tenant")
	}
	return m
}

const nativeAda = "login --native --email ada@example.com"

func words(line string) []string { return strings.Fields(line) }

func TestNative(t *testing.T) {
	m := newNativeMachine(t)
	m.stdin = "Correct-Horse-9\n"
	o := m.must(words(nativeAda + " --password-stdin --debug")...)
	if m.browsers.Load() != 0 || o.stdout != "" || !strings.Contains(o.stderr, "signed in as Ada Example <ada@example.com>") || strings.Contains(o.stderr, "Correct-Horse") {
		t.Errorf("%d browsers, %q, %s", m.browsers.Load(), o.stdout, o.stderr)
	}
	m.stdin = ""
	if o := m.must("whoami", "--jq", ".account.username"); o.stdout != "ada@example.com\n" {
		t.Errorf("%q", o.stdout)
	}
	first := m.must("token").stdout
	if second := m.must("token", "--force-refresh").stdout; second == first || m.requests.Load() == 0 {
		t.Error("not renewed")
	}
	if o := m.must("claims", "preferred_username"); o.stdout != "ada@example.com\n" {
		t.Errorf("%q", o.stdout)
	}
	m.must("logout")
	m.fails(exitLogin, []string{"nobody is signed in"}, "token")
}

func TestNative_SignUpAndReset(t *testing.T) {
	m := newNativeMachine(t)
	m.stdin = "Correct-Horse-7\n12345678\n"
	o := m.must(words("login --native --signup --email grace@example.com --password-stdin --code-stdin --attribute displayName=Grace")...)
	if !strings.Contains(o.stderr, "signed in as Grace <grace@example.com>") {
		t.Error(o.stderr)
	}
	file := filepath.Join(m.home, "password")
	if err := os.WriteFile(file, []byte("Correct-Horse-8\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	m.stdin = "12345678\n"
	m.must("login", "--native", "--reset-password", "--email", "grace@example.com", "--password-file", file, "--code-stdin")
	m.stdin = "Correct-Horse-8\n"
	m.must(words("login --native --email grace@example.com --password-stdin")...)
	m.stdin = "Correct-Horse-7\n"
	guesses := 0
	m.answer = func(req *http.Request) *http.Response {
		if strings.HasSuffix(req.URL.Path, "/token") {
			guesses++
		}
		return nil
	}
	m.fails(exitRefused, []string{"the email address or the password is wrong", "AADSTS50126", "correlation id"}, words("login --native --email grace@example.com --password-stdin")...)
	if guesses != 1 {
		t.Errorf("a wrong password was sent %d times: accounts are locked for less", guesses)
	}
}

func TestNative_CodeCommand(t *testing.T) {
	m := newNativeMachine(t)
	mail, runs := filepath.Join(m.home, "mail"), filepath.Join(m.home, "runs")
	command := func(steps string) string { return strings.Join(programtest.Command(words(steps)...), " ") }
	m.stdin = "Correct-Horse-7\n"
	t.Setenv("PADDED", " 12345678 ") // a command is split at spaces
	signUp := words("login --native --signup --email grace@example.com --password-stdin --attribute displayName=Grace --code-command")
	m.must(append(signUp, command("append "+mail+" $CIAM_CODE_EMAIL|$CIAM_CODE_CHANNEL|a;b , print $PADDED"))...)
	if seen, err := os.ReadFile(mail); string(seen) != "grace@example.com|email|a;b\n" {
		t.Errorf("%q, %v", seen, err)
	}
	reset := words("login --native --reset-password --email grace@example.com --password-stdin --code-command")
	for _, c := range []struct{ name, steps, says string }{
		{"fails", "exit 3", os.Args[0] + ", failed: exit status 3"},
		{"chatty", "print your , print 12345678", os.Args[0] + " gave no one-time code: expected 8 characters and nothing else"},
		{"long", "repeat 1000 12345678", "gave no one-time code"},
		{"silent", "", "gave no one-time code"},
		{"short", "print 1234567", "gave no one-time code"},
	} {
		if o := m.fails(exitUsage, []string{c.says}, append(reset, command(c.steps))...); strings.Contains(o.stderr, "1234567") {
			t.Errorf("%s: the code is shown: %s", c.name, o.stderr)
		}
	}
	m.fails(exitRefused, []string{"the one-time code is wrong or has expired", "AADSTS50181"}, append(reset, command("append "+runs+" run , print 87654321"))...)
	if seen, err := os.ReadFile(runs); string(seen) != "run\n" {
		t.Errorf("%q, %v", seen, err)
	}
	m.fails(exitUsage, []string{"the command for the one-time code, no-such-program, failed"}, append(reset, "no-such-program")...)
}

func TestNative_Terminal(t *testing.T) {
	m := newNativeMachine(t)
	m.terminal = true
	m.stdin = "ada@example.com\nwrong-one\n\nCorrect-Horse-9\n"
	o := m.must("login", "--native")
	if !strings.Contains(o.stderr, "Email address: Password: warning: the email address or the password is wrong\nPassword: Password: ✓") {
		t.Error(o.stderr)
	}
	m.stdin = "12345\n\n87654321\n1234 5678\nshort-1\nshort-2\nAaaaaa1\nAaaaaa1\nCorrect-Horse-7\nCorrect-Horse-7\nGrace\n"
	o = m.must(words("login --native --signup --email grace@example.com")...)
	for _, says := range []string{
		"the tenant sent a code by email to g***e@ex***e.com\n", "warning: the code has 8 characters, and this has 5", "a new code; the one before it no longer works, by email",
		"warning: the one-time code is wrong or has expired", "warning: the two differ", "warning: the new password is too short", "displayName: ", "signed in as Grace",
	} {
		if !strings.Contains(o.stderr, says) {
			t.Errorf("%q is not in:\n%s", says, o.stderr)
		}
	}
	m.stdin = "11111111\n22222222\n33333333\n44444444\n"
	if o := m.fails(exitRefused, []string{"wrong or has expired", "AADSTS50181"}, words("login --native --reset-password --email grace@example.com")...); strings.Count(o.stderr, "Code (Enter") != 3 {
		t.Errorf("asked not three times:\n%s", o.stderr)
	}
}

func TestNative_Usage(t *testing.T) {
	m := newNativeMachine(t)
	empty := filepath.Join(m.home, "empty")
	lines := filepath.Join(m.home, "lines")
	for path, text := range map[string]string{empty: "\n", lines: "a\nb\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ args, says, hint string }{
		{"login --email ada@example.com", "--email goes with --native", ""},
		{"login --reset-password", "--reset-password goes with --native", ""},
		{"login --code-command x", "--code-command goes with --native", ""},
		{"login --native", "wants the account's email address", "--email"},
		{"login --native --email ada", `--email "ada" is no email address`, ""},
		{nativeAda + " --mfa-email ada", `--mfa-email "ada" is no email address`, ""},
		{nativeAda, "the account has a password, and there is nobody to ask", "`--password-stdin` or `--password-file`"},
		{nativeAda + " --password-stdin", "the first line of stdin is empty", ""},
		{nativeAda + " --signup", "a one-time code proves the address, and there is nobody to ask", "`--code-stdin` or `--code-command`"},
		{nativeAda + " --reset-password --code-stdin", "the new password is needed", "--password-stdin"},
		{nativeAda + " --reset-password --password-file " + filepath.Join("testdata", "none"), "one-time code proves", ""},
		{nativeAda + " --signup --reset-password", "exclude each other", ""},
		{nativeAda + " --device-code", "exclude each other", ""},
		{nativeAda + " --no-browser", "--native opens no browser", ""},
		{nativeAda + " --prompt login", "--native opens no browser", ""},
		{nativeAda + " --attribute a=b", "--attribute goes with --signup", ""},
		{nativeAda + " --signup --attribute a", `--attribute "a": expected NAME=VALUE`, ""},
		{nativeAda + " --signup --attribute a=1 --attribute a=2", "each name once", ""},
		{nativeAda + " --password-stdin --password-file x", "--password-stdin and --password-file exclude each other", ""},
		{nativeAda + " --code-stdin --code-command x", "--code-stdin and --code-command exclude each other", ""},
	} {
		o := m.fails(exitUsage, []string{c.says, c.hint}, words(c.args)...)
		if strings.Contains(c.says, "goes with") && m.requests.Load() != 0 {
			t.Errorf("%s: requests were made: %s", c.args, o.stderr)
		}
	}
	for path, says := range map[string]string{empty: "it is empty", lines: "it has several lines", "no-such": "no-such: " + notThere(t)} {
		if o := m.run(append(words(nativeAda), "--password-file", path)...); o.code != exitUsage || !strings.Contains(o.stderr, says) || !strings.Contains(o.stderr, "; expected the password on one line") {
			t.Errorf("%s: %d %s", path, o.code, o.stderr)
		}
	}
	m.stdin = "Correct-Horse-7\n12345678\n"
	m.fails(exitUsage, []string{"the tenant wants more of the new account: displayName", "--attribute NAME=VALUE"}, words("login --native --signup --email grace@example.com --password-stdin --code-stdin")...)
	m.stdin = "Correct-Horse-7\n"
	m.fails(exitUsage, []string{"stdin ended before the one-time code"}, words("login --native --signup --email grace@example.com --password-stdin --code-stdin")...)
	m.env["CIAM_CLIENT_SECRET"] = "a-secret-of-the-app"
	m.fails(exitUsage, []string{"native authentication is for public apps"}, words(nativeAda+" --password-stdin")...)
}

func TestNative_Refused(t *testing.T) {
	answer := func(status int, body string) func(*http.Request) *http.Response {
		return func(req *http.Request) *http.Response {
			if !strings.HasSuffix(req.URL.Path, "/initiate") {
				return nil
			}
			return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
		}
	}
	for _, c := range []struct {
		name   string
		status int
		body   string
		exit   int
		says   []string
	}{
		{"browser", 200, `{"challenge_type":"redirect","redirect_reason":"a social\u001b[31m account"}`, exitLogin, []string{`this sign-in needs the browser: a social\u001b[31m account`, "run `ciam login`"}},
		{"off", 400, `{"error":"invalid_client","suberror":"nativeauthapi_disabled","error_codes":[70002]}`, exitRefused, []string{"AADSTS70002", "Enable native authentication"}},
		{"nobody", 400, `{"error":"user_not_found","error_description":"AADSTS50034: no such user\r\nTrace ID: 11\r\nCorrelation ID: 22\r\nTimestamp: 2026-11-24 04:00:00Z"}`, exitRefused, []string{"AADSTS50034: no such user", "correlation id 22"}},
		{"rubbish", 200, `<html>`, exitUnreachable, []string{"oauth2/v2.0/initiate", "a web page"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newNativeMachine(t)
			m.stdin, m.answer = "Correct-Horse-9\n", answer(c.status, c.body)
			m.fails(c.exit, c.says, words(nativeAda+" --password-stdin")...)
		})
	}
	t.Run("json", func(t *testing.T) {
		m := newNativeMachine(t)
		m.stdin = "nonsense\n"
		o := m.run(words(nativeAda + " --password-stdin -o json")...)
		if o.code != exitRefused || !strings.Contains(o.stderr, `"code":"password_refused"`) || !strings.Contains(o.stderr, `"aadsts":50126`) {
			t.Errorf("%d %s", o.code, o.stderr)
		}
	})
}

// TestNative_Demo needs no set-up at all: the codes are the embedded tenant's own.
func TestNative_Demo(t *testing.T) {
	m := newMachine(t)
	m.stdin = "Correct-Horse-7\n"
	o := m.must(words("login --demo --native --signup --email grace@example.com --password-stdin --attribute displayName=Grace")...)
	if !strings.Contains(o.stderr, "the embedded tenant's mail to grace@example.com: your code is ") || m.browsers.Load() != 0 {
		t.Error(o.stderr)
	}
	m.must("token", "-p", "demo")
	m.must("token", "-p", "demo", "--force-refresh")
	m.must(words("login --demo --native --email grace@example.com --password-stdin")...)
}

// TestNative_OptionalAttributes: what is not required need not be given.
func TestNative_OptionalAttributes(t *testing.T) {
	wanted := []auth.Attribute{{Name: "displayName", Required: true}, {Name: "city"}}
	ask := func(stdin string, noInput bool, given map[string]string, why *auth.InputError) (map[string]string, error) {
		streams, in, _, _ := term.Test()
		in.WriteString(stdin)
		r := &run{Env: &Env{Streams: streams}}
		r.global.noInput = noInput
		return (&questions{run: r, values: given}).attributes(t.Context(), wanted, why)
	}
	why := &auth.InputError{Kind: auth.InputAttributes, Names: []string{"displayName"}, Refused: &auth.RefusedError{}}
	for _, c := range []struct {
		name, stdin string
		noInput     bool
		given       map[string]string
		why         *auth.InputError
		want        map[string]string
	}{
		{name: "flags", noInput: true, given: map[string]string{"displayName": "Ada", "other": "x"}, want: map[string]string{"displayName": "Ada"}},
		{name: "required one missing", noInput: true},
		{name: "typed", stdin: " Ada \n\n", want: map[string]string{"displayName": "Ada"}},
		{name: "typed what no flag gives", stdin: "Ulm\n", given: map[string]string{"displayName": "Ada"}, want: map[string]string{"displayName": "Ada", "city": "Ulm"}},
		{name: "refused at a terminal", stdin: "Ada\nUlm\n", given: map[string]string{"displayName": "?"}, why: why, want: map[string]string{"displayName": "Ada", "city": "Ulm"}},
		{name: "refused in a script", noInput: true, given: map[string]string{"displayName": "?"}, why: why},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ask(c.stdin, c.noInput, c.given, c.why)
			if !maps.Equal(got, c.want) || (err == nil) != (c.want != nil) || c.why != nil && c.noInput && err != error(c.why) {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
}

func TestNative_LimitedBuffer(t *testing.T) {
	var b limitedBuffer
	for range 3 {
		if n, err := b.Write(make([]byte, 3000)); n != 3000 || err != nil {
			t.Errorf("%d, %v", n, err) // the command is not to see a broken pipe
		}
	}
	if len(b.data) != 4<<10 {
		t.Errorf("%d bytes kept", len(b.data))
	}
}

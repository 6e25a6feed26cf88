package cli

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/config"
	"github.com/ciam-cli/ciam/internal/keychain"
)

// withoutBrowser is a machine without a browser, whose person is at the browser of another one.
func withoutBrowser(t *testing.T, env map[string]string) *machine {
	t.Helper()
	m := newMachine(t)
	m.hasNoBrowser()
	m.terminal, m.screen = true, true
	for name, value := range env {
		m.env[name] = value
	}
	return m
}

// address waits for the address that was shown, in a screen that is still growing.
func address(screen func() string) string {
	find := regexp.MustCompile(`https://contoso\.ciamlogin\.com/\S+`)
	for began := time.Now(); time.Since(began) < 20*time.Second; time.Sleep(2 * time.Millisecond) {
		if text := screen(); strings.Contains(text, "address: ") || strings.Contains(text, "open this URL") {
			return find.FindString(text)
		}
	}
	return ""
}

// TestPaste_signsIn: the address is carried to another machine, and the one at its end back.
func TestPaste_signsIn(t *testing.T) {
	for place, env := range map[string]map[string]string{
		"ssh": {"SSH_CONNECTION": "10.0.0.1 5000 10.0.0.2 22"}, "container": {"container": "podman"}, "codespace": {"CODESPACES": "true"}, "nothing known": nil,
	} {
		t.Run(place, func(t *testing.T) {
			m := withoutBrowser(t, env)
			o := m.typing(func(screen func() string) string {
				start := address(screen)
				if q := mustQuery(t, start); q.Get("response_mode") != "query" {
					t.Errorf("response_mode %q", q.Get("response_mode"))
				}
				wrong := "http://localhost:3000/?code=c&state=other\rhello\r" + start + "\r"
				return wrong + "\x1b[200~" + m.endOf(start) + "\x1b[201~\r"
			}, "login")
			if o.code != 0 || o.stdout != "" || !strings.Contains(o.stderr, "signed in as Ada Example") {
				t.Fatalf("%+v", o)
			}
			for _, says := range []string{"from another sign-in", "That is the page to open"} {
				if !strings.Contains(o.stderr, says) {
					t.Errorf("stderr lacks %q:\n%s", says, o.stderr)
				}
			}
			if regexp.MustCompile(`[?&]code=[A-Za-z0-9_.-]{20}`).MatchString(o.stderr) {
				t.Error("the screen shows a code")
			}
			m.must("token")
		})
	}
}

// TestPaste_error: the answer may be a refusal.
func TestPaste_error(t *testing.T) {
	m := withoutBrowser(t, nil)
	o := m.typing(func(screen func() string) string {
		q := mustQuery(t, address(screen))
		return "?error=access_denied&error_description=" + url.QueryEscape("AADSTS65004: the user cancelled") + "&state=" + url.QueryEscape(q.Get("state")) + "\r"
	}, "login")
	if o.code != exitRefused || !strings.Contains(o.stderr, "cancelled") {
		t.Errorf("%+v", o)
	}
}

// TestPaste_tenWrong: ten wrong ones end it, and what is empty does not count.
func TestPaste_tenWrong(t *testing.T) {
	m := withoutBrowser(t, nil)
	o := m.typing(func(screen func() string) string {
		address(screen)
		return strings.Repeat("\r", 20) + strings.Repeat("nonsense\r", 9) + strings.Repeat("a", 17<<10) + "\r"
	}, "login", "-o", "json")
	if o.code != exitRefused || !strings.Contains(o.stderr, `"wrong_pastes"`) || m.items.Len() != 0 {
		t.Errorf("%+v", o)
	}
	if got := strings.Count(o.stderr, "from another sign-in"); got != 9 {
		t.Errorf("said %d times", got)
	}
}

// TestPaste_ends: Ctrl-C ends the sign-in, Ctrl-D the pasting alone.
func TestPaste_ends(t *testing.T) {
	m := withoutBrowser(t, nil)
	if o := m.typing(func(screen func() string) string { address(screen); return "abc\x03" }, "login"); o.code != exitInterrupted {
		t.Errorf("Ctrl-C: %+v", o)
	}
	o := m.typing(func(screen func() string) string { address(screen); return "abc\x04" }, "login", "--timeout", "300ms")
	if o.code != exitRefused || !strings.Contains(o.stderr, "Nothing can be pasted any more") || !strings.Contains(o.stderr, "no answer from the browser within") {
		t.Errorf("Ctrl-D: %+v", o)
	}
}

// TestPaste_overtaken: the browser comes after all, over a port that was forwarded; the prompt goes.
func TestPaste_overtaken(t *testing.T) {
	m := withoutBrowser(t, map[string]string{"SSH_CONNECTION": "10.0.0.1 5000 10.0.0.2 22"})
	o := m.typing(func(screen func() string) string {
		address(screen)
		short := regexp.MustCompile(`http://localhost:\d+/[a-z2-7]{8}`).FindString(screen())
		if _, err := m.visitor.Visit(t.Context(), short); err != nil {
			t.Errorf("visit %s: %v", short, err)
		}
		return ""
	}, "login")
	if o.code != 0 || !strings.HasSuffix(strings.TrimRight(lastScreen(o.stderr), "\n"), "`ciam token`") {
		t.Errorf("%+v", o)
	}
	if strings.Contains(lastScreen(o.stderr), "address: ") {
		t.Errorf("the prompt is still there:\n%s", lastScreen(o.stderr))
	}
}

// TestNobodyThere: exit 4, before keychain and network, whatever else is wrong.
func TestNobodyThere(t *testing.T) {
	for name, row := range map[string]struct {
		terminal bool
		env      map[string]string
		args     []string
		says     string
	}{
		"no terminal":                    {says: "nobody can sign in here: no terminal and no browser\nhint: `ciam login --device-code`"},
		"over SSH":                       {env: map[string]string{"SSH_TTY": "/dev/pts/0"}, says: "no terminal and no browser"},
		"--no-input":                     {terminal: true, args: []string{"--no-input"}, says: "--no-input, and no browser is set"},
		"CIAM_NO_INPUT":                  {terminal: true, env: map[string]string{"CIAM_NO_INPUT": "1"}, says: "--no-input, and no browser is set"},
		"a browser that is not there":    {env: map[string]string{"BROWSER": "/nowhere/browser"}, says: "nobody can sign in here: browser command \"/nowhere/browser\" cannot be run"},
		"the command shell":              {env: map[string]string{"BROWSER": "cmd.exe /c start"}, says: "takes an address apart at its & signs"},
		"none":                           {env: map[string]string{"CIAM_BROWSER": "none"}, says: "no terminal and no browser"},
		"another profile":                {args: []string{"-p", "web"}, says: "`ciam login -p web --device-code`"},
		"the demo":                       {args: []string{"--demo"}, says: "`ciam login --demo --native`"},
		"a tenant that has to be asked":  {args: []string{"--tenant", "fabrikam", "--client-id", appC}, says: "no terminal and no browser"},
		"with a session that is too old": {args: []string{"--if-needed"}, says: "no terminal and no browser"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newCases(t)
			m.hasNoBrowser()
			m.terminal = row.terminal
			var probes atomic.Int32
			m.wrap = func(s keychain.Store) keychain.Store { return probing{s, &probes} }
			for name, value := range row.env {
				m.env[name] = value
			}
			m.fails(exitLogin, []string{row.says}, append([]string{"login"}, row.args...)...)
			ifNeeded := name == "with a session that is too old"
			if m.requests.Load() != 0 || m.reads.Load() != 0 && !ifNeeded || probes.Load() != 0 {
				t.Errorf("%d requests, %d reads, %d probes", m.requests.Load(), m.reads.Load(), probes.Load())
			}
		})
	}
	m := newCases(t)
	m.hasNoBrowser()
	if o := m.run("login", "-o", "json"); o.code != exitLogin || !strings.Contains(o.stderr, `{"error":{"code":"nobody_there",`) {
		t.Errorf("%+v", o)
	}
	// Usage comes first.
	if o := m.run("login", "--prompt", "x"); o.code != exitUsage {
		t.Errorf("%+v", o)
	}
}

// TestNoBrowser_noTerminal prints the address and waits: somebody may read it elsewhere.
func TestNoBrowser_noTerminal(t *testing.T) {
	for _, flags := range [][]string{nil, {"--no-input"}, {"--response-mode", "form_post"}} {
		m := newMachine(t)
		m.hasNoBrowser()
		o := m.watching(func(screen func() string) {
			start := address(screen)
			want := "query"
			if len(flags) > 1 {
				want = "form_post"
			}
			if got := mustQuery(t, start).Get("response_mode"); got != want {
				t.Errorf("%v: response_mode %q, want %s", flags, got, want)
			}
			if _, err := m.visitor.Visit(t.Context(), start); err != nil {
				t.Error(err)
			}
		}, append([]string{"login", "--no-browser"}, flags...)...)
		if o.code != 0 {
			t.Errorf("%+v", o)
		}
	}
}

// TestLauncherFails: a second address with query, and paste; state, nonce and challenge are those of the first.
func TestLauncherFails(t *testing.T) {
	m := newMachine(t)
	m.terminal, m.screen = true, true
	var first url.Values
	m.openFails = func(address string) { first = mustQuery(t, address) }
	o := m.typing(func(screen func() string) string {
		start := address(screen)
		second := mustQuery(t, start)
		for _, name := range []string{"state", "nonce", "code_challenge", "redirect_uri", "client_id", "scope"} {
			if first.Get(name) == "" || first.Get(name) != second.Get(name) {
				t.Errorf("%s: %q, then %q", name, first.Get(name), second.Get(name))
			}
		}
		if first.Get("response_mode") != "form_post" || second.Get("response_mode") != "query" {
			t.Errorf("response_mode %q, then %q", first.Get("response_mode"), second.Get("response_mode"))
		}
		return m.endOf(start) + "\r"
	}, "login")
	if o.code != 0 || !strings.Contains(o.stderr, "the browser could not be opened: ") {
		t.Errorf("%+v", o)
	}
}

// TestIfNeeded: what `ciam token` would give needs no sign-in.
func TestIfNeeded(t *testing.T) {
	m := newCases(t)
	for _, step := range []struct {
		name           string
		args           []string
		before         func()
		browsers       int32
		stderr, stdout string
	}{
		{"nobody is signed in", []string{"login", "--if-needed"}, nil, 1, "signed in as Ada Example", ""},
		{"the token is good", []string{"login", "--if-needed"}, nil, 0, "signed in already as Ada Example <ada@example.com>", ""},
		{"as JSON", []string{"login", "--if-needed", "-o", "json"}, nil, 0, "", `"already_signed_in": true`},
		{"it can be renewed", []string{"login", "--if-needed"}, func() { m.clock += 2 * time.Hour }, 0, "signed in already", ""},
		{"nobody is there", []string{"login", "--if-needed", "--no-input"}, func() { m.noOpener = runtime.GOOS != "windows" && runtime.GOOS != "darwin" }, 0, "signed in already", ""},
		{"another profile", []string{"login", "--if-needed", "-p", "web"}, func() { m.noOpener = false }, 1, "signed in as Ada", ""},
		{"the tenant wants the person", []string{"login", "--if-needed"}, func() {
			m.clock += 2 * time.Hour
			refused := false
			m.answer = func(r *http.Request) *http.Response {
				if refused || !strings.HasSuffix(r.URL.Path, "/token") {
					return nil
				}
				refused = true
				return page(400, "application/json", `{"error":"invalid_grant","error_description":"AADSTS700082: expired"}`)(r)
			}
		}, 1, "signed in as Ada", ""},
		{"a login without it", []string{"login", "-o", "json"}, nil, 1, "", `"already_signed_in": false`},
	} {
		if step.before != nil {
			step.before()
		}
		o := m.must(step.args...)
		if m.browsers.Load() != step.browsers || !strings.Contains(o.stderr, step.stderr) || !strings.Contains(o.stdout, step.stdout) || (step.stdout == "") != (o.stdout == "") {
			t.Errorf("%s: %d browsers\nstdout %q\nstderr %s", step.name, m.browsers.Load(), o.stdout, o.stderr)
		}
	}
	// Trouble on the way is trouble for the sign-in too.
	m.clock += 2 * time.Hour
	m.answer = only("/token", page(503, "text/html", "down"))
	if o := m.run("login", "--if-needed"); o.code != exitUnreachable || m.browsers.Load() != 0 {
		t.Errorf("%+v", o)
	}
}

// TestReachedAs: the name is used where it leads to the address at which this machine was reached.
func TestReachedAs(t *testing.T) {
	for _, c := range []struct{ address, name, want string }{
		{"127.0.0.1", "localhost", "localhost"}, {"10.9.8.7", "localhost", "10.9.8.7"}, {"", "build-07", "build-07"}, {"2001:db8::7", "", ""}, {"2001:db8::7", "no.such.name.invalid", "2001:db8::7"},
	} {
		r := &run{Env: &Env{}, env: config.Environment{Surroundings: config.Surroundings{SSHHost: c.address}}}
		if got := r.reachedAs(context.Background(), c.name); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

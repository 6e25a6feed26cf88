package cli

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/ciam-cli/ciam/internal/term"
)

// TestWaiting_screens are the screens of a sign-in that waits, takes a paste or runs out of time, at 80 and 120 columns. What differs
// from run to run is replaced; -update writes them.
func TestWaiting_screens(t *testing.T) {
	ssh := map[string]string{"SSH_CONNECTION": "192.0.2.1 5000 192.0.2.7 22", "SSH_TTY": "/dev/pts/0"}
	for name, row := range map[string]struct {
		env    map[string]string
		opens  bool // there is a browser to open, and it shows nothing
		fails  bool // its launcher does not work
		waits  bool // until the time is up
		args   []string
		person func(screen func() string) string // types
		shown  string                            // what the picture is taken at; "" at the end
	}{
		"desktop":                  {opens: true, shown: " left"},
		"desktop, launcher fails":  {fails: true, shown: "address: "},
		"desktop, --no-browser":    {opens: true, args: []string{"--no-browser"}, shown: "address: "},
		"desktop, timed out":       {opens: true, waits: true},
		"no browser":               {shown: "address: "},
		"ssh":                      {env: ssh, shown: "address: "},
		"ssh, long":                {env: map[string]string{"SSH_CONNECTION": "2001:db8:1111:2222:3333:4444:5555:6666 5000 2001:db8:1111:2222:3333:4444:5555:7777 2222"}, shown: "address: "},
		"ssh, pasting":             {env: ssh, person: func(func() string) string { return "http://localhost:3000/?code=" + strings.Repeat("x", 3000) }, shown: "characters)"},
		"ssh, wrong pastes":        {env: ssh, person: func(func() string) string { return "http://localhost:3000/?code=c&state=other\r\rx=\x01\rhttp" }, shown: "address: http"},
		"ssh, timed out":           {env: ssh, waits: true},
		"ssh with a browser":       {env: ssh, opens: true, shown: "address: "},
		"codespace":                {env: map[string]string{"CODESPACES": "true"}, shown: "address: "},
		"vscode":                   {env: map[string]string{"VSCODE_IPC_HOOK_CLI": "/tmp/s"}, shown: "address: "},
		"container":                {env: map[string]string{"container": "podman"}, shown: "address: "},
		"container with a browser": {env: map[string]string{"container": "podman"}, opens: true, shown: "address: "},
		"ssh, visited and timed out": {env: ssh, waits: true, person: func(screen func() string) string {
			return knock(regexp.MustCompile(`http://localhost:\d+/[a-z2-7]{8}`).FindString(screen()))
		}},
		"desktop, another sign-in's answer": {opens: true, waits: true, person: func(screen func() string) string {
			return knock(regexp.MustCompile(`http://localhost:\d+/`).FindString(screen()) + "?code=c&state=other")
		}},
		"no terminal, log": {args: []string{"--no-browser"}, waits: true},
	} {
		for _, columns := range []int{80, 120} {
			t.Run(fmt.Sprintf("%s %d", name, columns), func(t *testing.T) {
				t.Parallel()
				m := newMachine(t)
				m.terminal, m.screen, m.live = name != "no terminal, log", true, columns
				m.columns = term.ProseColumns(columns)
				if !row.opens && !row.fails {
					m.hasNoBrowser()
				}
				m.open = func(string) {}
				if row.fails {
					m.openFails = func(string) {}
				}
				for name, value := range row.env {
					m.env[name] = value
				}
				args, got := append([]string{"login"}, row.args...), ""
				for timeout := time.Second; got == ""; timeout *= 4 { // longer where the person came too late
					if row.waits {
						args = append(args, "--timeout", timeout.String())
					}
					got = m.picture(row.person, row.shown, args...)
				}
				for line := range strings.Lines(got) {
					if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > columns && !strings.Contains(line, "https://contoso") && !strings.HasPrefix(line, "     ssh ") {
						t.Errorf("%d columns: %s", n, line)
					}
				}
				path := filepath.Join("testdata", "waiting", strings.NewReplacer(", ", "_", " ", "-", "--", "", "'", "").Replace(name)+fmt.Sprintf("_%d.txt", columns))
				if *update {
					if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(path)
				if err != nil || strings.ReplaceAll(string(want), "\r\n", "\n") != got {
					t.Errorf("%s, %v\ngot\n%s\nwant\n%s", path, err, got, want)
				}
			})
		}
	}
}

// waitFor waits until somebody can do something.
func waitFor(screen func() string) {
	for began := time.Now(); time.Since(began) < 20*time.Second; time.Sleep(time.Millisecond) {
		if text := screen(); strings.Contains(text, "address: ") || strings.Contains(text, " left") {
			return
		}
	}
}

// tooLate is typed by somebody who came when nobody waited any more.
const tooLate = "too late"

// knock makes a browser's request, and goes nowhere from there.
func knock(address string) string {
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Get(address)
	if err != nil {
		return tooLate
	}
	resp.Body.Close()
	return ""
}

// picture is the screen when shown stands on it, or at the end; "" when the person came too late.
func (m *machine) picture(person func(func() string) string, shown string, args ...string) string {
	ctx, cancel := context.WithCancel(m.t.Context())
	defer cancel()
	keys, keyboard := io.Pipe()
	defer keyboard.Close()
	m.keys = keys
	taken, late, gone := "", false, make(chan struct{})
	m.watch = func(screen func() string) {
		defer close(gone)
		if person != nil {
			waitFor(screen)
			keys := person(screen)
			late = keys == tooLate
			go io.WriteString(keyboard, keys)
		}
		if shown == "" {
			return
		}
		for began := time.Now(); time.Since(began) < 20*time.Second && ctx.Err() == nil; time.Sleep(time.Millisecond) {
			if taken = lastScreen(screen()); strings.Contains(taken, shown) {
				break
			}
		}
		cancel()
	}
	o := m.runContext(ctx, args...)
	<-gone
	if late {
		return ""
	}
	if shown == "" {
		taken = lastScreen(o.stderr)
	}
	for _, r := range []struct{ find, put string }{
		{`https://contoso\.ciamlogin\.com/\S+`, "https://contoso.ciamlogin.com/…"},
		{`(?m)^port 3000 .*\n`, ""},
		{`localhost:\d+`, "localhost:3000"}, {`-L \d+:`, "-L 3000:"}, {`port \d+`, "port 3000"}, {`forward \d+:\d+`, "forward 3000:3000"},
		{`/[a-z2-7]{8}\b`, "/k7q2m4xd"}, {`\d\d:\d\d;`, "14:32;"}, {`\d:\d\d left`, "4:51 left"}, {`within \S+`, "within 5m0s"},
	} {
		taken = regexp.MustCompile(r.find).ReplaceAllString(taken, r.put)
	}
	return strings.TrimRight(taken, "\n") + "\n"
}

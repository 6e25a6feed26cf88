package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/needtest"
)

// TestFinish is a sign-in on a machine that the person's browser, a real Chromium on another network, does not share: over
// SSH with a port forwarded, in a codespace whose port is forwarded by itself, in a container by paste; and on a desktop.
func TestFinish(t *testing.T) {
	needtest.Long(t, "drives Chromium")
	tn := startTenant(t, withUser)
	for name, do := range map[string]struct {
		env    []string
		marked bool // of a container
		finish func(t *testing.T, f *far, c *chromium, port int)
	}{
		"ssh": {env: []string{"SSH_CONNECTION=192.0.2.1 5000 192.0.2.7 2222", "SSH_TTY=/dev/pts/0"}, finish: func(t *testing.T, f *far, c *chromium, port int) {
			line := f.found(`ssh -L \d+:localhost:\d+ .*`)
			if want := fmt.Sprintf("ssh -L %d:localhost:%[1]d -L %s:localhost:%[2]s -p 2222 ", port, f.tenant); !strings.HasPrefix(line, want) || !strings.HasSuffix(line, "@192.0.2.7") {
				t.Errorf("the line is %q, want %q", line, want)
			}
			f.forward(port)
			c.signsIn(f.found(`http://localhost:\d+/[a-z2-7]{8}\b`))
			c.ends("You are signed in as Grace Example")
		}},
		"codespaces": {env: []string{"CODESPACES=true", "VSCODE_IPC_HOOK_CLI=/tmp/vscode.sock"}, marked: true, finish: func(t *testing.T, f *far, c *chromium, port int) {
			f.sees(fmt.Sprintf("VS Code on your machine forwards ports %d and %s by itself", port, f.tenant))
			f.forward(port)
			c.signsIn(f.found(`http://localhost:\d+/[a-z2-7]{8}\b`))
			c.ends("You are signed in as Grace Example")
		}},
		"container": {env: []string{"container=podman"}, marked: true, finish: func(t *testing.T, f *far, c *chromium, port int) {
			if screen := f.sees("address: "); !strings.Contains(screen, "You are in a container") || strings.Contains(screen, "ssh -L") {
				t.Errorf("the screen says\n%s", screen)
			}
			c.signsIn(f.found(`http://localhost:\d+/\S+/authorize\?\S+`))
			f.pastes(c.stranded(port))
			f.types("Enter")
		}},
		"desktop": {env: []string{"DISPLAY=:0"}, finish: func(t *testing.T, f *far, c *chromium, port int) {
			f.found(`Waiting for the browser · [45]:\d\d left`)
			address := f.opened()
			if !strings.Contains(address, "response_mode=form_post") {
				t.Errorf("opened %s", address)
			}
			f.forward(port) // one machine
			c.signsIn(address)
			c.ends("You are signed in as Grace Example")
			if screen := f.screen(); strings.Contains(screen, "existing browser session") || strings.Contains(screen, "address: ") || strings.Contains(screen, " left") {
				t.Errorf("the screen shows\n%s", screen)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			p := headless(t, tn, directory.DefaultPublicApp)
			port := freePort(t)
			f := newFar(t, p, tn, 80, do.marked, append(do.env, "CIAM_BROWSER=")...)
			f.installOpener()
			c := newChromium(t)
			f.runs("clear; ciam login --port " + strconv.Itoa(port) + "; echo \"exit code $?\"")
			do.finish(t, f, c, port)
			screen := f.sees("exit code ")
			if !strings.Contains(screen, "exit code 0") || !strings.Contains(screen, "signed in as Grace Example") {
				t.Fatalf("the screen shows\n%s", screen)
			}
			if regexp.MustCompile(`[?&]code=[A-Za-z0-9_.-]{10}`).MatchString(screen) {
				t.Error("the screen shows a code")
			}
			f.transcript(name)
			f.seesLineMode()
			f.runs(`echo "begins with $(ciam token | cut -c1-2)."`)
			f.sees("begins with ey.")
		})
	}
}

// installOpener is the desktop's xdg-open, which says what such programs say.
func (f *far) installOpener() {
	f.t.Helper()
	script := "#!/bin/sh\necho Opening in existing browser session.\nprintf %s \"$1\" >" + f.dir + "/url.new && mv " + f.dir + "/url.new " + f.dir + "/url\n"
	if err := os.WriteFile(filepath.Join(f.dir, "xdg-open"), []byte(script), 0o700); err != nil {
		f.t.Fatal(err)
	}
}

// opened is what the desktop's browser was opened with.
func (f *far) opened() string {
	f.t.Helper()
	data, err := os.ReadFile(filepath.Join(f.dir, "url"))
	if err != nil {
		f.t.Fatalf("no browser was opened: %v\n%s", err, f.screen())
	}
	return string(data)
}

// signsIn opens an address and signs Grace in.
func (c *chromium) signsIn(address string) {
	c.t.Helper()
	c.open(address)
	c.page("sign-in")
	c.fill("email", email)
	c.click("next")
	c.page("password")
	c.fill("password", password)
	c.click("next")
}

// stranded waits until the browser was sent to a port where nobody is, and returns the address in its address bar.
func (c *chromium) stranded(port int) string {
	c.t.Helper()
	prefix := fmt.Sprintf("http://localhost:%d/?", port)
	c.do("wait for the page that cannot be shown", chromedp.WaitVisible(chromedp.CSS("#main-frame-error")))
	history := ask(c, "read the history", chromedp.NavigationEntries())
	last := history.Entries[len(history.Entries)-1].URL
	if !strings.HasPrefix(last, prefix) || !strings.Contains(last, "code=") {
		c.t.Fatalf("the browser is at %s", last)
	}
	return last
}

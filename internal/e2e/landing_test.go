package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/ciam-cli/ciam/internal/needtest"
)

// installAxe returns the source of axe-core, of the version of axe/package-lock.json.
func installAxe(t *testing.T) string {
	t.Helper()
	needtest.Long(t, "judges pages with axe-core")
	needtest.Program(t, "apt-get install nodejs npm", "npm")
	folder := filepath.Join(t.TempDir(), "axe")
	if err := os.CopyFS(folder, os.DirFS("axe")); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), installLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error")
	cmd.Dir, cmd.WaitDelay = folder, 2*time.Second
	if text, err := cmd.CombinedOutput(); err != nil {
		needtest.Lacks(t, "npm ci, at most %s: %v\n%s", installLimit, err, text)
	}
	source, err := os.ReadFile(filepath.Join(folder, "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	return string(source)
}

// judge wants axe-core to find nothing on the page, in a narrow window and a wide one, and takes pictures.
func (c *chromium) judge(axe, name string) {
	c.t.Helper()
	for _, width := range []int64{360, 1280} {
		c.do("set the width", chromedp.EmulateViewport(width, 800))
		c.do("load axe-core", chromedp.Evaluate[chromedp.Void](axe+"; undefined"))
		found := ask(c, "judge "+name, chromedp.Evaluate[struct {
			Passes     int
			Violations []string
		}](`axe.run().then(r => ({Passes: r.passes.length, Violations: r.violations.flatMap(v => v.nodes.map(n => v.id + ": " + n.html + " " + n.failureSummary))}))`, chromedp.EvalAwaitPromise))
		if found.Passes < 10 || len(found.Violations) > 0 {
			c.t.Errorf("%s, %d px: %d rules hold, and against others:\n%s", name, width, found.Passes, strings.Join(found.Violations, "\n"))
		}
		if over := ask(c, "measure", chromedp.Evaluate[int](`document.documentElement.scrollWidth - innerWidth`)); over > 0 {
			c.t.Errorf("%s, %d px: %d px are cut off", name, width, over)
		}
		c.shoot(fmt.Sprintf("%s-%d", name, width))
	}
}

// TestLandingPage uses the emulator's own page as a person does, in light and dark: it creates and deletes users, copies,
// resets, and sees codes arrive. axe-core finds nothing on it, empty or in use, nor on the outbox.
func TestLandingPage(t *testing.T) {
	axe := installAxe(t)
	for name, scheme := range map[string]string{"dark": "preferredColorScheme=0", "light": "preferredColorScheme=1"} {
		t.Run(name, func(t *testing.T) {
			e := runEmulator(t, newProgram(t))
			c := newChromium(t, chromedp.Flag("ignore-certificate-errors-spki-list", e.keyHash()), chromedp.Flag("blink-settings", scheme))
			c.open(e.URL + "/")
			c.page("landing")
			if dark := ask(c, "read the scheme", chromedp.Evaluate[bool](`matchMedia("(prefers-color-scheme: dark)").matches`)); dark != (name == "dark") {
				t.Fatalf("dark: %v", dark)
			}
			c.judge(axe, "empty")
			c.do("answer questions with yes", chromedp.Evaluate[chromedp.Void](`window.confirm = () => true; undefined`))

			users := []string{"ada@example.com", "grace.hopper.with.a.long.address@engineering.example.com", "linus@example.com"}
			for i, address := range users {
				c.fill("email-0", address)
				if i < 2 {
					c.fill("name-0", "Ada Example")
					c.fill("password-0", password)
				}
				c.submit(`form[data-create] button`)
				c.says(address + " was created.")
			}
			if got := e.userNames(); strings.Join(got, " ") != strings.Join(users, " ") {
				t.Errorf("there are %v", got)
			}
			c.fill("email-0", "ADA@example.com")
			c.submit(`form[data-create] button`)
			c.says("already")

			c.copies(e)
			c.codesArrive(e, axe)
			c.judge(axe, "in-use")

			c.do("answer questions with yes", chromedp.Evaluate[chromedp.Void](`window.confirm = () => true; undefined`))
			c.submit(`[data-who="linus@example.com"]`)
			c.says("linus@example.com was deleted.")
			c.do("answer questions with no", chromedp.Evaluate[chromedp.Void](`window.confirm = () => false; undefined`))
			c.submit(`[data-who="ada@example.com"]`)
			if got := e.userNames(); len(got) != 2 {
				t.Errorf("there are %v", got)
			}
			c.do("answer questions with yes", chromedp.Evaluate[chromedp.Void](`window.confirm = () => true; undefined`))
			c.submit("#reset")
			c.says("Everything is as it was at the start.")
			if got := e.userNames(); len(got) != 0 {
				t.Errorf("after the reset there are %v", got)
			}
		})
	}
}

// submit clicks on what a selector finds.
func (c *chromium) submit(selector string) {
	c.t.Helper()
	c.do("click "+selector, chromedp.Click(chromedp.CSS(selector)))
}

// says waits until the page has said something of what was done.
func (c *chromium) says(text string) {
	c.t.Helper()
	quoted, _ := json.Marshal(text) // a string always encodes
	c.until(fmt.Sprintf(`!document.getElementById("said").hidden && document.getElementById("said").textContent.includes(%s)`, quoted))
}

// until waits for an expression to be true, on whatever page is there by then.
func (c *chromium) until(expression string) {
	c.t.Helper()
	var holds bool
	var err error
	for deadline := time.Now().Add(30 * time.Second); !holds; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			c.t.Fatalf("not within 30 s: %s (%v)\npage: %s", expression, err, c.describe())
		}
		ctx, cancel := context.WithTimeout(c.ctx, 10*time.Second)
		holds, err = chromedp.Run(ctx, chromedp.Evaluate[bool](expression)) // an error is a page that goes
		cancel()
	}
}

func (e *liveEmulator) userNames() (names []string) {
	e.t.Helper()
	resp, err := e.client.Get(e.URL + "/_emulator/users")
	if err != nil {
		e.t.Fatal(err)
	}
	defer resp.Body.Close()
	var all struct{ Users []struct{ Email string } }
	if err := json.NewDecoder(resp.Body).Decode(&all); err != nil {
		e.t.Fatal(err)
	}
	for _, u := range all.Users {
		names = append(names, u.Email)
	}
	return names
}

// copies clicks on copy buttons and looks at what went to the clipboard.
func (c *chromium) copies(e *liveEmulator) {
	c.t.Helper()
	c.do("watch the clipboard", chromedp.Evaluate[chromedp.Void](`{
		const write = navigator.clipboard.writeText.bind(navigator.clipboard);
		navigator.clipboard.writeText = async text => { await write(text); window.copied = text; };
	}; undefined`))
	for id, want := range map[string]string{"tenant-0": e.TenantID, "authority-0": e.Authority, "client-0-0": desktopApp, "ciam-code": "ciam login"} {
		c.submit(fmt.Sprintf(`[data-copy=%q]`, id))
		c.until(fmt.Sprintf(`document.querySelector('[data-copy=%q]').textContent.startsWith("Copied")`, id))
		if got := ask(c, "read what was copied", chromedp.Evaluate[string](`copied`)); !strings.Contains(got, want) {
			c.t.Errorf("%s copied %q", id, got)
		}
	}
}

// codesArrive signs up up to the code, and reads that on the landing page and where the code page leads, both of which show it
// without being asked again.
func (c *chromium) codesArrive(e *liveEmulator, axe string) {
	c.t.Helper()
	landing := ask(c, "read the address", chromedp.Location())
	frame := `document.querySelector("iframe").contentDocument`
	if text := ask(c, "read the frame", chromedp.Evaluate[string](frame+`.body.innerText`)); !strings.Contains(text, "No one-time code") {
		c.t.Errorf("the outbox is not empty: %s", text)
	}
	v := e.visitor()
	v.Email, v.SignUp = "nobody@example.com", true
	v.Code = func(_ context.Context, address string) (string, error) {
		return "", fmt.Errorf("stop here: %s", address)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, _ = v.Visit(ctx, e.Authority+"/oauth2/v2.0/authorize?"+url.Values{"client_id": {desktopApp}, "redirect_uri": {"http://localhost"}, "response_type": {"code"},
		"scope": {"openid"}, "code_challenge": {strings.Repeat("A", 43)}, "code_challenge_method": {"plain"}}.Encode())
	sent, err := readOutbox(e.client, e.URL, v.Email)
	if err != nil {
		c.t.Fatal(err)
	}
	c.until(fmt.Sprintf(`%s.body.innerText.includes(%q)`, frame, sent))

	for _, page := range []string{"?to=" + url.QueryEscape(v.Email), "?to=other%40example.com", "", "?framed"} {
		c.open(e.URL + "/_emulator/outbox/page" + page)
		c.page("outbox")
		text := ask(c, "read the page", chromedp.Text(chromedp.CSS("body")))
		if strings.Contains(text, sent) == strings.Contains(page, "other") {
			c.t.Errorf("outbox%s: %s", page, text)
		}
		c.judge(axe, "outbox"+strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' {
				return r
			}
			return -1
		}, page))
	}
	c.open(landing)
	c.page("landing")
}

// TestCodePage_outbox follows the link of the page that asks for a code.
func TestCodePage_outbox(t *testing.T) {
	e := startEmulator(t)
	c := e.chromium()
	c.open(e.Authority + "/oauth2/v2.0/authorize?" + url.Values{"client_id": {desktopApp}, "redirect_uri": {"http://localhost"}, "response_type": {"code"},
		"scope": {"openid"}, "prompt": {"create"}, "code_challenge": {strings.Repeat("A", 43)}, "code_challenge_method": {"plain"}}.Encode())
	c.page("sign-up")
	c.fill("email", email)
	c.click("next")
	c.page("code")
	where := ask(c, "read the link", chromedp.Evaluate[string](`document.getElementById("outbox").href`))
	c.open(where)
	c.page("outbox")
	if text := ask(c, "read the page", chromedp.Text(chromedp.CSS("body"))); !strings.Contains(text, e.code()) || !strings.Contains(text, email) {
		t.Errorf("the link leads to %s: %s", where, text)
	}
	resp, err := e.client.Get(where)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
		t.Errorf("%s answers %d %s", where, resp.StatusCode, resp.Header.Get("Content-Type"))
	}
}

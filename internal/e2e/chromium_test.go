package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/ciam-cli/ciam/internal/needtest"
)

const installChromium = "apt-get install chromium"

// chromium is one browser with an empty profile: its cookies last as long as the test.
type chromium struct {
	t   *testing.T
	ctx context.Context
}

// newChromium starts the real browser, or skips (fails with CIAM_E2E=1) where there is none. extra adds flags.
func newChromium(t *testing.T, extra ...chromedp.ExecAllocatorOption) *chromium {
	t.Helper()
	needtest.Long(t, "drives Chromium")
	path := needtest.Program(t, installChromium, "chromium", "chromium-browser", "google-chrome")
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-features", "HttpsUpgrades,HttpsFirstBalancedModeAutoEnable"), chromedp.WSURLReadTimeout(60*time.Second))
	allocator, cancelAllocator := chromedp.NewExecAllocator(context.Background(), append(options, extra...)...)
	ctx, cancel := chromedp.NewContext(allocator)
	ctx, cancelTime := context.WithTimeout(ctx, serveLimit)
	t.Cleanup(func() { cancelTime(); cancel(); cancelAllocator() })
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	return &chromium{t: t, ctx: ctx}
}

// tab is another page of the same browser, with cookies of its own.
func (c *chromium) tab(t *testing.T) *chromium {
	t.Helper()
	ctx, cancel := chromedp.NewContext(c.ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil { // the tab lasts as long as this context
		t.Fatalf("open a tab: %v", err)
	}
	return &chromium{t: t, ctx: ctx}
}

func (c *chromium) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.ctx, 30*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		c.t.Fatalf("%s: %v\npage: %s", what, err, c.describe())
	}
}

// ask runs one action and returns its value.
func ask[T any](c *chromium, what string, action chromedp.Action[T]) T {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.ctx, 30*time.Second)
	defer cancel()
	value, err := chromedp.Run(ctx, action)
	if err != nil {
		c.t.Fatalf("%s: %v\npage: %s", what, err, c.describe())
	}
	return value
}

// describe tells where the browser is, for failure messages.
func (c *chromium) describe() string {
	ctx, cancel := context.WithTimeout(c.ctx, 5*time.Second)
	defer cancel()
	location, _ := chromedp.Run(ctx, chromedp.Location())
	text, _ := chromedp.Run(ctx, chromedp.Text(chromedp.CSS("body")))
	return location + "\n" + text
}

// page waits for the tenant's page of that name.
func (c *chromium) page(name string) {
	c.t.Helper()
	c.do("wait for page "+name, chromedp.WaitVisible(chromedp.CSS(`body[data-page="`+name+`"]`)))
	c.shoot(name)
}

// ends waits for the listener's page and returns its text.
func (c *chromium) ends(heading string) string {
	c.t.Helper()
	c.do("wait for "+heading, chromedp.WaitVisible(chromedp.Search(`//h1[contains(., "`+heading+`")]`)))
	c.shoot("ciam")
	return ask(c, "read the page", chromedp.Text(chromedp.CSS("body")))
}

// shoot saves a picture for people to look at when CIAM_E2E_SCREENSHOTS names a folder.
func (c *chromium) shoot(name string) {
	dir := os.Getenv("CIAM_E2E_SCREENSHOTS")
	if dir == "" {
		return
	}
	png := ask(c, "screenshot", chromedp.FullScreenshot(100))
	if err := os.WriteFile(filepath.Join(dir, strings.ReplaceAll(c.t.Name(), "/", "_")+"-"+name+".png"), png, 0o600); err != nil {
		c.t.Error(err)
	}
}

func (c *chromium) open(address string) {
	c.t.Helper()
	c.do("open the URL", chromedp.Navigate(address))
}

func (c *chromium) fill(id, value string) {
	c.t.Helper()
	c.do("fill "+id, chromedp.SendKeys(chromedp.ID(id), value))
}

func (c *chromium) click(id string) {
	c.t.Helper()
	c.do("click "+id, chromedp.Click(chromedp.ID(id)))
}

// press sends keys to whatever has the focus.
func (c *chromium) press(keys string) {
	c.t.Helper()
	c.do("press keys", chromedp.KeyEvent(keys))
}

// focused returns the id of the element with the focus.
func (c *chromium) focused() string {
	c.t.Helper()
	return ask(c, "read the focus", chromedp.Evaluate[string](`document.activeElement ? document.activeElement.id : ""`))
}

// tabTo presses Tab until the element has the focus, as a person without a mouse does.
func (c *chromium) tabTo(id string) {
	c.t.Helper()
	for range 15 {
		if c.focused() == id {
			return
		}
		c.press(kb.Tab)
	}
	c.t.Fatalf("Tab never reaches #%s; page: %s", id, c.describe())
}

// unlabelled returns the visible fields that a screen reader could not name.
func (c *chromium) unlabelled() []string {
	c.t.Helper()
	return ask(c, "look at the labels", chromedp.Evaluate[[]string](`[...document.querySelectorAll('input:not([type=hidden]),select,textarea')]
		.filter(e => !(e.labels && e.labels.length) && !e.getAttribute('aria-label') && !e.getAttribute('aria-labelledby')).map(e => e.id || e.name)`))
}

// code reads the newest one-time code for an address from the outbox of the tenant that serves pageURL.
func code(t *testing.T, pageURL, email string) string {
	t.Helper()
	c, err := readCode(pageURL, email)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func readCode(pageURL, email string) (string, error) {
	u, err := url.Parse(pageURL)
	if err != nil {
		return "", err
	}
	return readOutbox(http.DefaultClient, u.Scheme+"://"+u.Host, email)
}

// readOutbox reads it from the emulator at origin.
func readOutbox(client *http.Client, origin, email string) (string, error) {
	resp, err := client.Get(origin + "/_emulator/outbox")
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var outbox struct {
		Messages []struct{ To, Code string }
	}
	if err := json.NewDecoder(resp.Body).Decode(&outbox); err != nil {
		return "", err
	}
	for _, m := range slices.Backward(outbox.Messages) {
		if m.To == email {
			return m.Code, nil
		}
	}
	return "", fmt.Errorf("no code for %s in the outbox", email)
}

// scripts counts the script elements of a page; the pages of our own listener have none.
func (c *chromium) scripts() int {
	c.t.Helper()
	return ask(c, "look for scripts", chromedp.Evaluate[int](`document.scripts.length`))
}

func (c *chromium) location() string {
	c.t.Helper()
	return ask(c, "read the address", chromedp.Location())
}

package e2e

import (
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// layout is what Chromium makes of a page of the listener.
type layout struct {
	// Width and Height are those of all that can be scrolled to, Window the window's width.
	Width, Height, Window int
	// Broken are names of claims that take more than one line although they are short.
	Broken []string
	// Folded counts what is folded, Scripts scripts.
	Folded, Scripts int
}

const measure = `({
	width: document.documentElement.scrollWidth, height: document.body.scrollHeight, window: innerWidth,
	broken: [...document.querySelectorAll('tbody th bdi')].filter(e => e.textContent.length <= 24 && e.getClientRects().length > 1).map(e => e.textContent),
	folded: document.querySelectorAll('details:not([open])').length, scripts: document.scripts.length,
})`

// TestPages_layout has a real browser lay out the pages that a sign-in ends on: no sideways scroll, no endless wall, no broken
// name, on a narrow screen and on a wide one, folded and with everything opened.
func TestPages_layout(t *testing.T) {
	c := newChromium(t)
	for _, page := range []struct {
		name   string
		narrow int // how high it may be at 360 pixels, folded
	}{{"signed_in", 900}, {"refused", 500}, {"hostile", 500}} {
		path, err := filepath.Abs(filepath.Join("..", "loopback", "testdata", page.name+".html"))
		if err != nil {
			t.Fatal(err)
		}
		address := url.URL{Scheme: "file", Path: "/" + strings.TrimPrefix(filepath.ToSlash(path), "/")}
		for _, width := range []int64{360, 1280} {
			c.do("open "+page.name, chromedp.EmulateViewport(width, 800), chromedp.Navigate(address.String()))
			c.shoot(page.name)
			for _, open := range []bool{false, true} {
				if open {
					c.do("open all", chromedp.Evaluate[chromedp.Void](`document.querySelectorAll('details').forEach(d => { d.open = true })`))
				}
				got := ask(c, "measure", chromedp.Evaluate[layout](measure))
				if got.Window != int(width) || got.Width > got.Window || len(got.Broken) > 0 || got.Scripts > 0 || open == (got.Folded > 0) {
					t.Errorf("%s at %d, opened %t: %+v", page.name, width, open, got)
				}
				if !open && width == 360 && got.Height > page.narrow || open && got.Height > 3000 {
					t.Errorf("%s at %d, opened %t: %d pixels high", page.name, width, open, got.Height)
				}
				t.Logf("%s at %d, opened %t: %d pixels high", page.name, width, open, got.Height)
			}
		}
	}
}

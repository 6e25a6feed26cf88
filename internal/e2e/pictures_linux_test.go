package e2e

import (
	"bytes"
	"flag"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/ciam-cli/ciam/internal/config"
	"github.com/ciam-cli/ciam/internal/keychain/keychaintest"
)

var updatePictures = flag.Bool("update", false, "make docs/images and their texts anew")

// updateVariable tells the flag to the second process, under the bus.
const updateVariable = "CIAM_TEST_UPDATE"

// picturesDir has what the README shows.
var picturesDir = filepath.Join("..", "..", "docs", "images")

// TestPictures makes the pictures of the README from the program: a session at a terminal, and the pages of a sign-in, light and
// dark. The terminal is compared picture by picture; pages differ from browser to browser, so their texts are.
//
//	CIAM_E2E=1 go test ./internal/e2e -run TestPictures -update
func TestPictures(t *testing.T) {
	if *updatePictures {
		t.Setenv(updateVariable, "1")
	}
	keychaintest.RunUnderSecretService(t, func(t *testing.T, _ *keychaintest.Provider) {
		light := newChromium(t, chromedp.Flag("blink-settings", "preferredColorScheme=1"))
		dark := newChromium(t, chromedp.Flag("blink-settings", "preferredColorScheme=0"))
		p := newProgram(t)
		there := *p
		there.stdin = fileWith(t, password+"\n")
		there.must("login", "--demo", "--native", "--signup", "--email", "ada@example.com", "--password-stdin", "--attribute", "displayName=Ada Example")
		p.must("logout", "--local")

		second := p.start("login", "--demo")
		texts, pages := photograph(dark, second.opened())
		second.must()
		compareFile(t, filepath.Join(picturesDir, "pages-dark.png"), pages, false)
		compareFile(t, filepath.Join("testdata", "pictures", "pages.txt"), []byte(texts), true)
		p.must("logout", "--local")

		f := newNear(t, p, 80, "NO_COLOR=", "CIAM_BROWSER="+os.Args[0], "DBUS_SESSION_BUS_ADDRESS="+os.Getenv("DBUS_SESSION_BUS_ADDRESS"))
		f.leaveContainer()
		f.runs("PS1='$ '; clear") // root's is another
		f.found(`\A\$ *\n*\z`)
		f.tmux("clear-history")
		f.runs("ciam login --demo")
		again, pages := photograph(light, p.browser.next(t))
		if again != texts {
			t.Errorf("the pages differ from one sign-in to the next:\n%s\n%s", again, texts)
		}
		compareFile(t, filepath.Join(picturesDir, "pages-light.png"), pages, false)
		f.found(`signed in as Ada Example(?s).*\n\$\s*\z`)
		f.runs("ciam claims")
		f.found(`\n\$\s*\z`)
		f.runs("ciam token | cut -c-28") // as much as is the same in every token
		f.sees("\neyJ")
		lines := sessionLines(f.tmux("capture-pane", "-p", "-e", "-S", "-"))
		for _, theme := range themes {
			compareFile(t, filepath.Join(picturesDir, "session-"+theme.name+".svg"), []byte(drawTerminal(lines, 80, theme)), true)
		}
	})
}

// TestPictures_shown: the README shows every picture, and they are small.
func TestPictures_shown(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for name, most := range map[string]int64{"session-light.svg": 20 << 10, "session-dark.svg": 20 << 10, "pages-light.png": 100 << 10, "pages-dark.png": 100 << 10} {
		info, err := os.Stat(filepath.Join(picturesDir, name))
		if err != nil || info.Size() > most || info.Size() == 0 {
			t.Errorf("%s: %v, more than %d bytes?", name, err, most)
		}
		if !strings.Contains(string(readme), `"docs/images/`+name+`"`) {
			t.Errorf("the README does not show %s", name)
		}
	}
}

// leaveContainer gives the shell a view of the files in which a container's marks are covered: the picture is of a desktop.
func (f *far) leaveContainer() {
	f.t.Helper()
	if !config.InContainer() {
		return
	}
	f.runs(`exec unshare -m sh -c 'for m in /.dockerenv /run/.containerenv; do test ! -e $m || mount --bind /dev/null $m; done; echo status $?; exec sh'`)
	if status := f.found(`status \d+\n|unshare: .*`); status != "status 0\n" {
		f.t.Skipf("a container that does not let its marks be covered: %s", status)
	}
}

// photograph signs Ada in and returns what the pages say, and a picture of them side by side.
func photograph(c *chromium, start string) (texts string, picture []byte) {
	c.t.Helper()
	c.do("set the size", chromedp.EmulateViewport(440, 470, chromedp.EmulateScale(1.5)))
	c.open(start)
	c.page("sign-in")
	c.fill("email", "ada@example.com")
	texts, signIn := c.take()
	c.press(kb.Enter)
	c.page("password")
	c.fill("password", password)
	c.do("set the size", chromedp.EmulateViewport(640, 470, chromedp.EmulateScale(1.5)))
	c.press(kb.Enter)
	c.ends("You are signed in as Ada Example")
	text, signedIn := c.take()
	return texts + "\n----\n" + text, join(c.t, signIn, signedIn)
}

// take returns the text of the page, without what differs from one sign-in to the next, and its picture.
func (c *chromium) take() (text string, picture []byte) {
	c.t.Helper()
	text = ask(c, "read the page", chromedp.Evaluate[string](`document.body.innerText`))
	text = regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`).ReplaceAllString(steady(text), "2026-11-24 08:10:30")
	for _, line := range slices.Collect(strings.Lines(text)) { // claims that are values of this very token
		if name, _, ok := strings.Cut(line, "\t"); ok && slices.Contains([]string{"aio", "uti", "nonce", "sid", "rh"}, name) {
			text = strings.ReplaceAll(text, line, name+"\t…\n")
		}
	}
	return text, ask(c, "take a picture", chromedp.CaptureScreenshot())
}

// join puts pictures side by side, each in a frame, with as few colours as PNG can say in a byte.
func join(t *testing.T, pictures ...[]byte) []byte {
	t.Helper()
	const gap = 24
	var all []image.Image
	width, height := 0, 0
	for _, data := range pictures {
		img, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, img)
		width, height = width+img.Bounds().Dx()+2, max(height, img.Bounds().Dy()+2)
	}
	whole := image.NewRGBA(image.Rect(0, 0, width+gap*(len(all)-1), height))
	x := 0
	for _, img := range all {
		at := image.Rect(x, 0, x+img.Bounds().Dx()+2, img.Bounds().Dy()+2)
		draw.Draw(whole, at, image.NewUniform(color.Gray{0x80}), image.Point{}, draw.Src)
		draw.Draw(whole, at.Inset(1), img, img.Bounds().Min, draw.Src)
		x = at.Max.X + gap
	}
	reduced := image.NewPaletted(whole.Bounds(), frequent(whole))
	draw.Draw(reduced, reduced.Bounds(), whole, image.Point{}, draw.Src)
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, reduced); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// frequent are the 256 most frequent colours of a picture. What is drawn is flat: the rest are edges of letters.
func frequent(img *image.RGBA) color.Palette {
	count := map[color.RGBA]int{}
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			count[img.RGBAAt(x, y)]++
		}
	}
	colors := make([]color.RGBA, 0, len(count))
	for c := range count {
		colors = append(colors, c)
	}
	slices.SortFunc(colors, func(a, b color.RGBA) int { return count[b] - count[a] })
	var palette color.Palette
	for _, c := range colors[:min(256, len(colors))] {
		palette = append(palette, c)
	}
	return palette
}

// compareFile writes a file with -update, else it compares where that is asked for.
func compareFile(t *testing.T, path string, got []byte, compare bool) {
	t.Helper()
	if os.Getenv(updateVariable) != "" {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if !compare {
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what the program shows now (-update makes the pictures anew); got\n%s", path, got)
	}
}

// fileWith is a stdin.
func fileWith(t *testing.T, text string) *os.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "stdin")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	return file
}

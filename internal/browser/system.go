package browser

import (
	"context"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/pkg/browser"
)

// systemLaunchers names the programs of which github.com/pkg/browser runs the first that is installed; nil when it needs none.
func systemLaunchers(goos string) []string {
	switch goos {
	case "windows":
		return nil
	case "darwin":
		return []string{"open"}
	case "linux":
		return []string{"xdg-open", "x-www-browser", "www-browser"}
	}
	return []string{"xdg-open"}
}

// systemOutput guards the package variables of github.com/pkg/browser.
var systemOutput sync.Mutex

// openSystem starts the system's default browser. The library waits for the launcher, so it is left waiting on its own.
func openSystem(ctx context.Context, url string, chatter func(string), patience time.Duration) error {
	file, done := output(chatter)
	defer done()
	var out io.Writer // nil is nowhere; not a nil *os.File
	if file != nil {
		out = file
	}
	systemOutput.Lock()
	// Only when they change: a launcher of an earlier call may still be about to read them. All values are pointers or nil.
	if browser.Stdout != out || browser.Stderr != out {
		browser.Stdout, browser.Stderr = out, out
	}
	systemOutput.Unlock()
	ended := make(chan error, 1)
	go func() { ended <- browser.OpenURL(url) }()
	return watch(ctx, "the system's default", ended, patience)
}

// Programs that reach from Linux into the Windows around it.
const (
	wslview    = "wslview" // of wslu
	powershell = "powershell.exe"
)

// windowsLaunchers are the commands that open a URL in Windows from within WSL, best first, of those that are installed.
func windowsLaunchers(url string) [][]string {
	safe := literal(url)
	var found [][]string
	if installed(wslview) {
		found = append(found, []string{wslview, safe})
	}
	if installed(powershell) {
		found = append(found, []string{powershell, "-NoProfile", "-NonInteractive", "-Command", "Start-Process '" + safe + "'"})
	}
	return found
}

// literal percent-encodes what could end or expand a quoted string of PowerShell, which wslview runs too: quotes, $, `,
// parentheses, and everything that is not ASCII, since PowerShell takes typographic quotes for quotes.
func literal(url string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(url) {
		c := url[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-._~:/?#[]@!&*+,;=%", c) >= 0:
			b.WriteByte(c)
		default:
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return b.String()
}

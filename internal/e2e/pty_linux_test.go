package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/term/termtest"
)

// typing runs the binary at a terminal where somebody types a line as soon as they are asked for it.
func (p *program) typing(t *testing.T, asked, line string, args ...string) *process {
	t.Helper()
	keyboard, screen := termtest.Open(t)
	there := *p
	there.stdin = screen
	r := there.start(args...)
	go func() {
		for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
			if strings.Contains(r.stderr.String(), asked) {
				_, _ = keyboard.WriteString(line + "\n")
				return
			}
		}
	}()
	return r
}

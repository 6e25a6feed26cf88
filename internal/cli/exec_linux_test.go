package cli

import (
	"strings"
	"testing"
)

// TestExec_commandLine looks for the token on the command lines of ciam and its child.
func TestExec_commandLine(t *testing.T) {
	m, token := signedIn(t)
	cmd := m.program("exec", "--refresh-endpoint", "--", tool(t, "sh"), "-c", `cat /proc/$$/cmdline /proc/$PPID/cmdline; printf '\n%s' "$CIAM_TOKEN_URL_SECRET"`)
	out, err := cmd.Output()
	lines, secret, _ := strings.Cut(string(out), "\n")
	if err != nil || len(secret) != 43 || !strings.Contains(lines, "refresh-endpoint") || strings.Contains(lines, token) || strings.Contains(lines, secret) {
		t.Errorf("%q, %v", out, err)
	}
}

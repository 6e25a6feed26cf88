package cli

import (
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// TestAdministrator_given: a token that was given is what Graph is asked with, by stdin or by variable.
func TestAdministrator_given(t *testing.T) {
	for _, way := range []string{"stdin", "variable"} {
		t.Run(way, func(t *testing.T) {
			m := newAdministrators(t)
			token := m.accessToken(adminEmail, readOrg)
			args := []string{"probe", readOrg}
			if way == "stdin" {
				m.stdin, args = "Bearer "+token+"\n", append(args, "--access-token-stdin")
			} else {
				m.env["CIAM_GRAPH_TOKEN"] = token + "\n"
			}
			o := m.must(args...)
			want := directory.DefaultTenantID + " " + hereTenant + "  \"\"\nContoso as " + adminEmail + "\n"
			if o.stdout != want || m.browsers.Load() != 0 || strings.Contains(o.stderr, token) {
				t.Errorf("%+v; want %q", o, want)
			}
		})
	}
}

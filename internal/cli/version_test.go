package cli

import (
	"runtime"
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/term"
)

// TestVersion: one text, however it is asked for, with what is known of the build.
func TestVersion(t *testing.T) {
	for _, row := range []struct {
		env  Env
		want string
	}{
		{Env{Version: "v1.2.3", Commit: "3fbc574e0ec7827c5b89451d13b56d7854c873d0", CommitDate: "2026-11-26T23:30:00-03:00"}, "ciam v1.2.3 (commit 3fbc574e0ec7 of 2026-11-27, "},
		{Env{Version: "v1.2.3", Commit: "3fbc574e0ec7", CommitDate: "2026-11-26T23:30:00Z", Modified: true}, "ciam v1.2.3 (commit 3fbc574e0ec7 of 2026-11-26, modified, "},
		{Env{Version: "(devel)", Commit: "abc"}, "ciam (devel) (commit abc, "},
		{Env{Version: "(devel)"}, "ciam (devel) ("},
	} {
		want := row.want + runtime.Version() + ", " + runtime.GOOS + "/" + runtime.GOARCH + ")\n"
		for _, args := range []string{"version", "--version", "-v", "--version -p contoso", "-v --no-input"} {
			streams, _, out, errs := term.Test()
			env := row.env
			env.Streams, env.Getenv = streams, home(t)
			if code := Run(t.Context(), &env, strings.Fields(args)); code != 0 || out.String() != want || errs.Len() != 0 {
				t.Errorf("%s: exit %d, %q, want %q; %s", args, code, out.String(), want, errs.String())
			}
		}
		streams, _, out, _ := term.Test()
		env := row.env
		env.Streams, env.Getenv = streams, home(t)
		if code := Run(t.Context(), &env, []string{"--version", "-o", "json", "--jq", ".version"}); code != 0 || out.String() != row.env.Version+"\n" {
			t.Errorf("--jq: exit %d, %q", code, out.String())
		}
	}
}

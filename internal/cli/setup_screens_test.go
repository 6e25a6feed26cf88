package cli

import (
	"context"
	"errors"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/term"
)

// TestSetup_screens compares what a person at a terminal gets to see of setup and of a plan with testdata/screens.
func TestSetup_screens(t *testing.T) {
	took := regexp.MustCompile(`\d+\.\d s\b`)
	for _, columns := range []int{80, 120} {
		w := newSetupWorld(t)
		w.terminal, w.goos, w.screen, w.width, w.columns = true, "linux", true, columns, term.ProseColumns(columns)
		w.stdin = hereTenant + "\n2\nshop\n\notp\ndisplayName country\n\ny\n"
		o := w.run("setup")
		if o.code != 0 {
			t.Fatal(o.stderr)
		}
		secret := strings.TrimSpace(o.stdout)
		if len(secret) < 20 {
			t.Errorf("shows the secret %q", secret)
		}
		golden(t, "screens/setup_"+strconv.Itoa(columns), took.ReplaceAllString(o.stderr, "0.0 s"), 0)

		w.call("PATCH", "/applications(uniqueName='ciam-shop')", `{"web":{"redirectUris":["http://localhost:3000","https://shop.example"]},"displayName":"Shop 2"}`)
		w.screen = false
		file := w.write(strings.Replace(w.must("tenant", "pull", "--tenant", hereTenant).stdout, "displayName: Shop 2", "displayName: The shop", 1))
		w.call("PATCH", "/applications(uniqueName='ciam-shop')", `{"web":{"redirectUris":["http://localhost:3000","https://shop.example/elsewhere"]}}`)
		w.screen = true
		o = w.tenantRun("plan", file)
		golden(t, "screens/tenant_plan_"+strconv.Itoa(columns), o.stdout, columns)
	}
}

// TestApply_interrupted has Ctrl-C in the middle: the exit code is 130, what is done is said, and the same command goes on.
func TestApply_interrupted(t *testing.T) {
	w := newSetupWorld(t)
	ctx, stop := context.WithCancelCause(t.Context())
	defer stop(nil)
	w.graph = func(req *http.Request) *http.Response {
		if strings.HasSuffix(req.URL.Path, "/oauth2PermissionGrants") && req.Method == http.MethodPost {
			stop(&stoppedError{os.Interrupt})
			return page(503, "application/json", "{}")(req)
		}
		return nil
	}
	o := w.runContext(ctx, "tenant", "apply", "--tenant", hereTenant, "-f", w.write(shopFile), "--yes")
	if o.code != exitInterrupted || !strings.Contains(o.stderr, "done: custom attribute extension_diet, application cli") || !strings.Contains(o.stderr, "not known to be: admin consent") || errors.Is(ctx.Err(), nil) {
		t.Errorf("exit %d\n%s", o.code, o.stderr)
	}
	w.graph = nil
	if o := w.tenantRun("apply", w.write(shopFile)); o.code != 0 {
		t.Errorf("exit %d\n%s", o.code, o.stderr)
	}
	if o := w.tenantRun("plan", w.write(shopFile), "--exit-code"); o.code != 0 {
		t.Errorf("exit %d\n%s", o.code, o.stdout)
	}
}

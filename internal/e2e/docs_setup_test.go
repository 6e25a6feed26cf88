package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/needtest"
)

// TestDocs_tenantSetup follows docs/tenant-setup.md to the letter, with a home of its own and a person at Chromium: an empty
// tenant, `ciam setup` with an administrator, a customer's sign-up, and then the same by Graph requests, which the same customer
// signs in to.
func TestDocs_tenantSetup(t *testing.T) {
	for _, program := range []string{"bash", "curl", "jq"} {
		needtest.Program(t, "apt-get install "+program, program)
	}
	c, p := newChromium(t), newProgram(t)
	p.useFile()
	port := strconv.Itoa(freePort(t))
	text := strings.ReplaceAll(page(t, "tenant-setup.md"), "8765", port)
	try, rest := blockAfter(t, text, "and for you as a customer.")
	token, rest := blockAfter(t, rest, "for the emulator of [above](#try-it-without-a-tenant):")
	_, requests, ok := strings.Cut(rest, "```sh\n")
	requests, _, closed := strings.Cut(requests, "```\n")
	if !ok || !closed {
		t.Fatal("the page has no requests")
	}
	script := try + "echo; " + token + requests + "ciam login -p byhand\nciam whoami -p byhand -o json --jq .account.name\nkill %1\n"
	dir := t.TempDir()
	ready := filepath.Join(dir, "script")
	if err := os.WriteFile(ready, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("bash", "-euo", "pipefail", ready)
	var out, errs output
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.WaitDelay = dir, &out, &errs, 2*time.Second
	cmd.Env = append(p.env, "PATH="+filepath.Dir(p.path)+string(os.PathListSeparator)+os.Getenv("PATH"))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	for visits := 0; ; {
		select {
		case address := <-p.browser.urls:
			c.open(address)
			switch visits++; {
			case strings.Contains(address, "prompt=create"):
				fillSignUp(t, c, func() string { return code(t, address, email) })
			case visits == 1:
				c.page("sign-in")
				c.fill("email", adminEmail)
				c.click("next")
				c.page("password")
				c.fill("password", adminPassword)
				c.click("next")
			case visits > 2 && strings.Contains(c.location(), "pick-account"): // two people are signed in to the tenant
				c.click("account-0") // the newest
			}
			c.ends("You are signed in")
		case err := <-done:
			if err != nil || !strings.Contains(out.String(), "Grace Example") || !strings.HasSuffix(strings.TrimSpace(out.String()), "Grace Example") {
				t.Errorf("%v\n%s\n%s", err, out.String(), errs.String())
			}
			return
		case <-time.After(runLimit):
			_ = cmd.Process.Kill()
			t.Fatalf("the page's commands go on\n%s\n%s", out.String(), errs.String())
		}
	}
}

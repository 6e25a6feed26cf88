package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/needtest"
)

// TestGoTool begins with an empty module and does what the page says: ciam as a tool of the module, and its Go example as the
// test. The module proxy knows no version of a commit that is being tested, so this folder takes its place; what ciam needs
// itself is in the module cache, since this test was built with it.
func TestGoTool(t *testing.T) {
	needtest.Long(t, "builds ciam once more")
	needtest.Program(t, "https://go.dev/dl", "go")
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	text := page(t, "emulator.md")
	commands, after := blockAfter(t, text, "The program is a tool of your module, so that everybody has the version of `go.mod` and nobody installs anything:")
	_, example, ok := strings.Cut(after, "```go\n")
	example, _, closed := strings.Cut(example, "```")
	if !ok || !closed {
		t.Fatal("the page has no example in Go")
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "shop_test.go"), []byte(example), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) string {
		t.Helper()
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, args[0], args[1:]...)
		cmd.Dir, cmd.WaitDelay = folder, 2*time.Second
		cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOSUMDB=off", "GOWORK=off", "CIAM_EMULATOR_URL=",
			"XDG_STATE_HOME="+folder+"/state", "XDG_CONFIG_HOME="+folder+"/config") // the cache is Go's too, and stays
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	// What this system's build of ciam leaves out is in its module graph, and not in the cache of a machine that has built nothing else.
	download := exec.CommandContext(t.Context(), "go", "mod", "download")
	download.Dir = root
	if out, err := download.CombinedOutput(); err != nil {
		t.Fatalf("go mod download: %v\n%s", err, out)
	}
	run("go", "mod", "init", "example.com/shop")
	run("go", "mod", "edit", "-replace=github.com/ciam-cli/ciam="+root)
	for _, line := range strings.Split(strings.TrimSpace(commands), "\n") {
		out := run(strings.Fields(line)...)
		if strings.Contains(line, "go test") && !strings.Contains(out, "ok") {
			t.Errorf("%s: %s", line, out)
		}
	}
	if out := run("go", "test", "-v", "./..."); !strings.Contains(out, "--- SKIP: TestCustomer") {
		t.Errorf("without an emulator: %s", out)
	}
	if out := run("go", "tool", "ciam", "emulator", "run", "--", "go", "test", "-v", "-count=1", "./..."); !strings.Contains(out, "--- PASS: TestCustomer") {
		t.Errorf("with an emulator: %s", out)
	}
}

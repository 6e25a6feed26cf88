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

// TestDocs_walkthrough runs the sign-up with curl of docs/emulator.md as it is written there, and compares what it
// prints with what the page says.
func TestDocs_walkthrough(t *testing.T) {
	for _, program := range []string{"bash", "curl", "jq"} {
		needtest.Program(t, "apt-get install "+program, program)
	}
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "emulator.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(page), "with curl and jq:\n\n```sh\n")
	script, after, closed := strings.Cut(rest, "```\n")
	if !ok || !closed {
		t.Fatal("the page has no walkthrough")
	}
	path, err := buildOnce()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", script)
	cmd.Dir, cmd.WaitDelay = dir, 2*time.Second
	cmd.Env = append(os.Environ(), "PATH="+filepath.Dir(path)+string(os.PathListSeparator)+os.Getenv("PATH"),
		"XDG_STATE_HOME="+dir+"/state", "XDG_CONFIG_HOME="+dir+"/config", "XDG_CACHE_HOME="+dir+"/cache")
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s%s", err, out, errs.String())
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	said := "`" + strings.Join(lines[1:], "`, `") + "`"
	if !strings.Contains(after[:min(len(after), 200)], said) || len(lines) != 5 {
		t.Errorf("it prints %q after the authority; the page says %.120q", lines[1:], after)
	}
}

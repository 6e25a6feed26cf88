// Package keychaintest runs tests against a real Secret Service of their own. It is for _test files only.
//
// A test calls RunUnderSecretService or RunUnderBus and puts its body in the function it hands over. The test binary then runs
// itself again under dbus-run-session, with HOME and the XDG folders moved to a temporary folder, and only that second process
// calls the function: nothing touches the keychain, bus or home of the person who runs the tests. Programs started by the body
// inherit all of it.
//
// Where the programs are missing the test is skipped with the line that installs them; with CIAM_E2E=1 it fails instead.
package keychaintest

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/needtest"
)

// Install is the line that installs what the tests need (Debian, Ubuntu).
const Install = "apt-get install gnome-keyring libsecret-tools dbus"

// TB is a test or a benchmark.
type TB interface {
	*testing.T | *testing.B
	testing.TB
}

// marker names the test that the process was started for.
const marker = "CIAM_KEYCHAINTEST"

// RunUnderSecretService runs body in a second process with a bus, gnome-keyring and an unlocked, empty login keyring whose
// password is Password. The body gets the provider, to stop or lock it.
func RunUnderSecretService[T TB](t T, body func(t T, p *Provider)) {
	t.Helper()
	RunUnderBus(t, func(t T) { body(t, StartUnlocked(t, Password)) })
}

// RunUnderBus runs body in a second process with a bus on which nothing provides the Secret Service and nothing can be
// activated. It may be called once per test or sub-test.
func RunUnderBus[T TB](t T, body func(t T)) {
	t.Helper()
	if os.Getenv(marker) == t.Name() {
		body(t)
		return
	}
	if b, ok := any(t).(*testing.B); ok {
		b.ReportMetric(0, "ns/op") // of this process, which measures nothing: no figure
		if b.N > 1 {
			return // the second process has measured it all in the first round
		}
	}
	require(t)
	runAgain(t)
}

// require skips the test, or fails it when CIAM_E2E=1, unless the programs are there.
func require(t testing.TB) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skipf("the Secret Service is tested on Linux, this is %s", runtime.GOOS)
	}
	needtest.Long(t, "needs a Secret Service")
	for _, program := range []string{"dbus-run-session", "dbus-send", "gnome-keyring-daemon", "secret-tool"} {
		needtest.Program(t, Install, program)
	}
}

const busConfig = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir=%s</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`

// runAgain starts the test binary for this test alone and takes over its verdict.
func runAgain(t testing.TB) {
	t.Helper()
	// Not t.TempDir: a socket's path must be shorter than 108 bytes, and the keyring may still be writing at the end.
	dir, err := os.MkdirTemp("", "ciam-ks-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	config := filepath.Join(dir, "bus.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, busConfig, dir), 0o600); err != nil {
		t.Fatal(err)
	}
	limit := 3 * time.Minute
	which := []string{"-test.run=" + pattern(t.Name())}
	switch t := t.(type) {
	case *testing.T:
		if deadline, ok := t.Deadline(); ok {
			limit = min(limit, time.Until(deadline)-5*time.Second)
		}
	case *testing.B:
		limit = 20 * time.Minute // go test has none for benchmarks
		which = []string{"-test.run=^$", "-test.bench=" + pattern(t.Name()), "-test.benchtime=" + flag.Lookup("test.benchtime").Value.String()}
	}
	args := append([]string{"--config-file", config, "--", os.Args[0], "-test.v", "-test.timeout=" + limit.String()}, which...)
	if testing.Short() {
		args = append(args, "-test.short")
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit+3*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "dbus-run-session", args...)
	cmd.Env = environment(t, dir)
	cmd.WaitDelay = 2 * time.Second // a left-over daemon may hold the output open
	var stdout, stderr bytes.Buffer // apart: the bus writes a line whenever a monitor comes, in the midst of others
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	out := stdout.Bytes()
	_, benchmark := t.(*testing.B)
	switch {
	case err != nil:
		t.Fatalf("under dbus-run-session: %v\n%s%s", err, out, stderr.Bytes())
	case verdict(out, "SKIP", t.Name()):
		t.Skipf("under dbus-run-session:\n%s", out)
	case benchmark && !measured(out, t.Name()):
		t.Fatalf("nothing was measured under dbus-run-session:\n%s%s", out, stderr.Bytes())
	case benchmark:
		fmt.Printf("\n%s", out) // Log cuts long output off
	case !verdict(out, "PASS", t.Name()):
		t.Fatalf("the test did not run under dbus-run-session:\n%s%s", out, stderr.Bytes())
	default:
		t.Logf("under dbus-run-session:\n%s%s", out, stderr.Bytes())
	}
}

func verdict(out []byte, word, name string) bool {
	return bytes.Contains(out, []byte("--- "+word+": "+name+" ("))
}

// measured reports whether the output has a result of the benchmark or of a part of it.
func measured(out []byte, name string) bool {
	return regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(name) + `(/\S+?)?(-\d+)?[ \t]+\d+[ \t]`).Match(out)
}

// pattern is the -test.run that matches a test or sub-test of this name only.
func pattern(name string) string {
	parts := strings.Split(name, "/")
	for i, p := range parts {
		parts[i] = "^" + regexp.QuoteMeta(p) + "$"
	}
	return strings.Join(parts, "/")
}

// environment moves the home and takes the display away, but keeps Go's own folders, so that go build stays warm.
func environment(t testing.TB, dir string) []string {
	t.Helper()
	env := os.Environ()
	if out, err := exec.Command("go", "env", "GOPATH", "GOCACHE", "GOMODCACHE").Output(); err == nil {
		for i, v := range strings.Split(strings.TrimSpace(string(out)), "\n") {
			env = append(env, []string{"GOPATH=", "GOCACHE=", "GOMODCACHE="}[i]+v)
		}
	}
	for name, folder := range map[string]string{
		"HOME": "home", "XDG_DATA_HOME": "data", "XDG_RUNTIME_DIR": "run", "XDG_CACHE_HOME": "cache", "XDG_CONFIG_HOME": "config", "XDG_STATE_HOME": "state",
	} {
		path := filepath.Join(dir, folder)
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
		env = append(env, name+"="+path)
	}
	// An empty value counts as unset for all three.
	return append(env, "DISPLAY=", "WAYLAND_DISPLAY=", "DBUS_SESSION_BUS_ADDRESS=", marker+"="+t.Name())
}

// Package needtest says what a test needs that a machine with only Go does not have: a browser, Node, a keyring.
//
// One rule for all of them: with -short such a test is left out; where the program is missing it is skipped with the
// line that installs it; with CIAM_E2E=1 it fails instead of skipping.
package needtest

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Everything reports whether CIAM_E2E=1 says that all tests run in full, and that nothing may be missing.
func Everything() bool { return os.Getenv("CIAM_E2E") == "1" }

// Long leaves the test out with -short. what names the reason, such as "drives Chromium".
func Long(t testing.TB, what string) {
	t.Helper()
	if testing.Short() && !Everything() {
		t.Skipf("%s: left out with -short", what)
	}
}

// Lacks skips the test, or fails it with CIAM_E2E=1.
func Lacks(t testing.TB, format string, args ...any) {
	t.Helper()
	if Everything() {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// Program returns the path of the first of names that is installed; without any, the test lacks it. install is the
// line that brings it.
func Program(t testing.TB, install string, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	Lacks(t, "no %s: %s", strings.Join(names, " or "), install)
	return ""
}

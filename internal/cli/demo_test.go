package cli

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// demoRun is `ciam demo` on a machine without a browser.
func demoRun(t *testing.T, terminal, screen bool, typed string, args ...string) outcome {
	t.Helper()
	m := newMachine(t)
	m.env = map[string]string{}
	m.terminal, m.screen, m.stdin = terminal, screen, typed
	return m.must(append([]string{"demo", "--no-browser"}, args...)...)
}

// TestDemo_pauses: at a terminal each step waits for Enter; nowhere else anybody is waited for.
func TestDemo_pauses(t *testing.T) {
	for _, c := range []struct {
		name             string
		terminal, screen bool
		typed            string
		args             []string
		pauses           int
	}{
		{"a terminal", true, true, strings.Repeat("\n", 8), nil, 8},
		{"the end of stdin", true, true, "\n\n", nil, 3},
		{"--no-input", true, true, "", []string{"--no-input"}, 0},
		{"--quiet", true, true, "", []string{"--quiet"}, 0},
		{"a pipe", true, false, "", nil, 0},
		{"stdin is no terminal", false, true, "", nil, 0},
		{"no terminal at all", false, false, "", nil, 0},
	} {
		o := demoRun(t, c.terminal, c.screen, c.typed, c.args...)
		if got := strings.Count(o.stderr, "Enter goes on "); got != c.pauses {
			t.Errorf("%s: %d pauses, want %d:\n%s", c.name, got, c.pauses, o.stderr)
		}
	}
}

// TestDemo_order: each page is named within its step, so that a step is over before the next one's title.
func TestDemo_order(t *testing.T) {
	o := demoRun(t, false, false, "")
	parts := regexp.MustCompile(`(?m)^(\d)\. .*$`).Split(o.stderr, -1)
	pages := map[int][]string{1: {"sign-up", "code", "new-password", "attributes", "form-post", "success"}, 6: {"success"}, 7: {"sign-in", "password", "form-post", "success"}, 8: {"success"}}
	if len(parts) != 9 {
		t.Fatalf("%d parts:\n%s", len(parts), o.stderr)
	}
	for i, part := range parts {
		var got []string
		for _, found := range regexp.MustCompile(`page: (\S+)`).FindAllStringSubmatch(part, -1) {
			got = append(got, found[1])
		}
		if !slices.Equal(got, pages[i]) {
			t.Errorf("step %d: pages %v, want %v", i, got, pages[i])
		}
	}
}

// TestDemo_advice: no command is advised that needs what has gone with the demo: its tenant, its port, its tokens.
func TestDemo_advice(t *testing.T) {
	o := demoRun(t, false, false, "")
	all := o.stdout + o.stderr
	for _, words := range commandsNamed(all) {
		t.Errorf("advises ciam %s", strings.Join(words, " "))
	}
	for _, gone := range []string{"-p demo", "3080", "http://localhost"} {
		if strings.Contains(all, gone) {
			t.Errorf("speaks of %q:\n%s", gone, all)
		}
	}
	m := newMachine(t)
	m.env, m.open = map[string]string{}, func(string) {} // a browser that nobody answers in
	failed := m.run("demo", "--timeout", "100ms")
	_, hint, ok := strings.Cut(failed.stderr, "hint: ")
	if failed.code != exitRefused || !ok {
		t.Fatalf("exit %d, %s", failed.code, failed.stderr)
	}
	for _, words := range commandsNamed(hint) {
		if words[0] != "demo" && words[0] != "explain" {
			t.Errorf("advises ciam %s", strings.Join(words, " "))
		}
		if err := checkMention(words); err != nil {
			t.Errorf("ciam %s: %v", strings.Join(words, " "), err)
		}
	}
}

// TestDemo_renewed says a word where the renewed token ends before the one that it replaces, and only there.
func TestDemo_renewed(t *testing.T) {
	at := time.Unix(1795507830, 0)
	for before, want := range map[time.Time]bool{{}: false, at: false, at.Add(-time.Second): false, at.Add(time.Second): true} {
		if got := renewalNote(before, at) != ""; got != want {
			t.Errorf("after %s: %t, want %t", before, got, want)
		}
	}
	o := demoRun(t, false, false, "") // each token has 60 to 90 minutes
	ends := regexp.MustCompile(`characters, until (.{19}) UTC`).FindAllStringSubmatch(o.stdout, -1)
	if len(ends) != 2 || strings.Contains(o.stderr, "it ends before the one") != (ends[1][1] < ends[0][1]) {
		t.Errorf("%v: %s", ends, o.stderr)
	}
}

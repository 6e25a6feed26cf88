package packaging

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// workflow is what these tests read of one.
type workflow struct {
	Permissions *yaml.Node `yaml:"permissions"`
	Jobs        map[string]struct {
		Timeout int `yaml:"timeout-minutes"`
	} `yaml:"jobs"`
}

// TestWorkflows: an action is pinned by its commit, with the version beside it, and to the same one everywhere; a workflow
// says what it may do, and a job ends.
func TestWorkflows(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", ".github", "workflows", "*.yml"))
	if err != nil || len(files) < 4 {
		t.Fatalf("%d workflows (%v)", len(files), err)
	}
	uses := regexp.MustCompile(`(?m)^\s*(?:- )?uses: (.*)$`)
	pinned := regexp.MustCompile(`^([\w./-]+)@([0-9a-f]{40} # v\d+\.\d+\.\d+)$`)
	mod, err := os.ReadFile(filepath.Join("..", "..", "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	language := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindSubmatch(mod)
	at := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var w workflow
		if err := yaml.Unmarshal(text, &w); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if w.Permissions == nil {
			t.Errorf("%s does not say what it may do: permissions", file)
		}
		// setup-go takes the first release of go.mod's version for the one that is meant.
		for _, m := range regexp.MustCompile(`go-version: '(.*)'`).FindAllSubmatch(text, -1) {
			if string(m[1]) != string(language[1]) {
				t.Errorf("%s has Go %s, go.mod %s", file, m[1], language[1])
			}
		}
		for name, job := range w.Jobs {
			if job.Timeout == 0 {
				t.Errorf("%s: the job %s may run for six hours: timeout-minutes", file, name)
			}
		}
		for _, m := range uses.FindAllStringSubmatch(strings.ReplaceAll(string(text), "\r", ""), -1) {
			pin := pinned.FindStringSubmatch(m[1])
			if pin == nil {
				t.Errorf("%s: %s: expected a commit, and the version as a comment", file, m[1])
				continue
			}
			repository := strings.Join(strings.Split(pin[1], "/")[:2], "/")
			if other, ok := at[repository]; ok && other != pin[2] {
				t.Errorf("%s: %s is at %s, elsewhere at %s", file, pin[1], pin[2], other)
			}
			at[repository] = pin[2]
		}
	}
	if len(at) < 8 {
		t.Errorf("%d actions found: is the search broken?", len(at))
	}
}

// TestGoreleaser_version: what CI tries is what makes the release.
func TestGoreleaser_version(t *testing.T) {
	read := func(path, pattern string) string {
		text, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(path)))
		if err != nil {
			t.Fatal(err)
		}
		m := regexp.MustCompile(pattern).FindSubmatch(text)
		if m == nil {
			t.Fatalf("%s has no %s", path, pattern)
		}
		return string(m[1])
	}
	tried := read(".ci/packages", `(?m)^goreleaser=(v\S+)`)
	if used := read(".github/workflows/release.yml", `(?m)^ +version: (v\S+)`); used != tried {
		t.Errorf("the release is made with goreleaser %s, .ci/packages tries %s", used, tried)
	}
	for _, path := range []string{".ci/packages", ".github/workflows/release.yml"} {
		read(path, `(--parallelism=1)`)
	}
}

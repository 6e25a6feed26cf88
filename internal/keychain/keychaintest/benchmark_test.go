package keychaintest

import "testing"

// TestMeasured tells a benchmark that ran from one that did not: go test is content with either.
func TestMeasured(t *testing.T) {
	for name, c := range map[string]struct {
		out  string
		want bool
	}{
		"a result":          {"BenchmarkGet\nBenchmarkGet-2   \t     100\t         1.964 hello-ms\nPASS\n", true},
		"one processor":     {"BenchmarkGet   \t     100\t         1.964 hello-ms\nPASS\n", true},
		"of a part":         {"BenchmarkGet/ciam_probe-2   \t     100\t         1.964 ms\nPASS\n", true},
		"nothing ran":       {"testing: warning: no tests to run\nPASS\n", false},
		"only its name":     {"BenchmarkGet\nPASS\n", false},
		"no results at all": {"BenchmarkGet\nBenchmarkGet/ciam\nPASS\n", false},
		"of another":        {"BenchmarkGetMore-2   \t     100\t         1.964 hello-ms\nPASS\n", false},
	} {
		if got := measured([]byte(c.out), "BenchmarkGet"); got != c.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

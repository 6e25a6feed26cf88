package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// timed is one thing that a benchmark times beside others.
type timed struct {
	name string
	// before is called ahead of each run and is not timed; nil does nothing.
	before func()
	// run is what is timed. It returns the proof, which is not: an error when the run was something else than the name
	// says. A proof that is nil proves nothing, and the benchmark fails.
	run func() (proof func() error)
}

// turns are the times of some subjects: of each subject one time per round.
type turns struct {
	timed []timed
	took  [][]time.Duration
}

// inTurn runs the subjects in turn, b's number of rounds, each round in another order, so that the machine's moods cancel
// out. It fails b at the first run whose proof fails.
func inTurn(b *testing.B, subjects ...timed) *turns {
	b.Helper()
	before := loadAverage()
	t := &turns{timed: subjects, took: make([][]time.Duration, len(subjects))}
	order := rand.New(rand.NewPCG(1, 2)) // the same orders in every run
	for b.Loop() {
		for _, i := range order.Perm(len(subjects)) {
			took, err := subjects[i].time()
			if err != nil {
				b.Fatal(err)
			}
			t.took[i] = append(t.took[i], took)
		}
	}
	b.ReportMetric(0, "ns/op") // of a whole round, which says nothing
	b.Logf("load average %s before, %s after, %d processors", before, loadAverage(), runtime.GOMAXPROCS(0))
	return t
}

// time runs a subject once and has the run proved.
func (s *timed) time() (time.Duration, error) {
	if s.before != nil {
		s.before()
	}
	began := time.Now()
	proof := s.run()
	took := time.Since(began)
	if proof == nil {
		return 0, fmt.Errorf("%s: nothing proves what was measured", s.name)
	}
	if err := proof(); err != nil {
		return 0, fmt.Errorf("%s is not what was measured: %w", s.name, err)
	}
	return took, nil
}

// of returns a subject's times, in the order of the rounds.
func (t *turns) of(name string) []time.Duration {
	i := slices.IndexFunc(t.timed, func(s timed) bool { return s.name == name })
	return t.took[i]
}

// median is of a subject's times, in milliseconds.
func (t *turns) median(name string) float64 {
	return middle(t.of(name), func(d time.Duration) float64 { return d.Seconds() * 1000 })
}

// ratio is the median of a round's time of one subject over that of another.
func (t *turns) ratio(name, other string) float64 {
	type pair struct{ over, under time.Duration }
	var pairs []pair
	for i, d := range t.of(name) {
		pairs = append(pairs, pair{d, t.of(other)[i]})
	}
	return middle(pairs, func(p pair) float64 { return float64(p.over) / float64(p.under) })
}

// middle is the median of what value makes of each.
func middle[T any](of []T, value func(T) float64) float64 {
	values := make([]float64, 0, len(of))
	for _, v := range of {
		values = append(values, value(v))
	}
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}

// reportMedians reports each subject's median, and ratios named "subject/other".
func (t *turns) reportMedians(b *testing.B, ratios ...string) {
	b.Helper()
	for _, s := range t.timed {
		b.ReportMetric(t.median(s.name), s.name+"-ms")
	}
	for _, r := range ratios {
		name, other, _ := strings.Cut(r, "/")
		b.ReportMetric(t.ratio(name, other), r)
	}
}

// load is the system's load average of the last minute, where it tells.
func loadAverage() string {
	data, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(data), " ")
	return first
}

// build builds a program as a release is built: static and stripped.
func build(b *testing.B, what string) (path string) {
	b.Helper()
	path = filepath.Join(b.TempDir(), filepath.Base(what))
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", path, "github.com/ciam-cli/ciam/"+what)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}

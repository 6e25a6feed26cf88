package doctor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// check is one whose result is fixed.
func check(id string, state State, after ...string) Check {
	return Check{ID: id, After: after, Run: func(context.Context) Result { return Result{State: state, Found: id} }}
}

func text(findings []Finding) string {
	var all []string
	for _, f := range findings {
		all = append(all, fmt.Sprintf("%s=%s(%s)", f.ID, f.State, f.Found))
	}
	return strings.Join(all, " ")
}

func TestRun(t *testing.T) {
	chain := func(b State) []Check {
		return []Check{check("a", OK), check("b", b, "a"), check("c", OK, "b"), check("d", OK, "c", "a"), check("e", Warn), check("f", OK, "e")}
	}
	for _, row := range []struct {
		name   string
		checks []Check
		ids    []string
		want   string
	}{
		{"all hold", chain(OK), nil, "a=ok(a) b=ok(b) c=ok(c) d=ok(d) e=warn(e) f=ok(f)"},
		{"one fails, what rests on it is skipped and names it", chain(Fail), nil, "a=ok(a) b=fail(b) c=skipped(rests on b) d=skipped(rests on b) e=warn(e) f=ok(f)"},
		{"only a failure keeps others from running", chain(Unknown), nil, "a=ok(a) b=unknown(b) c=ok(c) d=ok(d) e=warn(e) f=ok(f)"},
		{"a check that is not for here keeps none from running", chain(Skipped), nil, "a=ok(a) b=skipped(b) c=ok(c) d=ok(d) e=warn(e) f=ok(f)"},
		{"one by name", chain(OK), []string{"d"}, "d=ok(d)"},
		{"one by name, and what it rests on that fails", chain(Fail), []string{"d"}, "b=fail(b) d=skipped(rests on b)"},
		{"one by name that has nothing to do with the failure", chain(Fail), []string{"f"}, "f=ok(f)"},
		{"several, in the order of the checks", chain(OK), []string{"f", "a"}, "a=ok(a) f=ok(f)"},
		{"behind one that fails, and what is behind one that was skipped", []Check{check("a", Fail), {ID: "b", Behind: []string{"a"}, Run: check("b", OK).Run}, check("c", OK, "a"), {ID: "d", Behind: []string{"c"}, After: []string{"b"}, Run: check("d", OK).Run}}, []string{"d"}, "a=fail(a) d=ok(d)"},
	} {
		t.Run(row.name, func(t *testing.T) {
			findings, err := Run(t.Context(), time.Minute, row.checks, row.ids, nil)
			if got := text(findings); err != nil || got != row.want {
				t.Errorf("got  %s, %v\nwant %s", got, err, row.want)
			}
		})
	}
}

func TestRun_refused(t *testing.T) {
	var unknown *UnknownError
	if _, err := Run(t.Context(), time.Minute, []Check{check("a", OK)}, []string{"b"}, nil); !errors.As(err, &unknown) || unknown.ID != "b" || !slices.Equal(unknown.Known, []string{"a"}) {
		t.Errorf("got %v", err)
	}
	for name, checks := range map[string][]Check{
		"itself": {check("a", OK, "a")}, "a later one": {check("a", OK, "b"), check("b", OK)}, "none": {check("a", OK, "x")},
	} {
		if _, err := Run(t.Context(), time.Minute, checks, nil, nil); err == nil {
			t.Errorf("rests on %s: no error", name)
		}
	}
}

// TestRun_atOnce has checks that wait for each other: they end only when they run at the same time.
func TestRun_atOnce(t *testing.T) {
	const n = 8
	var running atomic.Int32
	all := make(chan struct{})
	var checks []Check
	for i := range n {
		checks = append(checks, Check{ID: fmt.Sprint(i), Limit: time.Minute, Run: func(ctx context.Context) Result {
			if running.Add(1) == n {
				close(all)
			}
			select {
			case <-all:
				return Found("met")
			case <-ctx.Done():
				return Result{State: Fail}
			}
		}})
	}
	var told []int
	findings, err := Run(t.Context(), time.Minute, checks, nil, func(done, of int, _ string) { told = append(told, done, of) })
	for _, f := range findings {
		if f.State != OK {
			t.Errorf("%s did not meet the others", f.ID)
		}
	}
	if err != nil || len(findings) != n || len(told) != 2*n || told[0] != 1 || told[2*n-2] != n || told[1] != n {
		t.Errorf("%v, %d findings, progress %v", err, len(findings), told)
	}
}

// TestRun_limits has a check that ends with its time, and one that never does.
func TestRun_limits(t *testing.T) {
	forever := make(chan struct{})
	defer close(forever)
	findings, err := run(t.Context(), time.Minute, []Check{
		{ID: "tidies", Limit: 10 * time.Millisecond, Run: func(ctx context.Context) Result {
			<-ctx.Done()
			time.Sleep(20 * time.Millisecond)
			return Result{State: Warn, Found: "tidied"}
		}},
		{ID: "hangs", Limit: 10 * time.Millisecond, Run: func(context.Context) Result { <-forever; return Result{} }},
		check("rests", OK, "hangs"),
		check("other", OK),
	}, nil, nil, 100*time.Millisecond)
	want := "tidies=warn(tidied) hangs=fail(did not end within 10ms) rests=skipped(rests on hangs) other=ok(other)"
	if got := text(findings); err != nil || got != want {
		t.Errorf("got  %s, %v\nwant %s", got, err, want)
	}
}

// TestRun_limit has the time of the whole run end: what was found by then counts.
func TestRun_limit(t *testing.T) {
	findings, err := run(t.Context(), 30*time.Millisecond, []Check{
		check("a", Warn),
		{ID: "slow", Limit: time.Hour, Run: func(ctx context.Context) Result { <-ctx.Done(); return Found("as far as it got") }},
		check("late", OK, "slow"),
	}, nil, nil, time.Second)
	want := "a=warn(a) slow=ok(as far as it got) late=unknown(there was no time left for it)"
	if got := text(findings); err != nil || got != want {
		t.Errorf("got  %s, %v\nwant %s", got, err, want)
	}
}

func TestRun_interrupted(t *testing.T) {
	cause := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	var tidied atomic.Bool
	var late atomic.Int32
	_, err := Run(ctx, time.Minute, []Check{
		{ID: "a", Run: func(ctx context.Context) Result {
			cancel(cause)
			<-ctx.Done()
			tidied.Store(true)
			return Found("")
		}},
		{ID: "b", After: []string{"a"}, Run: func(context.Context) Result { late.Add(1); return Found("") }},
	}, nil, func(int, int, string) { late.Add(1) })
	if !errors.Is(err, cause) || !tidied.Load() || late.Load() != 0 {
		t.Errorf("got %v, tidied %v, %d further steps", err, tidied.Load(), late.Load())
	}
}

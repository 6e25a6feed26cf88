// Package doctor runs checks: those that need nothing of each other at once, those that need another one after it, each and
// all of them within a time limit. What a check looks at, and what it advises, is for whoever makes it.
//
// A check that rests on one that does not hold is not run: one fault is told once, by the check whose it is.
package doctor

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// State is what became of a check. The words are part of the contract.
type State string

// The states. Only Fail says that something does not hold.
const (
	OK      State = "ok"
	Warn    State = "warn"    // works, and is worth a look
	Fail    State = "fail"    // does not hold
	Unknown State = "unknown" // cannot be seen from here
	Skipped State = "skipped" // does not apply, or rests on a check that does not hold
)

// Result is what a check found. Next is a command, or a place to go to; "" where there is nothing to do.
type Result struct {
	State       State
	Found, Next string
}

// RestsOn is how Found begins for a check that was not run, before the ID of the one that does not hold.
const RestsOn = "rests on "

// Found makes the result of a check that holds.
func Found(format string, a ...any) Result {
	return Result{State: OK, Found: fmt.Sprintf(format, a...)}
}

// Note makes the result of a check that is not for here.
func Note(format string, a ...any) Result {
	return Result{State: Skipped, Found: fmt.Sprintf(format, a...)}
}

// Check is one thing to look at.
type Check struct {
	// ID is its name, which stays.
	ID string
	// About says in a few words what is looked at.
	About string
	// After are the IDs of the checks that it rests on.
	After []string
	// Behind are the IDs of those whose end it waits for, whatever they found.
	Behind []string
	// Limit bounds it; 0 means 10 seconds.
	Limit time.Duration
	// Run looks. It is called once at most, after those of After and Behind, and ends soon after ctx.
	Run func(ctx context.Context) Result
}

// Finding is the result of a check by its ID.
type Finding struct {
	ID    string `json:"id"`
	State State  `json:"state"`
	Found string `json:"found"`
	Next  string `json:"next"`
}

// UnknownError is a check that does not exist.
type UnknownError struct {
	ID string
	// Known are the IDs that there are.
	Known []string
}

func (e *UnknownError) Error() string { return fmt.Sprintf("there is no check %q", e.ID) }

const (
	defaultLimit = 10 * time.Second
	// grace is what a check gets to put in order what it was doing when its time is up.
	grace = 5 * time.Second
)

// Run runs the checks with the given IDs, all where there are none, and what they rest on. The findings are in the order of
// checks: those that were asked for, and those of the rest that do not hold. progress, which may be nil, is told of each check
// that ends, one at a time. limit bounds the whole: what has not been looked at by then is Unknown. Errors: *UnknownError, and the
// cause of ctx's end.
func Run(ctx context.Context, limit time.Duration, checks []Check, ids []string, progress func(done, all int, id string)) ([]Finding, error) {
	return run(ctx, limit, checks, ids, progress, grace)
}

func run(ctx context.Context, limit time.Duration, checks []Check, ids []string, progress func(done, all int, id string), grace time.Duration) ([]Finding, error) {
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	wanted, err := choose(checks, ids)
	if err != nil {
		return nil, err
	}
	table := map[string]*task{}
	ended := make(chan *task)
	for _, c := range checks {
		if !wanted[c.ID].run {
			continue
		}
		t := &task{check: c, done: make(chan struct{})}
		for _, id := range c.After {
			t.after = append(t.after, table[id]) // choose has seen that it comes before
		}
		for _, id := range c.Behind {
			t.behind = append(t.behind, table[id])
		}
		table[c.ID] = t
	}
	for _, t := range table {
		go func() {
			t.turn(limited, grace)
			ended <- t
		}()
	}
	for n := range len(table) {
		t := <-ended
		if progress != nil && ctx.Err() == nil {
			progress(n+1, len(table), t.check.ID)
		}
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	findings := []Finding{}
	for _, c := range checks {
		if t := table[c.ID]; t != nil && (wanted[c.ID].shown || t.result.State == Fail) {
			findings = append(findings, Finding{c.ID, t.result.State, t.result.Found, t.result.Next})
		}
	}
	return findings, nil
}

// choice says what is done with a check.
type choice struct{ run, shown bool }

// choose finds the checks to run: those named and those that they rest on.
func choose(checks []Check, ids []string) (map[string]choice, error) {
	wanted := map[string]choice{}
	var known []string
	for _, c := range checks {
		known = append(known, c.ID)
		if len(ids) == 0 {
			wanted[c.ID] = choice{true, true}
		}
	}
	for _, id := range ids {
		if !slices.Contains(known, id) {
			return nil, &UnknownError{ID: id, Known: known}
		}
		wanted[id] = choice{true, true}
	}
	for _, c := range slices.Backward(checks) {
		for _, id := range slices.Concat(c.After, c.Behind) {
			if at := slices.Index(known, id); at < 0 || at >= slices.Index(known, c.ID) {
				return nil, fmt.Errorf("check %s rests on %s, which does not come before it", c.ID, id)
			}
			if wanted[c.ID].run {
				wanted[id] = choice{true, wanted[id].shown}
			}
		}
	}
	return wanted, nil
}

// task is a check under way.
type task struct {
	check         Check
	after, behind []*task
	done          chan struct{} // closed once result is there
	result        Result
	root          string // the check that is to blame where this one was not run
}

// turn waits for what the check rests on, and runs it.
func (t *task) turn(ctx context.Context, grace time.Duration) {
	defer close(t.done)
	for _, other := range t.after {
		<-other.done
		if other.root != "" {
			t.root = other.root
		} else if other.result.State == Fail {
			t.root = other.check.ID
		}
		if t.root != "" {
			t.result = Note(RestsOn+"%s", t.root)
			return
		}
	}
	for _, other := range t.behind {
		<-other.done
	}
	if ctx.Err() != nil {
		t.result = Result{State: Unknown, Found: "there was no time left for it"}
		return
	}
	limit := t.check.Limit
	if limit == 0 {
		limit = defaultLimit
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	result := make(chan Result, 1)
	go func() { result <- t.check.Run(limited) }()
	select {
	case t.result = <-result:
		return
	case <-limited.Done():
	}
	late := time.NewTimer(grace)
	defer late.Stop()
	select {
	case t.result = <-result:
	case <-late.C:
		t.result = Result{State: Fail, Found: "did not end within " + limit.String()}
	}
}

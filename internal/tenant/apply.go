package tenant

import (
	"context"
	"maps"
	"time"

	"github.com/ciam-cli/ciam/internal/graph"
	"github.com/ciam-cli/ciam/internal/wire"
)

// StepError is the failure of one step. What came before it is done, and what comes after it is not.
type StepError struct {
	Step Step
	Done int // steps that wrote before it
	Left int // steps that would have written, the failed one included
	Err  error
}

func (e *StepError) Error() string {
	return string(e.Step.Kind) + " " + e.Step.Name + ": " + e.Err.Error()
}

func (e *StepError) Unwrap() error { return e.Err }

// Apply takes the steps that write, in order, and ends at the first failure, a *StepError. begin is told each step before
// it is taken; nil tells nobody.
func (p *Plan) Apply(ctx context.Context, run *Run, begin func(Step)) error {
	run.ids = ids{maps.Clone(p.ids.objects), maps.Clone(p.ids.apps), maps.Clone(p.ids.principals), maps.Clone(p.ids.flows), maps.Clone(p.ids.attributes)}
	left := 0
	for _, s := range p.Steps {
		if s.Writes() {
			left++
		}
	}
	done := 0
	for _, s := range p.Steps {
		if !s.Writes() {
			continue
		}
		if begin != nil {
			begin(s)
		}
		if err := s.do(ctx, run); err != nil {
			return &StepError{Step: s, Done: done, Left: left - done, Err: err}
		}
		done++
	}
	return nil
}

// settled calls again what refers to something that was just made, as long as Graph does not know it everywhere. Each
// refusal says that nothing was done, so that a POST can be sent again.
func (run *Run) settled(ctx context.Context, call func() error) error {
	err := call()
	for _, wait := range [...]time.Duration{1, 2, 4, 8, 15} {
		if !graph.NotReplicated(err) {
			return err
		}
		if err := run.pause(ctx, wait*time.Second); err != nil {
			return err
		}
		err = call()
	}
	return err
}

func (run *Run) pause(ctx context.Context, d time.Duration) error {
	if run.Pause == nil {
		return wire.Pause(ctx, d)
	}
	return run.Pause(ctx, d)
}

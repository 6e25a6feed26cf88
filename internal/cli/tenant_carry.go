package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/graph"
	"github.com/ciam-cli/ciam/internal/tenant"
	"github.com/ciam-cli/ciam/internal/tokencache"
	"github.com/ciam-cli/ciam/internal/wire"
)

const (
	// mostRounds is how often a plan is made anew after trouble that may pass.
	mostRounds = 4
	// longestRest is how long Graph is left alone at most, where it asks for that.
	longestRest = 3 * time.Minute
)

// States of a step, for scripts.
const (
	stepDone    = "done"
	stepFailed  = "failed"
	stepNotDone = "not_done"
)

// stepView is the JSON of a step that was to be taken.
type stepView struct {
	tenant.Step
	State string `json:"state"`
}

// carried is what has become of the steps of a plan that write.
type carried struct {
	*reform
	views []stepView
	// at is the view of the step at hand, -1 for none; begun is when that was, and waiting that it has waited for the directory.
	at      int
	begun   time.Time
	waiting bool
}

// lock keeps a second ciam of this machine out of the tenant until release.
func (w *reform) lock(ctx context.Context) (release func(), err error) {
	lock := w.locks()
	lock.OnWait = func(pid int) { w.info("waiting for another ciam (pid %d) that changes this tenant", pid) }
	release, err = lock.Acquire(ctx, "tenant-"+w.admin.TenantID, "changing")
	var unusable *tokencache.LockError
	if errors.As(err, &unusable) && unusable.Waited == 0 {
		w.log.Debug("tenant", "not locked", err)
		return func() {}, nil
	}
	return release, err
}

// carryOut takes the steps of a plan that write. After a failure that may pass, and whose request may have been carried out
// all the same, it looks again, by plan, and goes on with what is left of p: a POST is never sent again without that.
func (w *reform) carryOut(ctx context.Context, p *tenant.Plan, plan func(context.Context) (*tenant.Plan, error)) ([]stepView, error) {
	c := &carried{reform: w}
	for _, s := range p.Steps {
		if s.Writes() {
			c.views = append(c.views, stepView{s, stepNotDone})
		}
	}
	if err := w.secrets.ready(ctx, p); err != nil {
		return c.views, err
	}
	err := c.apply(ctx, p)
	for round := 1; graph.Passing(err) && ctx.Err() == nil && round < mostRounds; round++ {
		if rest := c.rest(ctx, err, round); rest != nil {
			break
		}
		next, failed := plan(ctx)
		if failed != nil || !c.covers(next) {
			break
		}
		c.settle(next)
		err = c.apply(ctx, next)
	}
	if err != nil {
		c.tellFailure(ctx)
		if step, ok := find[*tenant.StepError](err); ok && ctx.Err() == nil {
			err = w.admin.explain(err, "to write the "+string(step.Step.Kind)+" "+step.Step.Name, step.Step.Scope(), step.Step.Role())
		}
	}
	return c.views, err
}

// rest leaves Graph alone for a while.
func (c *carried) rest(ctx context.Context, err error, round int) error {
	d := min(max(graph.RetryAfter(err), time.Duration(round)*time.Second), longestRest)
	c.info("%s Microsoft Graph is in trouble (%s); ciam looks again in %s", c.Streams.Yellow("!"), shortCause(err), d.Round(time.Second))
	return c.pause(ctx, d)
}

// shortCause is the reason of a failure that may pass, in a word or two.
func shortCause(err error) string {
	if e, ok := find[*graph.Error](err); ok {
		return fmt.Sprintf("HTTP status %d", e.Status)
	}
	if e, ok := find[*wire.UnreachableError](err); ok && e.Reason != "" {
		return e.Reason
	}
	return "no answer"
}

// apply takes the steps of one plan.
func (c *carried) apply(ctx context.Context, p *tenant.Plan) error {
	c.at = -1
	run := &tenant.Run{Graph: c.admin.graph(), BeforeSecret: c.secrets.begin, OnSecret: c.secrets.keep(ctx), Pause: c.settling}
	err := p.Apply(ctx, run, c.begin)
	c.noteApps(p, run.AppID)
	if err == nil {
		c.end(stepDone)
	} else {
		c.end(stepFailed)
	}
	return err
}

// noteApps notes the client IDs of the apps of a plan.
func (w *reform) noteApps(p *tenant.Plan, appID func(name string) string) {
	for _, s := range p.Steps {
		if id := appID(s.Name); s.Kind == tenant.Application && id != "" {
			w.appIDs[strings.ToLower(s.Name)] = id
		}
	}
}

// begin is told of each step, the one before having gone well.
func (c *carried) begin(s tenant.Step) {
	c.end(stepDone)
	c.at, c.begun, c.waiting = c.find(s), c.Now(), false
	c.working("… " + stepWords(s))
}

func (c *carried) find(s tenant.Step) int {
	for i, v := range c.views {
		if v.Kind == s.Kind && v.Name == s.Name && v.State != stepDone {
			return i
		}
	}
	return -1
}

// end says what has become of the step at hand.
func (c *carried) end(state string) {
	if c.Streams.CanChange() && !c.global.quiet {
		c.Streams.Status("")
	}
	if c.at < 0 {
		return
	}
	v := &c.views[c.at]
	v.State, c.at = state, -1
	if state == stepDone && v.Kind == tenant.Secret {
		c.secrets.settle(v.Name)
	}
	mark := c.Streams.Green("✓")
	if state == stepFailed {
		mark = c.Streams.Red("✗")
	}
	c.info("%s %s %s", mark, stepWords(v.Step), c.Streams.Faint(fmt.Sprintf("%.1f s", c.Now().Sub(c.begun).Seconds())))
}

// settling waits until Graph may know what was made, and says so.
func (c *carried) settling(ctx context.Context, d time.Duration) error {
	if c.at >= 0 {
		text := "… " + stepWords(c.views[c.at].Step) + ": waiting for the directory to know what was made"
		if !c.waiting && !c.Streams.CanChange() {
			c.info("%s", text)
		}
		c.waiting = true
		c.working(text)
	}
	return c.pause(ctx, d)
}

// covers reports whether a plan holds nothing but what is left of the one that was agreed to.
func (c *carried) covers(p *tenant.Plan) bool {
	for _, s := range p.Steps {
		if s.Writes() && c.find(s) < 0 {
			return false
		}
	}
	return true
}

// settle notes the steps that turn out to have been carried out.
func (c *carried) settle(next *tenant.Plan) {
	left := map[string]bool{}
	for _, s := range next.Steps {
		if s.Writes() {
			left[stepWords(s)] = true
		}
	}
	for i := range c.views {
		if v := &c.views[i]; v.State != stepDone && !left[stepWords(v.Step)] {
			v.State = stepDone
			c.info("%s %s", c.Streams.Green("✓"), stepWords(v.Step))
		} else if v.State == stepFailed {
			v.State = stepNotDone
		}
	}
}

// tellFailure says what is done and what is not.
func (c *carried) tellFailure(ctx context.Context) {
	var done, not []string
	for _, v := range c.views {
		if v.State == stepDone {
			done = append(done, stepWords(v.Step))
		} else {
			not = append(not, stepWords(v.Step))
		}
	}
	if len(done) == 0 {
		done = []string{"nothing"}
	}
	c.Streams.Say("%s done: %s", c.Streams.Yellow("!"), strings.Join(done, ", "))
	c.Streams.Say("  not done, or not known to be: %s", strings.Join(not, ", "))
	c.Streams.Say("  the same command goes on from there")
}

// stepWords names a step in a sentence.
func stepWords(s tenant.Step) string { return string(s.Kind) + " " + s.Name }

// pause waits, by Env.Pause where there is one.
func (r *run) pause(ctx context.Context, d time.Duration) error {
	if r.Pause != nil {
		return r.Pause(ctx, d)
	}
	return wire.Pause(ctx, d)
}

package tenant

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/graph"
)

// flow plans a user flow and its links to apps.
func (p *planner) flow(i int) {
	w, at := &p.wanted.tenant.UserFlows[i], fmt.Sprintf("userFlows[%d]", i)
	found, ok := p.matchFlow(w.DisplayName)
	if !ok {
		return
	}
	d := flowDiff{compared: compared{additive: p.options.Additive}, planner: p, flow: w, at: at, creating: found == nil}
	if found != nil {
		d.found = *found
		p.ids.flows[w.DisplayName] = found.ID
	}
	d.compare()
	step := Step{Kind: UserFlow, Name: w.DisplayName, Mark: d.mark(), Fields: d.fields}
	switch {
	case d.creating:
		step.Mark, step.do = Add, d.create
	case step.Mark == Change:
		step.do = d.update
		if flowName(d.found) == "" {
			step.Note = "was not ours and is taken over"
		}
	}
	p.flows = append(p.flows, step)
	p.linkApps(w, at, d.found)
}

// matchFlow finds a user flow by its mark, which a change of its name leaves, else by its name. ok is false when it is
// somebody else's.
func (p *planner) matchFlow(name string) (found *graph.UserFlow, ok bool) {
	for i := range p.found.Flows {
		if strings.EqualFold(flowName(p.found.Flows[i]), name) {
			return &p.found.Flows[i], true
		}
	}
	for i := range p.found.Flows {
		f := &p.found.Flows[i]
		switch {
		case !strings.EqualFold(f.DisplayName, name):
			continue
		case flowName(*f) == "" && !p.options.Adopt:
			p.notOurs(UserFlow, name, "the tenant has a user flow of this name that is not ours: its description does not end in %q", flowMark+name)
			return nil, false
		}
		return f, true
	}
	return nil, true
}

// linkApps plans which apps people sign in to by a user flow, when the file has a list: it is the whole.
func (p *planner) linkApps(w *directory.UserFlow, at string, found graph.UserFlow) {
	if !p.wanted.has(at + ".applications") {
		return
	}
	linked := linkedApps(found)
	wanted := map[string]bool{}
	for _, id := range w.Applications {
		name := p.wanted.named(id).name
		appID := p.ids.apps[name]
		wanted[strings.ToLower(appID)] = true
		step := Step{Kind: Link, Name: w.DisplayName + ": " + name, Mark: Same}
		if !slices.ContainsFunc(linked, func(l string) bool { return strings.EqualFold(l, appID) }) {
			if other := p.heldBy(appID, found.ID); other != "" {
				p.refuse(Link, name, "the app is linked to the user flow %q, and an app is in one flow at most; expected it to be taken out of there", other)
				continue
			}
			step.Mark = Add
			step.do = func(ctx context.Context, run *Run) error {
				return run.settled(ctx, func() error {
					return run.Graph.LinkApplication(ctx, run.ids.flows[w.DisplayName], run.ids.apps[name])
				})
			}
		}
		p.links = append(p.links, step)
	}
	for _, appID := range linked {
		if !p.options.Additive && !wanted[strings.ToLower(appID)] {
			p.unlinks = append(p.unlinks, unlink(w.DisplayName, p.nameOf(appID), found.ID, appID))
		}
	}
}

func unlink(flow, app, flowID, appID string) Step {
	return Step{Kind: Link, Name: flow + ": " + app, Mark: Remove, do: func(ctx context.Context, run *Run) error {
		return run.Graph.UnlinkApplication(ctx, flowID, appID)
	}}
}

// heldBy is the name of another user flow that an app is in and stays in; "" for none.
func (p *planner) heldBy(appID, except string) string {
	for _, f := range p.found.Flows {
		if appID == "" || f.ID == except || !slices.ContainsFunc(linkedApps(f), func(l string) bool { return strings.EqualFold(l, appID) }) {
			continue
		}
		if !p.letsGo(f, appID) {
			return f.DisplayName
		}
	}
	return ""
}

// letsGo reports whether the file takes an app out of a user flow.
func (p *planner) letsGo(f graph.UserFlow, appID string) bool {
	for i := range p.wanted.tenant.UserFlows {
		w := &p.wanted.tenant.UserFlows[i]
		ours := strings.EqualFold(flowName(f), w.DisplayName) || p.options.Adopt && flowName(f) == "" && strings.EqualFold(f.DisplayName, w.DisplayName)
		if ours && !p.options.Additive && p.wanted.has(fmt.Sprintf("userFlows[%d].applications", i)) {
			return !slices.ContainsFunc(w.Applications, func(id string) bool {
				return strings.EqualFold(p.ids.apps[p.wanted.named(id).name], appID)
			})
		}
	}
	return false
}

// nameOf is the name of an app in the file, else by its mark, else its appId.
func (p *planner) nameOf(appID string) string {
	for name, id := range p.ids.apps {
		if strings.EqualFold(id, appID) {
			return name
		}
	}
	return nameOf(p.found.Apps, appID)
}

func nameOf(apps []App, appID string) string {
	for _, a := range apps {
		if name := appName(a.Application); name != "" && strings.EqualFold(a.AppID, appID) {
			return name
		}
	}
	return appID
}

func linkedApps(f graph.UserFlow) (ids []string) {
	if f.Conditions == nil || f.Conditions.Applications == nil {
		return nil
	}
	for _, a := range f.Conditions.Applications.IncludeApplications {
		ids = append(ids, a.AppID)
	}
	return ids
}

// flowDiff compares a user flow.
type flowDiff struct {
	compared
	planner  *planner
	flow     *directory.UserFlow
	at       string
	found    graph.UserFlow
	creating bool

	body      graph.UserFlow
	providers []string // to add; the other local one goes
	page      *pageDiff
}

func (d *flowDiff) compare() {
	w := d.flow
	d.text("displayName", true, w.DisplayName, d.found.DisplayName, func() { d.body.DisplayName = w.DisplayName })
	d.text("mark", true, w.DisplayName, flowName(d.found), func() {
		text := d.found.Description
		if i := strings.LastIndex(text, flowMark); i >= 0 {
			text = text[:i]
		}
		d.body.Description = strings.TrimSpace(strings.TrimSpace(text) + " " + flowMark + w.DisplayName)
	})
	method := map[string]string{directory.EmailPassword: graph.EmailPassword, directory.EmailOTP: graph.EmailOTP}[w.Method()]
	d.text("signInMethod", d.creating || d.planner.wanted.has(d.at+".signInMethod"), methodName(method), methodName(localProviders(d.found)...), func() { d.providers = []string{method} })

	signUp := d.found.OnInteractiveAuthFlowStart
	if signUp == nil {
		signUp = &graph.InteractiveStart{}
	}
	d.flag("isSignUpAllowed", d.creating || d.planner.wanted.has(d.at+".isSignUpAllowed"), w.SignUpAllowed(), signUp.IsSignUpAllowed,
		func() {
			d.body.OnInteractiveAuthFlowStart = &graph.InteractiveStart{IsSignUpAllowed: ptr(w.SignUpAllowed())}
		})
	if d.creating || d.planner.wanted.has(d.at+".attributes") {
		d.page = &pageDiff{flowDiff: d}
		d.page.compare()
	}
}

// localProviders are the ids of the ways to sign in with an address that a flow has.
func localProviders(f graph.UserFlow) (ids []string) {
	if f.OnAuthenticationMethodLoadStart == nil {
		return nil
	}
	for _, i := range f.OnAuthenticationMethodLoadStart.IdentityProviders {
		if i.ID == graph.EmailPassword || i.ID == graph.EmailOTP {
			ids = append(ids, i.ID)
		}
	}
	return ids
}

// methodName has the names that the file has for providers.
func methodName(providers ...string) string {
	var names []string
	for _, id := range providers {
		if id == graph.EmailPassword {
			names = append(names, directory.EmailPassword)
		} else {
			names = append(names, directory.EmailOTP)
		}
	}
	return strings.Join(names, " and ")
}

func (d *flowDiff) create(ctx context.Context, run *Run) error {
	body := d.body
	body.OnInteractiveAuthFlowStart = &graph.InteractiveStart{IsSignUpAllowed: ptr(d.flow.SignUpAllowed())}
	body.OnAuthenticationMethodLoadStart = &graph.MethodLoad{IdentityProviders: []graph.IdentityProvider{{ID: d.providers[0]}}}
	body.OnUserCreateStart = &graph.UserCreate{UserTypeToCreate: "member"}
	body.OnAttributeCollection = &graph.AttributeCollection{Attributes: d.page.attributes(run.ids), Page: d.page.page(run.ids)}
	made, err := run.Graph.CreateUserFlow(ctx, body)
	if err == nil {
		run.ids.flows[d.flow.DisplayName] = made.ID
	}
	return err
}

// update changes a user flow: what it refers to first, then the flow itself. It never has no way to sign in.
func (d *flowDiff) update(ctx context.Context, run *Run) error {
	id := d.found.ID
	old := localProviders(d.found)
	for _, provider := range d.providers {
		if !slices.Contains(old, provider) {
			if err := run.Graph.AddIdentityProvider(ctx, id, provider); err != nil {
				return err
			}
		}
		for _, other := range old {
			if other != provider {
				if err := run.Graph.RemoveIdentityProvider(ctx, id, other); err != nil {
					return err
				}
			}
		}
	}
	body := d.body
	if d.page != nil && d.page.differs {
		if err := d.page.refer(ctx, run, id); err != nil {
			return err
		}
		body.OnAttributeCollection = &graph.AttributeCollection{Page: d.page.page(run.ids)}
	}
	if body == (graph.UserFlow{}) {
		return nil
	}
	return run.Graph.UpdateUserFlow(ctx, id, body)
}

package tenant

import (
	"fmt"
	"strings"
	"time"
)

// Options are what a plan depends on beyond the two documents.
type Options struct {
	// Now is the time of the plan, by which a client secret is over or not.
	Now time.Time
	// Adopt takes over what has the name of a thing in the file and is not ours.
	Adopt bool
	// Additive adds to lists, and takes nothing out of them: apps of a user flow, redirect URIs, consent and the like.
	Additive bool
	// Rotate says which client secrets of the file are made anew although they are there; nil means none.
	Rotate func(app, secret string) bool
	// Kept reports whether we have the text of a client secret; nil means of none.
	Kept func(app, secret string) bool
	// Lost reports whether a run that made a client secret ended before its text was kept, see Run.BeforeSecret; nil means
	// of none.
	Lost func(app, secret string) bool
}

// planner makes a plan. Each kind of thing adds its steps to a list of its own, and order puts them together.
type planner struct {
	wanted  *Wanted
	found   *Found
	options Options

	ids      ids
	refusals []Refusal

	attributes, purges, apps, secrets, federated, principals, consents, flows, unlinks, links []Step
}

// Make compares a tenant with a file. It is a pure function and writes nothing. The error is a *RefusedError.
func Make(w *Wanted, f *Found, o Options) (*Plan, error) {
	p := &planner{wanted: w, found: f, options: o, ids: newIDs()}
	p.tenant()
	matched := p.matchApps()
	if len(p.refusals) > 0 {
		return nil, &RefusedError{p.refusals}
	}
	for i := range w.apps {
		p.app(&w.apps[i], matched[i])
	}
	for i := range w.apps {
		p.consent(&w.apps[i], matched[i])
	}
	for i := range w.tenant.UserFlows {
		p.flow(i)
	}
	if len(p.refusals) > 0 {
		return nil, &RefusedError{p.refusals}
	}
	return &Plan{Steps: p.order(), EmulatorOnly: w.EmulatorOnly, NotYet: w.NotYet, ids: p.ids}, nil
}

// order is the one that the service needs: an attribute before the flow that collects it; an app before what belongs to it,
// its service principal before its consent and its flow; an app out of one flow before it is linked to another.
func (p *planner) order() []Step {
	var all []Step
	for _, steps := range [][]Step{p.attributes, p.purges, p.apps, p.principals, p.secrets, p.federated, p.consents, p.flows, p.unlinks, p.links} {
		all = append(all, steps...)
	}
	return all
}

func (p *planner) refuse(kind Kind, name, format string, a ...any) {
	p.refusals = append(p.refusals, Refusal{Kind: kind, Name: name, Problem: fmt.Sprintf(format, a...)})
}

func (p *planner) notOurs(kind Kind, name, format string, a ...any) {
	p.refuse(kind, name, format, a...)
	p.refusals[len(p.refusals)-1].Adopt = true
}

// tenant checks that the file is for this tenant, and this tenant an external one.
func (p *planner) tenant() {
	org, t := p.found.Organization, p.wanted.tenant
	if kind := org.TenantType; kind != "" && kind != "CIAM" {
		what := map[string]string{"AAD": "a workforce tenant", "AAD B2C": "an Azure AD B2C tenant"}[kind]
		if what == "" {
			what = "a tenant of the type " + kind
		}
		p.refuse(Tenant, org.DisplayName, "%s is %s; expected an external tenant (Microsoft Entra External ID)", org.ID, what)
	}
	if p.wanted.has("id") && !strings.EqualFold(t.ID, org.ID) {
		p.refuse(Tenant, org.DisplayName, "the file is for the tenant %s, and %s is signed in to", t.ID, org.ID)
	}
	if !p.wanted.has("subdomain") {
		return
	}
	if domain := p.found.initialDomain(); domain != "" && !strings.EqualFold(p.found.Subdomain(), t.Subdomain) {
		p.refuse(Tenant, org.DisplayName, "the file is for %s, and %s is signed in to", t.Domain(), domain)
	}
}

// matchApps finds the app of each registration, nil for one that is to be made, and refuses what is somebody else's.
func (p *planner) matchApps() []*App {
	matched := make([]*App, len(p.wanted.apps))
	for i := range p.wanted.apps {
		r := &p.wanted.apps[i]
		a := p.matchApp(r)
		matched[i] = a
		given := r.givenAppID(p.wanted)
		switch {
		case a == nil && given != "":
			p.refuse(Application, r.name, "the file says appId %s, and the tenant has no such app; Microsoft gives new apps an ID of its own: take the line out", given)
		case a != nil && given != "" && !strings.EqualFold(given, a.AppID):
			p.refuse(Application, r.name, "the file says appId %s, and the app in the tenant has %s", given, a.AppID)
		case a != nil:
			p.ids.objects[r.name], p.ids.apps[r.name] = a.ID, a.AppID
			if a.Principal != nil {
				p.ids.principals[r.name] = a.Principal.ID
			}
		}
	}
	return matched
}

// matchApp finds an app by its mark, else one of the same display name.
func (p *planner) matchApp(r *registration) *App {
	for i := range p.found.Apps {
		if strings.EqualFold(appName(p.found.Apps[i].Application), r.name) {
			return &p.found.Apps[i]
		}
	}
	name, _ := r.displayName(p.wanted)
	var same []*App
	for i := range p.found.Apps {
		if a := &p.found.Apps[i]; strings.EqualFold(a.DisplayName, name) {
			same = append(same, a)
		}
	}
	switch {
	case len(same) == 0:
		return nil
	case strings.HasPrefix(name, extensionsApp):
		p.refuse(Application, r.name, "%s is Microsoft's own app and holds the custom attributes of the tenant; ciam does not touch it", extensionsApp)
	case len(same) > 1:
		p.refuse(Application, r.name, "%d apps in the tenant are called %q, none of them ours; expected another displayName, or one of them renamed", len(same), name)
	case appName(same[0].Application) != "":
		p.refuse(Application, r.name, "the app %q in the tenant is ours by the name %s; expected that name, or another displayName", name, appName(same[0].Application))
	case !p.options.Adopt:
		p.notOurs(Application, r.name, "the tenant has an app called %q that is not ours (appId %s)", name, same[0].AppID)
	default:
		return same[0]
	}
	return nil
}

// givenAppID is the appId that the file itself has.
func (r *registration) givenAppID(w *Wanted) string {
	switch {
	case r.app != nil && w.has(r.appAt+".appId"):
		return r.app.AppID
	case r.api != nil && w.has(r.apiAt+".appId"):
		return r.api.AppID
	}
	return ""
}

func ptr[T any](v T) *T { return &v }

// union is a and what b has more, in order.
func union(a, b []string) []string {
	var all []string
	seen := map[string]bool{}
	for _, v := range append(append(all, a...), b...) {
		if !seen[v] {
			seen[v], all = true, append(all, v)
		}
	}
	return all
}

// principalOf is the service principal that a grant is for: Microsoft Graph's, or that of an API of the file.
func (p *planner) principalOf(resource string) string {
	if resource == graphResource {
		return p.found.GraphPrincipal
	}
	return p.ids.principals[resource]
}

// graphResource stands for Microsoft Graph among the names of registrations, none of which can be empty.
const graphResource = ""

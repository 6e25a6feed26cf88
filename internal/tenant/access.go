package tenant

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/graph"
)

// secret plans the client secrets of an app. They are known by their display name, and nobody can read one again: one that
// is there and not kept by us is of no use to us, which is said and not mended unless it was asked for.
func (p *planner) secret(r *registration, found App) {
	if r.app == nil {
		return
	}
	for _, s := range r.app.PasswordCredentials {
		name := s.DisplayName
		if name == "" {
			p.refuse(Secret, r.name, "a client secret without displayName, by which it is known again; expected one")
			continue
		}
		var there []graph.PasswordCredential
		for _, c := range found.PasswordCredentials {
			if c.DisplayName == name && (c.EndDateTime == nil || c.EndDateTime.After(p.options.Now)) {
				there = append(there, c)
			}
		}
		step := Step{Kind: Secret, Name: r.name + ": " + name, Mark: Same}
		switch {
		case len(there) > 0 && p.options.Rotate != nil && p.options.Rotate(r.name, name):
			step.Mark, step.Note = Change, "a new one is made, then the old one goes"
		case len(there) == 0:
			step.Mark = Add
		case p.options.Lost != nil && p.options.Lost(r.name, name):
			step.Mark, step.Note = Change, "an earlier run ended in the middle of making it: a new one is made, then the old one goes"
		case p.options.Kept == nil || !p.options.Kept(r.name, name):
			step.Mark, step.Note = Notice, "is there, and its text is not kept here: --rotate-secret makes a new one"
		}
		if step.Mark == Add || step.Mark == Change {
			var end *time.Time
			if !s.EndDateTime.IsZero() {
				end = ptr(s.EndDateTime)
				step.Fields = []Field{{Name: "endDateTime", Mark: Add, To: s.EndDateTime.UTC().Format(time.RFC3339)}}
			}
			step.do = func(ctx context.Context, run *Run) error { return run.rotate(ctx, r.name, name, end, there) }
		}
		p.secrets = append(p.secrets, step)
	}
}

// rotate makes a client secret, hands it over, and removes what it replaces.
func (run *Run) rotate(ctx context.Context, app, name string, end *time.Time, old []graph.PasswordCredential) error {
	if run.BeforeSecret != nil {
		if err := run.BeforeSecret(app, name); err != nil {
			return err
		}
	}
	id := run.ids.objects[app]
	var made *graph.PasswordCredential
	err := run.settled(ctx, func() (err error) {
		made, err = run.Graph.AddPassword(ctx, id, name, end)
		return err
	})
	if err != nil {
		return err
	}
	if made.DisplayName == "" {
		made.DisplayName = name
	}
	if err := run.OnSecret(app, run.ids.apps[app], *made); err != nil {
		return err
	}
	for _, c := range old {
		if err := run.Graph.RemovePassword(ctx, id, c.KeyID); err != nil {
			return err
		}
	}
	return nil
}

// federatedCredentials plans those of an app, when the file has any: the list is the whole.
func (p *planner) federatedCredentials(r *registration, found App) {
	if r.app == nil || !p.wanted.has(r.appAt+".federatedIdentityCredentials") {
		return
	}
	named := map[string]bool{}
	for i, c := range r.app.FederatedIdentityCredentials {
		at := fmt.Sprintf("%s.federatedIdentityCredentials[%d]", r.appAt, i)
		was := graph.FederatedCredential{}
		if j := slices.IndexFunc(found.Federated, func(f graph.FederatedCredential) bool {
			return c.Name != "" && f.Name == c.Name || c.Name == "" && f.Issuer == c.Issuer && f.Subject == c.Subject
		}); j >= 0 {
			was = found.Federated[j]
		}
		named[was.ID] = true
		body := graph.FederatedCredential{}
		d := compared{additive: p.options.Additive}
		d.text("issuer", true, c.Issuer, was.Issuer, func() { body.Issuer = c.Issuer })
		d.text("subject", true, c.Subject, was.Subject, func() { body.Subject = c.Subject })
		audiences := c.Audiences
		if was.ID == "" && len(audiences) == 0 {
			audiences = []string{"api://AzureADTokenExchange"}
		}
		d.list("audiences", was.ID == "" || p.wanted.has(at+".audiences"), audiences, was.Audiences, func(want []string) { body.Audiences = want })
		step := Step{Kind: Federated, Name: r.name + ": " + was.Name, Mark: d.mark(), Fields: d.fields}
		switch {
		case was.ID == "":
			body.Name = c.Name
			if body.Name == "" {
				body.Name = "ciam-" + guid(c.Issuer, c.Subject)[:8]
			}
			step.Name, step.Mark = r.name+": "+body.Name, Add
			step.do = func(ctx context.Context, run *Run) error {
				return run.settled(ctx, func() error {
					_, err := run.Graph.AddFederatedCredential(ctx, run.ids.objects[r.name], body)
					return err
				})
			}
		case step.Mark == Change:
			step.do = func(ctx context.Context, run *Run) error {
				return run.Graph.UpdateFederatedCredential(ctx, run.ids.objects[r.name], was.ID, body)
			}
		}
		p.federated = append(p.federated, step)
	}
	if !p.options.Additive {
		p.removeFederated(r, found, named)
	}
}

// removeFederated plans what is not in the list. It goes first: issuer and subject are unique in an app.
func (p *planner) removeFederated(r *registration, found App, named map[string]bool) {
	var gone []Step
	for _, c := range found.Federated {
		if named[c.ID] {
			continue
		}
		gone = append(gone, Step{Kind: Federated, Name: r.name + ": " + c.Name, Mark: Remove,
			Fields: []Field{{Name: "issuer", Mark: Remove, From: c.Issuer}, {Name: "subject", Mark: Remove, From: c.Subject}},
			do: func(ctx context.Context, run *Run) error {
				return run.Graph.DeleteFederatedCredential(ctx, run.ids.objects[r.name], c.ID)
			}})
	}
	p.federated = append(gone, p.federated...)
}

// principal plans the service principal, without which an app is in no user flow and has no consent.
func (p *planner) principal(r *registration, found App) {
	if found.Principal != nil {
		return
	}
	p.principals = append(p.principals, Step{Kind: Principal, Name: r.name, Mark: Add, do: func(ctx context.Context, run *Run) error {
		return run.settled(ctx, func() error {
			made, err := run.Graph.CreateServicePrincipal(ctx, run.ids.apps[r.name])
			if err == nil {
				run.ids.principals[r.name] = made.ID
			}
			return err
		})
	}})
}

// consent plans what an administrator grants an app, one grant for each resource.
func (p *planner) consent(r *registration, found *App) {
	if !r.consents(p.wanted) {
		return
	}
	was := App{}
	if found != nil {
		was = *found
	}
	if p.found.GraphPrincipal == "" {
		p.refuse(Consent, r.name, "the tenant has no service principal of Microsoft Graph; expected one, as every tenant has it")
		return
	}
	wanted, whole := p.scopesOf(r)
	resources := []string{graphResource}
	for _, other := range p.wanted.apps {
		resources = append(resources, other.name)
	}
	for _, resource := range resources {
		p.grant(r, resource, was, wanted[resource], whole)
	}
}

// grant plans one grant. whole says that scopes are all of it, rather than the least.
func (p *planner) grant(r *registration, resource string, was App, scopes []string, whole bool) {
	var has graph.Grant
	for _, g := range was.Grants {
		if to := p.principalOf(resource); g.ConsentType == graph.AllPrincipals && to != "" && g.ResourceID == to {
			has = g
		}
	}
	found := strings.Fields(has.Scope)
	if !whole || p.options.Additive {
		scopes = union(found, scopes)
	}
	if len(scopes) == 0 && has.ID == "" {
		return
	}
	name := r.name + ": Microsoft Graph"
	if resource != graphResource {
		name = r.name + ": " + resource
	}
	var d compared
	d.list("grantedScopes", true, scopes, found, func([]string) {})
	step := Step{Kind: Consent, Name: name, Mark: d.mark(), Fields: d.fields}
	text := strings.Join(scopes, " ")
	switch {
	case has.ID == "":
		step.Mark = Add
		step.do = func(ctx context.Context, run *Run) error { return p.createGrant(ctx, run, r.name, resource, text) }
	case len(scopes) == 0:
		step.Mark = Remove
		step.do = func(ctx context.Context, run *Run) error { return run.Graph.DeleteGrant(ctx, has.ID) }
	case step.Mark == Change:
		step.do = func(ctx context.Context, run *Run) error { return run.Graph.UpdateGrant(ctx, has.ID, text) }
	}
	p.consents = append(p.consents, step)
}

func (p *planner) createGrant(ctx context.Context, run *Run, app, resource, scope string) error {
	to := run.ids.principals[resource]
	if resource == graphResource {
		to = p.found.GraphPrincipal
	}
	return run.settled(ctx, func() error {
		_, err := run.Graph.CreateGrant(ctx, run.ids.principals[app], to, scope)
		return err
	})
}

// scopesOf are the delegated scopes that an app is to be granted, by resource. Without a list these are the two that a
// sign-in needs, and all of the file's APIs, as the emulator has it; more that is there stays then.
func (p *planner) scopesOf(r *registration) (scopes map[string][]string, whole bool) {
	scopes = map[string][]string{}
	if !r.app.Consented() {
		return scopes, true
	}
	if len(r.app.GrantedScopes) == 0 {
		scopes[graphResource] = []string{"openid", "offline_access"}
		for _, other := range p.wanted.apps {
			if other.api != nil && other.name != r.name {
				scopes[other.name] = other.api.Scopes
			}
		}
		return scopes, false
	}
	for _, s := range r.app.GrantedScopes {
		resource, name := graphResource, s
		if i := strings.LastIndexByte(s, '/'); i >= 0 {
			name = s[i+1:]
			for _, other := range p.wanted.apps {
				if other.api != nil && (strings.EqualFold(other.api.IdentifierURI, s[:i]) || strings.EqualFold(other.api.AppID, s[:i])) {
					resource = other.name
				}
			}
		}
		scopes[resource] = union(scopes[resource], []string{name})
	}
	return scopes, true
}

package tenant

import (
	"context"
	"slices"
	"strings"

	"github.com/ciam-cli/ciam/internal/graph"
)

// Found is what a tenant is, as far as a plan has to know.
type Found struct {
	Organization graph.Organization
	Apps         []App
	Deleted      []graph.Application // that can be restored: their unique names are taken
	Flows        []graph.UserFlow
	Attributes   []graph.UserFlowAttribute
	// GraphPrincipal is the id of Microsoft Graph's own service principal.
	GraphPrincipal string
}

// App is an app registration with what belongs to it.
type App struct {
	graph.Application
	Federated []graph.FederatedCredential
	Principal *graph.ServicePrincipal
	Grants    []graph.Grant
}

// Marks of ownership; see the package's comment.
const (
	tagOurs    = "ciam-setup"
	tagPrefix  = "ciam:"
	namePrefix = "ciam-"
	flowMark   = "managed by ciam:"

	extensionsApp = "b2c-extensions-app"
)

// AppID is the appId of the app that has a name by its mark; "" for none.
func (f *Found) AppID(name string) string {
	for _, a := range f.Apps {
		if strings.EqualFold(appName(a.Application), name) {
			return a.AppID
		}
	}
	return ""
}

// Subdomain is the tenant's: what stands before .onmicrosoft.com, or what other clouds have there, in its initial domain. "" where
// Graph names none.
func (f *Found) Subdomain() string {
	name, _, _ := strings.Cut(f.initialDomain(), ".")
	return name
}

func (f *Found) initialDomain() string {
	for _, d := range f.Organization.VerifiedDomains {
		if d.IsInitial {
			return strings.ToLower(d.Name)
		}
	}
	return ""
}

// WasDeleted reports whether an app is among the deleted ones that can still be restored.
func (f *Found) WasDeleted(appID string) bool {
	return slices.ContainsFunc(f.Deleted, func(a graph.Application) bool { return strings.EqualFold(a.AppID, appID) })
}

// HasFlow reports whether the tenant has a user flow that carries the mark of a name.
func (f *Found) HasFlow(name string) bool {
	return slices.ContainsFunc(f.Flows, func(u graph.UserFlow) bool { return strings.EqualFold(flowName(u), name) })
}

// appName is the name that an app has in a file, by its mark; "" when it has none.
func appName(a graph.Application) string {
	for _, tag := range a.Tags {
		if name, ok := strings.CutPrefix(tag, tagPrefix); ok && name != "" {
			return name
		}
	}
	name, ok := strings.CutPrefix(a.UniqueName, namePrefix)
	if !ok {
		return ""
	}
	return name
}

// flowName is the name in a user flow's mark; "" when it has none.
func flowName(f graph.UserFlow) string {
	i := strings.LastIndex(f.Description, flowMark)
	if i < 0 {
		return ""
	}
	return f.Description[i+len(flowMark):]
}

// Look reads what a plan for the file has to know. It only reads, with the permissions that w.ReadScopes names. With an error
// comes what was read before it, the organization first; nil without that.
func Look(ctx context.Context, c *graph.Client, w *Wanted) (*Found, error) {
	org, err := c.Organization(ctx)
	if err != nil {
		return nil, reading(readOrganization, err)
	}
	f := &Found{Organization: *org}
	if err := f.findApps(ctx, c, w); err != nil {
		return f, err
	}
	if w.consents() {
		if err := f.findGraph(ctx, c); err != nil {
			return f, err
		}
	}
	if len(w.tenant.UserFlows) > 0 {
		if f.Flows, err = c.UserFlows(ctx); err != nil {
			return f, reading(readFlows, err)
		}
		if f.Attributes, err = c.UserFlowAttributes(ctx); err != nil {
			return f, reading(readAttributes, err)
		}
	}
	return f, nil
}

// Ours reads what carries our mark, for Destroy, with the permissions of OursScopes. Of an error see Look.
func Ours(ctx context.Context, c *graph.Client) (*Found, error) {
	org, err := c.Organization(ctx)
	if err != nil {
		return nil, reading(readOrganization, err)
	}
	f := &Found{Organization: *org}
	apps, err := c.Applications(ctx, tagOurs)
	if err != nil {
		return f, reading(readApps, err)
	}
	for _, a := range apps {
		f.Apps = append(f.Apps, App{Application: a})
	}
	f.Flows, err = c.UserFlows(ctx)
	return f, reading(readFlows, err)
}

// OursScopes are the delegated permissions that Ours needs.
func OursScopes() []string { return []string{readOrganization, readApps, readFlows} }

// SurveyScopes are the delegated permissions that Survey needs.
func SurveyScopes() []string {
	return append(OursScopes(), readGrants, readAttributes)
}

// Survey reads what carries our mark with all that belongs to it, for Pull, with the permissions of SurveyScopes. Of an error see
// Look.
func Survey(ctx context.Context, c *graph.Client) (*Found, error) {
	f, err := Ours(ctx, c)
	if err != nil {
		return f, err
	}
	for i, a := range f.Apps {
		if f.Apps[i], err = complete(ctx, c, a.Application, true); err != nil {
			return f, err
		}
	}
	if err := f.findGraph(ctx, c); err != nil {
		return f, err
	}
	f.Attributes, err = c.UserFlowAttributes(ctx)
	return f, reading(readAttributes, err)
}

func (f *Found) findGraph(ctx context.Context, c *graph.Client) error {
	p, err := c.ServicePrincipal(ctx, graph.MicrosoftGraph)
	if p != nil {
		f.GraphPrincipal = p.ID
	}
	return reading(readApps, err)
}

// findApps looks for the apps of the file: what is marked, and what has the same name and is not.
func (f *Found) findApps(ctx context.Context, c *graph.Client, w *Wanted) error {
	if len(w.apps) == 0 {
		return nil
	}
	all, err := c.Applications(ctx, tagOurs)
	if err != nil {
		return reading(readApps, err)
	}
	for _, r := range w.apps {
		byKey, err := c.Application(ctx, namePrefix+r.name)
		if err != nil {
			return reading(readApps, err)
		}
		if byKey != nil {
			all = append(all, *byKey)
		}
		name, _ := r.displayName(w)
		named, err := c.ApplicationsNamed(ctx, name)
		if err != nil {
			return reading(readApps, err)
		}
		all = append(all, named...)
	}
	for _, a := range all {
		if slices.ContainsFunc(f.Apps, func(b App) bool { return b.ID == a.ID }) {
			continue
		}
		app := App{Application: a}
		if ours := appName(a); ours == "" || w.registered(ours) {
			if app, err = complete(ctx, c, a, w.consents()); err != nil {
				return reading(readApps, err)
			}
		}
		f.Apps = append(f.Apps, app)
	}
	f.Deleted, err = c.DeletedApplications(ctx)
	return reading(readApps, err)
}

// complete reads what belongs to an app, its grants too if they matter.
func complete(ctx context.Context, c *graph.Client, a graph.Application, grants bool) (App, error) {
	app := App{Application: a}
	var err error
	if app.Federated, err = c.FederatedCredentials(ctx, a.ID); err != nil {
		return app, reading(readApps, err)
	}
	if app.Principal, err = c.ServicePrincipal(ctx, a.AppID); err != nil {
		return app, reading(readApps, err)
	}
	if app.Principal != nil && grants {
		app.Grants, err = c.Grants(ctx, app.Principal.ID)
	}
	return app, reading(readGrants, err)
}

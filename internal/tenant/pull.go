package tenant

import (
	"bytes"
	"cmp"
	"html"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/graph"
)

// Pull writes what carries our mark as a file, for which a plan is empty: what is managed and can be said in a file. Of a
// secret it writes the name only. It is a pure function; the error, a *directory.FormatError, is of names that a file cannot have.
func Pull(f *Found) ([]byte, error) {
	t := directory.Tenant{ID: f.Organization.ID, Subdomain: f.Subdomain()}
	p := puller{found: f, tenant: &t}
	for _, a := range f.Apps {
		if appName(a.Application) != "" {
			p.app(a)
		}
	}
	for i := range t.Apps { // once all APIs are known
		p.consent(&t.Apps[i], p.byID(t.Apps[i].AppID))
	}
	for _, flow := range f.Flows {
		if flowName(flow) != "" {
			p.flow(flow)
		}
	}
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(directory.Document{Version: directory.Version, Tenants: []directory.Tenant{t}}); err != nil {
		return nil, err
	}
	if _, err := Read(b.Bytes()); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

type puller struct {
	found  *Found
	tenant *directory.Tenant
}

func (p *puller) byID(appID string) App {
	i := slices.IndexFunc(p.found.Apps, func(a App) bool { return a.AppID == appID })
	return p.found.Apps[i]
}

func (p *puller) app(a App) {
	out := directory.App{AppID: a.AppID, ShortName: appName(a.Application), DisplayName: a.DisplayName,
		IsFallbackPublicClient:          a.IsFallbackPublicClient != nil && *a.IsFallbackPublicClient,
		NativeAuthenticationAPIsEnabled: a.NativeAuthenticationAPIsEnabled,
		SPA:                             directory.Platform{RedirectURIs: urisOf(a.SPA)}, PublicClient: directory.Platform{RedirectURIs: urisOf(a.PublicClient)}}
	if a.Web != nil {
		out.Web.RedirectURIs, out.Web.LogoutURL = a.Web.RedirectURIs, a.Web.LogoutURL
		if g := a.Web.ImplicitGrantSettings; g != nil {
			out.Web.ImplicitGrantSettings.EnableIDTokenIssuance = g.EnableIDTokenIssuance != nil && *g.EnableIDTokenIssuance
			out.Web.ImplicitGrantSettings.EnableAccessTokenIssuance = g.EnableAccessTokenIssuance != nil && *g.EnableAccessTokenIssuance
		}
	}
	for _, s := range a.PasswordCredentials {
		known := slices.ContainsFunc(out.PasswordCredentials, func(o directory.Secret) bool { return o.DisplayName == s.DisplayName })
		if s.DisplayName != "" && !known {
			out.PasswordCredentials = append(out.PasswordCredentials, directory.Secret{DisplayName: s.DisplayName})
		}
	}
	for _, c := range a.Federated {
		out.FederatedIdentityCredentials = append(out.FederatedIdentityCredentials, directory.FederatedCredential{Name: c.Name, Issuer: c.Issuer, Subject: c.Subject, Audiences: c.Audiences})
	}
	p.tenant.Apps = append(p.tenant.Apps, out)
	p.api(a)
}

// api writes what an app exposes. One that has several identifier URIs keeps them: a file has room for one.
func (p *puller) api(a App) {
	out := directory.API{AppID: a.AppID, ShortName: appName(a.Application)}
	if a.API != nil {
		for _, s := range a.API.OAuth2PermissionScopes {
			out.Scopes = appendIf(out.Scopes, s.IsEnabled, s.Value)
		}
	}
	for _, r := range a.AppRoles {
		out.AppRoles = appendIf(out.AppRoles, r.IsEnabled && r.Value != "", r.Value)
	}
	if len(a.IdentifierURIs) == 1 {
		out.IdentifierURI = a.IdentifierURIs[0]
	}
	if len(a.IdentifierURIs) > 0 || len(out.Scopes) > 0 || len(out.AppRoles) > 0 {
		p.tenant.APIs = append(p.tenant.APIs, out)
	}
}

// consent writes what an app was granted for everybody, if a file can say all of it; else nothing, which leaves it alone.
func (p *puller) consent(out *directory.App, a App) {
	var scopes []string
	for _, g := range a.Grants {
		if g.ConsentType != graph.AllPrincipals {
			continue
		}
		prefix, ok := p.resource(g.ResourceID)
		for _, s := range strings.Fields(g.Scope) {
			if !ok || prefix == "" && !slices.Contains([]string{"openid", "profile", "email", "offline_access", "User.Read"}, s) {
				return
			}
			scopes = append(scopes, prefix+s)
		}
	}
	out.AdminConsent, out.GrantedScopes = ptr(len(scopes) > 0), scopes
}

// resource is what stands before a scope of a resource, by its service principal; ok is false for one that is not ours.
func (p *puller) resource(principal string) (prefix string, ok bool) {
	if principal == p.found.GraphPrincipal {
		return "", true
	}
	for _, a := range p.found.Apps {
		if a.Principal == nil || a.Principal.ID != principal {
			continue
		}
		for _, api := range p.tenant.APIs {
			if api.AppID == a.AppID {
				return cmp.Or(api.IdentifierURI, api.AppID) + "/", true
			}
		}
	}
	return "", false
}

func (p *puller) flow(f graph.UserFlow) {
	out := directory.UserFlow{DisplayName: f.DisplayName}
	if local := localProviders(f); len(local) == 1 {
		out.SignInMethod = methodName(local...)
	}
	if f.OnInteractiveAuthFlowStart != nil {
		out.IsSignUpAllowed = f.OnInteractiveAuthFlowStart.IsSignUpAllowed
	}
	for _, id := range linkedApps(f) {
		if nameOf(p.found.Apps, id) == id { // somebody else's, which a file cannot name: their links are left alone
			out.Applications = nil
			break
		}
		out.Applications = append(out.Applications, nameOf(p.found.Apps, id))
	}
	if c := f.OnAttributeCollection; c != nil && c.Page != nil && len(c.Page.Views) > 0 {
		for _, in := range c.Page.Views[0].Inputs {
			if in.Attribute != email {
				out.Attributes = append(out.Attributes, p.attribute(in))
			}
		}
	}
	p.tenant.UserFlows = append(p.tenant.UserFlows, out)
}

func (p *puller) attribute(in graph.Input) directory.Attribute {
	out := directory.Attribute{Name: short(in.Attribute), Label: in.Label, Required: in.Required}
	switch {
	case in.InputType == "boolean":
		out.InputType = directory.InputCheck
	case in.InputType != "text" && len(in.Options) > 0:
		out.InputType = in.InputType
		for _, o := range in.Options {
			out.Options = append(out.Options, directory.Option{Name: o.Label, Value: o.Value})
		}
	case slices.ContainsFunc(p.found.Attributes, func(a graph.UserFlowAttribute) bool {
		return a.ID == in.Attribute && a.DataType == directory.TypeInt64
	}):
		out.DataType = directory.TypeInt64
	case in.ValidationRegEx != "" && in.ValidationRegEx != anyText:
		out.Regex = html.UnescapeString(in.ValidationRegEx)
	}
	return out
}

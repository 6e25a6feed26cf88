package tenant

import (
	"context"
	"fmt"
	"slices"

	"github.com/ciam-cli/ciam/internal/graph"
)

// app plans an app registration, and what belongs to it alone.
func (p *planner) app(r *registration, found *App) {
	was := App{}
	if found != nil {
		was = *found
	}
	d := appDiff{compared: compared{additive: p.options.Additive}, registration: r, wanted: p.wanted, found: was.Application, creating: found == nil}
	d.compare()
	step := Step{Kind: Application, Name: r.name, Mark: d.mark(), Fields: d.fields}
	switch {
	case d.creating:
		p.purge(r)
		step.Mark, step.do = Add, d.create
	case step.Mark == Change:
		step.do = d.update
		if appName(was.Application) == "" {
			step.Note = "was not ours and is taken over"
		}
	}
	p.apps = append(p.apps, step)
	p.secret(r, was)
	p.federatedCredentials(r, was)
	p.principal(r, was)
}

// purge frees the unique name that a deleted app of ours still has.
func (p *planner) purge(r *registration) {
	for _, a := range p.found.Deleted {
		if a.UniqueName == namePrefix+r.name && appName(a) != "" {
			p.purges = append(p.purges, Step{Kind: Deleted, Name: r.name, Mark: Remove, Note: "was deleted before and holds the name still; it can no longer be restored then",
				do: func(ctx context.Context, run *Run) error { return run.Graph.PurgeDeleted(ctx, a.ID) }})
		}
	}
}

// appDiff compares an app registration. body has what differs, and with it the whole of each part that a difference is in:
// whether Graph merges or replaces a part of several fields then makes no difference.
type appDiff struct {
	compared
	registration *registration
	wanted       *Wanted
	found        graph.Application
	creating     bool

	body graph.Application
	// first is sent before body: what is to be removed has to be disabled first.
	first graph.Application
	// ownURI has the API's identifier URI made of the appId, which only a made app has.
	ownURI bool
}

func (d *appDiff) compare() {
	r := d.registration
	name, said := r.displayName(d.wanted)
	d.text("displayName", said || d.creating, name, d.found.DisplayName, func() { d.body.DisplayName = name })
	tags := union(d.found.Tags, []string{tagOurs, tagPrefix + r.name})
	d.list("tags", true, tags, d.found.Tags, func(want []string) { d.body.Tags = want })
	if d.creating {
		d.body.SignInAudience = "AzureADMyOrg"
		d.body.API = &graph.API{RequestedAccessTokenVersion: ptr(2)}
	}
	if r.app != nil {
		d.platforms()
	}
	if r.api != nil {
		d.api()
	}
}

func (d *appDiff) platforms() {
	a, at := d.registration.app, d.registration.appAt
	web := graph.Web{}
	if d.found.Web != nil {
		web = *d.found.Web
	}
	found := web
	implicit := graph.ImplicitGrant{}
	if web.ImplicitGrantSettings != nil {
		implicit = *web.ImplicitGrantSettings
	}
	was := implicit
	changed := func(set func()) func() {
		return func() {
			set()
			if d.body.Web = &web; implicit != (graph.ImplicitGrant{}) {
				web.ImplicitGrantSettings = &implicit
			}
		}
	}
	d.list("web.redirectUris", d.wanted.has(at+".web.redirectUris"), a.Web.RedirectURIs, found.RedirectURIs,
		func(want []string) { changed(func() { web.RedirectURIs = listOf(want) })() })
	d.text("web.logoutUrl", a.Web.LogoutURL != "", a.Web.LogoutURL, found.LogoutURL, changed(func() { web.LogoutURL = a.Web.LogoutURL }))
	grants, path := a.Web.ImplicitGrantSettings, at+".web.implicitGrantSettings."
	d.flag("web.implicitGrantSettings.enableIdTokenIssuance", d.wanted.has(path+"enableIdTokenIssuance"), grants.EnableIDTokenIssuance, was.EnableIDTokenIssuance,
		changed(func() { implicit.EnableIDTokenIssuance = ptr(grants.EnableIDTokenIssuance) }))
	d.flag("web.implicitGrantSettings.enableAccessTokenIssuance", d.wanted.has(path+"enableAccessTokenIssuance"), grants.EnableAccessTokenIssuance, was.EnableAccessTokenIssuance,
		changed(func() { implicit.EnableAccessTokenIssuance = ptr(grants.EnableAccessTokenIssuance) }))

	d.list("spa.redirectUris", d.wanted.has(at+".spa.redirectUris"), a.SPA.RedirectURIs, urisOf(d.found.SPA), func(want []string) { d.body.SPA = &graph.RedirectURIs{RedirectURIs: listOf(want)} })
	d.list("publicClient.redirectUris", d.wanted.has(at+".publicClient.redirectUris"), a.PublicClient.RedirectURIs, urisOf(d.found.PublicClient),
		func(want []string) { d.body.PublicClient = &graph.RedirectURIs{RedirectURIs: listOf(want)} })
	d.flag("isFallbackPublicClient", d.wanted.has(at+".isFallbackPublicClient"), a.IsFallbackPublicClient, d.found.IsFallbackPublicClient,
		func() { d.body.IsFallbackPublicClient = ptr(a.IsFallbackPublicClient) })
	native := d.found.NativeAuthenticationAPIsEnabled
	if native == "" && a.NativeAuthenticationAPIsEnabled == "none" {
		native = "none" // what Graph means by nothing
	}
	d.text("nativeAuthenticationApisEnabled", a.NativeAuthenticationAPIsEnabled != "", a.NativeAuthenticationAPIsEnabled, native,
		func() { d.body.NativeAuthenticationAPIsEnabled = a.NativeAuthenticationAPIsEnabled })
}

func (d *appDiff) api() {
	a, at := d.registration.api, d.registration.apiAt
	api := graph.API{}
	if d.found.API != nil {
		api = *d.found.API
	}
	found := api
	changed := func(set func()) func() {
		return func() { set(); d.body.API = &api }
	}
	version := ""
	if v := found.RequestedAccessTokenVersion; v != nil {
		version = fmt.Sprint(*v)
	}
	if d.creating { // with the rest of what a new app has
		api.RequestedAccessTokenVersion = ptr(2)
	}
	d.text("api.requestedAccessTokenVersion", true, "2", version, changed(func() { api.RequestedAccessTokenVersion = ptr(2) }))
	switch own := d.wanted.has(at + ".identifierUri"); {
	case own:
		d.list("identifierUri", true, []string{a.IdentifierURI}, d.found.IdentifierURIs, func(want []string) { d.body.IdentifierURIs = want })
	case len(d.found.IdentifierURIs) == 0:
		d.fields, d.ownURI = append(d.fields, Field{Name: "identifierUri", Mark: Add, To: "api://<appId>"}), true
	}

	// One that is disabled is there if it is to go, and is not if it is to stay.
	var scopes, roles []string
	for _, s := range found.OAuth2PermissionScopes {
		scopes = appendIf(scopes, s.IsEnabled || !slices.Contains(a.Scopes, s.Value), s.Value)
	}
	for _, r := range d.found.AppRoles {
		roles = appendIf(roles, r.IsEnabled || !slices.Contains(a.AppRoles, r.Value), r.Value)
	}
	d.list("scopes", d.wanted.has(at+".scopes"), a.Scopes, scopes, func(want []string) {
		api.OAuth2PermissionScopes, d.body.API = d.scopes(want), &api
		if disabled := withoutScopes(found.OAuth2PermissionScopes, want); disabled != nil {
			first := found
			first.OAuth2PermissionScopes = disabled
			d.first.API = &first
		}
	})
	d.list("appRoles", d.wanted.has(at+".appRoles"), a.AppRoles, roles, func(want []string) {
		d.body.AppRoles = d.roles(want)
		d.first.AppRoles = withoutRoles(d.found.AppRoles, want)
	})
}

func (d *appDiff) create(ctx context.Context, run *Run) error {
	a, err := run.Graph.PutApplication(ctx, namePrefix+d.registration.name, d.body)
	if err != nil {
		return err
	}
	run.ids.objects[d.registration.name], run.ids.apps[d.registration.name] = a.ID, a.AppID
	return d.own(ctx, run, a.ID, a.AppID)
}

func (d *appDiff) update(ctx context.Context, run *Run) error {
	if d.first.API != nil || d.first.AppRoles != nil {
		if err := run.Graph.UpdateApplication(ctx, d.found.ID, d.first); err != nil {
			return err
		}
	}
	if d.ownURI {
		d.body.IdentifierURIs = []string{"api://" + d.found.AppID}
	}
	return run.Graph.UpdateApplication(ctx, d.found.ID, d.body)
}

// own gives a new API the identifier URI that is made of its appId.
func (d *appDiff) own(ctx context.Context, run *Run, id, appID string) error {
	if !d.ownURI {
		return nil
	}
	return run.settled(ctx, func() error {
		return run.Graph.UpdateApplication(ctx, id, graph.Application{IdentifierURIs: []string{"api://" + appID}})
	})
}

func urisOf(p *graph.RedirectURIs) []string {
	if p == nil {
		return nil
	}
	return p.RedirectURIs
}

// listOf is a list that is sent even when it is empty.
func listOf(v []string) []string { return append([]string{}, v...) }

func appendIf(list []string, ok bool, v string) []string {
	if ok {
		return append(list, v)
	}
	return list
}

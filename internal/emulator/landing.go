package emulator

import (
	"net/http"
	"slices"
	"strings"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/web"
)

// maxListedUsers is how many users of a tenant the landing page shows.
const maxListedUsers = 50

// mountLanding adds the pages for people: what is here and how to use it. They
// answer to whom the rest of the control area does.
func (c control) mountLanding(mux *http.ServeMux) {
	c.local(mux, "/{$}", c.overview)
	c.local(mux, outboxPage, c.showOutbox)
}

func (c control) local(mux *http.ServeMux, pattern string, h handler) {
	c.page(mux, pattern, only(func(x *exchange) error {
		if err := x.guard(); err != nil {
			x.turnAway(err)
			return nil
		}
		return h(x)
	}, http.MethodGet))
}

// turnAway refuses a page. A browser is asked for the control token, where there is one.
func (x *exchange) turnAway(err error) {
	status := http.StatusForbidden
	if x.access.token != nil && strings.Contains(x.r.Header.Get("Accept"), "text/html") {
		x.w.Header().Set("WWW-Authenticate", `Basic realm="ciam emulator: any user name, and the control token as password", charset="UTF-8"`)
		status = http.StatusUnauthorized
	}
	http.Error(x.w, err.Error(), status)
}

// showOutbox lists the messages, those to one address with ?to=; ?framed is for
// the landing page.
func (c control) showOutbox(x *exchange) error {
	q := x.r.URL.Query()
	o := &web.Outbox{To: q.Get("to"), Framed: q.Has("framed"), Page: outboxPage, Again: x.r.URL.RequestURI()}
	for _, m := range slices.Backward(c.outbox.List(o.To)) {
		o.Mails = append(o.Mails, web.Mail{ID: m.ID, To: m.To, Code: m.Code, Purpose: m.Purpose, Sent: m.SentAt.UTC().Format("2006-01-02 15:04:05Z")})
	}
	return web.WriteOutbox(x.w, o)
}

// overview shows the landing page; ?app= and ?tenant= choose whose settings.
func (c control) overview(x *exchange) error {
	o := &web.Overview{Origin: x.origin(), Issuer: "guid", OutboxPage: outboxPage, Elsewhere: c.access.token != nil}
	if c.issuer == IssuerOrigin {
		o.Issuer = "origin"
	}
	if d := c.ClockOffset(); d != 0 {
		o.Clock = x.timestamp()
	}
	d := c.store.Configuration()
	tenant, app := chosenApp(d, x.r.URL.Query().Get("tenant"), x.r.URL.Query().Get("app"))
	for i := range d.Tenants {
		x.tenant = &d.Tenants[i]
		o.Tenants = append(o.Tenants, x.overviewTenant(app))
	}
	if x.tenant = tenant; app != nil {
		o.App, o.Tenant, o.Settings = app.Name(), tenant.Name(), x.settings(app)
	}
	return web.WriteOverview(x.w, o)
}

// chosenApp is the app whose settings are shown: the one asked for, else the
// first there is; nil when there is none.
func chosenApp(d *directory.Document, tenant, id string) (*directory.Tenant, *directory.App) {
	if t := d.Tenant(tenant); t != nil {
		if a := t.App(id); a != nil {
			return t, a
		}
	}
	for i := range d.Tenants {
		if t := &d.Tenants[i]; len(t.Apps) > 0 {
			return t, &t.Apps[0]
		}
	}
	return nil, nil
}

func (x *exchange) overviewTenant(current *directory.App) web.OverviewTenant {
	t := x.tenant
	out := web.OverviewTenant{
		Name: t.Name(), ID: t.ID, Domain: t.Domain(), CustomDomains: t.CustomDomains, Code: x.fixedCode(t),
		Authority: x.endpoint(""), Issuer: x.issuerURL(), Discovery: x.endpoint("/v2.0/.well-known/openid-configuration"),
	}
	for i := range t.Apps {
		a := &t.Apps[i]
		app := web.OverviewApp{Name: a.Name(), ClientID: a.AppID, Current: a == current, Href: "/?tenant=" + t.ID + "&app=" + a.AppID + "#settings"}
		for _, p := range []struct {
			platform platform
			uris     []string
		}{{platformWeb, a.Web.RedirectURIs}, {platformSPA, a.SPA.RedirectURIs}, {platformPublic, a.PublicClient.RedirectURIs}} {
			for _, uri := range p.uris {
				app.Redirects = append(app.Redirects, web.Row{Name: string(p.platform), Value: uri})
			}
		}
		if f := t.Flow(a.AppID); f != nil {
			app.Flow = f.DisplayName
		}
		out.Apps = append(out.Apps, app)
	}
	for i := range t.UserFlows {
		out.Flows = append(out.Flows, overviewFlow(t, &t.UserFlows[i]))
	}
	users, all := x.store.FirstUsers(t.ID, maxListedUsers)
	for _, u := range users {
		out.Users = append(out.Users, web.OverviewUser{Email: u.Email, Name: u.Attribute("displayName"), ID: u.ID, Disabled: u.Disabled, Path: "/users/" + u.ID + "?tenant=" + t.ID})
	}
	out.MoreUsers = all - len(out.Users)
	return out
}

func overviewFlow(t *directory.Tenant, f *directory.UserFlow) web.OverviewFlow {
	out := web.OverviewFlow{Name: f.DisplayName, Method: f.Method(), SignUp: f.SignUpAllowed()}
	for _, a := range f.Attributes {
		out.Attributes = append(out.Attributes, a.Name)
	}
	for _, id := range f.Applications {
		name := id
		if a := t.App(id); a != nil {
			name = a.Name()
		}
		out.Apps = append(out.Apps, name)
	}
	return out
}

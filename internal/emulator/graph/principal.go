package graph

import (
	"net/http"
	"strings"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// servicePrincipalPart is where a registration keeps what is its service principal's alone.
const servicePrincipalPart = "servicePrincipal"

// principal is a service principal: of an application, of Microsoft Graph, or of Microsoft's own command line tools.
type principal struct {
	appID, name string
	g           registration // app is nil for Microsoft's
}

// principals are the tenant's service principals.
func principals(t *directory.Tenant) []principal {
	var all []principal
	for _, g := range registrations(t) {
		if !g.app.NoServicePrincipal {
			all = append(all, principal{appID: g.app.AppID, name: g.app.Name(), g: g})
		}
	}
	return append(all, principal{appID: directory.GraphAppID, name: "Microsoft Graph"})
}

func (s *Service) mountPrincipals() {
	s.handle("GET /servicePrincipals", readApps, (*call).listPrincipals)
	s.handle("POST /servicePrincipals", writeApps, (*call).createPrincipal)
	s.handle("GET /servicePrincipals/{principal}", readApps, (*call).getPrincipal)
	s.handle("PATCH /servicePrincipals/{principal}", writeApps, (*call).patchPrincipal)
	s.handle("DELETE /servicePrincipals/{principal}", writeApps, (*call).deletePrincipal)
	s.mountAssignments()
}

// findPrincipal finds a service principal by its object id or appId=….
func (c *call) findPrincipal(t *directory.Tenant, key string) (principal, error) {
	field, value, named := strings.Cut(key, "=")
	for _, p := range principals(t) {
		id := c.ServicePrincipal(p.appID)
		if (strings.EqualFold(id, field) || named && field == "appId" && strings.EqualFold(p.appID, value)) && !c.held(id) {
			return p, nil
		}
	}
	return principal{}, notFound("servicePrincipal", key)
}

func (c *call) principalView(t *directory.Tenant, p principal) object {
	out := object{
		"id": c.ServicePrincipal(p.appID), "appId": p.appID, "displayName": p.name, "appDisplayName": p.name, "servicePrincipalType": "Application",
		"accountEnabled": true, "deletedDateTime": nil, "signInAudience": "AzureADMyOrg", "tags": []any{}, "appRoleAssignmentRequired": false,
		"servicePrincipalNames": []any{p.appID}, "replyUrls": []any{}, "appOwnerOrganizationId": t.ID,
	}
	if p.g.app == nil {
		out["appOwnerOrganizationId"], out["signInAudience"] = "f8cdef31-a31e-4b4a-93e4-5f571e91255a", "AzureADMultipleOrgs"
		out["oauth2PermissionScopes"], out["appRoles"] = graphEntitlements()
		out["servicePrincipalNames"] = []any{p.appID, "https://graph.microsoft.com"}
		return out
	}
	a := p.g.app
	out["oauth2PermissionScopes"], out["appRoles"] = scopesOf(t, p.g), rolesOf(t, p.g)
	out["servicePrincipalNames"] = append([]any{p.appID}, identifiersOf(p.g)...)
	out["replyUrls"] = append(append(uris(a.Web), uris(a.SPA)...), uris(a.PublicClient)...)
	if audience, is := a.Registration["signInAudience"].(string); is {
		out["signInAudience"] = audience
	}
	for name, v := range part(a.Registration, servicePrincipalPart) {
		out[name] = v
	}
	return out
}

// graphEntitlements are Microsoft Graph's permissions as far as the emulator has them.
func graphEntitlements() (scopes, roles []any) {
	scopes, roles = []any{}, []any{}
	for _, p := range directory.Permissions() {
		scopes = append(scopes, scopeView(p.ScopeID, p.Name))
		if p.RoleID != "" {
			roles = append(roles, roleView(p.RoleID, p.Name))
		}
	}
	return scopes, roles
}

func (c *call) listPrincipals() (answer, error) {
	var list []object
	for _, p := range principals(c.t) {
		if o := c.principalView(c.t, p); !c.held(o["id"].(string)) {
			list = append(list, o)
		}
	}
	return c.collection("servicePrincipals", list)
}

func (c *call) getPrincipal() (answer, error) {
	p, err := c.findPrincipal(c.t, c.r.PathValue("principal"))
	if err != nil {
		return answer{}, err
	}
	return c.one(http.StatusOK, "servicePrincipals", c.principalView(c.t, p))
}

func (c *call) createPrincipal() (answer, error) {
	if err := c.checkBody("servicePrincipal"); err != nil {
		return answer{}, err
	}
	appID, _ := c.body["appId"].(string)
	return c.newPrincipal(appID)
}

func (c *call) newPrincipal(appID string) (answer, error) {
	err := c.change(func(t *directory.Tenant) error {
		if strings.EqualFold(appID, directory.GraphAppID) {
			return taken(appID)
		}
		g, err := c.forChange(t, "appId="+appID)
		if err != nil {
			if failureOf(err).Status == http.StatusNotFound {
				return badRequest("The appId '%s' of the service principal does not reference a valid application object.", clip(appID))
			}
			return err
		}
		if !g.app.NoServicePrincipal {
			return taken(appID)
		}
		g.app.NoServicePrincipal = false
		return c.applyPrincipal(g.app)
	})
	if err != nil {
		return answer{}, err
	}
	p, err := c.findPrincipal(c.t, "appId="+appID)
	if err != nil {
		return answer{}, err
	}
	o := c.principalView(c.t, p)
	c.hold(o["id"].(string))
	return c.one(http.StatusCreated, "servicePrincipals", o)
}

func taken(appID string) error {
	return conflict("The service principal cannot be created, updated, or restored because the service principal name %s is already in use.", appID)
}

// applyPrincipal sets what a body says of the service principal alone; the rest is its application's.
func (c *call) applyPrincipal(a *directory.App) error {
	own := copied(part(a.Registration, servicePrincipalPart))
	for name, v := range c.body {
		switch name {
		case "appId":
			if s, _ := v.(string); !strings.EqualFold(s, a.AppID) {
				return badRequest("Property 'appId' is read-only and cannot be set.")
			}
		case "tags", "appRoleAssignmentRequired", "accountEnabled", "notes", "description", "homepage", "loginUrl", "preferredSingleSignOnMode", "notificationEmailAddresses":
			own[name] = v
		default:
			if !strings.Contains(name, "@") {
				return badRequest("Property '%s' of a service principal cannot be set here; it is the application's, or the emulator does not have it.", name)
			}
		}
	}
	a.Registration[servicePrincipalPart] = own
	return nil
}

// patchPrincipal changes a service principal; by appId and with Prefer: create-if-missing it makes one as well.
func (c *call) patchPrincipal() (answer, error) {
	if err := c.checkBody("servicePrincipal"); err != nil {
		return answer{}, err
	}
	key := c.r.PathValue("principal")
	if appID, is := strings.CutPrefix(key, "appId="); is && c.createsIfMissing() {
		if _, err := c.findPrincipal(c.t, key); err != nil {
			return c.newPrincipal(appID)
		}
	}
	return noContent(c.changePrincipal(key, c.applyPrincipal))
}

func (c *call) changePrincipal(key string, f func(*directory.App) error) error {
	return c.change(func(t *directory.Tenant) error {
		p, err := c.findPrincipal(t, key)
		if err != nil {
			return err
		}
		g, err := c.ofPrincipal(t, p)
		if err != nil {
			return err
		}
		return f(g.app)
	})
}

// ofPrincipal is the registration of a service principal, to be changed.
func (c *call) ofPrincipal(t *directory.Tenant, p principal) (registration, error) {
	if p.g.app == nil {
		return registration{}, forbidden("The service principal %s is Microsoft's and is not to be changed.", p.name)
	}
	return c.forChange(t, "appId="+p.appID)
}

// deletePrincipal ends the app's consent, too.
func (c *call) deletePrincipal() (answer, error) {
	return noContent(c.changePrincipal(c.r.PathValue("principal"), func(a *directory.App) error {
		no := false
		a.NoServicePrincipal, a.AdminConsent, a.GrantedScopes, a.AppRoleAssignments = true, &no, nil, nil
		delete(a.Registration, servicePrincipalPart)
		return nil
	}))
}

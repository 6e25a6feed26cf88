package graph

import (
	"net/http"
	"slices"
	"strings"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

var (
	readGrants  = []string{"DelegatedPermissionGrant.Read.All", "Application.Read.All", "DelegatedPermissionGrant.ReadWrite.All", "Application.ReadWrite.All"}
	writeGrants = []string{"DelegatedPermissionGrant.ReadWrite.All"}
)

func (s *Service) mountGrants() {
	s.handle("GET /oauth2PermissionGrants", readGrants, (*call).listGrants)
	s.handle("POST /oauth2PermissionGrants", writeGrants, (*call).createGrant)
	s.handle("GET /oauth2PermissionGrants/{grant}", readGrants, (*call).getGrant)
	s.handle("PATCH /oauth2PermissionGrants/{grant}", writeGrants, (*call).patchGrant)
	s.handle("DELETE /oauth2PermissionGrants/{grant}", writeGrants, (*call).deleteGrant)
}

// consent is what an administrator granted an app of one resource.
type consent struct {
	resource string // appId
	scopes   []string
}

const graphPrefix = "https://graph.microsoft.com/"

// consents are an app's grants, by resource. An app whose seed lists none was granted all that exist.
func consents(t *directory.Tenant, a *directory.App) []consent {
	if !a.Consented() || a.NoServicePrincipal {
		return nil
	}
	if len(a.GrantedScopes) == 0 {
		all := []consent{{directory.GraphAppID, []string{"openid", "offline_access", "profile", "email", "User.Read"}}}
		for _, api := range t.APIs {
			if len(api.Scopes) > 0 {
				all = append(all, consent{api.AppID, slices.Clone(api.Scopes)})
			}
		}
		return all
	}
	var all []consent
	for _, s := range a.GrantedScopes {
		resource, name := directory.GraphAppID, strings.TrimPrefix(s, graphPrefix)
		if i := strings.LastIndexByte(name, '/'); i >= 0 {
			for _, api := range t.APIs {
				if strings.EqualFold(api.IdentifierURI, name[:i]) || strings.EqualFold(api.AppID, name[:i]) {
					resource = api.AppID
				}
			}
			name = name[i+1:]
		}
		i := slices.IndexFunc(all, func(c consent) bool { return c.resource == resource })
		if i < 0 {
			all, i = append(all, consent{resource: resource}), len(all)
		}
		all[i].scopes = append(all[i].scopes, name)
	}
	return all
}

// setConsents writes grants back into an app.
func setConsents(a *directory.App, all []consent) {
	a.GrantedScopes = nil
	for _, c := range all {
		for _, name := range c.scopes {
			switch known := directory.FindPermission(name); {
			case c.resource != directory.GraphAppID:
				name = c.resource + "/" + name
			case known != nil && known.Administrative():
				name = graphPrefix + known.Name
			}
			a.GrantedScopes = append(a.GrantedScopes, name)
		}
	}
	yes := len(a.GrantedScopes) > 0
	a.AdminConsent = &yes
}

// settle names the APIs in all apps' listed scopes by their appId, which stays when the identifier URI changes.
func settle(t *directory.Tenant) {
	for i := range t.Apps {
		if a := &t.Apps[i]; len(a.GrantedScopes) > 0 && a.Consented() && !a.NoServicePrincipal {
			setConsents(a, consents(t, a))
		}
	}
}

// prune takes away what apps were granted of APIs and their parts that are gone.
func prune(t *directory.Tenant) {
	for i := range t.Apps {
		a := &t.Apps[i]
		if len(a.GrantedScopes) > 0 {
			a.GrantedScopes = slices.DeleteFunc(slices.Clone(a.GrantedScopes), func(s string) bool {
				at := strings.LastIndexByte(s, '/')
				if at < 0 || !directory.IsGUID(s[:at]) {
					return false
				}
				api := t.API(s[:at])
				return api == nil || !slices.Contains(api.Scopes, s[at+1:])
			})
			if len(a.GrantedScopes) == 0 {
				no := false
				a.AdminConsent = &no
			}
		}
		a.AppRoleAssignments = slices.DeleteFunc(slices.Clone(a.AppRoleAssignments), func(r directory.AppRoleAssignment) bool {
			api := t.API(r.Resource)
			return !strings.EqualFold(r.Resource, directory.GraphAppID) && (api == nil || !slices.Contains(api.AppRoles, r.Role))
		})
	}
}

func grantID(t *directory.Tenant, appID, resource string) string {
	return t.ObjectID("grant", strings.ToLower(appID), strings.ToLower(resource))
}

func (c *call) grantView(t *directory.Tenant, appID string, g consent) object {
	return object{
		"id": grantID(t, appID, g.resource), "clientId": c.ServicePrincipal(appID), "resourceId": c.ServicePrincipal(g.resource),
		"consentType": "AllPrincipals", "principalId": nil, "scope": strings.Join(g.scopes, " "),
	}
}

func (c *call) grants() []object {
	var list []object
	for i := range c.t.Apps {
		for _, g := range consents(c.t, &c.t.Apps[i]) {
			list = append(list, c.grantView(c.t, c.t.Apps[i].AppID, g))
		}
	}
	return list
}

func (c *call) listGrants() (answer, error) {
	return c.collection("oauth2PermissionGrants", c.grants())
}

func (c *call) getGrant() (answer, error) {
	key := c.r.PathValue("grant")
	for _, o := range c.grants() {
		if o["id"] == key {
			return c.one(http.StatusOK, "oauth2PermissionGrants", o)
		}
	}
	return answer{}, notFound("oAuth2PermissionGrant", key)
}

// readScope reads the scope member of the body for a resource.
func (c *call) readScope(t *directory.Tenant, resource string) ([]string, error) {
	text, _ := c.body["scope"].(string)
	var scopes []string
	for s := range strings.FieldsSeq(text) {
		known := false
		if resource == directory.GraphAppID {
			p := directory.FindPermission(s)
			known = p != nil && strings.EqualFold(p.Name, s)
		} else if api := t.API(resource); api != nil {
			known = slices.Contains(api.Scopes, s)
		}
		if !known {
			return nil, badRequest("The scope '%s' does not exist on the resource, as far as the emulator knows it.", clip(s))
		}
		if !slices.Contains(scopes, s) {
			scopes = append(scopes, s)
		}
	}
	if len(scopes) == 0 {
		return nil, badRequest("Property scope of the permission grant needs at least one scope; delete the grant to end it.")
	}
	return scopes, nil
}

func (c *call) createGrant() (answer, error) {
	if err := c.checkBody("oAuth2PermissionGrant"); err != nil {
		return answer{}, err
	}
	if c.body["consentType"] != "AllPrincipals" {
		return answer{}, badRequest("Property consentType: the emulator has AllPrincipals only, which is an administrator's consent for all.")
	}
	client, _ := c.body["clientId"].(string)
	resource, _ := c.body["resourceId"].(string)
	var made object
	err := c.change(func(t *directory.Tenant) error {
		p, err := c.findPrincipal(t, client)
		if err != nil {
			return err
		}
		r, err := c.findPrincipal(t, resource)
		if err != nil {
			return err
		}
		g, err := c.ofPrincipal(t, p)
		if err != nil {
			return err
		}
		all := consents(t, g.app)
		if slices.ContainsFunc(all, func(old consent) bool { return strings.EqualFold(old.resource, r.appID) }) {
			return conflict("Permission entry already exists.")
		}
		scopes, err := c.readScope(t, r.appID)
		if err != nil {
			return err
		}
		granted := consent{r.appID, scopes}
		setConsents(g.app, append(all, granted))
		made = c.grantView(t, p.appID, granted)
		return nil
	})
	if err != nil {
		return answer{}, err
	}
	return c.one(http.StatusCreated, "oauth2PermissionGrants", made)
}

func (c *call) patchGrant() (answer, error) {
	if err := c.checkBody("oAuth2PermissionGrant"); err != nil {
		return answer{}, err
	}
	for name := range c.body {
		if name != "scope" {
			return answer{}, badRequest("Property '%s' of a permission grant cannot be changed.", clip(name))
		}
	}
	return c.changeGrant(func(t *directory.Tenant, all []consent, i int) ([]consent, error) {
		var err error
		all[i].scopes, err = c.readScope(t, all[i].resource)
		return all, err
	})
}

func (c *call) deleteGrant() (answer, error) {
	return c.changeGrant(func(_ *directory.Tenant, all []consent, i int) ([]consent, error) {
		return slices.Delete(all, i, i+1), nil
	})
}

func (c *call) changeGrant(f func(*directory.Tenant, []consent, int) ([]consent, error)) (answer, error) {
	key := c.r.PathValue("grant")
	return noContent(c.change(func(t *directory.Tenant) error {
		for i := range t.Apps {
			a := &t.Apps[i]
			all := consents(t, a)
			at := slices.IndexFunc(all, func(g consent) bool { return grantID(t, a.AppID, g.resource) == key })
			if at < 0 {
				continue
			}
			all, err := f(t, all, at)
			if err == nil {
				setConsents(a, all)
			}
			return err
		}
		return notFound("oAuth2PermissionGrant", key)
	}))
}

package graph

import (
	"net/http"
	"slices"
	"strings"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// Permissions of the calls, the least first.
var (
	readApps  = []string{"Application.Read.All", "Application.ReadWrite.All"}
	writeApps = []string{"Application.ReadWrite.All"}
)

func (s *Service) mountApplications() {
	s.handle("GET /applications", readApps, (*call).listApplications)
	s.handle("POST /applications", writeApps, (*call).createApplication)
	s.handle("GET /applications/{app}", readApps, (*call).getApplication)
	s.handle("PATCH /applications/{app}", writeApps, (*call).patchApplication)
	s.handle("DELETE /applications/{app}", writeApps, (*call).deleteApplication)
	s.handle("POST /applications/{app}/addPassword", writeApps, (*call).addPassword)
	s.handle("POST /applications/{app}/removePassword", writeApps, (*call).removePassword)
	s.handle("GET /applications/{app}/federatedIdentityCredentials", readApps, (*call).listFederated)
	s.handle("POST /applications/{app}/federatedIdentityCredentials", writeApps, (*call).createFederated)
	s.handle("GET /applications/{app}/federatedIdentityCredentials/{credential}", readApps, (*call).getFederated)
	s.handle("PATCH /applications/{app}/federatedIdentityCredentials/{credential}", writeApps, (*call).patchFederated)
	s.handle("DELETE /applications/{app}/federatedIdentityCredentials/{credential}", writeApps, (*call).deleteFederated)
}

func (c *call) listApplications() (answer, error) {
	var list []object
	for _, g := range registrations(c.t) {
		if o := c.view(c.t, g); !c.held(o["id"].(string)) {
			list = append(list, o)
		}
	}
	return c.collection("applications", list)
}

func (c *call) getApplication() (answer, error) {
	g, err := c.find(c.t, c.r.PathValue("app"))
	if err != nil {
		return answer{}, err
	}
	o := c.view(c.t, g)
	if strings.Contains(c.r.URL.Query().Get("$select"), "keyCredentials") {
		o["keyCredentials"] = withKeys(o["keyCredentials"].([]any), g.app)
	}
	return c.one(http.StatusOK, "applications", o)
}

func (c *call) createApplication() (answer, error) {
	if err := c.checkBody("application"); err != nil {
		return answer{}, err
	}
	return c.newApplication(c.body)
}

// newApplication makes an application without a service principal, to which nobody has consented.
func (c *call) newApplication(body object) (answer, error) {
	id, err := directory.NewGUID(c.Rand)
	if err != nil {
		return answer{}, err
	}
	no := false
	if _, named := body["displayName"].(string); !named {
		return answer{}, badRequest("A value is required for property 'displayName' of resource 'Application'.")
	}
	err = c.change(func(t *directory.Tenant) error {
		t.Apps = append(t.Apps, directory.App{AppID: id, AdminConsent: &no, NoServicePrincipal: true, Registration: object{
			"createdDateTime": timestamp(c.Now()), "signInAudience": "AzureADandPersonalMicrosoftAccount",
		}})
		return c.apply(t, registration{app: &t.Apps[len(t.Apps)-1]}, body)
	})
	if err != nil {
		return answer{}, err
	}
	g, err := c.find(c.t, "appId="+id)
	if err != nil {
		return answer{}, err
	}
	c.hold(applicationID(c.t, id))
	return c.one(http.StatusCreated, "applications", c.view(c.t, g))
}

// patchApplication changes an application; by its uniqueName and with Prefer: create-if-missing it makes one as well.
func (c *call) patchApplication() (answer, error) {
	if err := c.checkBody("application"); err != nil {
		return answer{}, err
	}
	key := c.r.PathValue("app")
	if unique, is := strings.CutPrefix(key, "uniqueName="); is && c.createsIfMissing() {
		if _, err := c.find(c.t, key); err != nil {
			body := copied(c.body)
			body["uniqueName"] = unique
			return c.newApplication(body)
		}
	}
	return noContent(c.change(func(t *directory.Tenant) error {
		g, err := c.forChange(t, key)
		if err != nil {
			return err
		}
		return c.apply(t, g, c.body)
	}))
}

func (c *call) createsIfMissing() bool {
	return slices.ContainsFunc(c.r.Header.Values("Prefer"), func(v string) bool { return strings.Contains(v, "create-if-missing") })
}

// deleteApplication deletes an application and with it its service principal, its consent and its link to a user flow.
func (c *call) deleteApplication() (answer, error) {
	return noContent(c.change(func(t *directory.Tenant) error {
		g, err := c.forChange(t, c.r.PathValue("app"))
		if err != nil {
			return err
		}
		settle(t)
		no := false
		deleted := directory.DeletedApp{App: *g.app, DeletedAt: c.Now().UTC()}
		deleted.App.AdminConsent, deleted.App.GrantedScopes, deleted.App.AppRoleAssignments = &no, nil, nil
		if g.api != nil {
			api := *g.api
			deleted.API = &api
		}
		id := g.app.AppID
		t.DeletedApps = slices.DeleteFunc(t.DeletedApps, func(d directory.DeletedApp) bool { return c.expired(&d) })
		t.DeletedApps = append(t.DeletedApps, deleted)
		t.Apps = slices.DeleteFunc(t.Apps, func(a directory.App) bool { return strings.EqualFold(a.AppID, id) })
		t.APIs = slices.DeleteFunc(t.APIs, func(a directory.API) bool { return strings.EqualFold(a.AppID, id) })
		for i := range t.UserFlows {
			f := &t.UserFlows[i]
			f.Applications = slices.DeleteFunc(slices.Clone(f.Applications), func(a string) bool { return strings.EqualFold(a, id) })
		}
		prune(t)
		return nil
	}))
}

func (c *call) expired(d *directory.DeletedApp) bool {
	return c.Now().Sub(d.DeletedAt) > directory.DeletedAppLife
}

func (s *Service) mountDeleted() {
	s.handle("GET /directory/deletedItems/application", readApps, (*call).listDeleted)
	s.handle("GET /directory/deletedItems/{item}", readApps, (*call).getDeleted)
	s.handle("DELETE /directory/deletedItems/{item}", writeApps, (*call).purge)
	s.handle("POST /directory/deletedItems/{item}/restore", writeApps, (*call).restore)
}

func (c *call) deletedView(t *directory.Tenant, d *directory.DeletedApp) object {
	o := c.view(t, registration{app: &d.App, api: d.API})
	o["@odata.type"], o["deletedDateTime"] = "#microsoft.graph.application", timestamp(d.DeletedAt)
	return o
}

func (c *call) listDeleted() (answer, error) {
	var list []object
	for i := range c.t.DeletedApps {
		if d := &c.t.DeletedApps[i]; !c.expired(d) {
			list = append(list, c.deletedView(c.t, d))
		}
	}
	return c.collection("applications", list)
}

// deleted finds what was deleted by its object id.
func (c *call) deleted(t *directory.Tenant) (int, error) {
	key := c.r.PathValue("item")
	i := slices.IndexFunc(t.DeletedApps, func(d directory.DeletedApp) bool {
		return strings.EqualFold(applicationID(t, d.App.AppID), key) && !c.expired(&d)
	})
	if i < 0 {
		return i, notFound("directoryObject", key)
	}
	return i, nil
}

func (c *call) getDeleted() (answer, error) {
	i, err := c.deleted(c.t)
	if err != nil {
		return answer{}, err
	}
	return c.one(http.StatusOK, "directoryObjects", c.deletedView(c.t, &c.t.DeletedApps[i]))
}

func (c *call) purge() (answer, error) {
	return noContent(c.change(func(t *directory.Tenant) error {
		i, err := c.deleted(t)
		if err != nil {
			return err
		}
		t.DeletedApps = slices.Delete(t.DeletedApps, i, i+1)
		return nil
	}))
}

// restore brings an application back with its service principal; consent and the link to a user flow stay gone.
func (c *call) restore() (answer, error) {
	var appID string
	err := c.change(func(t *directory.Tenant) error {
		i, err := c.deleted(t)
		if err != nil {
			return err
		}
		d := t.DeletedApps[i]
		appID = d.App.AppID
		t.Apps = append(t.Apps, d.App)
		if d.API != nil {
			t.APIs = append(t.APIs, *d.API)
		}
		t.DeletedApps = slices.Delete(t.DeletedApps, i, i+1)
		return nil
	})
	if err != nil {
		return answer{}, err
	}
	g, err := c.find(c.t, "appId="+appID)
	if err != nil {
		return answer{}, err
	}
	o := c.view(c.t, g)
	o["@odata.type"] = "#microsoft.graph.application"
	return c.one(http.StatusOK, "directoryObjects", o)
}

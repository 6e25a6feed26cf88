package graph

import (
	"net/http"
	"slices"
	"strings"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

var writeAssignments = []string{"AppRoleAssignment.ReadWrite.All"}

func (s *Service) mountAssignments() {
	for _, name := range []string{"appRoleAssignments", "appRoleAssignedTo"} {
		s.handle("GET /servicePrincipals/{principal}/"+name, readApps, (*call).listAssignments)
		s.handle("POST /servicePrincipals/{principal}/"+name, writeAssignments, (*call).createAssignment)
		s.handle("DELETE /servicePrincipals/{principal}/"+name+"/{assignment}", writeAssignments, (*call).deleteAssignment)
	}
}

// assignment is an app role that an app has.
type assignment struct {
	app, resource principal
	role          object
}

// assignments are the app roles of the tenant's apps.
func (c *call) assignments(t *directory.Tenant) []assignment {
	var all []assignment
	for _, p := range principals(t) {
		if p.g.app == nil {
			continue
		}
		for _, r := range p.g.app.AppRoleAssignments {
			resource, err := c.findPrincipal(t, "appId="+r.Resource)
			if err != nil {
				continue
			}
			if role := entry(c.principalView(t, resource)["appRoles"].([]any), "value", r.Role); role != nil {
				all = append(all, assignment{p, resource, role})
			}
		}
	}
	return all
}

func (c *call) assignmentView(t *directory.Tenant, a assignment) object {
	return object{
		"id": t.ObjectID("assignment", a.app.appID, a.resource.appID, a.role["id"].(string)), "appRoleId": a.role["id"], "deletedDateTime": nil, "createdDateTime": nil,
		"principalId": c.ServicePrincipal(a.app.appID), "principalDisplayName": a.app.name, "principalType": "ServicePrincipal",
		"resourceId": c.ServicePrincipal(a.resource.appID), "resourceDisplayName": a.resource.name,
	}
}

// concerns reports whether an assignment belongs to the collection that was asked for.
func (c *call) concerns(a assignment, p principal) bool {
	if strings.Contains(c.r.URL.Path, "/appRoleAssignedTo") {
		return a.resource.appID == p.appID
	}
	return a.app.appID == p.appID
}

func (c *call) listAssignments() (answer, error) {
	p, err := c.findPrincipal(c.t, c.r.PathValue("principal"))
	if err != nil {
		return answer{}, err
	}
	var list []object
	for _, a := range c.assignments(c.t) {
		if c.concerns(a, p) {
			list = append(list, c.assignmentView(c.t, a))
		}
	}
	return c.collection("appRoleAssignments", list)
}

func (c *call) createAssignment() (answer, error) {
	if err := c.checkBody("appRoleAssignment"); err != nil {
		return answer{}, err
	}
	id := func(name string) string { s, _ := c.body[name].(string); return s }
	var made object
	err := c.change(func(t *directory.Tenant) error {
		if _, err := c.findPrincipal(t, c.r.PathValue("principal")); err != nil {
			return err
		}
		app, err := c.findPrincipal(t, id("principalId"))
		if err != nil {
			return badRequest("Property principalId: the emulator assigns app roles to service principals only, and '%s' is none.", clip(id("principalId")))
		}
		resource, err := c.findPrincipal(t, id("resourceId"))
		if err != nil {
			return err
		}
		role := entry(c.principalView(t, resource)["appRoles"].([]any), "id", id("appRoleId"))
		name, _ := role["value"].(string)
		if role == nil || role["isEnabled"] == false || name == "" {
			return badRequest("Permission being assigned was not found on application '%s'.", resource.appID)
		}
		if app.g.app == nil {
			return forbidden("The service principal %s is Microsoft's and is not to be changed.", app.name)
		}
		g, err := c.forChange(t, "appId="+app.appID)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(g.app.AppRoleAssignments, func(r directory.AppRoleAssignment) bool {
			return strings.EqualFold(r.Resource, resource.appID) && r.Role == name
		}) {
			return badRequest("Permission being assigned already exists on the object")
		}
		g.app.AppRoleAssignments = append(slices.Clone(g.app.AppRoleAssignments), directory.AppRoleAssignment{Resource: resource.appID, Role: name})
		made = c.assignmentView(t, assignment{app, resource, role})
		return nil
	})
	if err != nil {
		return answer{}, err
	}
	return c.one(http.StatusCreated, "appRoleAssignments", made)
}

func (c *call) deleteAssignment() (answer, error) {
	key := c.r.PathValue("assignment")
	return noContent(c.change(func(t *directory.Tenant) error {
		p, err := c.findPrincipal(t, c.r.PathValue("principal"))
		if err != nil {
			return err
		}
		for _, a := range c.assignments(t) {
			if c.assignmentView(t, a)["id"] != key || !c.concerns(a, p) {
				continue
			}
			g, err := c.forChange(t, "appId="+a.app.appID)
			if err != nil {
				return err
			}
			g.app.AppRoleAssignments = slices.DeleteFunc(slices.Clone(g.app.AppRoleAssignments), func(r directory.AppRoleAssignment) bool {
				return strings.EqualFold(r.Resource, a.resource.appID) && r.Role == a.role["value"]
			})
			return nil
		}
		return notFound("appRoleAssignment", key)
	}))
}

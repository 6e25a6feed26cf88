package graph

import (
	"net/http"
	"slices"
	"strings"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

var (
	readFlows  = []string{"EventListener.Read.All", "EventListener.ReadWrite.All"}
	writeFlows = []string{"EventListener.ReadWrite.All"}
)

func (s *Service) mountFlows() {
	const flow = "/identity/authenticationEventsFlows/{flow}"
	s.handle("GET /identity/authenticationEventsFlows", readFlows, (*call).listFlows)
	s.handle("POST /identity/authenticationEventsFlows", writeFlows, (*call).createFlow)
	s.handle("GET "+flow, readFlows, (*call).getFlow)
	s.handle("PATCH "+flow, writeFlows, (*call).patchFlow)
	s.handle("DELETE "+flow, writeFlows, (*call).deleteFlow)
	s.handle("GET "+flow+"/conditions/applications/includeApplications", readFlows, (*call).listLinks)
	s.handle("POST "+flow+"/conditions/applications/includeApplications", writeFlows, (*call).link)
	s.handle("GET "+flow+"/conditions/applications/includeApplications/{app}", readFlows, (*call).getLink)
	s.handle("DELETE "+flow+"/conditions/applications/includeApplications/{app}", writeFlows, (*call).unlink)
	s.handle("GET "+flow+"/onAttributeCollection/attributes", readFlows, (*call).listCollected)
	s.handle("POST "+flow+"/onAttributeCollection/attributes/$ref", writeFlows, (*call).addCollected)
	s.handle("DELETE "+flow+"/onAttributeCollection/attributes/{attribute}/$ref", writeFlows, (*call).removeCollected)
	s.handle("GET "+flow+"/onAuthenticationMethodLoadStart/identityProviders", readFlows, (*call).listFlowProviders)
	s.handle("POST "+flow+"/onAuthenticationMethodLoadStart/identityProviders/$ref", writeFlows, (*call).addProvider)
	s.handle("DELETE "+flow+"/onAuthenticationMethodLoadStart/identityProviders/{provider}/$ref", writeFlows, (*call).removeProvider)
}

// flow finds the user flow of the path.
func (c *call) flow(t *directory.Tenant) (*directory.UserFlow, error) {
	key := c.r.PathValue("flow")
	for i := range t.UserFlows {
		if f := &t.UserFlows[i]; strings.EqualFold(t.FlowID(f), key) && !c.held(key) {
			return f, nil
		}
	}
	return nil, notFound("authenticationEventsFlow", key)
}

// changeFlow changes the user flow of the path. Its id stays, whatever it is called then.
func (c *call) changeFlow(f func(*directory.Tenant, *directory.UserFlow) error) error {
	return c.change(func(t *directory.Tenant) error {
		flow, err := c.flow(t)
		if err != nil {
			return err
		}
		flow.ID = t.FlowID(flow)
		if flow.Registration == nil {
			flow.Registration = object{}
		}
		return f(t, flow)
	})
}

func (c *call) listFlows() (answer, error) {
	var list []object
	for i := range c.t.UserFlows {
		if f := &c.t.UserFlows[i]; !c.held(c.t.FlowID(f)) {
			list = append(list, flowView(c.t, f))
		}
	}
	return c.collection("identity/authenticationEventsFlows", list)
}

func (c *call) getFlow() (answer, error) {
	f, err := c.flow(c.t)
	if err != nil {
		return answer{}, err
	}
	return c.one(http.StatusOK, "identity/authenticationEventsFlows", flowView(c.t, f))
}

func (c *call) createFlow() (answer, error) {
	if err := c.checkBody("authenticationEventsFlow"); err != nil {
		return answer{}, err
	}
	for _, name := range []string{"displayName", "onInteractiveAuthFlowStart", "onAuthenticationMethodLoadStart"} {
		if c.body[name] == nil {
			return answer{}, badRequest("A value is required for property '%s' of a user flow.", name)
		}
	}
	id, err := directory.NewGUID(c.Rand)
	if err != nil {
		return answer{}, err
	}
	var made object
	err = c.change(func(t *directory.Tenant) error {
		t.UserFlows = append(t.UserFlows, directory.UserFlow{ID: id, Registration: object{}})
		f := &t.UserFlows[len(t.UserFlows)-1]
		if err := c.applyFlow(t, f, true); err != nil {
			return err
		}
		made = flowView(t, f)
		return nil
	})
	if err != nil {
		return answer{}, err
	}
	c.hold(id)
	for _, handler := range []string{"onAuthenticationMethodLoadStart", "onAttributeCollection"} { // which the answer of the service leaves out, too
		if o, set := made[handler].(object); set {
			o = copied(o)
			delete(o, "identityProviders")
			delete(o, "attributes")
			made[handler] = o
		}
	}
	return c.one(http.StatusCreated, "identity/authenticationEventsFlows", made)
}

func (c *call) patchFlow() (answer, error) {
	if err := c.checkBody("authenticationEventsFlow"); err != nil {
		return answer{}, err
	}
	return noContent(c.changeFlow(func(t *directory.Tenant, f *directory.UserFlow) error { return c.applyFlow(t, f, false) }))
}

// applyFlow sets the handlers and properties that a body has.
func (c *call) applyFlow(t *directory.Tenant, f *directory.UserFlow, isNew bool) error {
	for name, v := range c.body {
		var err error
		body, _ := v.(object)
		switch name {
		case "displayName":
			err = renameFlow(t, f, v)
		case "description", "onUserCreateStart", "onAttributeCollectionStart", "onAttributeCollectionSubmit":
			f.Registration[name] = v
		case "conditions":
			err = c.applyLinks(t, f, body)
		case "onInteractiveAuthFlowStart":
			if allowed, given := body["isSignUpAllowed"].(bool); given {
				f.IsSignUpAllowed = &allowed
			}
		case "onAuthenticationMethodLoadStart":
			list, _ := body["identityProviders"].([]any)
			err = setProviders(f, list)
		case "onAttributeCollection":
			if !isNew && len(collected(t, f)) == 0 {
				return badRequest("onAttributeCollection was not configured when the user flow was made: add attributes to it first.")
			}
			err = applyCollection(t, f, body, isNew)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func renameFlow(t *directory.Tenant, f *directory.UserFlow, v any) error {
	name, _ := v.(string)
	if strings.TrimSpace(name) == "" {
		return badRequest("Property displayName of a user flow cannot be empty.")
	}
	for i := range t.UserFlows {
		if other := &t.UserFlows[i]; other != f && strings.EqualFold(other.DisplayName, name) {
			return conflict("A user flow with the displayName '%s' already exists.", clip(name))
		}
	}
	f.DisplayName = name
	return nil
}

// applyCollection sets what is collected. What a page leaves out is no longer collected; at the making of a flow the
// attributes may come without a page.
func applyCollection(t *directory.Tenant, f *directory.UserFlow, body object, isNew bool) error {
	page, _ := body["attributeCollectionPage"].(object)
	views, _ := page["views"].([]any)
	var inputs []any
	for _, v := range views {
		view, _ := v.(object)
		list, _ := view["inputs"].([]any)
		inputs = append(inputs, list...)
	}
	var ids []string
	list, listed := body["attributes"].([]any)
	for _, item := range list {
		o, _ := item.(object)
		id, _ := o["id"].(string)
		ids = append(ids, id)
	}
	if page == nil && !listed {
		return nil
	}
	if page != nil && !isNew {
		ids = nil
	}
	if page == nil {
		inputs = slices.DeleteFunc(slices.Clone(inputsOf(t, f)), func(v any) bool {
			id, _ := v.(object)["attribute"].(string)
			return !slices.Contains(ids, id)
		})
	}
	return setCollection(t, f, ids, inputs)
}

func (c *call) applyLinks(t *directory.Tenant, f *directory.UserFlow, conditions object) error {
	applications, _ := conditions["applications"].(object)
	list, given := applications["includeApplications"].([]any)
	if !given {
		return nil
	}
	f.Applications = nil
	for _, item := range list {
		o, _ := item.(object)
		id, _ := o["appId"].(string)
		if err := c.linkTo(t, f, id); err != nil {
			return err
		}
	}
	return nil
}

// linkTo links an app, which needs a service principal and may be in no other flow.
func (c *call) linkTo(t *directory.Tenant, f *directory.UserFlow, appID string) error {
	g, err := c.find(t, "appId="+appID)
	if err != nil {
		return badRequest("The application '%s' does not exist in the tenant.", clip(appID))
	}
	if _, err := c.findPrincipal(t, "appId="+appID); err != nil || g.internal {
		return badRequest("The application '%s' has no service principal in the tenant; it needs one before it can be added to a user flow.", clip(appID))
	}
	if other := t.Flow(g.app.AppID); other != nil {
		return badRequest("The application '%s' is in the user flow '%s' already; an application can be in one user flow only.", g.app.AppID, other.DisplayName)
	}
	if t.App(g.app.AppID) == nil { // what was an API alone signs people in from now on
		if g, err = c.forChange(t, "appId="+appID); err != nil {
			return err
		}
	}
	f.Applications = append(slices.Clone(f.Applications), g.app.AppID)
	return nil
}

func (c *call) deleteFlow() (answer, error) {
	return noContent(c.change(func(t *directory.Tenant) error {
		f, err := c.flow(t)
		if err != nil {
			return err
		}
		id := t.FlowID(f)
		t.UserFlows = slices.DeleteFunc(t.UserFlows, func(f directory.UserFlow) bool { return t.FlowID(&f) == id })
		return nil
	}))
}

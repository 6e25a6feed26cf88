package graph

import (
	"net/http"
	"slices"
	"strings"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// listOf answers with a list that belongs to the flow of the path.
func (c *call) listOf(name string, list func(*directory.UserFlow) []any) (answer, error) {
	f, err := c.flow(c.t)
	if err != nil {
		return answer{}, err
	}
	var items []object
	for _, v := range list(f) {
		items = append(items, v.(object))
	}
	return c.collection("identity/authenticationEventsFlows('"+c.t.FlowID(f)+"')/"+name, items)
}

func (c *call) listLinks() (answer, error) {
	return c.listOf("conditions/applications/includeApplications", linksView)
}

func (c *call) getLink() (answer, error) {
	f, err := c.flow(c.t)
	if err != nil {
		return answer{}, err
	}
	key := c.r.PathValue("app")
	if o := entry(linksView(f), "appId", key); o != nil {
		return c.one(http.StatusOK, "includeApplications", o)
	}
	return answer{}, notFound("authenticationConditionApplication", key)
}

func (c *call) link() (answer, error) {
	if err := c.checkBody("authenticationConditionApplication"); err != nil {
		return answer{}, err
	}
	id, _ := c.body["appId"].(string)
	err := c.changeFlow(func(t *directory.Tenant, f *directory.UserFlow) error { return c.linkTo(t, f, id) })
	if err != nil {
		return answer{}, err
	}
	return c.one(http.StatusCreated, "includeApplications", object{"@odata.type": "#microsoft.graph.authenticationConditionApplication", "appId": id})
}

func (c *call) unlink() (answer, error) {
	key := c.r.PathValue("app")
	return noContent(c.changeFlow(func(_ *directory.Tenant, f *directory.UserFlow) error {
		kept := slices.DeleteFunc(slices.Clone(f.Applications), func(id string) bool { return strings.EqualFold(id, key) })
		if len(kept) == len(f.Applications) {
			return notFound("authenticationConditionApplication", key)
		}
		f.Applications = kept
		return nil
	}))
}

// referenced is the id that an @odata.id of the body ends in.
func (c *call) referenced() (string, error) {
	address, _ := c.body["@odata.id"].(string)
	path, _, err := normalise(strings.TrimSpace(address))
	id := path[strings.LastIndexByte(path, '/')+1:]
	if err != nil || id == "" {
		return "", badRequest("Property @odata.id: expected the address of what is to be added.")
	}
	return id, nil
}

func (c *call) listCollected() (answer, error) {
	return c.listOf("onAttributeCollection/attributes", func(f *directory.UserFlow) []any { return collected(c.t, f) })
}

// addCollected adds an attribute with a field of its own at the end of the page.
func (c *call) addCollected() (answer, error) {
	id, err := c.referenced()
	if err != nil {
		return answer{}, err
	}
	return noContent(c.changeFlow(func(t *directory.Tenant, f *directory.UserFlow) error {
		var inputs []any
		if len(collected(t, f)) > 0 {
			inputs = inputsOf(t, f)
		}
		if entry(inputs, "attribute", id) != nil {
			return badRequest("The user flow attribute '%s' is in the user flow already.", clip(id))
		}
		return setCollection(t, f, []string{id}, inputs)
	}))
}

func (c *call) removeCollected() (answer, error) {
	id := c.r.PathValue("attribute")
	return noContent(c.changeFlow(func(t *directory.Tenant, f *directory.UserFlow) error {
		if entry(collected(t, f), "id", id) == nil {
			return notFound("identityUserFlowAttribute", id)
		}
		inputs := slices.DeleteFunc(slices.Clone(inputsOf(t, f)), func(v any) bool {
			name, _ := v.(object)["attribute"].(string)
			return strings.EqualFold(name, id)
		})
		return setCollection(t, f, nil, inputs)
	}))
}

func (c *call) listFlowProviders() (answer, error) {
	return c.listOf("onAuthenticationMethodLoadStart/identityProviders", providersOf)
}

func (c *call) addProvider() (answer, error) {
	id, err := c.referenced()
	if err != nil {
		return answer{}, err
	}
	return noContent(c.changeFlow(func(_ *directory.Tenant, f *directory.UserFlow) error {
		return setProviders(f, append(providersOf(f), object{"id": id}))
	}))
}

func (c *call) removeProvider() (answer, error) {
	id := c.r.PathValue("provider")
	return noContent(c.changeFlow(func(_ *directory.Tenant, f *directory.UserFlow) error {
		list := providersOf(f)
		kept := slices.DeleteFunc(slices.Clone(list), func(v any) bool { return strings.EqualFold(v.(object)["id"].(string), id) })
		if len(kept) == len(list) {
			return notFound("identityProvider", id)
		}
		return setProviders(f, kept)
	}))
}

package graph

import (
	"net/http"
	"slices"
	"strings"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

var (
	readAttributes  = []string{"IdentityUserFlow.Read.All", "IdentityUserFlow.ReadWrite.All", "EventListener.Read.All", "EventListener.ReadWrite.All"}
	writeAttributes = []string{"IdentityUserFlow.ReadWrite.All"}
	readProviders   = []string{"IdentityProvider.Read.All", "IdentityProvider.ReadWrite.All"}
)

func (s *Service) mountAttributes() {
	s.handle("GET /identity/userFlowAttributes", readAttributes, (*call).listAttributes)
	s.handle("POST /identity/userFlowAttributes", writeAttributes, (*call).createAttribute)
	s.handle("GET /identity/userFlowAttributes/{attribute}", readAttributes, (*call).getAttribute)
	s.handle("PATCH /identity/userFlowAttributes/{attribute}", writeAttributes, (*call).patchAttribute)
	s.handle("DELETE /identity/userFlowAttributes/{attribute}", writeAttributes, (*call).deleteAttribute)
	s.handle("GET /identity/identityProviders", readProviders, (*call).listProviders)
	s.handle("GET /identity/identityProviders/{provider}", readProviders, (*call).getProvider)
}

// attributes are the user attributes that the tenant has: every tenant's, its own, and those that only a seed's flow names.
func attributes(t *directory.Tenant) []object {
	var all []object
	add := func(id, name, description, kind, dataType string) {
		all = append(all, object{"id": id, "displayName": name, "description": orNull(description), "userFlowAttributeType": kind, "dataType": dataType})
	}
	for _, a := range [][2]string{
		{"city", "City"}, {"country", "Country/Region"}, {"displayName", "Display Name"}, {"email", "Email Address"}, {"givenName", "Given Name"},
		{"jobTitle", "Job Title"}, {"postalCode", "Postal Code"}, {"state", "State/Province"}, {"streetAddress", "Street Address"}, {"surname", "Surname"},
	} {
		add(a[0], a[1], a[1]+" of the user", "builtIn", directory.TypeString)
	}
	for _, a := range t.CustomAttributes {
		dataType := a.DataType
		if dataType == "" {
			dataType = directory.TypeString
		}
		add(a.ID, a.DisplayName, a.Description, "custom", dataType)
	}
	for _, f := range t.UserFlows {
		for i := range f.Attributes {
			a := &f.Attributes[i]
			if strings.HasPrefix(a.Name, "extension_") && attribute(all, a.Name) == nil {
				add(a.Name, a.Name[strings.LastIndexByte(a.Name, '_')+1:], "", "custom", a.Type())
			}
		}
	}
	return all
}

func attribute(all []object, id string) object {
	i := slices.IndexFunc(all, func(o object) bool { return strings.EqualFold(o["id"].(string), id) })
	if i < 0 {
		return nil
	}
	return all[i]
}

func (c *call) listAttributes() (answer, error) {
	all := slices.DeleteFunc(attributes(c.t), func(o object) bool { return c.held(o["id"].(string)) })
	return c.collection("identity/userFlowAttributes", all)
}

func (c *call) getAttribute() (answer, error) {
	key := c.r.PathValue("attribute")
	o := attribute(attributes(c.t), key)
	if o == nil || c.held(key) {
		return answer{}, notFound("identityUserFlowAttribute", key)
	}
	return c.one(http.StatusOK, "identity/userFlowAttributes", o)
}

func (c *call) createAttribute() (answer, error) {
	if err := c.checkBody("identityUserFlowAttribute"); err != nil {
		return answer{}, err
	}
	var a directory.CustomAttribute
	a.DisplayName, _ = c.body["displayName"].(string)
	a.Description, _ = c.body["description"].(string)
	a.DataType, _ = c.body["dataType"].(string)
	name := strings.ReplaceAll(a.DisplayName, " ", "")
	if name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != "" {
		return answer{}, badRequest("Property displayName of a user flow attribute: expected letters, digits, underscores and spaces, got '%s'.", clip(a.DisplayName))
	}
	err := c.change(func(t *directory.Tenant) error {
		a.ID = "extension_" + strings.ReplaceAll(t.ExtensionsApp(), "-", "") + "_" + name
		if attribute(attributes(t), a.ID) != nil {
			return conflict("A user flow attribute with the name '%s' already exists.", clip(a.DisplayName))
		}
		t.CustomAttributes = append(t.CustomAttributes, a)
		return nil
	})
	if err != nil {
		return answer{}, err
	}
	c.hold(a.ID)
	return c.one(http.StatusCreated, "identity/userFlowAttributes", attribute(attributes(c.t), a.ID))
}

// changeAttribute changes one of the tenant's own attributes.
func (c *call) changeAttribute(f func(d *directory.Change, t *directory.Tenant, i int) error) (answer, error) {
	key := c.r.PathValue("attribute")
	return noContent(c.changeAll(func(d *directory.Change) error {
		t := d.Configure()
		i := slices.IndexFunc(t.CustomAttributes, func(a directory.CustomAttribute) bool { return strings.EqualFold(a.ID, key) })
		switch {
		case i >= 0:
			return f(d, t, i)
		case attribute(attributes(t), key) != nil:
			return badRequest("The user flow attribute '%s' is built in, or the seed's, and cannot be changed or deleted.", clip(key))
		}
		return notFound("identityUserFlowAttribute", key)
	}))
}

func (c *call) patchAttribute() (answer, error) {
	if err := c.checkBody("identityUserFlowAttribute"); err != nil {
		return answer{}, err
	}
	for name := range c.body {
		if name != "description" && !strings.Contains(name, "@") {
			return answer{}, badRequest("Property '%s' of a user flow attribute cannot be changed.", clip(name))
		}
	}
	return c.changeAttribute(func(_ *directory.Change, t *directory.Tenant, i int) error {
		t.CustomAttributes[i].Description, _ = c.body["description"].(string)
		return nil
	})
}

// deleteAttribute deletes an attribute and what users have of it.
func (c *call) deleteAttribute() (answer, error) {
	return c.changeAttribute(func(d *directory.Change, t *directory.Tenant, i int) error {
		id := t.CustomAttributes[i].ID
		for j := range t.UserFlows {
			if f := &t.UserFlows[j]; entry(collected(t, f), "id", id) != nil {
				return badRequest("The user flow attribute '%s' is used by the user flow '%s'.", id, f.DisplayName)
			}
		}
		t.CustomAttributes = slices.Delete(t.CustomAttributes, i, i+1)
		for _, u := range d.Users() {
			if _, has := u.Attributes[id]; has {
				own := d.User(u.ID)
				delete(own.Attributes, id)
				d.Put(own)
			}
		}
		return nil
	})
}

// providers are the identity providers that the emulator has: its own accounts.
func providers() []object {
	provider := func(id, name, kind string) object {
		return object{"@odata.type": "#microsoft.graph.builtInIdentityProvider", "id": id, "displayName": name, "identityProviderType": kind}
	}
	return []object{provider(passwordProvider, "Email with password", "EmailPassword"), provider(codeProvider, "Email One Time Passcode", "EmailOTP")}
}

func (c *call) listProviders() (answer, error) {
	return c.collection("identity/identityProviders", providers())
}

func (c *call) getProvider() (answer, error) {
	key := c.r.PathValue("provider")
	if o := attribute(providers(), key); o != nil {
		return c.one(http.StatusOK, "identity/identityProviders", o)
	}
	return answer{}, notFound("identityProvider", key)
}

package graph

import (
	"net/http"
	"slices"
	"strings"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

const maxFederated = 20 // federated credentials of an app

func federatedView(t *directory.Tenant, a *directory.App, f directory.FederatedCredential) object {
	audiences := f.Audiences
	if len(audiences) == 0 {
		audiences = []string{directory.DefaultFederatedAudience}
	}
	name := f.Name
	if name == "" {
		name = "credential"
	}
	return object{
		"id": t.ObjectID("federated", a.AppID, f.Issuer, f.Subject), "name": name, "issuer": f.Issuer, "subject": f.Subject,
		"audiences": anyList(audiences), "description": orNull(f.Description),
	}
}

func (c *call) listFederated() (answer, error) {
	g, err := c.find(c.t, c.r.PathValue("app"))
	if err != nil {
		return answer{}, err
	}
	var list []object
	for _, f := range g.app.FederatedIdentityCredentials {
		list = append(list, federatedView(c.t, g.app, f))
	}
	return c.collection("applications('"+applicationID(c.t, g.app.AppID)+"')/federatedIdentityCredentials", list)
}

// federated finds a credential by its id or its name.
func (c *call) federated(t *directory.Tenant, a *directory.App) (int, error) {
	key := strings.TrimPrefix(c.r.PathValue("credential"), "name=")
	i := slices.IndexFunc(a.FederatedIdentityCredentials, func(f directory.FederatedCredential) bool {
		o := federatedView(t, a, f)
		return o["id"] == key || o["name"] == key
	})
	if i < 0 {
		return i, notFound("federatedIdentityCredential", key)
	}
	return i, nil
}

func (c *call) getFederated() (answer, error) {
	g, err := c.find(c.t, c.r.PathValue("app"))
	if err != nil {
		return answer{}, err
	}
	i, err := c.federated(c.t, g.app)
	if err != nil {
		return answer{}, err
	}
	return c.one(http.StatusOK, "federatedIdentityCredentials", federatedView(c.t, g.app, g.app.FederatedIdentityCredentials[i]))
}

func (c *call) createFederated() (answer, error) {
	if err := c.checkBody("federatedIdentityCredential"); err != nil {
		return answer{}, err
	}
	var f directory.FederatedCredential
	if err := federate(&f, c.body); err != nil {
		return answer{}, err
	}
	var made object
	err := c.change(func(t *directory.Tenant) error {
		g, err := c.forChange(t, c.r.PathValue("app"))
		if err != nil {
			return err
		}
		for _, other := range g.app.FederatedIdentityCredentials {
			if strings.EqualFold(other.Name, f.Name) || other.Issuer == f.Issuer && other.Subject == f.Subject {
				return conflict("FederatedIdentityCredential with name, or with issuer and subject, already exists.")
			}
		}
		if len(g.app.FederatedIdentityCredentials) >= maxFederated {
			return badRequest("An application can have at most %d federated identity credentials.", maxFederated)
		}
		g.app.FederatedIdentityCredentials = append(slices.Clone(g.app.FederatedIdentityCredentials), f)
		made = federatedView(t, g.app, f)
		return nil
	})
	if err != nil {
		return answer{}, err
	}
	return c.one(http.StatusCreated, "federatedIdentityCredentials", made)
}

// federate sets what a body says of a credential.
func federate(f *directory.FederatedCredential, body object) error {
	for name, into := range map[string]*string{"name": &f.Name, "issuer": &f.Issuer, "subject": &f.Subject, "description": &f.Description} {
		if v, set := body[name]; set {
			*into, _ = v.(string)
		}
	}
	if list, set := body["audiences"].([]any); set {
		f.Audiences = texts(list)
	}
	switch {
	case f.Name == "" || len(f.Name) > 120 || strings.Trim(f.Name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != "":
		return badRequest("Property name of a federated identity credential: expected 1 to 120 letters, digits, hyphens and underscores.")
	case f.Issuer == "" || len(f.Issuer) > 600 || f.Subject == "" || len(f.Subject) > 600:
		return badRequest("Properties issuer and subject of a federated identity credential: expected 1 to 600 characters.")
	case len(f.Audiences) != 1:
		return badRequest("Property audiences of a federated identity credential: expected exactly one.")
	}
	return nil
}

func (c *call) patchFederated() (answer, error) {
	if err := c.checkBody("federatedIdentityCredential"); err != nil {
		return answer{}, err
	}
	return c.changeFederated(func(list []directory.FederatedCredential, i int) ([]directory.FederatedCredential, error) {
		if name, set := c.body["name"]; set && name != list[i].Name {
			return nil, badRequest("Property name of a federated identity credential cannot be changed.")
		}
		return list, federate(&list[i], c.body)
	})
}

func (c *call) deleteFederated() (answer, error) {
	return c.changeFederated(func(list []directory.FederatedCredential, i int) ([]directory.FederatedCredential, error) {
		return slices.Delete(list, i, i+1), nil
	})
}

func (c *call) changeFederated(f func([]directory.FederatedCredential, int) ([]directory.FederatedCredential, error)) (answer, error) {
	return noContent(c.change(func(t *directory.Tenant) error {
		g, err := c.forChange(t, c.r.PathValue("app"))
		if err != nil {
			return err
		}
		i, err := c.federated(t, g.app)
		if err != nil {
			return err
		}
		list, err := f(slices.Clone(g.app.FederatedIdentityCredentials), i)
		if err == nil {
			g.app.FederatedIdentityCredentials = list
		}
		return err
	}))
}

package emulator

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// updateTenant changes one tenant.
func (c control) updateTenant(ctx context.Context, id string, f func(*directory.Change) error) error {
	err := c.store.Change(context.WithoutCancel(ctx), id, f)
	if errors.Is(err, directory.ErrNoTenant) {
		return noTenant(id)
	}
	return err
}

// userOf finds the user that the path names by id or address, in ?tenant= or in
// the only tenant that has it.
func (c control) userOf(x *exchange) (*directory.Tenant, *directory.User, error) {
	q, err := x.query("tenant")
	if err != nil {
		return nil, nil, err
	}
	tenants, err := c.tenantsOf(q.Get("tenant"))
	if err != nil {
		return nil, nil, err
	}
	name := x.r.PathValue("user")
	var (
		in    *directory.Tenant
		found *directory.User
	)
	for _, t := range tenants {
		u := c.store.User(t.ID, name)
		if u == nil {
			continue
		}
		if found != nil {
			return nil, nil, refuse(http.StatusConflict, "ambiguous", "several tenants have the user %s: add ?tenant=", clip(name))
		}
		in, found = t, u
	}
	if found == nil {
		return nil, nil, noUser(name)
	}
	return in, found, nil
}

func noUser(name string) error {
	return refuse(http.StatusNotFound, "not_found", "there is no user %s", clip(name))
}

func noTenant(name string) error {
	e := refuse(http.StatusNotFound, "unknown_tenant", "there is no tenant %s", clip(name))
	e.Field = "tenant"
	return e
}

// tenantsOf are the tenants a filter means, without their users; all for "".
func (c control) tenantsOf(name string) ([]*directory.Tenant, error) {
	d := c.store.Configuration()
	if name != "" {
		t := d.Tenant(name)
		if t == nil {
			return nil, noTenant(name)
		}
		return []*directory.Tenant{t}, nil
	}
	var all []*directory.Tenant
	for i := range d.Tenants {
		all = append(all, &d.Tenants[i])
	}
	return all, nil
}

// oneTenant is the tenant of a name; for "" the only one there is.
func (c control) oneTenant(name string) (*directory.Tenant, error) {
	all, err := c.tenantsOf(name)
	if err != nil {
		return nil, err
	}
	if len(all) > 1 {
		var names []string
		for _, t := range all {
			names = append(names, t.Subdomain)
		}
		return nil, badField("tenant", "required, as there are several: %s", strings.Join(names, ", "))
	}
	return all[0], nil
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

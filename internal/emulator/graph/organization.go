package graph

import (
	"net/http"
	"strings"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// mount adds all routes.
func (s *Service) mount() {
	s.mux = http.NewServeMux()
	s.handle("GET /organization", []string{"Organization.Read.All", "Organization.ReadWrite.All"}, (*call).listOrganizations)
	s.handle("GET /organization/{id}", []string{"Organization.Read.All", "Organization.ReadWrite.All"}, (*call).getOrganization)
	s.mountApplications()
	s.mountDeleted()
	s.mountPrincipals()
	s.mountGrants()
	s.mountAttributes()
	s.mountFlows()
}

func organizationView(t *directory.Tenant) object {
	domains := []any{object{"name": t.Domain(), "isDefault": true, "isInitial": true, "capabilities": "Email, OfficeCommunicationsOnline", "type": "Managed"}}
	for _, d := range t.CustomDomains {
		domains = append(domains, object{"name": d, "isDefault": false, "isInitial": false, "capabilities": "None", "type": "Managed"})
	}
	return object{"id": t.ID, "displayName": t.Name(), "tenantType": "CIAM", "verifiedDomains": domains, "deletedDateTime": nil}
}

func (c *call) listOrganizations() (answer, error) {
	return c.collection("organization", []object{organizationView(c.t)})
}

func (c *call) getOrganization() (answer, error) {
	if id := c.r.PathValue("id"); !strings.EqualFold(id, c.t.ID) {
		return answer{}, notFound("organization", id)
	}
	return c.one(http.StatusOK, "organization", organizationView(c.t))
}

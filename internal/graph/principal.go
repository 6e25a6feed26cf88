package graph

import (
	"context"
	"net/http"
)

// MicrosoftGraph is the app ID of Microsoft Graph itself, as a resource.
const MicrosoftGraph = "00000003-0000-0000-c000-000000000000"

// AllPrincipals is the consent type of a grant that an administrator gave for everybody.
const AllPrincipals = "AllPrincipals"

// ServicePrincipal is an app in this tenant: grants and user flows refer to it.
type ServicePrincipal struct {
	ID          string   `json:"id,omitempty"`
	AppID       string   `json:"appId,omitempty"`
	DisplayName string   `json:"displayName,omitempty"`
	Tags        []string `json:"tags,omitzero"`
}

// Grant is a grant of delegated permissions (oAuth2PermissionGrant).
type Grant struct {
	ID          string `json:"id,omitempty"`
	ClientID    string `json:"clientId,omitempty"`   // of the client's service principal
	ResourceID  string `json:"resourceId,omitempty"` // of the resource's service principal
	ConsentType string `json:"consentType,omitempty"`
	PrincipalID string `json:"principalId,omitempty"` // of the person, when it is for one only
	Scope       string `json:"scope,omitempty"`       // space separated
}

// ServicePrincipal finds that of an app, nil when there is none.
func (c *Client) ServicePrincipal(ctx context.Context, appID string) (*ServicePrincipal, error) {
	return find[ServicePrincipal](ctx, c, key("/servicePrincipals", "appId", appID))
}

// CreateServicePrincipal makes that of an app. The tag has the admin center list it among the enterprise applications.
func (c *Client) CreateServicePrincipal(ctx context.Context, appID string) (*ServicePrincipal, error) {
	body := ServicePrincipal{AppID: appID, Tags: []string{"WindowsAzureActiveDirectoryIntegratedApp"}}
	return made(ctx, c, "/servicePrincipals", body, func(s *ServicePrincipal) string { return s.ID })
}

// Grants returns those that a client's service principal has.
func (c *Client) Grants(ctx context.Context, clientID string) ([]Grant, error) {
	return list[Grant](ctx, c, filtered("/oauth2PermissionGrants", "clientId eq "+quoted(clientID)))
}

// CreateGrant grants scopes for everybody. There can be one such grant of a client and a resource.
func (c *Client) CreateGrant(ctx context.Context, clientID, resourceID, scope string) (*Grant, error) {
	body := Grant{ClientID: clientID, ResourceID: resourceID, ConsentType: AllPrincipals, Scope: scope}
	return made(ctx, c, "/oauth2PermissionGrants", body, func(g *Grant) string { return g.ID })
}

// UpdateGrant replaces the scopes of a grant.
func (c *Client) UpdateGrant(ctx context.Context, id, scope string) error {
	return c.write(ctx, http.MethodPatch, below("/oauth2PermissionGrants/{}", id), Grant{Scope: scope})
}

// DeleteGrant takes a grant back.
func (c *Client) DeleteGrant(ctx context.Context, id string) error {
	return c.remove(ctx, below("/oauth2PermissionGrants/{}", id))
}

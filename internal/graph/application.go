package graph

import (
	"context"
	"net/http"
	"time"
)

// Application is an app registration, as far as ciam reads and writes it. A field that is nil or "" is not sent.
type Application struct {
	ID              string     `json:"id,omitempty"` // of the object; given by Graph
	AppID           string     `json:"appId,omitempty"`
	UniqueName      string     `json:"uniqueName,omitempty"` // an alternate key that is ours to choose, once
	DeletedDateTime *time.Time `json:"deletedDateTime,omitempty"`

	DisplayName    string   `json:"displayName,omitempty"`
	SignInAudience string   `json:"signInAudience,omitempty"`
	Tags           []string `json:"tags,omitzero"`
	IdentifierURIs []string `json:"identifierUris,omitzero"`

	Web                    *Web          `json:"web,omitempty"`
	SPA                    *RedirectURIs `json:"spa,omitempty"`
	PublicClient           *RedirectURIs `json:"publicClient,omitempty"`
	IsFallbackPublicClient *bool         `json:"isFallbackPublicClient,omitempty"`
	// NativeAuthenticationAPIsEnabled is none or all.
	NativeAuthenticationAPIsEnabled string `json:"nativeAuthenticationApisEnabled,omitempty"`

	API                    *API             `json:"api,omitempty"`
	AppRoles               []AppRole        `json:"appRoles,omitzero"`
	RequiredResourceAccess []ResourceAccess `json:"requiredResourceAccess,omitzero"`

	PasswordCredentials []PasswordCredential `json:"passwordCredentials,omitzero"` // read only: see AddPassword
}

// Web is the web platform of an app.
type Web struct {
	RedirectURIs          []string       `json:"redirectUris,omitzero"`
	LogoutURL             string         `json:"logoutUrl,omitempty"`
	HomePageURL           string         `json:"homePageUrl,omitempty"`
	ImplicitGrantSettings *ImplicitGrant `json:"implicitGrantSettings,omitempty"`
}

// ImplicitGrant says which tokens the authorization endpoint may issue.
type ImplicitGrant struct {
	EnableIDTokenIssuance     *bool `json:"enableIdTokenIssuance,omitempty"`
	EnableAccessTokenIssuance *bool `json:"enableAccessTokenIssuance,omitempty"`
}

// RedirectURIs are those of the platforms that have nothing else.
type RedirectURIs struct {
	RedirectURIs []string `json:"redirectUris,omitzero"`
}

// API is what an app exposes.
type API struct {
	RequestedAccessTokenVersion *int                       `json:"requestedAccessTokenVersion,omitempty"`
	OAuth2PermissionScopes      []PermissionScope          `json:"oauth2PermissionScopes,omitzero"`
	AcceptMappedClaims          *bool                      `json:"acceptMappedClaims,omitempty"`
	KnownClientApplications     []string                   `json:"knownClientApplications,omitzero"`
	PreAuthorizedApplications   []PreAuthorizedApplication `json:"preAuthorizedApplications,omitzero"`
}

// PreAuthorizedApplication is a client that needs no consent for some scopes of an API.
type PreAuthorizedApplication struct {
	AppID                  string   `json:"appId"`
	DelegatedPermissionIDs []string `json:"delegatedPermissionIds"`
}

// PermissionScope is a delegated permission. One that is enabled cannot be removed.
type PermissionScope struct {
	ID                      string `json:"id"`
	Value                   string `json:"value"`
	Type                    string `json:"type,omitempty"` // Admin or User
	IsEnabled               bool   `json:"isEnabled"`
	AdminConsentDisplayName string `json:"adminConsentDisplayName,omitempty"`
	AdminConsentDescription string `json:"adminConsentDescription,omitempty"`
	UserConsentDisplayName  string `json:"userConsentDisplayName,omitempty"`
	UserConsentDescription  string `json:"userConsentDescription,omitempty"`
}

// AppRole is a role of an app. One that is enabled cannot be removed.
type AppRole struct {
	ID                 string   `json:"id"`
	Value              string   `json:"value,omitempty"`
	DisplayName        string   `json:"displayName,omitempty"`
	Description        string   `json:"description,omitempty"`
	AllowedMemberTypes []string `json:"allowedMemberTypes"`
	IsEnabled          bool     `json:"isEnabled"`
}

// ResourceAccess are the permissions of one resource that an app asks for.
type ResourceAccess struct {
	ResourceAppID  string       `json:"resourceAppId"`
	ResourceAccess []Permission `json:"resourceAccess"`
}

// Permission is one permission of a resource.
type Permission struct {
	ID   string `json:"id"`
	Type string `json:"type"` // Scope or Role
}

// Applications returns those with a tag, "" meaning all.
func (c *Client) Applications(ctx context.Context, tag string) ([]Application, error) {
	if tag == "" {
		return list[Application](ctx, c, "/applications")
	}
	return list[Application](ctx, c, filtered("/applications", "tags/any(t:t eq "+quoted(tag)+")"))
}

// ApplicationsNamed returns those with a display name, which several may have.
func (c *Client) ApplicationsNamed(ctx context.Context, displayName string) ([]Application, error) {
	return list[Application](ctx, c, filtered("/applications", "displayName eq "+quoted(displayName)))
}

// Application finds one by its unique name, nil when there is none.
func (c *Client) Application(ctx context.Context, uniqueName string) (*Application, error) {
	return find[Application](ctx, c, key("/applications", "uniqueName", uniqueName))
}

// PutApplication makes the app of a unique name, or changes it, and returns it. It can be repeated: the name is the key.
func (c *Client) PutApplication(ctx context.Context, uniqueName string, body Application) (*Application, error) {
	at := key("/applications", "uniqueName", uniqueName)
	r := call{method: http.MethodPatch, path: at, prefer: "create-if-missing", body: body}
	reply, err := c.do(ctx, r)
	if err != nil {
		return nil, err
	}
	if reply.Status == http.StatusNoContent { // it was there: Graph does not say what it has become
		return read[Application](ctx, c, call{method: http.MethodGet, path: at})
	}
	return decode[Application](c, r, reply)
}

// UpdateApplication changes an app. Collections are replaced as a whole.
func (c *Client) UpdateApplication(ctx context.Context, id string, body Application) error {
	return c.write(ctx, http.MethodPatch, below("/applications/{}", id), body)
}

// DeleteApplication deletes an app, and its service principal with it. It can be restored for 30 days.
func (c *Client) DeleteApplication(ctx context.Context, id string) error {
	return c.remove(ctx, below("/applications/{}", id))
}

// DeletedApplications returns those that can still be restored. Their unique names and identifier URIs are not free.
func (c *Client) DeletedApplications(ctx context.Context) ([]Application, error) {
	return list[Application](ctx, c, "/directory/deletedItems/microsoft.graph.application")
}

// RestoreDeleted brings a deleted object back.
func (c *Client) RestoreDeleted(ctx context.Context, id string) error {
	return c.write(ctx, http.MethodPost, below("/directory/deletedItems/{}/restore", id), nil)
}

// PurgeDeleted deletes a deleted object for good.
func (c *Client) PurgeDeleted(ctx context.Context, id string) error {
	return c.remove(ctx, below("/directory/deletedItems/{}", id))
}

package graph

import (
	"context"
	"log/slog"
	"net/http"
	"time"
)

// Secret is the text of a client secret. It prints as a word; string(s) is the text.
type Secret string

// String implements fmt.Stringer.
func (Secret) String() string { return "[secret]" }

// GoString implements fmt.GoStringer.
func (Secret) GoString() string { return "[secret]" }

// LogValue implements slog.LogValuer.
func (Secret) LogValue() slog.Value { return slog.StringValue("[secret]") }

// PasswordCredential is a client secret of an app.
type PasswordCredential struct {
	DisplayName string     `json:"displayName,omitempty"`
	EndDateTime *time.Time `json:"endDateTime,omitempty"` // nil: Graph's own two years
	KeyID       string     `json:"keyId,omitempty"`
	SecretText  Secret     `json:"secretText,omitempty"` // only in the answer that made it
}

// FederatedCredential lets tokens of another issuer prove an app.
type FederatedCredential struct {
	ID          string   `json:"id,omitempty"`
	Name        string   `json:"name,omitempty"` // of at most 120 characters; it cannot be changed
	Issuer      string   `json:"issuer,omitempty"`
	Subject     string   `json:"subject,omitempty"`
	Audiences   []string `json:"audiences,omitzero"` // one
	Description string   `json:"description,omitempty"`
}

// AddPassword makes a client secret. Its text is in this answer and never again.
func (c *Client) AddPassword(ctx context.Context, applicationID, displayName string, end *time.Time) (*PasswordCredential, error) {
	body := struct {
		PasswordCredential PasswordCredential `json:"passwordCredential"`
	}{PasswordCredential{DisplayName: displayName, EndDateTime: end}}
	return made(ctx, c, below("/applications/{}/addPassword", applicationID), body, func(p *PasswordCredential) string { return string(p.SecretText) })
}

// RemovePassword deletes a client secret.
func (c *Client) RemovePassword(ctx context.Context, applicationID, keyID string) error {
	body := struct {
		KeyID string `json:"keyId"`
	}{keyID}
	return c.write(ctx, http.MethodPost, below("/applications/{}/removePassword", applicationID), body)
}

// FederatedCredentials returns those of an app.
func (c *Client) FederatedCredentials(ctx context.Context, applicationID string) ([]FederatedCredential, error) {
	return list[FederatedCredential](ctx, c, below("/applications/{}/federatedIdentityCredentials", applicationID))
}

// AddFederatedCredential makes one.
func (c *Client) AddFederatedCredential(ctx context.Context, applicationID string, body FederatedCredential) (*FederatedCredential, error) {
	return made(ctx, c, below("/applications/{}/federatedIdentityCredentials", applicationID), body, func(f *FederatedCredential) string { return f.ID })
}

// UpdateFederatedCredential changes one; its name stays.
func (c *Client) UpdateFederatedCredential(ctx context.Context, applicationID, id string, body FederatedCredential) error {
	return c.write(ctx, http.MethodPatch, below("/applications/{}/federatedIdentityCredentials/{}", applicationID, id), body)
}

// DeleteFederatedCredential deletes one.
func (c *Client) DeleteFederatedCredential(ctx context.Context, applicationID, id string) error {
	return c.remove(ctx, below("/applications/{}/federatedIdentityCredentials/{}", applicationID, id))
}

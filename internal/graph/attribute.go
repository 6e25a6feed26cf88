package graph

import "context"

// Kinds of attribute.
const (
	BuiltIn = "builtIn"
	Custom  = "custom"
)

// UserFlowAttribute is an attribute that user flows can collect (identityUserFlowAttribute).
type UserFlowAttribute struct {
	ID          string `json:"id,omitempty"` // of a custom one: extension_<app id of b2c-extensions-app without hyphens>_<name>
	DisplayName string `json:"displayName,omitempty"`
	Description string `json:"description,omitempty"`
	Kind        string `json:"userFlowAttributeType,omitempty"`
	DataType    string `json:"dataType,omitempty"` // string, boolean or int64 of a custom one; it cannot be changed
}

// UserFlowAttributes returns all that the tenant has.
func (c *Client) UserFlowAttributes(ctx context.Context) ([]UserFlowAttribute, error) {
	return list[UserFlowAttribute](ctx, c, "/identity/userFlowAttributes")
}

// CreateUserFlowAttribute makes a custom attribute. Graph makes its id of the display name.
func (c *Client) CreateUserFlowAttribute(ctx context.Context, body UserFlowAttribute) (*UserFlowAttribute, error) {
	return made(ctx, c, "/identity/userFlowAttributes", body, func(a *UserFlowAttribute) string { return a.ID })
}

// DeleteUserFlowAttribute deletes a custom attribute, and every value of it.
func (c *Client) DeleteUserFlowAttribute(ctx context.Context, id string) error {
	return c.remove(ctx, below("/identity/userFlowAttributes/{}", id))
}

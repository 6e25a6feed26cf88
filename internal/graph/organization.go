package graph

import (
	"context"

	"github.com/ciam-cli/ciam/internal/wire"
)

// Organization is a tenant.
type Organization struct {
	ID              string           `json:"id"`
	DisplayName     string           `json:"displayName"`
	TenantType      string           `json:"tenantType"` // "AAD", "AAD B2C", "CIAM"
	VerifiedDomains []VerifiedDomain `json:"verifiedDomains"`
}

// VerifiedDomain is one of a tenant's domains.
type VerifiedDomain struct {
	Name      string `json:"name"`
	IsInitial bool   `json:"isInitial"`
}

// Organization returns the tenant that the token is for.
func (c *Client) Organization(ctx context.Context) (*Organization, error) {
	all, err := list[Organization](ctx, c, "/organization")
	if err != nil {
		return nil, err
	}
	if len(all) != 1 || all[0].ID == "" {
		return nil, &wire.UnreachableError{URL: c.root + "/organization", Cause: wire.CauseDamaged, Reason: "the answer does not name one tenant"}
	}
	return &all[0], nil
}

package authority

import (
	"context"
	"errors"
)

// IDs returns the key IDs of the usable keys that the tenant publishes, in its order. It costs what Key does for an ID that
// is not known.
//
// Errors: those of Key but ErrUnknownKey.
func (k *Keys) IDs(ctx context.Context) ([]string, error) {
	if _, err := k.Key(ctx, ""); err != nil && !errors.Is(err, ErrUnknownKey) { // no usable key is without an ID
		return nil, err
	}
	e, err := k.resolver.open(ctx, k.md.Authority)
	if err != nil {
		return nil, err
	}
	defer e.close()
	set, err := parseJWKS(e.doc.Keys.JWKS, k.md.TenantID)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, key := range set.Keys {
		ids = append(ids, key.Kid)
	}
	return ids, nil
}

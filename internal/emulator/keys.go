package emulator

import (
	"context"
	"errors"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/jws"
)

// clockSkew is how far a client's clock may be off.
const clockSkew = 5 * time.Minute

// keptKeys are the document's signing keys, for the keyring.
type keptKeys struct {
	store *directory.Store
	now   func() time.Time
}

// Lacking implements jws.Source.
func (k keptKeys) Lacking() []string {
	var ids []string
	for _, t := range k.store.Configuration().Tenants {
		if len(t.Keys) == 0 {
			ids = append(ids, t.ID)
		}
	}
	return ids
}

// Keys implements jws.Source.
func (k keptKeys) Keys(tenantID string) []jws.Pair {
	t := k.store.Tenant(tenantID)
	if t == nil {
		return nil
	}
	out := make([]jws.Pair, len(t.Keys))
	for i, key := range t.Keys {
		out[i] = key.Pair()
	}
	return out
}

// Fill implements jws.Source.
func (k keptKeys) Fill(ctx context.Context, first map[string]jws.Pair) error {
	for tenantID, p := range first {
		err := k.store.Change(ctx, tenantID, func(c *directory.Change) error {
			if len(c.Tenant().Keys) == 0 {
				c.Configure().Keys = []directory.Key{directory.NewKey(p, k.now())}
			}
			return nil
		})
		if err != nil && !errors.Is(err, directory.ErrNoTenant) { // another process may have replaced all tenants
			return err
		}
	}
	return nil
}

// Push implements jws.Source.
func (k keptKeys) Push(ctx context.Context, tenantID string, key jws.Pair, most int) error {
	err := k.store.Change(context.WithoutCancel(ctx), tenantID, func(c *directory.Change) error {
		t := c.Configure()
		t.Keys = append([]directory.Key{directory.NewKey(key, k.now())}, t.Keys[:min(len(t.Keys), most-1)]...)
		return nil
	})
	if errors.Is(err, directory.ErrNoTenant) {
		return unknownTenant(tenantID)
	}
	return err
}

// RotateKey gives a tenant (GUID, subdomain or domain) a new signing key and
// returns its kid. Earlier keys stay published, four in all, and what they have
// signed stays good. Making a key takes some 100 ms. Errors: of an unknown
// tenant, and *directory.BusyError.
func (s *Server) RotateKey(ctx context.Context, tenant string) (kid string, err error) {
	t := s.store.Tenant(tenant)
	if t == nil {
		return "", unknownTenant(tenant)
	}
	return s.keyring.Rotate(ctx, t.ID)
}

// sign makes a JWT of the claims with the tenant's newest key, spoilt when a
// fault is planned for this request.
func (x *exchange) sign(c jws.Payload) (string, error) {
	ctx := x.r.Context()
	if p := planned(ctx); p != nil && p.Token != "" {
		return x.keyring.Spoil(ctx, x.tenant.ID, c, p.Token)
	}
	return x.keyring.Sign(ctx, x.tenant.ID, c)
}

// openOwn verifies that a JWT is a token of this tenant; errors as of jws.Keyring.Open.
func (x *exchange) openOwn(raw string) (jws.Received, error) {
	return x.keyring.Open(x.r.Context(), x.tenant.ID, raw, x.now)
}

package emulator

import (
	"context"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// maxKeys is how many signing keys of a tenant stay published.
const maxKeys = 4

// RotateKey gives a tenant (GUID, subdomain or domain) a new signing key and
// returns its kid. Earlier keys stay published, four in all, and what they have
// signed stays good. Making a key takes some 100 ms. Errors: of an unknown
// tenant, and *directory.BusyError.
func (s *Server) RotateKey(ctx context.Context, tenant string) (kid string, err error) {
	t := s.store.View().Tenant(tenant)
	if t == nil {
		return "", unknownTenant(tenant)
	}
	if err := s.signers.wait(); err != nil { // a first key that is being made would come after this one
		return "", err
	}
	key, err := directory.GenerateKey(s.now())
	if err != nil {
		return "", err
	}
	err = s.store.Update(context.WithoutCancel(ctx), func(d *directory.Document) error {
		in := d.Tenant(t.ID)
		if in == nil {
			return unknownTenant(tenant)
		}
		in.Keys = append([]directory.Key{key}, in.Keys[:min(len(in.Keys), maxKeys-1)]...)
		return nil
	})
	if err != nil {
		return "", err
	}
	parsed, err := parseSigningKey(key)
	if err != nil {
		return "", err
	}
	return parsed.kid, nil
}

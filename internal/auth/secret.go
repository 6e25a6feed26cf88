package auth

import (
	"context"
	"errors"

	"github.com/ciam-cli/ciam/internal/keychain"
	"github.com/ciam-cli/ciam/internal/tokencache"
)

// KeepSecret puts the client secret of app into the token store, beside the session if there is one:
// one read and one write. Errors: *tokencache.LockError, *tokencache.FormatError, and the keychain's.
func (s *Service) KeepSecret(ctx context.Context, app App, secret string) error {
	release, err := s.lockStore(ctx, app.Profile)
	if err != nil {
		return err
	}
	defer release()
	record, err := tokencache.Load(ctx, s.Store, app.Profile)
	if err != nil && !errors.Is(err, keychain.ErrNotFound) {
		return err
	}
	record.ClientSecret = secret
	return tokencache.Save(ctx, s.Store, app.Profile, record)
}

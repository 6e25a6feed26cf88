package auth

import (
	"context"

	"github.com/ciam-cli/ciam/internal/tokencache"
)

// KeepSecret puts the client secret of app into the token store, beside the session if there is one:
// one read and one write. Errors: *tokencache.LockError, *tokencache.FormatError, and the keychain's.
func (s *Service) KeepSecret(ctx context.Context, app App, secret string) error {
	release, err := s.lockStore(ctx, app)
	if err != nil {
		return err
	}
	defer release()
	home, err := s.homeRecord(ctx, app)
	if err != nil {
		return err
	}
	home.record.ClientSecret = secret
	return tokencache.Save(ctx, s.Store, home.item, home.record)
}

// KeepsSecret reports whether the token store keeps a client secret for a profile: one read of the token store.
func (s *Service) KeepsSecret(ctx context.Context, profile string) (bool, error) {
	home, err := s.homeRecord(ctx, App{Profile: profile})
	return home.record.ClientSecret != "", err
}

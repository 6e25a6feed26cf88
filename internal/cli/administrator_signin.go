package cli

import (
	"context"
	"errors"

	"github.com/ciam-cli/ciam/internal/authority"
)

// signingIn is a sign-in to come.
func (a *administrator) signingIn(context.Context, authority.Authority) (graphAccess, error) {
	return nil, errors.New("signing in is to come")
}

package cli

import (
	"context"

	"github.com/ciam-cli/ciam/internal/auth"
	"github.com/ciam-cli/ciam/internal/idtoken"
)

// signedInAlready reports whether `ciam token` with the same words would succeed, and says so. Whatever hinders it but trouble
// on the way to the tenant is left to the sign-in, which has its own words for it.
func (r *run) signedInAlready(ctx context.Context, o loginOptions) (bool, error) {
	app := o.app
	if o.demo {
		inner := *r
		inner.global.profile = demoProfile
		r = &inner
	}
	t, err := r.open(ctx, app)
	if err != nil {
		return false, ctx.Err()
	}
	result, err := t.service.Token(ctx, t.app, auth.TokenRequest{Scopes: app.requested(r.env)})
	switch {
	case err == nil:
	case auth.Passing(err) || ctx.Err() != nil:
		return false, t.fail(err)
	default:
		r.log.Debug("login", "needed", err)
		return false, nil
	}
	token, err := idtoken.Decode(result.Session.IDToken)
	if err != nil {
		return false, nil // the sign-in replaces it
	}
	if format, _ := r.format("text", "json"); format == "json" {
		return true, r.printJSON(loginView{t.view(result.Session, token), true})
	}
	r.info("%s signed in already as %s; the token is good %s", r.Streams.Green("✓"), token.Person(), expiry(result.AccessToken.ExpiresAt, r.Now()))
	return true, nil
}

// loginView is the JSON of `login`: that of `whoami`, and whether nothing had to be done (--if-needed).
type loginView struct {
	sessionView
	AlreadySignedIn bool `json:"already_signed_in"`
}

package cli

import (
	"context"

	"github.com/ciam-cli/ciam/internal/auth"
)

// appAccess is an app that acts for itself, with the application permissions that the tenant granted it.
type appAccess struct {
	of      *administrator
	session *auth.Administration
	told    bool
}

// appCredential is the credential of the app: what this run was given, or what the profile keeps for the same app and tenant.
func (a *administrator) appCredential(ctx context.Context, c choice) (auth.Credential, string, error) {
	r := a.run
	if c.settings.ClientID == "" {
		return auth.Credential{}, "", &usageError{message: "nothing says which app acts for itself: --client-id missing", hint: "give its client ID with `--client-id`, or name a profile of its own with `--profile`"}
	}
	app, err := r.app(c.settings, a.options.credential)
	if err != nil {
		return auth.Credential{}, "", err
	}
	service := &auth.Service{}
	if !app.Credential.Confidential() { // the token store may keep one
		t, err := r.target(ctx, c, a.options.credential)
		if err != nil {
			return auth.Credential{}, "", err
		}
		app, service = t.app, t.service
	}
	credential, err := service.CredentialOf(ctx, app, a.metadata)
	if err == nil && !credential.Confidential() {
		err = auth.ErrNoCredential
	}
	return credential, app.ClientID, err
}

// permit implements graphAccess. Which permissions the token has was settled when they were granted; what it says of them can
// only tell early what Graph would refuse later.
func (p *appAccess) permit(ctx context.Context, permissions []string) error {
	if !p.session.Valid() {
		if err := p.session.AsApp(ctx); err != nil {
			return p.refusal(err)
		}
	}
	if about, ok := p.about(); ok && about.Permissions != nil {
		if missing := missingPermissions(about.Permissions, permissions, true); len(missing) > 0 {
			return &permissionError{missing: missing, has: about.Permissions, by: "app " + p.session.App.ClientID, app: true, clientID: p.session.App.ClientID}
		}
	}
	if !p.told {
		p.told = true
		p.of.run.info("Microsoft Graph is asked about %s as app %s", p.of.tenantName(), p.session.App.ClientID)
	}
	return nil
}

// token implements graphAccess.
func (p *appAccess) token(ctx context.Context) (string, error) {
	token, err := p.session.Token(ctx)
	return token, p.of.fail(err)
}

// name implements graphAccess.
func (p *appAccess) name() string {
	if !p.told {
		return ""
	}
	return "app " + p.session.App.ClientID
}

// about implements graphAccess.
func (p *appAccess) about() (auth.GraphToken, bool) { return p.session.About() }

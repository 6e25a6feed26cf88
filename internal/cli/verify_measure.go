package cli

import (
	"cmp"
	"context"
	"crypto"
	"errors"
	"strings"

	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/config"
	"github.com/ciam-cli/ciam/internal/files"
	"github.com/ciam-cli/ciam/internal/idtoken"
	"github.com/ciam-cli/ciam/internal/render"
)

// measure is what a token is held against.
type measure struct {
	want idtoken.Expectation
	keys idtoken.KeySet // nil for none
	// name is what the tenant is called, "" where nobody said which.
	name string
	// any says that the person only wants to look.
	any bool
	// err is why the tenant's metadata could not be had.
	err error
}

// measure finds out what a token has to be, by flags, environment and profile.
func (r *run) measure(ctx context.Context, o verifyOptions) (measure, error) {
	m := measure{want: idtoken.Expectation{Audiences: o.audiences, Now: r.Now()}}
	if o.app.tenant == anyTenant {
		m.any = true
		m.want.ClientID = strings.ToLower(o.app.clientID)
		return m, nil
	}
	settings, err := r.verifySettings(ctx, o.app)
	if err != nil {
		return m, err
	}
	m.want.ClientID = strings.ToLower(settings.ClientID)
	m.want.APIs = apisOf(settings.Scopes)
	if settings.Authority == "" {
		return m, nil
	}
	a, err := authority.Parse(settings.Authority)
	if err != nil {
		return m, err
	}
	client, err := r.httpClient(settings)
	if err != nil {
		return m, err
	}
	resolver := r.resolver(client, settings)
	m.name = cmp.Or(settings.Name, a.Subdomain(), a.String())
	if o.keyFile != "" {
		return r.measureByFile(ctx, m, a, settings, resolver, o.keyFile)
	}
	md, err := resolver.Metadata(ctx, a, settings.TenantID)
	if err != nil {
		return m.unreached(err)
	}
	m.want.Issuer, m.want.TenantID = md.Issuer, md.TenantID
	m.keys = keysOf{resolver.Keys(md)}
	if r.offline {
		r.info("made no request; what is kept of the tenant is of %s", render.Time(md.FetchedAt, r.Now()))
	}
	return m, nil
}

// unreached notes that the tenant could not be asked: the token is shown all the same. Any other error ends the command.
func (m measure) unreached(err error) (measure, error) {
	var unreachable *authority.UnreachableError
	if errors.As(err, &unreachable) {
		m.err = err
		return m, nil
	}
	return m, err
}

// measureByFile takes the keys from a file. The issuer follows from the tenant's id; only a tenant on this machine, or one of
// which the id is not known, has to be asked.
func (r *run) measureByFile(ctx context.Context, m measure, a authority.Authority, p config.Profile, resolver *authority.Resolver, path string) (measure, error) {
	id := cmp.Or(strings.ToLower(p.TenantID), a.TenantID())
	if id == "" {
		id, _ = resolver.KnownTenantID(a)
	}
	m.want.TenantID, m.want.Issuer = id, authority.Issuer(id)
	if id == "" || a.Loopback() {
		md, err := resolver.Metadata(ctx, a, p.TenantID)
		if err != nil {
			m.want.TenantID, m.want.Issuer = "", ""
			return m.unreached(err)
		}
		m.want.TenantID, m.want.Issuer = md.TenantID, md.Issuer
	}
	const want = "a JSON Web Key Set, as the tenant publishes it under discovery/v2.0/keys"
	data, err := r.readInput(path, want, files.Options{})
	if err != nil {
		return m, err
	}
	set, err := authority.ParseKeyFile(data, m.want.TenantID)
	if wrong, ok := find[*authority.UntrustedMetadataError](err); ok {
		return m, &usageError{message: "--keys " + path + ": expected " + wrong.Expected + ", got " + wrong.Got, hint: "expected " + want}
	}
	m.keys = keysOf{set}
	return m, err
}

// verifySettings are the tenant and app that a token is held against: the profile's, unless --tenant names another tenant, of
// which the profile's app says nothing.
func (r *run) verifySettings(ctx context.Context, o appOptions) (config.Profile, error) {
	if o.clientID != "" {
		if err := authority.ValidClientID(o.clientID); err != nil {
			return config.Profile{}, err
		}
	}
	c, err := r.choose(ctx, appOptions{})
	if err != nil {
		return config.Profile{}, err
	}
	p := c.settings
	if o.tenant != "" {
		if _, err := authority.Parse(o.tenant); err != nil {
			return p, err
		}
		same := false
		if p.Authority != "" {
			if same, err = r.sameTenant(ctx, p, config.Profile{Authority: o.tenant}); err != nil {
				same = false // asked again below, where it counts
			}
		}
		if !same {
			p = config.Profile{Authority: o.tenant}
		}
	}
	if o.clientID != "" {
		p.ClientID = o.clientID
	}
	return p, nil
}

// apisOf are the audiences of access tokens for scopes of the form api://<client id>/<name>. Where one has another form, the
// API's client id, which is the audience, cannot be told.
func apisOf(scopes []string) []string {
	var apis []string
	for _, scope := range scopes {
		rest, ok := strings.CutPrefix(scope, "api://")
		id, _, _ := strings.Cut(rest, "/")
		switch {
		case ok && authority.ValidClientID(id) == nil:
			apis = append(apis, strings.ToLower(id))
		case strings.Contains(scope, "/"):
			return nil
		}
	}
	return apis
}

// Key implements idtoken.KeySet.
func (k keysOf) Key(ctx context.Context, kid string) (crypto.PublicKey, error) {
	key, err := k.KeySet.Key(ctx, kid)
	return key, keyError(err)
}

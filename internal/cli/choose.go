package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/config"
)

// choice says which app in which tenant a run is about, and where that is written down.
type choice struct {
	// name is the profile's, "" for a session of the environment that has none.
	name string
	// known says that the file has the profile, and own is it, as it is there.
	known bool
	own   config.Profile
	// settings are those of this run: own under environment and flags.
	settings config.Profile
	// named says that --profile or CIAM_PROFILE named the profile.
	named bool
	// environment says that the session is one of its own, beside the profiles.
	environment bool
	// create says that a sign-in makes the profile, makeCurrent that it makes it the current one, and replaces that it
	// makes the profile another app's.
	create, makeCurrent, replaces bool
	// base is the profile that would have been used without the flags or variables that name another app.
	base config.Profile
}

// profileNamed is the profile that --profile or CIAM_PROFILE names, and which of them did; "" when none does.
func (r *run) profileNamed() (name, by string, err error) {
	if name, by = r.global.profile, "--profile"; name == "" {
		name, by = r.env.Profile, "CIAM_PROFILE"
	}
	if name == "" {
		return "", "", nil
	}
	if err := config.CheckName(name); err != nil {
		var setting *config.Error
		if errors.As(err, &setting) {
			setting.Where = by
		}
		return "", "", err
	}
	return name, by, nil
}

// ambient is the profile that is used when nothing names one: the current one, or the only one; "" for none.
func ambient(file *config.File) string {
	names := file.Names()
	if file.Current() == "" && len(names) == 1 {
		return names[0]
	}
	return file.Current()
}

// choose finds the profile, or the session of the environment, that flags and environment are about. Only where they
// name a tenant in another form than the profiles do is the tenant asked for its ID.
func (r *run) choose(ctx context.Context, o appOptions) (choice, error) {
	name, by, err := r.profileNamed()
	if err != nil {
		return choice{}, err
	}
	file, err := r.configFile()
	if err != nil {
		return choice{}, err
	}
	c := choice{name: name, named: name != ""}
	if !c.named {
		c.name = ambient(file)
	}
	flags := o.tenant != "" || o.clientID != ""
	variables := r.env.Authority != "" || r.env.Tenant != "" || r.env.ClientID != ""
	if c.name == demoProfile && (c.named || !flags && !variables) {
		c.settings, err = r.demoSettings(o)
		return c, err
	}
	if c.name == demoProfile {
		c.name = "" // the embedded tenant has no say about another one
	}
	c.own, c.known = file.Profile(c.name)
	c.own.Name = c.name
	if c.named && !c.known && !flags && r.env.Authority == "" && r.env.Tenant == "" {
		return c, r.noProfile(file, name, by)
	}
	if c.name != "" && !c.known && !c.named && !flags && !variables {
		return c, r.noProfile(file, c.name, "current_profile")
	}
	if !flags && !variables {
		c.settings, err = r.overlay(c.own, o)
		return c, err
	}
	return r.chooseAnother(ctx, file, c, o, flags)
}

func (r *run) noProfile(file *config.File, name, by string) error {
	hint := "add it with `ciam profile add " + name + "`"
	if names := file.Names(); len(names) > 0 {
		hint = "there are: " + strings.Join(names, ", ") + "; " + hint
	}
	message := fmt.Sprintf("there is no profile %q in %s", name, cmp.Or(file.Path(), "the configuration, since this user has no home folder"))
	switch by {
	case "CIAM_PROFILE":
		message += ", which CIAM_PROFILE names"
	case "current_profile":
		message += ", which names it as the current one"
		hint = "choose another with `ciam profile use`, or " + hint
	}
	return &notFoundError{message: message, hint: hint}
}

// chooseAnother finds the place of an app that flags or variables name.
func (r *run) chooseAnother(ctx context.Context, file *config.File, c choice, o appOptions, flags bool) (choice, error) {
	wanted := config.Profile{Authority: cmp.Or(o.tenant, r.env.Authority, r.env.Tenant), ClientID: cmp.Or(o.clientID, r.env.ClientID)}
	if wanted.Authority == "" {
		wanted.Authority, wanted.TenantID = c.own.Authority, c.own.TenantID
	}
	wanted.ClientID = cmp.Or(wanted.ClientID, c.own.ClientID)
	// Typing errors before any request.
	if wanted.Authority != "" {
		if _, err := authority.Parse(wanted.Authority); err != nil {
			return c, err
		}
	}
	if wanted.ClientID != "" {
		if err := authority.ValidClientID(wanted.ClientID); err != nil {
			return c, err
		}
	}
	if wanted.Authority != "" && wanted.ClientID != "" {
		found, err := r.findApp(ctx, file, c, wanted)
		if err != nil {
			return c, err
		}
		if found != "" {
			c.makeCurrent = flags && !c.named && found != file.Current()
			c.name, c.known = found, true
			c.own, _ = file.Profile(found)
			c.settings, err = r.overlay(r.reachedBy(c.own, wanted.Authority), appOptions{redirectURI: o.redirectURI, scopes: o.scopes, credential: o.credential})
			return c, err
		}
	}
	c.base = c.own
	c.environment = !flags
	c.create = flags && !(c.named && c.known)
	c.replaces = flags && c.named && c.known
	c.makeCurrent = c.create && (!c.named || ambient(file) == "")
	if !c.named {
		c.name = ""
	}
	fresh := config.Profile{Name: c.name, Authority: wanted.Authority, TenantID: wanted.TenantID, ClientID: wanted.ClientID}
	settings, err := r.overlay(fresh, appOptions{redirectURI: o.redirectURI, scopes: o.scopes, credential: o.credential})
	settings.Authority, settings.TenantID, settings.ClientID = fresh.Authority, fresh.TenantID, fresh.ClientID
	c.settings = settings
	return c, err
}

// findApp is the name of the profile for the app that is wanted: the one at hand, or, unless that was named, any.
func (r *run) findApp(ctx context.Context, file *config.File, c choice, wanted config.Profile) (string, error) {
	names := []string{}
	if c.known {
		names = append(names, c.name)
	}
	if !c.named {
		names = append(names, file.Names()...)
	}
	for _, name := range names {
		p, _ := file.Profile(name)
		if name == demoProfile || p.Authority == "" || !strings.EqualFold(p.ClientID, wanted.ClientID) {
			continue
		}
		same, err := r.sameTenant(ctx, p, wanted)
		if err != nil {
			return "", err
		}
		if same {
			return name, nil
		}
	}
	return "", nil
}

// reachedBy lets this run reach a profile's tenant in the way that was given, where the profile vouches for it: an
// emulator has another port each time.
func (r *run) reachedBy(p config.Profile, given string) config.Profile {
	own, ownErr := authority.Parse(p.Authority)
	a, err := authority.Parse(given)
	if err == nil && ownErr == nil && own != a && own.Vouches(a) {
		if p.TenantID == "" {
			p.TenantID = own.TenantID()
		}
		p.Authority = given
	}
	return p
}

// sameTenant reports whether two settings name one tenant, in whatever form.
func (r *run) sameTenant(ctx context.Context, p, q config.Profile) (bool, error) {
	a, err := authority.Parse(p.Authority)
	if err != nil {
		return false, nil // a profile that an editor broke is nobody's
	}
	b, err := authority.Parse(q.Authority)
	if err != nil {
		return false, err
	}
	if a == b {
		return true, nil
	}
	id, err := r.tenantID(ctx, p, a)
	if err != nil {
		return false, nil // a tenant that cannot be reached now is no reason to fail for another
	}
	other, err := r.tenantID(ctx, q, b)
	return err == nil && id == other, err
}

// tenantID is the tenant's ID: pinned, in the form itself, noted at an earlier sign-in, or asked for.
func (r *run) tenantID(ctx context.Context, p config.Profile, a authority.Authority) (string, error) {
	if id := strings.ToLower(cmp.Or(p.TenantID, a.TenantID())); id != "" {
		return id, nil
	}
	client, err := r.httpClient(p)
	if err != nil {
		return "", err
	}
	resolver := r.resolver(client, p)
	if id, ok := resolver.KnownTenantID(a); ok {
		return id, nil
	}
	md, err := resolver.Metadata(ctx, a, "")
	return md.TenantID, err
}

// newProfileName names the profile of a tenant that a sign-in has just reached: its subdomain, else the first label of
// its host, else its ID.
func newProfileName(a authority.Authority, md authority.Metadata, existing []string) string {
	name := a.Subdomain()
	if u, err := url.Parse(md.AuthorizationEndpoint); name == "" && err == nil {
		if published, err := authority.Parse("https://" + u.Host); err == nil {
			name = published.Subdomain()
		}
	}
	if u, err := url.Parse(a.Base); name == "" && err == nil && a.TenantID() != strings.Split(u.Hostname(), ".")[0] {
		name, _, _ = strings.Cut(u.Hostname(), ".")
		if strings.Trim(name, "0123456789:[]") == "" {
			name = "" // an IP address
		}
	}
	if config.CheckName(name) != nil {
		name = "tenant-" + md.TenantID[:min(8, len(md.TenantID))]
	}
	if !slices.Contains(existing, name) && config.CheckNewName(name, existing) == nil {
		return name
	}
	return config.FreeName(name, existing)
}

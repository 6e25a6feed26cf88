package cli

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ciam-cli/ciam/internal/auth"
	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/config"
	"github.com/ciam-cli/ciam/internal/tokencache"
)

// defaultProfile is the name used when nothing names another.
const defaultProfile = "default"

// lockLimit is how long a process waits for another that refreshes: above the limit of its request.
const lockLimit = 40 * time.Second

// appOptions are the flags that name a tenant and an app for one run.
type appOptions struct {
	tenant, clientID, redirectURI string
	scopes                        []string
	credential                    credentialOptions
	// asApp asks for a token of the app itself.
	asApp bool
}

func (o *appOptions) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&o.tenant, "tenant", "", "the `TENANT`: subdomain, domain, tenant ID or URL")
	flags.StringVar(&o.clientID, "client-id", "", "the application (client) `ID`")
	o.credential.add(cmd)
}

func (o *appOptions) addAsApp(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&o.asApp, "client-credentials", false, "a token for the app itself, without a person; wants --scope API/.default")
}

func (o *appOptions) addScopes(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&o.scopes, "scope", nil, "ask for this API `SCOPE`; can be repeated")
}

// profileName is the profile that this run is about.
func (r *run) profileName() (string, error) {
	name := r.global.profile
	if name == "" {
		name = r.env.Profile
	}
	if name == "" {
		file, err := r.configFile()
		if err != nil {
			return "", err
		}
		name = file.Current()
		if names := file.Names(); name == "" && len(names) == 1 {
			name = names[0]
		}
	}
	if name == "" {
		name = defaultProfile
	}
	r.global.profile = name // hints name it
	return name, config.CheckName(name)
}

// resolve finds the profile of this run and lays environment and flags over it. A profile that was named and does
// not exist is an error unless environment or flags say which tenant is meant.
func (r *run) resolve(o appOptions) (config.Profile, error) {
	named := r.global.profile != "" || r.env.Profile != ""
	name, err := r.profileName()
	if err != nil {
		return config.Profile{}, err
	}
	if name == demoProfile {
		return r.demoSettings(o)
	}
	file, err := r.configFile()
	if err != nil {
		return config.Profile{}, err
	}
	p, known := file.Profile(name)
	fromElsewhere := o.tenant != "" || r.env.Tenant != "" || r.env.Authority != ""
	if named && !known && !fromElsewhere {
		hint := "add it with `ciam profile add " + name + "`"
		if names := file.Names(); len(names) > 0 {
			hint = "there are: " + strings.Join(names, ", ") + "; " + hint
		}
		return p, &notFoundError{message: fmt.Sprintf("there is no profile %q in %s", name, file.Path()), hint: hint}
	}
	return r.overlay(p, o)
}

func (r *run) overlay(p config.Profile, o appOptions) (config.Profile, error) {
	overrides := config.Overrides{Tenant: o.tenant, ClientID: o.clientID, RedirectURI: o.redirectURI, TokenStore: r.global.tokenStore, Scopes: o.scopes}
	if o.credential.secretFile == "-" {
		p, err := p.Apply(r.env, overrides)
		if err == nil {
			p.Secret, err = config.ReadSecret(r.Streams.In, "stdin")
		}
		return p, err
	}
	overrides.ClientSecretFile = o.credential.secretFile
	return p.Apply(r.env, overrides)
}

// configured reports whether the profile says anything of a tenant: without, nobody can be signed in.
func configured(p config.Profile) bool { return p.Authority != "" }

// errNothingConfigured is what a command that needs a session says on a fresh machine.
func errNothingConfigured(profile string) error {
	return &auth.LoginRequiredError{Profile: profile, Reason: "no tenant is set up yet (`ciam profile add` sets one up, `ciam login --demo` tries it without)"}
}

// app turns the settings into what auth works with. Settings that are missing stay empty: a session names its own.
func (r *run) app(p config.Profile, o credentialOptions) (auth.App, error) {
	a := auth.App{Profile: p.Name, TenantID: strings.ToLower(p.TenantID), ClientID: strings.ToLower(p.ClientID), Scopes: p.Scopes}
	var err error
	if a.Owner, err = r.profileOwner(p.Name); err != nil {
		return a, err
	}
	if a.Credential, err = r.credential(p, o, a.Owner); err != nil {
		return a, err
	}
	if p.Authority != "" {
		parsed, err := authority.Parse(p.Authority)
		if err != nil {
			return a, err
		}
		a.Authority = parsed
		if a.TenantID == "" {
			a.TenantID = parsed.TenantID()
		}
	}
	if p.ClientID != "" {
		if err := authority.ValidClientID(p.ClientID); err != nil {
			return a, err
		}
	}
	return a, nil
}

// profileOwner is the app and tenant that a profile is for by the file, whatever environment and flags say.
func (r *run) profileOwner(name string) (auth.Owner, error) {
	file, err := r.configFile()
	if err != nil {
		return auth.Owner{}, err
	}
	own, _ := file.Profile(name)
	return ownerOf("profile "+name, own.Authority, own.TenantID, own.ClientID)
}

// service builds what the verbs of auth need for a profile.
func (r *run) service(p config.Profile) (*auth.Service, error) {
	store, err := r.store(p.TokenStore)
	if err != nil {
		return nil, err
	}
	client, err := r.httpClient(p)
	if err != nil {
		return nil, err
	}
	r.log.Debug("profile", "name", p.Name, "tenant", p.Authority, "tenant_id", p.TenantID, "client_id", p.ClientID, "secret", p.Secret != "", "store", p.TokenStore)
	return &auth.Service{
		HTTP:        client,
		Authorities: &authority.Resolver{HTTP: client, CacheDir: filepath.Join(r.dirs.Cache, "tenants"), Now: r.Now},
		Store:       store,
		Locks:       tokencache.Lock{Dir: filepath.Join(r.dirs.State, "locks"), Limit: lockLimit, OnWait: r.waitingFor},
		Now:         r.Now,
		Rand:        r.Rand,
		Warn:        r.warn,
	}, nil
}

func (r *run) waitingFor(pid int) {
	if pid == 0 {
		r.info("waiting for another ciam on this profile")
		return
	}
	r.info("waiting for another ciam (pid %d) on this profile", pid)
}

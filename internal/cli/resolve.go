package cli

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ciam-cli/ciam/internal/auth"
	"github.com/ciam-cli/ciam/internal/config"
)

// defaultProfile is the name of a profile that `profile add` makes without one.
const defaultProfile = "default"

// lockLimit is how long a process waits for another: above what a renewal takes at most.
const lockLimit = 30 * time.Second

// appOptions are the flags that name a tenant and an app for one run.
type appOptions struct {
	tenant, clientID, redirectURI string
	scopes                        []string
	credential                    credentialOptions
	// asApp asks for a token of the app itself.
	asApp bool
}

func (o *appOptions) add(cmd *cobra.Command) {
	o.addApp(cmd)
	o.credential.add(cmd)
}

func (o *appOptions) addApp(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&o.tenant, "tenant", "", "the `TENANT`: subdomain, domain, tenant ID or URL")
	flags.StringVar(&o.clientID, "client-id", "", "the application (client) `ID`")
}

func (o *appOptions) addAsApp(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&o.asApp, "client-credentials", false, "a token for the app itself, without a person; wants --scope API/.default")
}

func (o *appOptions) addScopes(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&o.scopes, "scope", nil, "ask for this API `SCOPE`; can be repeated")
}

// overlay lays environment and flags over a profile.
func (r *run) overlay(p config.Profile, o appOptions) (config.Profile, error) {
	overrides := config.Overrides{Tenant: o.tenant, ClientID: o.clientID, RedirectURI: o.redirectURI, TokenStore: r.global.tokenStore, Scopes: o.scopes, Files: r.files}
	env := r.env
	// Which app it is has been decided; the rest of the environment counts.
	env.Authority, env.Tenant, env.ClientID = "", "", ""
	if o.credential.secretFile == "-" {
		p, err := p.Apply(env, overrides)
		if err == nil {
			p.Secret, err = config.ReadSecret(r.files, r.Streams.In, "stdin")
		}
		return p, err
	}
	overrides.ClientSecretFile = o.credential.secretFile
	return p.Apply(env, overrides)
}

// errNoTenant is a machine on which nothing names a tenant.
var errNoTenant = errors.New("no tenant is set up yet")

// errNothingConfigured is what a command that needs a session says on a fresh machine.
func errNothingConfigured() error {
	return &auth.LoginRequiredError{Reason: "no tenant is set up yet", Err: errNoTenant}
}

// complete says what is missing before a sign-in can start.
func complete(c choice) error {
	var missing []string
	if c.settings.Authority == "" {
		missing = append(missing, "--tenant")
	}
	if c.settings.ClientID == "" {
		missing = append(missing, "--client-id")
	}
	if len(missing) == 0 {
		return nil
	}
	message := "nothing says which tenant and app to sign in to"
	if c.known {
		message = fmt.Sprintf("profile %q does not say which tenant and app to sign in to", c.name)
	}
	return &usageError{
		message: fmt.Sprintf("%s: %s missing", message, strings.Join(missing, " and ")),
		hint:    "give them here or with `ciam profile add`; to try ciam without a tenant, run `ciam login --demo`",
	}
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ciam-cli/ciam/internal/auth"
	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/config"
)

// profileAddOptions are the flags of `ciam profile add`.
type profileAddOptions struct {
	app         appOptions
	secretStdin bool
	offline     bool
}

func newProfileAddCmd(r *run) *cobra.Command {
	var o profileAddOptions
	cmd := &cobra.Command{
		Use:   "add [NAME]",
		Short: "Add or change a profile",
		Long: `Add a profile, or change the one of that name; what is missing is asked for at a terminal.

The tenant is looked up and its tenant ID pinned: a later sign-in accepts no other.
A client secret is read from stdin or a file and kept in the token store, never in the
profile.`,
		Example: `  ciam profile add contoso --tenant contoso --client-id 00001111-aaaa-2222-bbbb-3333cccc4444
  ciam profile add web --tenant https://login.contoso.com/aaaabbbb-0000-cccc-1111-dddd2222eeee \
      --client-id 22223333-cccc-4444-dddd-5555eeee6666 --client-secret-stdin < secret.txt`,
		Args: atMostOneName,
		RunE: func(cmd *cobra.Command, args []string) error { return runProfileAdd(cmd.Context(), r, o, args) },
	}
	o.app.add(cmd)
	o.app.addScopes(cmd)
	cmd.Flags().StringVar(&o.app.redirectURI, "redirect-uri", "", "the registered redirect `URI`, http://localhost[:port][/path]")
	cmd.Flags().BoolVar(&o.secretStdin, "client-secret-stdin", false, "read the client secret from stdin (same as --client-secret-file -)")
	cmd.Flags().BoolVar(&o.offline, "offline", false, "do not look the tenant up; its ID is pinned at the first sign-in")
	return cmd
}

func atMostOneName(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return noArgs(cmd, args[1:])
	}
	return nil
}

func runProfileAdd(ctx context.Context, r *run, o profileAddOptions, args []string) error {
	if _, err := r.format("text", "json"); err != nil {
		return err
	}
	file, err := r.configFile()
	if err != nil {
		return err
	}
	name, err := r.newProfileName(file, args)
	if err != nil {
		return err
	}
	r.global.profile = name
	p, existed := file.Profile(name)
	if err := r.fillProfile(ctx, &p, o.app); err != nil {
		return err
	}
	if err := r.lookUp(ctx, &p, o.offline); err != nil {
		return err
	}
	if o.secretStdin {
		o.app.credential.secretFile = "-"
	}
	secret, err := r.readSecret(o.app.credential.secretFile)
	if err != nil {
		return err
	}
	file.Put(p)
	if file.Current() == "" {
		file.Use(name)
	}
	// The file before the secret: a secret without a profile would be out of sight.
	if err := file.Save(); err != nil {
		return err
	}
	if err := r.keepSecret(ctx, p, secret); err != nil {
		return err
	}
	verb := "added"
	if existed {
		verb = "changed"
	}
	r.info("%s profile %s was %s; sign in with `ciam login%s`", r.Streams.Green("✓"), name, verb, profileFlag(name))
	return r.printProfile(p, name == file.Current())
}

func (r *run) newProfileName(file *config.File, args []string) (string, error) {
	name := r.global.profile
	if len(args) == 1 {
		name = args[0]
	}
	if name == "" {
		name = defaultProfile
	}
	if name == demoProfile {
		return "", &usageError{message: "the name demo belongs to the embedded tenant", hint: "choose another name"}
	}
	for _, other := range file.Names() {
		// Windows' Credential Manager and many file systems fold case: one would overwrite the other's tokens.
		if other != name && strings.EqualFold(other, name) {
			return "", &usageError{message: fmt.Sprintf("there is a profile %q already, which differs by letter case only", other), hint: "choose another name"}
		}
	}
	return name, config.CheckName(name)
}

// fillProfile takes the values from flags and environment, asks for what is missing, and checks all of them.
func (r *run) fillProfile(ctx context.Context, p *config.Profile, o appOptions) error {
	settings, err := p.Apply(config.Environment{Tenant: r.env.Tenant, Authority: r.env.Authority, ClientID: r.env.ClientID, RedirectURI: r.env.RedirectURI, Scopes: r.env.Scopes},
		config.Overrides{Tenant: o.tenant, ClientID: o.clientID, RedirectURI: o.redirectURI, Scopes: o.scopes, TokenStore: r.global.tokenStore})
	if err != nil {
		return err
	}
	if r.global.tokenStore == "" {
		settings.TokenStore = p.TokenStore // the default and the environment's choice are not written down
	}
	*p = settings
	if err := r.askFor(ctx, &p.Authority, "tenant (subdomain, domain, ID or URL)"); err != nil {
		return err
	}
	if err := r.askFor(ctx, &p.ClientID, "application (client) ID"); err != nil {
		return err
	}
	if err := complete(*p); err != nil {
		return err
	}
	_, err = r.app(*p, o.credential)
	return err
}

func (r *run) askFor(ctx context.Context, value *string, question string) error {
	if *value != "" || r.global.noInput {
		return nil
	}
	answer, err := r.Streams.Ask(ctx, question+": ")
	*value = strings.TrimSpace(answer)
	return err
}

// lookUp pins the tenant's ID. A tenant that cannot be reached now is no reason not to keep the profile;
// one that does not exist, or is not what it says, is.
func (r *run) lookUp(ctx context.Context, p *config.Profile, offline bool) error {
	a, err := r.app(*p, credentialOptions{})
	if err != nil || offline {
		return err
	}
	service, err := r.service(*p)
	if err != nil {
		return err
	}
	md, err := service.Authorities.Metadata(ctx, a.Authority, a.TenantID)
	var unreachable *authority.UnreachableError
	if errors.As(err, &unreachable) {
		r.warn("the tenant could not be looked up: " + err.Error() + "; its ID will be pinned at the first sign-in")
		return nil
	}
	if err != nil {
		return err
	}
	p.TenantID = md.TenantID
	return nil
}

func (r *run) readSecret(from string) (config.Secret, error) {
	switch from {
	case "":
		return "", nil
	case "-":
		return config.ReadSecret(r.Streams.In, "stdin")
	}
	return config.ReadSecretFile(from)
}

// keepSecret puts the secret beside the session in the token store.
func (r *run) keepSecret(ctx context.Context, p config.Profile, secret config.Secret) error {
	if secret == "" {
		return nil
	}
	p, err := p.Apply(r.env, config.Overrides{TokenStore: r.global.tokenStore})
	if err != nil {
		return err
	}
	service, err := r.service(p)
	if err != nil {
		return err
	}
	return service.KeepSecret(ctx, auth.App{Profile: p.Name}, secret.Reveal())
}

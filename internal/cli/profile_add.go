package cli

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

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
	format, err := r.format("text", "json")
	if err != nil {
		return err
	}
	file, err := r.configFile()
	if err != nil {
		return err
	}
	named, _, err := r.profileNamed()
	if err != nil {
		return err
	}
	name := cmp.Or(strings.Join(args, ""), named, defaultProfile)
	p, existed := file.Profile(name)
	if err := newName(file, name); err != nil {
		return err
	}
	if err := config.Writable(r.configPath()); err != nil {
		return err
	}
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
	// The file before the secret: a secret without a profile would be out of sight.
	file, err = r.editConfig(ctx, func(file *config.File) error {
		if err := newName(file, name); err != nil {
			return err
		}
		file.Put(p)
		if file.Current() == "" {
			file.Use(name)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := r.keepSecret(ctx, name, secret); err != nil {
		return err
	}
	verb := "added"
	if existed {
		verb = "changed"
	}
	flag := ""
	if name != file.Current() {
		flag = " -p " + name
	}
	r.info("%s profile %s was %s; sign in with `ciam login%s`", r.Streams.Green("✓"), name, verb, flag)
	if format == "json" {
		return r.printProfile(format, p, name == file.Current())
	}
	return nil
}

// newName wants a name for a new profile to keep the rule for names; one that exists may be changed whatever its name.
func newName(file *config.File, name string) error {
	if _, existed := file.Profile(name); existed && name != demoProfile {
		return nil
	}
	return config.CheckNewName(name, file.Names())
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
	if err := complete(choice{name: p.Name, settings: *p}); err != nil {
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
	client, err := r.httpClient(*p)
	if err != nil {
		return err
	}
	md, err := r.resolver(client, false).Metadata(ctx, a.Authority, a.TenantID)
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
		return config.ReadSecret(r.files, r.Streams.In, "stdin")
	}
	return config.ReadSecretFile(r.files, from)
}

// keepSecret puts the secret beside the session in the token store.
func (r *run) keepSecret(ctx context.Context, name string, secret config.Secret) error {
	if secret == "" {
		return nil
	}
	c, err := r.stored(name)
	if err != nil {
		return err
	}
	t, err := r.target(ctx, c, credentialOptions{})
	if err != nil {
		return err
	}
	return t.fail(t.service.KeepSecret(ctx, t.app, secret.Reveal()))
}

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
	on := r.system()
	cmd := &cobra.Command{
		Use:   "add [NAME]",
		Short: "Add or change a profile",
		Long: `Add a profile, or change the one of that name; what is missing is asked for at a terminal.

The tenant is looked up and its tenant ID pinned: a later sign-in accepts no other.
A client secret is read from stdin or a file and kept in the token store, never in the
profile; of a certificate, an assertion or a CA file the profile keeps the path. They are
used for this tenant and app only.`,
		Example: `  ciam profile add contoso --tenant contoso --client-id 00001111-aaaa-2222-bbbb-3333cccc4444
  ciam profile add web --tenant https://login.contoso.com/aaaabbbb-0000-cccc-1111-dddd2222eeee ` + on.next() + `
      --client-id 22223333-cccc-4444-dddd-5555eeee6666 --client-secret-file secret.txt
  ciam profile add daemon --client-certificate client.pfx
  ciam profile add lab --tenant https://login.lab.example/aaaabbbb-0000-cccc-1111-dddd2222eeee ` + on.next() + `
      --client-id 00001111-aaaa-2222-bbbb-3333cccc4444 --ca-file lab-ca.pem`,
		Args: atMostOneName,
		RunE: func(cmd *cobra.Command, args []string) error { return runProfileAdd(cmd.Context(), r, o, args) },
	}
	o.add(cmd)
	return cmd
}

func (o *profileAddOptions) add(cmd *cobra.Command) {
	o.app.add(cmd)
	o.app.addScopes(cmd)
	cmd.Flags().StringVar(&o.app.redirectURI, "redirect-uri", "", "the registered redirect `URI`, http://localhost[:port][/path]")
	cmd.Flags().BoolVar(&o.secretStdin, "client-secret-stdin", false, "read the client secret from stdin (same as --client-secret-file -)")
	cmd.Flags().BoolVar(&o.offline, "offline", false, "do not look the tenant up; its ID is pinned at the first sign-in")
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
	if o.secretStdin {
		o.app.credential.secretFile = "-"
	}
	d, err := r.newDraft(o, args)
	if err != nil {
		return err
	}
	if err := d.fill(ctx); err != nil {
		return err
	}
	return r.putProfile(ctx, d, format)
}

// putProfile writes a profile down, and its secret into the token store, and tells.
func (r *run) putProfile(ctx context.Context, d *draft, format string) error {
	file, err := r.writeProfile(ctx, d)
	if err != nil {
		return err
	}
	d.tell(file)
	if format == "json" {
		return r.printProfile(format, d.p, d.p.Name == file.Current())
	}
	return nil
}

// writeProfile writes a profile down, and its secret into the token store.
func (r *run) writeProfile(ctx context.Context, d *draft) (*config.File, error) {
	// The file before the secret: a secret without a profile would be out of sight.
	file, err := r.editConfig(ctx, func(file *config.File) error {
		if err := newName(file, d.p.Name); err != nil {
			return err
		}
		file.Put(d.p)
		if file.Current() == "" {
			file.Use(d.p.Name)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return file, d.keepSecret(ctx)
}

// newName wants a name for a new profile to keep the rule for names; one that exists may be changed whatever its name.
func newName(file *config.File, name string) error {
	if _, existed := file.Profile(name); existed && name != demoProfile {
		return nil
	}
	return config.CheckNewName(name, file.Names())
}

// lookUp pins the tenant's ID. A tenant that cannot be reached now is no reason not to keep the profile;
// one that does not exist, or is not what it says, is.
func (r *run) lookUp(ctx context.Context, p *config.Profile, offline bool) error {
	a, err := authority.Parse(p.Authority)
	if err != nil || offline {
		return err
	}
	client, err := r.httpClient(*p)
	if err != nil {
		return err
	}
	md, err := r.resolver(client, *p).Metadata(ctx, a, strings.ToLower(cmp.Or(p.TenantID, a.TenantID())))
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

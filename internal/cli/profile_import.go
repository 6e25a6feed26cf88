package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ciam-cli/ciam/internal/appconfig"
	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/config"
	"github.com/ciam-cli/ciam/internal/files"
)

// profileImportOptions are the flags of `ciam profile import`: what the file does not say, or says wrong.
type profileImportOptions struct {
	profileAddOptions
	section string
}

func newProfileImportCmd(r *run) *cobra.Command {
	var o profileImportOptions
	cmd := &cobra.Command{
		Use:   "import FILE [NAME]",
		Short: "Make a profile from an app's own configuration file",
		Long: `Make a profile from the file in which an app keeps how it signs in: .env of Microsoft's Node
samples, appsettings.json of ASP.NET, authConfig.js or JSON of MSAL. A script is read, never
run.

A client secret in the file goes to the token store, like that of ` + "`ciam profile add`" + `. What the
file has and a profile has no place for is named. Flags win over the file; what neither says
is asked for at a terminal. Without NAME the profile is called like the tenant.`,
		Example: `  ciam profile import .env
  ciam profile import appsettings.json shop --section AzureAd
  ciam profile import src/authConfig.js --tenant contoso`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return &usageError{message: "name the file to import", hint: "see `" + cmd.CommandPath() + " --help`"}
			}
			return atMostOneName(cmd, args[1:])
		},
		RunE: func(cmd *cobra.Command, args []string) error { return runProfileImport(cmd.Context(), r, o, args) },
	}
	o.add(cmd)
	cmd.Flags().StringVar(&o.section, "section", "", "take this `SECTION` of a file with several apps")
	return cmd
}

// maxAppConfig bounds the file; one of a thousand lines has 50 KB.
const maxAppConfig = 256 << 10

func runProfileImport(ctx context.Context, r *run, o profileImportOptions, args []string) error {
	format, err := r.format("text", "json")
	if err != nil {
		return err
	}
	if o.secretStdin {
		o.app.credential.secretFile = "-"
	}
	found, err := r.readAppConfig(args[0], o.section)
	if err != nil {
		return err
	}
	r.tellImport(args[0], found)
	d, err := r.importDraft(o.profileAddOptions, args[1:], found)
	if err != nil {
		return err
	}
	if err := d.takeOver(args[0], found); err != nil {
		return err
	}
	if err := d.fill(ctx); err != nil {
		return err
	}
	if err := d.nameLikeTenant(); err != nil {
		return err
	}
	return r.putProfile(ctx, d, format)
}

// readAppConfig reads the one app of a file, or of its section.
func (r *run) readAppConfig(path, section string) (appconfig.Settings, error) {
	const want = ".env, appsettings.json, authConfig.js or JSON of MSAL"
	none := appconfig.Settings{}
	data, err := r.readNamed(path, want, files.Options{Limit: maxAppConfig})
	if err != nil {
		return none, err
	}
	all, err := appconfig.Parse(path, string(data))
	if err != nil {
		return none, &config.Error{Where: path, Problem: err.Error(), Want: want, Err: err}
	}
	if section != "" {
		all = slices.DeleteFunc(all, func(s appconfig.Settings) bool { return !strings.EqualFold(s.Section, section) })
	}
	var names []string
	for _, s := range all {
		names = append(names, s.String())
	}
	switch {
	case len(all) == 0 && section != "":
		return none, &notFoundError{message: fmt.Sprintf("%s has no section %q that names an app", path, section), hint: "leave `--section` out to see which there are"}
	case len(all) == 0:
		return none, &config.Error{Where: path, Problem: "it names no tenant and no app", Want: want}
	case len(all) > 1:
		return none, &usageError{message: fmt.Sprintf("%s has several apps: %s", path, strings.Join(names, ", ")), hint: "name one with `--section " + r.system().quote(all[0].Section) + "`"}
	}
	return all[0], nil
}

// takeOver lays the file's settings under what flags said: the file is the newest word on its app, but for what is typed.
func (d *draft) takeOver(path string, s appconfig.Settings) error {
	if d.o.tenant == "" && s.Tenant != "" {
		d.p.Authority, d.p.TenantID = s.Tenant, ""
	}
	if d.o.clientID == "" && s.ClientID != "" {
		d.p.ClientID = s.ClientID
	}
	if len(d.o.scopes) == 0 && len(s.Scopes) > 0 {
		d.p.Scopes = withoutOpenID(s.Scopes)
	}
	if d.o.redirectURI == "" && s.RedirectURI != "" {
		if _, err := config.ParseRedirectURI(s.RedirectURI, path); err == nil {
			d.p.RedirectURI = s.RedirectURI
		} else {
			d.warn(fmt.Sprintf("%s: its redirect URI %s is the app's own; ciam listens on %s, which has to be registered too", path, s.RedirectURI, config.DefaultPublicRedirectURI))
		}
	}
	o := &d.o.credential
	if *o != (credentialOptions{}) {
		return nil
	}
	if s.Certificate != "" {
		o.certificate = s.Certificate
		if !filepath.IsAbs(s.Certificate) {
			o.certificate = filepath.Join(filepath.Dir(path), s.Certificate)
		}
		return nil
	}
	if s.ClientSecret == "" {
		return nil
	}
	secret, err := config.ReadSecret(d.files, strings.NewReader(string(s.ClientSecret)), path)
	if wrong := new(config.Error); errors.As(err, &wrong) {
		wrong.Problem = "its client secret: " + wrong.Problem
	}
	d.secret = secret
	d.p.ClientSecretFile, d.p.ClientCertificate, d.p.ClientAssertionFile = "", "", ""
	return err
}

// withoutOpenID drops the scopes that every sign-in asks for.
func withoutOpenID(scopes []string) []string {
	var rest []string
	for _, s := range scopes {
		if !slices.Contains([]string{"openid", "profile", "offline_access"}, s) {
			rest = append(rest, s)
		}
	}
	return rest
}

// importDraft begins with the profile that was named, with that of the same app, or with an empty one.
func (r *run) importDraft(o profileAddOptions, args []string, s appconfig.Settings) (*draft, error) {
	named, _, err := r.profileNamed()
	if err != nil {
		return nil, err
	}
	if len(args) > 0 || named != "" {
		return r.newDraft(o, args)
	}
	file, err := r.configFile()
	if err != nil {
		return nil, err
	}
	tenant, err := authority.Parse(cmp.Or(o.app.tenant, s.Tenant))
	for _, name := range file.Names() {
		p, _ := file.Profile(name)
		own, ownErr := authority.Parse(p.Authority)
		if err == nil && ownErr == nil && own == tenant && strings.EqualFold(p.ClientID, cmp.Or(o.app.clientID, s.ClientID)) {
			return r.newDraft(o, []string{name})
		}
	}
	d, err := r.newDraft(o, nil)
	if err != nil {
		return nil, err
	}
	d.p, d.was, d.existed = config.Profile{Name: defaultProfile}, config.Profile{}, false
	return d, d.layOver()
}

// nameLikeTenant names a profile that nobody has named.
func (d *draft) nameLikeTenant() error {
	if d.named {
		return nil
	}
	file, err := d.configFile()
	if err == nil {
		d.p.Name = d.proposedName(file)
	}
	return err
}

// tellImport names what was not taken over.
func (r *run) tellImport(path string, s appconfig.Settings) {
	if len(s.Unknown) > 0 {
		r.info("  of %s, a profile has no place for %s", path, strings.Join(s.Unknown, ", "))
	}
	if len(s.Placeholders) > 0 {
		r.info("  %s still has the sample's placeholder in %s", path, strings.Join(s.Placeholders, ", "))
	}
}

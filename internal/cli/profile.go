package cli

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ciam-cli/ciam/internal/config"
	"github.com/ciam-cli/ciam/internal/render"
	"github.com/ciam-cli/ciam/internal/term"
	"github.com/ciam-cli/ciam/internal/tokencache"
)

func newProfileCmd(r *run) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "profile <command>",
		Short: "Keep tenants and apps by name",
		Long: `Keep tenants and apps by name, in a YAML file without secrets.

The profile used is, in this order: --profile, CIAM_PROFILE, the one chosen with
` + "`ciam profile use`" + `, the only one there is.`,
		Example: "  ciam profile add contoso --tenant contoso --client-id 00001111-aaaa-2222-bbbb-3333cccc4444\n  ciam profile list",
	}
	cmd.AddCommand(newProfileAddCmd(r), newProfileImportCmd(r), newProfileExportCmd(r), newProfileListCmd(r), newProfileShowCmd(r), newProfileUseCmd(r), newProfileRemoveCmd(r))
	return cmd
}

func newProfileListCmd(r *run) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the profiles and who is signed in",
		Long: `List the profiles and who is signed in with each; the current profile has a star, and so has
the active one of several people. Sessions that belong to no profile, the embedded tenant's
and those that environment variables set up, are listed too. No token store is read.`,
		Example: "  ciam profile list\n  ciam profile list --jq \".[].name\"",
		Args:    noArgs,
		RunE:    func(*cobra.Command, []string) error { return runProfileList(r) },
	}
}

func runProfileList(r *run) error {
	format, err := r.format("text", "json")
	if err != nil {
		return err
	}
	file, err := r.configFile()
	if err != nil {
		return err
	}
	views := listedProfiles(file, r.sessions())
	if format == "json" {
		return r.printJSON(views)
	}
	if len(views) == 0 {
		r.info("there are no profiles; add one with `ciam profile add`")
	}
	for _, v := range views {
		mark, name := " ", v.Name
		if v.Current {
			mark = "*"
		}
		if name == "" {
			name = "(environment)"
		}
		line := fmt.Sprintf("%s %-20s %s", mark, name, v.Tenant)
		var people []string
		for _, a := range v.Accounts {
			who := a.Name
			if a.Active && len(v.Accounts) > 1 {
				who = "*" + who
			}
			people = append(people, who)
		}
		if len(people) > 0 {
			line += "  " + strings.Join(people, ", ")
		}
		if err := r.printLine(term.Plain(line)); err != nil {
			return err
		}
	}
	return nil
}

// listedProfiles are the profiles of the file with the people that the index knows, and what the index knows beside them.
func listedProfiles(file *config.File, entries []tokencache.Entry) []profileView {
	views := []profileView{}
	find := func(name string) *profileView {
		for i := range views {
			if views[i].Name == name {
				return &views[i]
			}
		}
		return nil
	}
	for _, name := range file.Names() {
		p, _ := file.Profile(name)
		views = append(views, viewProfile(p, name == file.Current()))
	}
	for _, e := range entries {
		if find(e.Profile) == nil {
			views = append(views, profileView{Name: e.Profile, Current: e.Profile == file.Current(), TenantID: e.TenantID, ClientID: e.ClientID, Scopes: []string{}, TokenStore: e.Store, Accounts: []listedAccount{}})
		}
		if e.OID == "" {
			continue // the app's own tokens
		}
		v := find(e.Profile)
		active := e.Item == e.Profile || e.Item == tokencache.SlotItem(e.Profile, e.TenantID, e.ClientID, tokencache.EnvironmentSlot)
		v.Accounts = append(v.Accounts, listedAccount{Name: e.Name, OID: e.OID, Active: active})
	}
	return views
}

func newProfileShowCmd(r *run) *cobra.Command {
	return &cobra.Command{
		Use: "show [NAME]", Short: "Show a profile", Long: "Show a profile as it is in the file: without environment and flags.\nThe embedded tenant's, demo, is in no file.",
		Example: "  ciam profile show\n  ciam profile show contoso -o json",
		Args:    atMostOneName,
		RunE: func(_ *cobra.Command, args []string) error {
			format, err := r.format("text", "json")
			if err != nil {
				return err
			}
			file, p, err := r.profileAtHand(args)
			if err != nil {
				return err
			}
			return r.printProfile(format, p, p.Name == file.Current())
		},
	}
}

func newProfileUseCmd(r *run) *cobra.Command {
	return &cobra.Command{
		Use: "use NAME", Short: "Choose the profile for the next commands", Long: "Choose the profile that commands use when none is named.",
		Example: "  ciam profile use contoso\n  ciam profile use demo",
		Args:    exactlyOneName,
		RunE: func(cmd *cobra.Command, args []string) error {
			_, err := r.editConfig(cmd.Context(), func(file *config.File) error {
				if _, known := file.Profile(args[0]); !known && args[0] != demoProfile {
					return unknownProfile(file, args[0])
				}
				file.Use(args[0])
				return nil
			})
			if err != nil {
				return err
			}
			r.info("%s profile %s is used from now on", r.Streams.Green("✓"), args[0])
			return nil
		},
	}
}

func newProfileRemoveCmd(r *run) *cobra.Command {
	return &cobra.Command{
		Use: "remove NAME", Aliases: []string{"rm"}, Short: "Remove a profile with its tokens and secret",
		Long: `Remove a profile, and what the token store keeps for it: the sessions of all its people, and
the client secret. The sessions at the tenant are left alone; run ` + "`ciam logout`" + ` first to end them.`,
		Example: "  ciam profile remove contoso",
		Args:    exactlyOneName,
		RunE:    func(cmd *cobra.Command, args []string) error { return runProfileRemove(cmd.Context(), r, args[0]) },
	}
}

// runProfileRemove deletes tokens as `logout` does, in every store that has some, and the profile under the same lock: a
// profile that is gone would leave its tokens out of sight.
func runProfileRemove(ctx context.Context, r *run, name string) error {
	file, err := r.configFile()
	if err != nil {
		return err
	}
	if _, known := file.Profile(name); !known {
		return unknownProfile(file, name)
	}
	err = r.eraseProfile(ctx, name, func() error {
		_, err := r.editConfig(ctx, func(file *config.File) error { file.Remove(name); return nil })
		return err
	})
	if err != nil {
		return err
	}
	r.info("%s profile %s was removed with its tokens", r.Streams.Green("✓"), name)
	return nil
}

// eraseProfile deletes what is kept for a profile in every store that has something, its client secret too, and calls then
// under the same lock.
func (r *run) eraseProfile(ctx context.Context, name string, then func() error) error {
	c, err := r.stored(name)
	if err != nil {
		return err
	}
	t, err := r.target(ctx, c, credentialOptions{})
	if err != nil {
		return err
	}
	for _, e := range r.sessions() {
		if e.Profile != name || e.Store == t.store {
			continue
		}
		other, err := r.service(c.settings, e.Store)
		if err != nil {
			return t.fail(err)
		}
		if err := other.RemoveProfile(ctx, t.app, func() error { return nil }); err != nil {
			return t.fail(err)
		}
	}
	return t.fail(t.service.RemoveProfile(ctx, t.app, then))
}

func unknownProfile(file *config.File, name string) error {
	return &notFoundError{message: fmt.Sprintf("there is no profile %q in %s", name, file.Path()), hint: "see `ciam profile list`"}
}

func exactlyOneName(cmd *cobra.Command, args []string) error {
	if len(args) == 1 {
		return nil
	}
	return &usageError{message: "name one profile", hint: "see `" + cmd.CommandPath() + " --help` and `ciam profile list`"}
}

// profileAtHand returns the profile named by the argument, by --profile or CIAM_PROFILE, or the one in use.
func (r *run) profileAtHand(args []string) (*config.File, config.Profile, error) {
	file, err := r.configFile()
	if err != nil {
		return nil, config.Profile{}, err
	}
	name, by := strings.Join(args, ""), ""
	if name == "" {
		if name, by, err = r.profileNamed(); err != nil {
			return nil, config.Profile{}, err
		}
	}
	if name == "" {
		name = cmp.Or(ambient(file), defaultProfile)
	}
	p, ok := file.Profile(name)
	switch {
	case !ok && by == "CIAM_PROFILE":
		return nil, p, r.noProfile(file, name, by)
	case !ok:
		return nil, p, unknownProfile(file, name)
	}
	return file, p, nil
}

// profileView is the JSON of a profile. It holds no secret, since a profile holds none.
type profileView struct {
	Name             string   `json:"name"`
	Current          bool     `json:"current"`
	Tenant           string   `json:"tenant"`
	TenantID         string   `json:"tenant_id"`
	ClientID         string   `json:"client_id"`
	RedirectURI      string   `json:"redirect_uri"`
	Scopes           []string `json:"scopes"`
	TokenStore       string   `json:"token_store"`
	ClientSecretFile string   `json:"client_secret_file"`
	// ClientCertificate, ClientAssertionFile and CAFile are paths.
	ClientCertificate   string `json:"client_certificate"`
	ClientAssertionFile string `json:"client_assertion_file"`
	CAFile              string `json:"ca_file"`
	// Accounts are the people who are signed in, by the index; only in a list.
	Accounts []listedAccount `json:"accounts,omitempty"`
}

type listedAccount struct {
	Name   string `json:"name"`
	OID    string `json:"oid"`
	Active bool   `json:"active"`
}

func viewProfile(p config.Profile, current bool) profileView {
	return profileView{Name: p.Name, Current: current, Tenant: p.Authority, TenantID: p.TenantID, ClientID: p.ClientID,
		RedirectURI: p.RedirectURI, Scopes: nonNil(p.Scopes), TokenStore: p.TokenStore,
		ClientSecretFile: p.ClientSecretFile, ClientCertificate: p.ClientCertificate, ClientAssertionFile: p.ClientAssertionFile, CAFile: p.CAFile}
}

// printProfile prints the profile: as JSON, or as facts.
func (r *run) printProfile(format string, p config.Profile, current bool) error {
	v := viewProfile(p, current)
	if format == "json" {
		return r.printJSON(v)
	}
	var facts []render.Fact
	for _, f := range []render.Fact{{Name: "tenant", Value: v.Tenant}, {Name: "tenant id", Value: v.TenantID}, {Name: "app", Value: v.ClientID}, {Name: "redirect uri", Value: v.RedirectURI},
		{Name: "scopes", Value: strings.Join(v.Scopes, " ")}, {Name: "token store", Value: v.TokenStore}, {Name: "secret file", Value: v.ClientSecretFile},
		{Name: "certificate", Value: v.ClientCertificate}, {Name: "assertion file", Value: v.ClientAssertionFile}, {Name: "CA file", Value: v.CAFile}} {
		if f.Value != "" {
			facts = append(facts, f)
		}
	}
	return render.Facts(r.Streams.Out, "Profile "+v.Name, facts, render.Style{Width: r.Streams.Width, Color: r.Streams.ColorOut})
}

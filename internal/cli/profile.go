package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ciam-cli/ciam/internal/config"
	"github.com/ciam-cli/ciam/internal/keychain"
	"github.com/ciam-cli/ciam/internal/render"
	"github.com/ciam-cli/ciam/internal/term"
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
	cmd.AddCommand(newProfileAddCmd(r), newProfileListCmd(r), newProfileShowCmd(r), newProfileUseCmd(r), newProfileRemoveCmd(r))
	return cmd
}

func newProfileListCmd(r *run) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the profiles", Long: "List the profiles; the current one has a star.",
		Example: "  ciam profile list\n  ciam profile list --jq '.[].name'",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			format, err := r.format("text", "json")
			if err != nil {
				return err
			}
			file, err := r.configFile()
			if err != nil {
				return err
			}
			views := []profileView{}
			for _, name := range file.Names() {
				p, _ := file.Profile(name)
				views = append(views, viewProfile(p, name == file.Current()))
			}
			if format == "json" {
				return r.printJSON(views)
			}
			if len(views) == 0 {
				r.info("there are no profiles; add one with `ciam profile add`")
			}
			for _, v := range views {
				mark := " "
				if v.Current {
					mark = "*"
				}
				if err := r.printLine(fmt.Sprintf("%s %-20s %s", mark, v.Name, term.Plain(v.Tenant))); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func newProfileShowCmd(r *run) *cobra.Command {
	return &cobra.Command{
		Use: "show [NAME]", Short: "Show a profile", Long: "Show a profile as it is in the file: without environment and flags.",
		Example: "  ciam profile show\n  ciam profile show contoso -o json",
		Args:    atMostOneName,
		RunE: func(_ *cobra.Command, args []string) error {
			if _, err := r.format("text", "json"); err != nil {
				return err
			}
			file, p, err := r.knownProfile(args)
			if err != nil {
				return err
			}
			if r.global.output == "" && r.global.jq == "" {
				r.global.output = "text"
			}
			return r.printProfile(p, p.Name == file.Current())
		},
	}
}

func newProfileUseCmd(r *run) *cobra.Command {
	return &cobra.Command{
		Use: "use NAME", Short: "Choose the profile for the next commands", Long: "Choose the profile that commands use when none is named.",
		Example: "  ciam profile use contoso\n  ciam profile use demo",
		Args:    exactlyOneName,
		RunE: func(_ *cobra.Command, args []string) error {
			file, err := r.configFile()
			if err != nil {
				return err
			}
			if args[0] != demoProfile {
				if _, _, err := r.knownProfile(args); err != nil {
					return err
				}
			}
			file.Use(args[0])
			if err := file.Save(); err != nil {
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
		Long: `Remove a profile, and what the token store keeps for it. The session at the tenant is
left alone; run ` + "`ciam logout`" + ` first to end it.`,
		Example: "  ciam profile remove contoso",
		Args:    exactlyOneName,
		RunE: func(cmd *cobra.Command, args []string) error {
			file, p, err := r.knownProfile(args)
			if err != nil {
				return err
			}
			if p, err = p.Apply(r.env, config.Overrides{TokenStore: r.global.tokenStore}); err != nil {
				return err
			}
			store, err := r.store(p.TokenStore)
			if err != nil {
				return err
			}
			// The tokens first: a profile that is gone would leave them out of sight.
			if err := store.Delete(cmd.Context(), p.Name); err != nil && !errors.Is(err, keychain.ErrNotFound) {
				return err
			}
			file.Remove(p.Name)
			if err := file.Save(); err != nil {
				return err
			}
			r.info("%s profile %s was removed with its tokens", r.Streams.Green("✓"), p.Name)
			return nil
		},
	}
}

func exactlyOneName(cmd *cobra.Command, args []string) error {
	if len(args) == 1 {
		return nil
	}
	return &usageError{message: "name one profile", hint: "see `" + cmd.CommandPath() + " --help` and `ciam profile list`"}
}

// knownProfile returns the profile named by the argument, or this run's.
func (r *run) knownProfile(args []string) (*config.File, config.Profile, error) {
	file, err := r.configFile()
	if err != nil {
		return nil, config.Profile{}, err
	}
	if len(args) == 1 {
		r.global.profile = args[0]
	}
	name, err := r.profileName()
	if err != nil {
		return nil, config.Profile{}, err
	}
	p, ok := file.Profile(name)
	if !ok {
		return nil, p, &notFoundError{message: fmt.Sprintf("there is no profile %q in %s", name, file.Path()), hint: "see `ciam profile list`"}
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
}

func viewProfile(p config.Profile, current bool) profileView {
	return profileView{Name: p.Name, Current: current, Tenant: p.Authority, TenantID: p.TenantID, ClientID: p.ClientID,
		RedirectURI: p.RedirectURI, Scopes: nonNil(p.Scopes), TokenStore: p.TokenStore, ClientSecretFile: p.ClientSecretFile}
}

// printProfile prints the profile when a result was asked for: as JSON, or as facts by `show`.
func (r *run) printProfile(p config.Profile, current bool) error {
	v := viewProfile(p, current)
	switch {
	case r.global.output == "json" || r.global.jq != "":
		return r.printJSON(v)
	case r.global.output != "text":
		return nil
	}
	var facts []render.Fact
	for _, f := range []render.Fact{{Name: "tenant", Value: v.Tenant}, {Name: "tenant id", Value: v.TenantID}, {Name: "app", Value: v.ClientID}, {Name: "redirect uri", Value: v.RedirectURI},
		{Name: "scopes", Value: strings.Join(v.Scopes, " ")}, {Name: "token store", Value: v.TokenStore}, {Name: "secret file", Value: v.ClientSecretFile}} {
		if f.Value != "" {
			facts = append(facts, f)
		}
	}
	return render.Facts(r.Streams.Out, "Profile "+v.Name, facts, render.Style{Width: r.Streams.Width, Color: r.Streams.ColorOut})
}

package cli

import (
	"encoding/json"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ciam-cli/ciam/internal/appconfig"
	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/config"
)

func newProfileExportCmd(r *run) *cobra.Command {
	return &cobra.Command{
		Use:   "export [NAME]",
		Short: "Write a profile as an app's configuration file",
		Long: `Write a profile as an app's own configuration: env for Microsoft's Node samples, appsettings
for ASP.NET, msal for JSON of MSAL. Secrets are left out.`,
		Example: "  ciam profile export > .env\n  ciam profile export shop -o appsettings\n  ciam profile export -o msal",
		Args:    atMostOneName,
		RunE:    func(_ *cobra.Command, args []string) error { return runProfileExport(r, args) },
	}
}

func runProfileExport(r *run, args []string) error {
	format, err := r.format(append(appconfig.Formats(), "json")...)
	if err != nil {
		return err
	}
	_, p, err := r.profileAtHand(args)
	if err != nil {
		return err
	}
	if err := complete(choice{name: p.Name, known: true, settings: p}); err != nil {
		return err
	}
	a, err := authority.Parse(p.Authority)
	if err != nil {
		return err
	}
	confidential := p.ClientSecretFile+p.ClientCertificate+p.ClientAssertionFile != ""
	redirect, err := p.Redirect(confidential)
	if err != nil {
		return err
	}
	export := appconfig.Export{
		Base: a.Base, Tenant: a.Tenant, Subdomain: a.Subdomain(), ClientID: p.ClientID, RedirectURI: redirect.String(),
		PostLogoutURI: config.PostLogoutRedirectURI, Scopes: p.Scopes, Confidential: confidential, External: strings.HasSuffix(a.Base, ".ciamlogin.com"),
	}
	if format == "json" { // that of MSAL
		return r.printJSON(json.RawMessage(appconfig.Write("msal", export)))
	}
	return r.printData(appconfig.Write(format, export))
}

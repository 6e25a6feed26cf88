package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ciam-cli/ciam/internal/tenant"
)

func newTenantDestroyCmd(r *run) *cobra.Command {
	var o administratorOptions
	var consent consentOptions
	cmd := &cobra.Command{
		Use:   "destroy",
		Short: "Remove from the tenant what ciam has made",
		Long: `Remove from the tenant what carries ciam's mark, and nothing else: apps are taken out of their
user flows, then go the flows, then the apps with their secrets and consent. A deleted app can
be restored for 30 days. People, and the attributes that they may have values of, stay.

` + preview + `.`,
		Example: "  ciam tenant destroy --tenant contoso\n  ciam tenant destroy --yes",
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return runTenantDestroy(cmd.Context(), r, o, consent) },
	}
	o.add(cmd)
	consent.add(cmd, false)
	return cmd
}

func runTenantDestroy(ctx context.Context, r *run, o administratorOptions, consent consentOptions) error {
	if _, err := r.format("text", "json"); err != nil {
		return err
	}
	if err := o.check(); err != nil {
		return err
	}
	if err := consent.check(r, "whether to remove what ciam has made", "`ciam tenant pull` shows it; `ciam tenant destroy --yes` removes it without asking"); err != nil {
		return err
	}
	w, err := r.reform(ctx, o)
	if err != nil {
		return err
	}
	view, err := w.bring(ctx, change{scopes: tenant.OursScopes(), look: lookAtOurs, consent: consent, nothing: "there is nothing in the tenant that ciam has made",
		plan: func(_ context.Context, f *tenant.Found) (*tenant.Plan, error) {
			w.tellProfiles(f)
			return tenant.Destroy(f), nil
		}})
	if err == nil && view.Writes > 0 {
		r.info("%s what ciam had made is gone", r.Streams.Green("✓"))
	}
	return w.finish(view, consent, err)
}

// tellProfiles names the profiles of apps that are about to go.
func (w *reform) tellProfiles(f *tenant.Found) {
	var names []string
	for _, a := range f.Apps {
		if p, ok := w.secrets.profileOf(a.AppID); ok {
			names = append(names, p.Name)
		}
	}
	if len(names) > 0 {
		w.info("profiles of these apps stay here: %s; `ciam profile remove %s` removes one", strings.Join(names, ", "), names[0])
	}
}

package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/ciam-cli/ciam/internal/tenant"
)

func newTenantPullCmd(r *run) *cobra.Command {
	var o administratorOptions
	cmd := &cobra.Command{
		Use:   "pull",
		Short: "Print what ciam has made of the tenant as a file",
		Long: `Print what carries ciam's mark in the tenant as a file, for which ` + "`ciam tenant plan`" + ` finds no
difference. It reads only. Of a client secret it prints the name.

` + preview + `.`,
		Example: "  ciam tenant pull --tenant contoso > tenant.yaml\n  ciam tenant pull --device-code > tenant.yaml",
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return runTenantPull(cmd.Context(), r, o) },
	}
	o.add(cmd)
	return cmd
}

func runTenantPull(ctx context.Context, r *run, o administratorOptions) error {
	if _, err := r.format("text"); err != nil {
		return err
	}
	if err := o.check(); err != nil {
		return err
	}
	w, err := r.reform(ctx, o)
	if err != nil {
		return err
	}
	found, err := w.look(ctx, tenant.SurveyScopes(), survey)
	if err != nil {
		return err
	}
	if tenant.Destroy(found).Empty() {
		r.info("there is nothing in the tenant that ciam has made; `ciam setup` begins")
	}
	data, err := tenant.Pull(found)
	if err != nil {
		return tenantFileError("what is in the tenant cannot be written as a file", err)
	}
	return r.printData(data)
}

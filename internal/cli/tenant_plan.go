package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ciam-cli/ciam/internal/render"
	"github.com/ciam-cli/ciam/internal/tenant"
)

func newTenantPlanCmd(r *run) *cobra.Command {
	var o tenantOptions
	var exitCode bool
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Show what apply would change, field by field",
		Long: `Show what ` + "`ciam tenant apply`" + ` would change, field by field. It writes nothing, and asks for
permissions to read only.

` + preview + `.`,
		Example: `  ciam tenant plan --tenant contoso
  ciam tenant plan -f contoso.yaml --exit-code
  ciam tenant plan -o json --jq .changes`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runTenantPlan(cmd.Context(), r, o, exitCode) },
	}
	o.add(cmd)
	cmd.Flags().BoolVar(&exitCode, "exit-code", false, "exit with 9 where the tenant is not as the file says")
	return cmd
}

// planView is the JSON of a plan.
type planView struct {
	Tenant        changedTenant `json:"tenant"`
	Administrator string        `json:"administrator"` // who is signed in
	Changes       int           `json:"changes"`       // steps that would write
	Scopes        []string      `json:"scopes"`        // the permissions that they need
	Steps         []tenant.Step `json:"steps"`
	EmulatorOnly  []string      `json:"only_the_emulator"` // paths in the file
	NotYet        []string      `json:"not_managed_yet"`
}

type changedTenant struct {
	ID        string `json:"id"`
	Subdomain string `json:"subdomain"`
	Name      string `json:"name"`
}

func runTenantPlan(ctx context.Context, r *run, o tenantOptions, exitCode bool) error {
	format, err := r.format("text", "json")
	if err != nil {
		return err
	}
	wanted, err := o.readTenant(r)
	if err != nil {
		return err
	}
	w, err := r.reform(ctx, o.admin)
	if err != nil {
		return err
	}
	w.options.Adopt = o.adopt
	w.rotate(o.rotateSecret)
	found, err := w.look(ctx, wanted.ReadScopes(), lookAt(wanted))
	if err != nil {
		return err
	}
	p, err := w.make(ctx, wanted, found)
	if err != nil {
		return err
	}
	if format == "json" {
		err = r.printJSON(w.planView(found, p))
	} else {
		r.info("%s\n", w.title())
		err = w.showPlan(p, summaryOf(p), false)
	}
	if err != nil || !exitCode || p.Empty() {
		return err
	}
	return &commandError{exit: exitUnexpected, code: "different", message: "the tenant is not as the file says: " + counted(writes(p), "step") + " would write", hint: "`ciam tenant apply` brings it there; without `--exit-code` a difference is no failure"}
}

func (w *reform) planView(found *tenant.Found, p *tenant.Plan) planView {
	return planView{Tenant: changedTenant{w.admin.TenantID, w.admin.Subdomain, found.Organization.DisplayName}, Administrator: w.admin.name(), Changes: writes(p), Scopes: nonNil(p.Scopes()),
		Steps: nonNil(p.Steps), EmulatorOnly: nonNil(p.EmulatorOnly), NotYet: nonNil(p.NotYet)}
}

// writes counts the steps that would change the tenant.
func writes(p *tenant.Plan) (n int) {
	for _, s := range p.Steps {
		if s.Writes() {
			n++
		}
	}
	return n
}

// summaryOf is the last line of a plan.
func summaryOf(p *tenant.Plan) string {
	if p.Empty() {
		return "No differences: the tenant is as the file says."
	}
	return counted(writes(p), "step") + " to do. `ciam tenant apply` asks Microsoft Graph for " + strings.Join(p.Scopes(), ", ") + "."
}

// showPlan shows the steps that are not as they should be, and what the file has that a plan takes no notice of: as a result, or
// aside, where somebody is about to be asked.
func (w *reform) showPlan(p *tenant.Plan, summary string, aside bool) error {
	steps := make([]render.PlanStep, len(p.Steps))
	for i, s := range p.Steps {
		steps[i] = render.PlanStep{Mark: string(s.Mark), Kind: string(s.Kind), Name: s.Name, Note: s.Note}
		for _, f := range s.Fields {
			steps[i].Fields = append(steps[i].Fields, render.PlanField{Mark: string(f.Mark), Name: f.Name, From: f.From, To: f.To})
		}
	}
	var err error
	if aside {
		err = render.Plan(w.Streams.Err, steps, summary, render.ClaimsOptions{Width: w.Streams.Width, Color: w.Streams.ColorErr})
	} else {
		err = render.Plan(w.Streams.Out, steps, summary, render.ClaimsOptions{Width: w.Streams.Width, Color: w.Streams.ColorOut})
	}
	if err != nil {
		return err
	}
	for _, left := range []struct {
		what  string
		paths []string
	}{{"only the emulator", p.EmulatorOnly}, {"not managed yet", p.NotYet}} {
		if len(left.paths) > 0 {
			w.info("%s: %s", left.what, strings.Join(left.paths, ", "))
		}
	}
	return nil
}

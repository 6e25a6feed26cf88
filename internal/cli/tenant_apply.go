package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ciam-cli/ciam/internal/tenant"
)

// consentOptions are the flags of a command that asks before it changes a tenant.
type consentOptions struct{ yes, showSecret bool }

func (o *consentOptions) add(cmd *cobra.Command, secrets bool) {
	cmd.Flags().BoolVarP(&o.yes, "yes", "y", false, "do not ask before the tenant is changed")
	if secrets {
		cmd.Flags().BoolVar(&o.showSecret, "show-secret", false, "print a client secret that was made, which a terminal shows anyway")
	}
}

func newTenantApplyCmd(r *run) *cobra.Command {
	var o tenantOptions
	var consent consentOptions
	cmd := &cobra.Command{
		Use:   "apply",
		Short: "Bring the tenant to what the file says",
		Long: `Bring the tenant to what the file says: shows the plan, asks once, and takes one step after
the other. At the first failure it ends and says what is done; the same command goes on from
there. Where nothing differs nothing is written.

A client secret that is made goes to the token store, as the credential of the profile of its
app, and is shown once. The permissions that are asked for are exactly those of the steps.

` + preview + `.`,
		Example: `  ciam tenant apply --tenant contoso
  ciam tenant apply -f contoso.yaml --yes
  ciam tenant apply --rotate-secret`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runTenantApply(cmd.Context(), r, o, consent) },
	}
	o.add(cmd)
	consent.add(cmd, true)
	return cmd
}

// appliedView is the JSON of what was done to a tenant.
type appliedView struct {
	Tenant        changedTenant `json:"tenant"`
	Administrator string        `json:"administrator"`
	Writes        int           `json:"writes"` // steps that were carried out
	Steps         []stepView    `json:"steps"`  // that were to be taken; empty where nothing differed
	Secrets       []madeSecret  `json:"secrets"`
	// Profile is the one that signs in to the app; null where the command wrote none.
	Profile *string `json:"profile"`
}

func runTenantApply(ctx context.Context, r *run, o tenantOptions, consent consentOptions) error {
	if _, err := r.format("text", "json"); err != nil {
		return err
	}
	wanted, err := o.readTenant(r)
	if err != nil {
		return err
	}
	if err := consent.check(r, "whether to change the tenant", "`ciam tenant plan` shows what would change; `--yes` changes it without asking"); err != nil {
		return err
	}
	w, err := r.reform(ctx, o.admin)
	if err != nil {
		return err
	}
	w.options.Adopt = o.adopt
	w.rotate(o.rotateSecret)
	view, err := w.bring(ctx, change{scopes: wanted.ReadScopes(), look: lookAt(wanted), consent: consent, nothing: "nothing to do: the tenant is as the file says",
		plan: func(ctx context.Context, f *tenant.Found) (*tenant.Plan, error) { return w.make(ctx, wanted, f) }})
	if err == nil && view.Writes > 0 {
		r.info("%s the tenant is as the file says", r.Streams.Green("✓"))
	}
	return w.finish(view, consent, err)
}

// change is what is to be done to a tenant.
type change struct {
	scopes  []string // to look
	look    looker
	plan    func(context.Context, *tenant.Found) (*tenant.Plan, error)
	consent consentOptions
	nothing string // what to say where the plan is empty
}

// check refuses a command that nobody can be asked about.
func (o consentOptions) check(r *run, what, hint string) error {
	if o.yes || !r.global.noInput {
		return nil
	}
	return &usageError{message: "nobody can be asked " + what, hint: hint}
}

// bring looks, plans, shows the plan, asks, and carries it out.
func (w *reform) bring(ctx context.Context, c change) (appliedView, error) {
	view := appliedView{Steps: []stepView{}, Secrets: []madeSecret{}}
	release, err := w.lock(ctx)
	if err != nil {
		return view, err
	}
	defer release()
	found, err := w.look(ctx, c.scopes, c.look)
	if err != nil {
		return view, err
	}
	p, err := c.plan(ctx, found)
	if err != nil {
		return view, err
	}
	view.Tenant, view.Administrator = changedTenant{w.admin.TenantID, w.admin.Subdomain, found.Organization.DisplayName}, w.admin.name()
	w.noteApps(p, found.AppID)
	if p.Empty() {
		w.info("%s %s", w.Streams.Green("✓"), c.nothing)
		w.tellNotices(p)
		return view, nil
	}
	if err := w.agree(ctx, p, c.consent); err != nil {
		return view, err
	}
	if err := w.admin.permit(ctx, p.Scopes()); err != nil {
		return view, err
	}
	view.Steps, err = w.carryOut(ctx, p, func(ctx context.Context) (*tenant.Plan, error) {
		again, err := c.look(ctx, w)
		if err != nil {
			return nil, err
		}
		return c.plan(ctx, again)
	})
	for _, s := range view.Steps {
		if s.State == stepDone {
			view.Writes++
		}
	}
	view.Secrets = append(view.Secrets, w.secrets.made...)
	return view, err
}

// agree shows the plan and asks whether to carry it out.
func (w *reform) agree(ctx context.Context, p *tenant.Plan, o consentOptions) error {
	if !w.global.quiet || !o.yes {
		w.Streams.Say("%s\n", w.title())
		if err := w.showPlan(p, "It asks Microsoft Graph for "+strings.Join(p.Scopes(), ", ")+".", true); err != nil {
			return err
		}
	}
	if o.yes {
		return nil
	}
	answer, err := w.Streams.Ask(ctx, "Do it? [y/N] ")
	if err != nil {
		return err
	}
	if !isYes(answer) {
		return &commandError{exit: exitRefused, code: "cancelled", message: "nothing was changed", hint: "`--yes` does it without asking"}
	}
	return nil
}

// tellNotices says what a plan does not mend.
func (w *reform) tellNotices(p *tenant.Plan) {
	for _, s := range p.Steps {
		if s.Mark == tenant.Notice {
			w.warn(stepWords(s) + ": " + s.Note)
		}
	}
}

// finish shows what was done: the secrets that were made, once, and the result as JSON where it was asked for, of a run that
// failed too.
func (w *reform) finish(view appliedView, o consentOptions, err error) error {
	json := w.global.output == "json" || w.global.jq != ""
	for i, m := range view.Secrets {
		switch {
		case json && o.showSecret:
			view.Secrets[i].SecretText = string(m.text)
		case !json:
			w.info("%s client secret %s of %s is kept for profile %s", w.Streams.Green("✓"), m.Name, m.App, m.Profile)
			if o.showSecret || w.Streams.OutTTY {
				w.info("  this is the one time that it is shown:")
				if printErr := w.printLine(string(m.text)); err == nil {
					err = printErr
				}
			}
		}
	}
	if json && view.Tenant.ID != "" {
		if printErr := w.printJSON(view); err == nil {
			err = printErr
		}
	}
	return err
}

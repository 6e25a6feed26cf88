package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ciam-cli/ciam/internal/files"
	"github.com/ciam-cli/ciam/internal/tenant"
)

// preview is what is said before anything is asked of Microsoft Graph.
const preview = "preview: checked against published types and the emulator, not yet against Microsoft's service"

// tenantFile is the file that is read where none is named.
const tenantFile = "tenant.yaml"

func newTenantCmd(r *run) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "tenant <command>",
		Short: "Bring an external tenant to what a file says",
		Long: `Bring an external tenant to what a file says, by Microsoft Graph: apps with their redirect
URIs, secrets and consent, user flows with their attributes, and which app uses which flow.
The file is a seed of the emulator. What it does not name is not touched.

An administrator signs in for it, who is another person than the app's customers; what the
administrator is given lives as long as the command. ` + "`ciam setup`" + ` asks for what it needs and
writes no file.

` + preview + `.`,
		Example: "  ciam tenant pull --tenant contoso > tenant.yaml\n  ciam tenant plan --tenant contoso\n  ciam tenant apply --tenant contoso",
	}
	cmd.AddCommand(newTenantPlanCmd(r), newTenantApplyCmd(r), newTenantPullCmd(r), newTenantDestroyCmd(r))
	return cmd
}

// tenantOptions are the flags of the commands that read a tenant's file.
type tenantOptions struct {
	admin        administratorOptions
	file         string
	adopt        bool
	rotateSecret bool
}

func (o *tenantOptions) add(cmd *cobra.Command) {
	o.admin.add(cmd)
	cmd.Flags().StringVarP(&o.file, "file", "f", tenantFile, "the tenant's `FILE`, - for stdin")
	cmd.Flags().BoolVar(&o.adopt, "adopt", false, "take over what has a name of the file and was not made by ciam")
	cmd.Flags().BoolVar(&o.rotateSecret, "rotate-secret", false, "make every client secret of the file anew")
}

// readTenant reads the file that says what the tenant should be.
func (o *tenantOptions) readTenant(r *run) (*tenant.Wanted, error) {
	if err := o.admin.check(); err != nil {
		return nil, err
	}
	if o.file == "-" && o.admin.readsStdin() {
		return nil, &usageError{message: "--file - and the token or secret of the administrator both come from stdin", hint: "name a file, or give the token in CIAM_GRAPH_TOKEN"}
	}
	data, err := r.readInput(o.file, "a tenant's file (YAML)", files.Options{})
	if err != nil {
		return nil, err
	}
	wanted, err := tenant.Read(data)
	return wanted, tenantFileError(inputName(o.file), err)
}

// tenantFileError names the file that is not as it has to be.
func tenantFileError(name string, err error) error {
	format, ok := find[*tenant.FileError](err)
	if !ok {
		return err
	}
	return &commandError{exit: exitUsage, code: "tenant_file", message: name + strings.TrimPrefix(fmt.Sprintf(":%d", format.Line), ":0") + ": " + strings.TrimPrefix(format.Path+": ", ": ") + format.Problem,
		hint: "`ciam tenant pull` prints a file to begin with; the keys are those of a seed: `ciam emulator --help`"}
}

// reform is a run of a command that reads a tenant by Microsoft Graph, and may change it.
type reform struct {
	*run
	admin   *administrator
	secrets *tenantSecrets
	options tenant.Options
	// appIDs are the client IDs of the apps of a plan, by name in lower case, as far as they are known.
	appIDs map[string]string
}

// reform makes ready: nobody is signed in yet.
func (r *run) reform(ctx context.Context, o administratorOptions) (*reform, error) {
	admin, err := r.administrator(ctx, o)
	if err != nil {
		return nil, err
	}
	r.info("%s", r.Streams.Faint(preview))
	w := &reform{run: r, admin: admin, options: tenant.Options{Now: r.Now()}, appIDs: map[string]string{}}
	w.secrets = &tenantSecrets{run: r, admin: admin, settled: map[string]bool{}}
	return w, nil
}

// rotate has client secrets made anew, each once: what this run has made already stays, however often it plans.
func (w *reform) rotate(asked bool) {
	if !asked {
		return
	}
	w.options.Rotate = func(app, secret string) bool { return !w.secrets.settled[app+": "+secret] }
}

// looker reads a tenant.
type looker func(ctx context.Context, w *reform) (*tenant.Found, error)

// lookAt reads what a plan for the file has to know.
func lookAt(wanted *tenant.Wanted) looker {
	return func(ctx context.Context, w *reform) (*tenant.Found, error) {
		return tenant.Look(ctx, w.admin.graph(), wanted)
	}
}

func lookAtOurs(ctx context.Context, w *reform) (*tenant.Found, error) {
	return tenant.Ours(ctx, w.admin.graph())
}

func survey(ctx context.Context, w *reform) (*tenant.Found, error) {
	return tenant.Survey(ctx, w.admin.graph())
}

// look asks for the permissions to read and reads.
func (w *reform) look(ctx context.Context, scopes []string, read looker) (*tenant.Found, error) {
	if err := w.admin.permit(ctx, scopes); err != nil {
		return nil, err
	}
	done := w.working("reading the tenant")
	found, err := read(ctx, w)
	done()
	if found != nil { // a tenant of another kind refuses much, and that is why
		if err := w.admin.external(found.Organization); err != nil {
			return nil, err
		}
	}
	if err != nil {
		return nil, w.unread(err)
	}
	w.admin.Subdomain = cmp.Or(found.Subdomain(), w.admin.Subdomain)
	return found, nil
}

// unread explains a tenant that cannot be read.
func (w *reform) unread(err error) error {
	if read, ok := find[*tenant.ReadError](err); ok {
		return w.admin.explain(err, "to read "+read.What, read.Scope, read.Role())
	}
	return err
}

// working says on a terminal what is going on; done takes it away.
func (r *run) working(what string) (done func()) {
	if r.global.quiet || !r.Streams.CanChange() {
		return func() {}
	}
	r.Streams.Status(what + " …")
	return func() { r.Streams.Status("") }
}

// make compares the tenant with the file.
func (w *reform) make(ctx context.Context, wanted *tenant.Wanted, found *tenant.Found) (*tenant.Plan, error) {
	o := w.options
	o.Kept, o.Lost = w.secrets.keeps(ctx, found), w.secrets.lost
	p, err := tenant.Make(wanted, found, o)
	if w.secrets.failed != nil {
		return nil, w.secrets.failed
	}
	return p, refusedPlan(err)
}

// refusedPlan says why there is no plan.
func refusedPlan(err error) error {
	var refused *tenant.RefusedError
	if !errors.As(err, &refused) {
		return err
	}
	lines, adopt := strings.Split(refused.Error(), "\n"), true
	for _, r := range refused.Refusals {
		adopt = adopt && r.Adopt
	}
	e := &commandError{exit: exitUsage, code: "refused_plan", message: strings.Join(lines, "; "), hint: "change the file, or the tenant, and run the command again"}
	if adopt {
		e.code, e.hint = "not_ours", "`--adopt` takes it over, and `ciam tenant plan --adopt` shows what that changes; or give it another name in the file"
	}
	return e
}

// title says in which tenant, and as whom.
func (w *reform) title() string {
	name := w.admin.TenantID
	if w.admin.Subdomain != "" {
		name = w.admin.Subdomain + " (" + w.admin.TenantID + ")"
	}
	if who := w.admin.name(); who != "" {
		return "In tenant " + name + ", as " + who + ":"
	}
	return "In tenant " + name + ":"
}

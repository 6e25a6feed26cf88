package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ciam-cli/ciam/internal/doctor"
	"github.com/ciam-cli/ciam/internal/render"
)

// doctorOptions are the flags of `ciam doctor`.
type doctorOptions struct {
	app            appOptions
	port           int
	list, probeApp bool
}

// doctorLimit bounds a whole run, whatever its checks are bounded by.
const doctorLimit = time.Minute

func newDoctorCmd(r *run) *cobra.Command {
	var o doctorOptions
	cmd := &cobra.Command{
		Use:   "doctor [CHECK...]",
		Short: "Find out why a sign-in fails: configuration, network, tenant, app, keychain",
		Long: `Find out why a sign-in fails, or whether one would work: each check says what it found, and
what to do where something does not hold. Checks that rest on one that does not hold are
skipped. Nobody is signed in and nothing is changed.

✓ ok · ! worth a look · ✗ does not hold · ? cannot be seen from here · - does not apply.
Exit code 9 when a check does not hold.

Of the app, what the authorize endpoint shows to anybody is looked at. Whether its secret is
right, and whether it may use device codes and native authentication, only a request can
tell that the tenant has in its sign-in logs: --probe-app makes one each, and says so first.`,
		Example: `  ciam doctor
  ciam doctor keychain port
  ciam doctor --tenant contoso --client-id 00001111-aaaa-2222-bbbb-3333cccc4444
  ciam doctor --probe-app
  ciam doctor -o json
  ciam doctor --jq ` + r.system().quote(`.checks[] | select(.state == "fail") | .id`) + `
  ciam doctor --list`,
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			var rest []string
			for _, c := range (&diagnosis{}).checks() {
				if !slices.Contains(args, c.ID) {
					rest = append(rest, c.ID+"\t"+c.About)
				}
			}
			return rest, cobra.ShellCompDirectiveNoFileComp
		},
		Args: func(_ *cobra.Command, args []string) error {
			for _, id := range args {
				if !slices.ContainsFunc((&diagnosis{}).checks(), func(c doctor.Check) bool { return c.ID == id }) {
					return &usageError{message: (&doctor.UnknownError{ID: id}).Error(), hint: "`ciam doctor --list` has them"}
				}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return runDoctor(cmd.Context(), r, o, args) },
	}
	o.app.add(cmd)
	o.app.addScopes(cmd)
	flags := cmd.Flags()
	flags.StringVar(&o.app.redirectURI, "redirect-uri", "", "the registered redirect `URI`, http://localhost[:port][/path]")
	flags.IntVar(&o.port, "port", 0, "the `PORT` that a sign-in is to listen on, and no other")
	flags.BoolVar(&o.probeApp, "probe-app", false, "also make the requests that the tenant logs: secret, device code, native authentication")
	flags.BoolVar(&o.list, "list", false, "list the checks")
	return cmd
}

func runDoctor(ctx context.Context, r *run, o doctorOptions, ids []string) error {
	format, err := r.format("text", "json")
	if err != nil {
		return err
	}
	if o.port < 0 || o.port > 65535 {
		return &usageError{message: fmt.Sprintf("--port %d is no port; expected 1 to 65535", o.port), hint: "see `ciam doctor --help`"}
	}
	d := newDiagnosis(r, o)
	checks := d.checks()
	if o.list {
		return r.listChecks(format, checks)
	}
	d.sayProbes(checks, ids)
	findings, err := doctor.Run(ctx, doctorLimit, checks, ids, func(done, all int, _ string) { r.Streams.Status(fmt.Sprintf("looking · %d of %d", done, all)) })
	r.Streams.Status("")
	r.demo = d.r.demo // to be closed
	if err != nil {
		return err
	}
	for i, f := range findings {
		if f.Next == "" && f.State != doctor.OK && f.State != doctor.Skipped { // its time was up
			findings[i].Next = "try again: " + pasted("ciam doctor"+d.flag()+" "+f.ID)
		}
	}
	if format == "json" {
		err = r.printJSON(map[string]any{"checks": findings})
	} else {
		err = r.printChecks(d.heading(), findings)
	}
	if err == nil && slices.ContainsFunc(findings, func(f doctor.Finding) bool { return f.State == doctor.Fail }) {
		return errNotAsExpected
	}
	return err
}

// errNotAsExpected is a check that was made and does not hold: the result has been printed, and says so.
var errNotAsExpected = errors.New("checked, and not as expected")

func (r *run) listChecks(format string, checks []doctor.Check) error {
	if format == "json" {
		var all []map[string]string
		for _, c := range checks {
			all = append(all, map[string]string{"id": c.ID, "about": c.About})
		}
		return r.printJSON(map[string]any{"checks": all})
	}
	var facts []render.Fact
	for _, c := range checks {
		facts = append(facts, render.Fact{Name: c.ID, Value: c.About})
	}
	return render.Facts(r.Streams.Out, "", facts, render.Style{Width: r.Streams.Width, Color: r.Streams.ColorOut})
}

// printChecks prints the findings for a person.
func (r *run) printChecks(heading string, findings []doctor.Finding) error {
	var rows []render.Finding
	var failed, noted []string
	for _, f := range findings {
		rows = append(rows, render.Finding{Name: f.ID, State: string(f.State), Found: f.Found, Next: f.Next})
		switch f.State {
		case doctor.Fail:
			failed = append(failed, f.ID)
		case doctor.Warn:
			noted = append(noted, f.ID)
		}
	}
	if r.Streams.Width > 0 {
		rows = gathered(rows)
	}
	return render.Findings(r.Streams.Out, heading, rows, checksSummary(len(findings), failed, noted), render.Style{Width: r.Streams.Width, Color: r.Streams.ColorOut})
}

// gathered are rows with those that were skipped for the same reason in one row, at the end.
func gathered(rows []render.Finding) []render.Finding {
	var rest []render.Finding
	names := map[string][]string{}
	var reasons []string
	for _, f := range rows {
		switch {
		case f.State != string(doctor.Skipped):
			rest = append(rest, f)
			continue
		case names[f.Found] == nil:
			reasons = append(reasons, f.Found)
		}
		names[f.Found] = append(names[f.Found], f.Name)
	}
	for _, reason := range reasons {
		one := render.Finding{Name: names[reason][0], State: string(doctor.Skipped), Found: reason}
		if len(names[reason]) > 1 {
			one.Name, one.Found = "", reason+": "+strings.Join(names[reason], ", ")
		}
		rest = append(rest, one)
	}
	return rest
}

// checksSummary is the last line: what stands in the way, then what is worth a look.
func checksSummary(all int, failed, noted []string) string {
	look := ""
	if len(noted) > 0 {
		look = " Worth a look: " + strings.Join(noted, ", ") + "."
	}
	switch {
	case len(failed) == 0:
		return "What can be seen from here holds." + look
	case all == 1:
		return "That check does not hold: " + failed[0] + "."
	case len(failed) == 1:
		return fmt.Sprintf("1 of %d checks does not hold: %s.", all, failed[0]) + look
	}
	return fmt.Sprintf("%d of %d checks do not hold: %s.", len(failed), all, strings.Join(failed, ", ")) + look
}

// quietly is a copy of r that says nothing and asks nothing: the findings say what other commands warn of.
func (r *run) quietly() *run {
	c, env := *r, *r.Env
	env.Streams, env.OpenBrowser, c.Env = r.Streams.Mute(), nil, &env
	c.global.noInput = true
	return &c
}

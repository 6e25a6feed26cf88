package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ciam-cli/ciam/internal/tenant"
)

func appKinds() []string { return []string{tenant.Public, tenant.Web, tenant.SPA, tenant.API} }

// setupOptions are the flags of `ciam setup`: what a person would answer.
type setupOptions struct {
	tenantOptions
	consent  consentOptions
	answers  tenant.Answers
	noSignUp bool
	// changed reports whether a flag was given.
	changed func(flag string) bool
}

func newSetupCmd(r *run) *cobra.Command {
	var o setupOptions
	on := r.system()
	cmd := &cobra.Command{
		Use:   "setup",
		Short: "Set an external tenant up for a sign-in: app, consent, user flow",
		Long: `Set an external tenant up for a sign-in by Microsoft Graph: register an app, grant its consent,
make a user flow and link the two. What is not said by flags is asked for at a terminal. The
plan is shown, and asked about once, before anything is changed; a profile is written at the
end, for ` + "`ciam login`" + `. It can be run again, takes nothing away, and ` + "`ciam tenant destroy`" + ` undoes it.

An administrator signs in for it, who is another person than the app's customers; what the
administrator is given lives as long as the command.

` + preview + `.`,
		Example: `  ciam setup
  ciam setup --tenant contoso --yes
  ciam setup --tenant contoso --type web --name shop --method otp
  ciam setup --tenant contoso --attribute displayName --attribute country --no-sign-up
  ciam setup --tenant contoso --type api --name orders --scope orders.read --client ciam-cli
  ciam setup --tenant aaaabbbb-0000-cccc-1111-dddd2222eeee -f tenant.yaml ` + on.next() + `
      --client-credentials --client-id 00001111-aaaa-2222-bbbb-3333cccc4444 --client-secret-file - --yes`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.changed = cmd.Flags().Changed
			return runSetup(cmd.Context(), r, o)
		},
	}
	o.tenantOptions.add(cmd)
	o.consent.add(cmd, true)
	flags := cmd.Flags()
	flags.Lookup("file").DefValue, o.file = "", ""
	flags.Lookup("file").Usage = "take all of it from this tenant's `FILE`, as tenant apply does"
	flags.StringVar(&o.answers.Kind, "type", "", "what the app `IS`: "+strings.Join(appKinds(), ", ")+" (default public)")
	flags.StringVar(&o.answers.Name, "name", "", "`NAME` of the app (default ciam-cli, ciam-web, ciam-spa or ciam-api)")
	flags.StringArrayVar(&o.answers.RedirectURIs, "redirect-uri", nil, "redirect `URI` of the app (repeatable; default http://localhost, of spa "+tenant.PostLogoutURI+", of web those of Microsoft's tutorial)")
	flags.StringVar(&o.answers.Method, "method", "", "how people sign in: `METHOD` password or otp, a code by mail (default password)")
	flags.StringArrayVar(&o.answers.Attributes, "attribute", nil, "`ATTRIBUTE` that the sign-up asks for (repeatable; default displayName)")
	flags.BoolVar(&o.noSignUp, "no-sign-up", false, "let nobody sign up")
	flags.StringVar(&o.answers.UserFlow, "user-flow", "SignInSignUp", "`NAME` of the user flow")
	flags.BoolVar(&o.answers.Native, "native", false, "let the app sign people in without a browser (native authentication)")
	flags.StringArrayVar(&o.answers.Scopes, "scope", nil, "`SCOPE` of the API (repeatable)")
	flags.StringVar(&o.answers.Client, "client", "", "`NAME` of an app made by setup that may call the API")
	return cmd
}

// check refuses what cannot be meant, before anything is opened or asked.
func (o *setupOptions) check(r *run) error {
	bad := func(format string, args ...any) error {
		return &usageError{message: fmt.Sprintf(format, args...), hint: "see `ciam setup --help`"}
	}
	if o.changed("no-sign-up") {
		allowed := !o.noSignUp
		o.answers.SignUp = &allowed
	}
	given := func(flags ...string) string {
		i := slices.IndexFunc(flags, o.changed)
		if i < 0 {
			return ""
		}
		return flags[i]
	}
	kind := o.answers.Kind
	signIn, api := []string{"redirect-uri", "method", "attribute", "no-sign-up", "user-flow", "native"}, []string{"scope", "client"}
	switch all := given(slices.Concat([]string{"type", "name"}, signIn, api)...); {
	case o.changed("file") && all != "":
		return bad("--file says all of it: --%s does not go with it", all)
	case kind != "" && !slices.Contains(appKinds(), kind):
		return bad("--type %q is none of %s", kind, strings.Join(appKinds(), ", "))
	case o.answers.Method != "" && o.answers.Method != tenant.Password && o.answers.Method != tenant.OTP:
		return bad("--method %q is neither password nor otp", o.answers.Method)
	case kind == tenant.API && given(signIn...) != "":
		return bad("nobody signs in to an API: --%s does not go with --type api", given(signIn...))
	case kind == tenant.API && len(o.answers.Scopes) == 0 && (r.global.noInput || o.consent.yes):
		return bad("an API wants one scope at least: --scope missing")
	case kind != tenant.API && given(api...) != "":
		return bad("--%s is of an API, and goes with --type api", given(api...))
	case o.answers.Native && kind != tenant.Public && kind != "":
		return bad("native authentication is of public clients: --native does not go with --type %s", kind)
	}
	return o.consent.check(r, "whether to change the tenant", "`--yes` changes it without asking; `ciam tenant plan` shows what a file would change")
}

func runSetup(ctx context.Context, r *run, o setupOptions) error {
	if _, err := r.format("text", "json"); err != nil {
		return err
	}
	if err := o.admin.check(); err != nil {
		return err
	}
	if err := o.check(r); err != nil {
		return err
	}
	var wanted *tenant.Wanted
	var err error
	if o.changed("file") {
		if wanted, err = o.readTenant(r); err != nil {
			return err
		}
	} else {
		if err := o.ask(ctx, r); err != nil {
			return err
		}
		if wanted, err = o.wanted(nil); err != nil { // typing errors before anybody signs in
			return err
		}
	}
	w, err := r.reform(ctx, o.admin)
	if err != nil {
		return err
	}
	s := &setup{reform: w, o: o, wanted: wanted}
	if err := s.named(); err != nil {
		return err
	}
	w.options.Adopt, w.options.Additive = o.adopt, !o.changed("file")
	w.rotate(o.rotateSecret)
	view, err := w.bring(ctx, change{scopes: wanted.ReadScopes(), look: lookAt(wanted), consent: o.consent, plan: s.plan, nothing: "nothing to do: the tenant is set up already"})
	if err == nil {
		view.Profile, err = s.writeProfile(ctx)
	}
	if err = w.finish(view, o.consent, err); err == nil {
		s.next(view.Profile)
	}
	return err
}

// setup is one run of `ciam setup`.
type setup struct {
	*reform
	o      setupOptions
	wanted *tenant.Wanted
	// app is the one that people sign in to, by its name in the file, and profile what signs in to it.
	app, profile string
	// gone reports whether an app was deleted.
	gone func(appID string) bool
}

// plan makes the plan: what is there already keeps what no flag speaks of.
func (s *setup) plan(ctx context.Context, found *tenant.Found) (*tenant.Plan, error) {
	if !s.o.changed("file") {
		wanted, err := s.o.wanted(found)
		if err != nil {
			return nil, err
		}
		s.wanted = wanted
	}
	if client := s.o.answers.Client; client != "" && found.AppID(client) == "" {
		return nil, &notFoundError{message: "the tenant has no app " + client + " that ciam has made, which could call the API",
			hint: "`ciam setup` makes one, with `--name`; `ciam tenant pull` shows those that there are"}
	}
	s.signInApp(found)
	s.gone = found.WasDeleted
	if err := s.nameProfile(found); err != nil {
		return nil, err
	}
	s.secrets.profile = s.profile
	return s.make(ctx, s.wanted, found)
}

// wanted checks the answers as a file would be, and says which flag is wrong; found is nil before the tenant was looked at.
func (o *setupOptions) wanted(found *tenant.Found) (*tenant.Wanted, error) {
	wanted, err := o.answers.Wanted(found)
	format, ok := find[*tenant.FileError](err)
	if !ok {
		return wanted, err
	}
	flag := "--name"
	for _, part := range []struct{ path, flag string }{{"redirectUris", "--redirect-uri"}, {"attributes", "--attribute"}, {"scopes", "--scope"}, {"userFlows", "--user-flow"}} {
		if strings.Contains(format.Path, part.path) {
			flag = part.flag
			break
		}
	}
	return nil, &usageError{message: flag + ": " + format.Problem, hint: "see `ciam setup --help`"}
}

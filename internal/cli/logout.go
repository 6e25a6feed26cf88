package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ciam-cli/ciam/internal/auth"
	"github.com/ciam-cli/ciam/internal/config"
	"github.com/ciam-cli/ciam/internal/loopback"
)

// logoutOptions are the flags of `ciam logout`.
type logoutOptions struct {
	local, all, purge, noBrowser bool
	port                         int
	timeout                      time.Duration
}

func newLogoutCmd(r *run) *cobra.Command {
	var o logoutOptions
	cmd := &cobra.Command{
		Use:   "logout",
		Short: "Delete the tokens and end the session at the tenant",
		Long: `Delete the tokens, then end the session at the tenant in the browser and wait for its
return to http://localhost, port 3000 or another free one, which has to be registered as a
redirect URI of the app.

The tokens are gone before the browser opens, whatever happens there. Doing it twice is fine.`,
		Example: `  ciam logout
  ciam logout --local
  ciam logout --account ada@example.com
  ciam logout --all --local
  ciam logout --all --purge              # leave nothing behind`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runLogout(cmd.Context(), r, o) },
	}
	flags := cmd.Flags()
	flags.BoolVar(&o.local, "local", false, "delete the tokens only; leave the session at the tenant alone")
	flags.BoolVar(&o.all, "all", false, "sign out of every session there is, or with --profile of everybody in it")
	flags.BoolVar(&o.purge, "purge", false, "with --all: remove also client secrets, the list of sessions, locks, cached metadata, the demo's tenant and the emulator's CA")
	flags.BoolVar(&o.noBrowser, "no-browser", false, "print the URL instead of opening a browser")
	flags.IntVar(&o.port, "port", 0, "listen on this `PORT` and no other")
	flags.DurationVar(&o.timeout, "timeout", time.Minute, "how long to wait for the browser")
	return cmd
}

func runLogout(ctx context.Context, r *run, o logoutOptions) error {
	if _, err := r.format("text", "json"); err != nil {
		return err
	}
	if o.port < 0 || o.port > 65535 || o.timeout <= 0 {
		return &usageError{message: "--port wants 1 to 65535, and --timeout a positive duration", hint: "see `ciam logout --help`"}
	}
	if o.purge && !o.all {
		return &usageError{message: "--purge goes with --all: it removes all that ciam keeps on this machine", hint: "see `ciam logout --help`"}
	}
	if o.purge && r.global.profile != "" {
		return &usageError{message: "--purge removes what ciam keeps for every profile, and --profile names one", hint: "leave one of them out; `ciam profile remove " + shellWord(r.global.profile) + "` removes that profile with its tokens and secret"}
	}
	if o.all {
		return r.logoutAll(ctx, o)
	}
	t, err := r.open(ctx, appOptions{})
	if errors.Is(err, errNoTenant) {
		r.info("nobody was signed in: no tenant is set up yet")
		return r.finishLogout([]logoutView{}, nil)
	}
	if err != nil {
		return err
	}
	view, err := t.logout(ctx, o)
	return r.finishLogout([]logoutView{view}, err)
}

// logoutView is the JSON of one session's `logout`.
type logoutView struct {
	Profile         string `json:"profile"`
	Account         string `json:"account"` // who was signed out, "" when that is not known
	TokensDeleted   bool   `json:"tokens_deleted"`
	TenantSignedOut bool   `json:"tenant_signed_out"`
}

// logoutAll goes on when one session fails: what can be deleted is deleted, and the first error is told at the end.
func (r *run) logoutAll(ctx context.Context, o logoutOptions) error {
	all, err := r.logoutTargets(ctx)
	if err != nil {
		return err
	}
	views := []logoutView{}
	var failed error
	kept := false // tokens that could not be deleted
	for _, t := range all {
		view, err := t.logout(ctx, o)
		if view.TokensDeleted || err != nil || t.known {
			views = append(views, view)
		}
		kept = kept || err != nil && !view.TokensDeleted
		if err != nil && failed == nil {
			failed = err
		} else if err != nil {
			r.warn(cmpName(t.name) + ": " + err.Error())
		}
		if ctx.Err() != nil {
			break
		}
	}
	if o.purge && !kept && ctx.Err() == nil { // whatever became of the session at the tenant
		failed = errors.Join(failed, r.purge(ctx))
	}
	return r.finishLogout(views, failed)
}

// logoutTargets are all sessions, or with --profile all of that profile. Other people before the active one: nobody is
// made active who is about to be signed out.
func (r *run) logoutTargets(ctx context.Context) ([]*target, error) {
	all, err := r.everything(ctx)
	if err != nil {
		return nil, err
	}
	if r.global.profile != "" {
		if _, err := r.choose(ctx, appOptions{}); err != nil {
			return nil, err
		}
		all = slices.DeleteFunc(all, func(t *target) bool { return t.name != r.global.profile })
	}
	slices.SortStableFunc(all, func(a, b *target) int {
		return cmp.Compare(active(a), active(b))
	})
	return all, nil
}

func active(t *target) int {
	if t.app.Slot.OID == "" {
		return 1
	}
	return 0
}

// logout signs one person out.
func (t *target) logout(ctx context.Context, o logoutOptions) (logoutView, error) {
	r := t.run
	view := logoutView{Profile: t.name}
	if !o.local {
		stop, err := r.startDemo(t)
		if err != nil {
			return view, t.fail(err)
		}
		defer stop()
	}
	returnTo, err := config.ParseRedirectURI(config.PostLogoutRedirectURI, "post-logout redirect URI")
	if err != nil {
		return view, err
	}
	result, err := t.service.Logout(ctx, t.app, auth.LogoutRequest{
		Local: o.local, PostLogoutRedirectURI: returnTo, Port: o.port, Timeout: o.timeout,
		OnReady: func(ctx context.Context, ready auth.Ready) error {
			return r.sendToBrowser(ctx, ready, errand{what: "sign out", where: "of " + t.tenantName(), plan: r.plan(o.noBrowser, true), timeout: o.timeout})
		},
		OnWaited: r.waited,
		OnStray:  r.stray,
		Page: func() loopback.Page {
			return loopback.Page{Title: "Signed out", Tone: loopback.Success, Heading: "You are signed out",
				Paragraphs: []string{"The tokens were deleted and the session at the tenant has ended. You can close this tab."}}
		},
	})
	view.TokensDeleted, view.TenantSignedOut, view.Account = result.Deleted, result.Returned, result.Person
	var timeout *auth.TimeoutError
	if err != nil && result.Deleted && errors.As(err, &timeout) {
		err = &signOutTimeout{r.explainWait(timeout)}
	}
	t.tellLogout(result, err, o.all)
	return view, t.fail(err)
}

// tellLogout says what has happened, and who is active now.
func (t *target) tellLogout(result auth.LogoutResult, err error, all bool) {
	r := t.run
	whose := "of profile " + t.name
	if t.name == "" {
		whose = "of the session that the environment set up"
	}
	if t.app.Slot.OID != "" && result.Person != "" {
		whose = "of " + result.Person + ", " + whose
	}
	switch {
	case err != nil && result.Deleted:
		r.info("%s the tokens %s were deleted", r.Streams.Yellow("!"), whose)
	case err != nil:
	case !result.Deleted:
		if !all || t.known {
			r.info("nobody was signed in with %s", strings.TrimPrefix(whose, "of "))
		}
	case result.Returned:
		r.info("%s signed out %s, at the tenant too", r.Streams.Green("✓"), whose)
	default:
		r.info("%s the tokens %s were deleted; the session at the tenant was left alone", r.Streams.Green("✓"), whose)
	}
	switch {
	case result.Active != "":
		r.info("  %s is the active person now", result.Active)
	case len(result.Kept) > 0:
		r.info("  nobody is active now; kept are %s: `ciam switch%s` chooses one", strings.Join(result.Kept, ", "), t.flag())
	}
}

// purge removes what ciam keeps beside sessions and profiles: client secrets, the list of sessions, locks, what is known of
// tenants, the demo's tenant and the authority of the emulator's certificates.
func (r *run) purge(ctx context.Context) error {
	file, err := r.configFile()
	if err != nil {
		return err
	}
	for _, name := range file.Names() {
		if err := r.eraseProfile(ctx, name, func() error { return nil }); err != nil {
			return err
		}
	}
	var failed error
	for _, path := range []string{under(r.dirs.State, "sessions.yaml"), under(r.dirs.State, "locks"), under(r.dirs.State, "tokens"),
		under(r.dirs.State, "demo"), under(r.dirs.State, "emulator"), under(r.dirs.Cache, "tenants")} {
		if path == "" {
			continue
		}
		if err := os.RemoveAll(path); err != nil && failed == nil {
			failed = fmt.Errorf("remove %s: %w", path, reason(err))
		}
	}
	for _, dir := range []string{r.dirs.State, r.dirs.Cache} {
		if dir != "" {
			_ = os.Remove(dir) // stays where something of somebody else's is in it
		}
	}
	if failed == nil {
		r.info("%s nothing is left but the configuration, %s", r.Streams.Green("✓"), r.configPath())
	}
	return failed
}

// signOutTimeout is a browser that did not come back from the tenant's sign-out page.
type signOutTimeout struct{ error }

func (e *signOutTimeout) Error() string {
	return "the tokens were deleted, but the browser did not come back from the tenant's sign-out: " + e.error.Error()
}

func (e *signOutTimeout) Unwrap() error { return e.error }

func (r *run) finishLogout(views []logoutView, err error) error {
	if r.global.output == "json" || r.global.jq != "" {
		if printErr := r.printJSON(map[string]any{"profiles": views}); err == nil {
			err = printErr
		}
	}
	return err
}

package cli

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/ciam-cli/ciam/internal/auth"
	"github.com/ciam-cli/ciam/internal/config"
	"github.com/ciam-cli/ciam/internal/loopback"
)

// logoutOptions are the flags of `ciam logout`.
type logoutOptions struct {
	local, all, noBrowser bool
	port                  int
	timeout               time.Duration
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
  ciam logout --all --local`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runLogout(cmd.Context(), r, o) },
	}
	flags := cmd.Flags()
	flags.BoolVar(&o.local, "local", false, "delete the tokens only; leave the session at the tenant alone")
	flags.BoolVar(&o.all, "all", false, "sign out of every profile")
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
	if o.all {
		return r.logoutAll(ctx, o)
	}
	profile, err := r.resolve(appOptions{})
	if err != nil {
		return err
	}
	view, err := r.logoutOne(ctx, profile, o)
	return r.finishLogout([]logoutView{view}, err)
}

// logoutView is the JSON of one profile's `logout`.
type logoutView struct {
	Profile         string `json:"profile"`
	TokensDeleted   bool   `json:"tokens_deleted"`
	TenantSignedOut bool   `json:"tenant_signed_out"`
}

// logoutAll goes on when one profile fails: what can be deleted is deleted, and the first error is told at the end.
func (r *run) logoutAll(ctx context.Context, o logoutOptions) error {
	file, err := r.configFile()
	if err != nil {
		return err
	}
	var views []logoutView
	var failed error
	names := file.Names()
	if !slices.Contains(names, demoProfile) {
		names = append(names, demoProfile)
	}
	for _, name := range names {
		r.global.profile = name
		profile, err := r.resolve(appOptions{})
		if err == nil {
			var view logoutView
			view, err = r.logoutOne(ctx, profile, o)
			views = append(views, view)
		}
		if err != nil && failed == nil {
			failed = err
		} else if err != nil {
			r.warn(name + ": " + err.Error())
		}
	}
	return r.finishLogout(views, failed)
}

func (r *run) logoutOne(ctx context.Context, profile config.Profile, o logoutOptions) (logoutView, error) {
	view := logoutView{Profile: profile.Name}
	if !o.local {
		stop, err := r.startDemo(&profile)
		if err != nil {
			return view, err
		}
		defer stop()
	}
	a, err := r.app(profile, credentialOptions{})
	if err != nil && !o.local {
		return view, err
	}
	service, err := r.service(profile)
	if err != nil {
		return view, err
	}
	returnTo, err := config.ParseRedirectURI(config.PostLogoutRedirectURI, "post-logout redirect URI")
	if err != nil {
		return view, err
	}
	result, err := service.Logout(ctx, a, auth.LogoutRequest{
		Local: o.local, PostLogoutRedirectURI: returnTo, Port: o.port, Timeout: o.timeout,
		OnReady: func(ctx context.Context, ready auth.Ready) error {
			return r.sendToBrowser(ctx, ready, errand{what: "sign out", noBrowser: o.noBrowser, timeout: o.timeout})
		},
		OnStray: r.stray,
		Page: func() loopback.Page {
			return loopback.Page{Title: "Signed out", Tone: loopback.Success, Heading: "You are signed out",
				Paragraphs: []string{"The tokens were deleted and the session at the tenant has ended. You can close this tab."}}
		},
	})
	view.TokensDeleted, view.TenantSignedOut = result.Deleted, result.Returned
	switch {
	case err != nil && result.Deleted:
		r.info("%s the tokens of profile %s were deleted", r.Streams.Yellow("!"), profile.Name)
		var timeout *auth.TimeoutError
		if errors.As(err, &timeout) {
			return view, &signOutTimeout{timeout}
		}
	case err != nil:
	case !result.Deleted:
		r.info("nobody was signed in with profile %s", profile.Name)
	case result.Returned:
		r.info("%s signed out of profile %s, at the tenant too", r.Streams.Green("✓"), profile.Name)
	default:
		r.info("%s the tokens of profile %s were deleted; the session at the tenant was left alone", r.Streams.Green("✓"), profile.Name)
	}
	return view, err
}

// signOutTimeout is a browser that did not come back from the tenant's sign-out page.
type signOutTimeout struct{ *auth.TimeoutError }

func (e *signOutTimeout) Error() string {
	return "the tokens were deleted, but the browser did not come back from the tenant's sign-out: " + e.TimeoutError.Error()
}

func (e *signOutTimeout) Unwrap() error { return e.TimeoutError }

func (r *run) finishLogout(views []logoutView, err error) error {
	if r.global.output == "json" || r.global.jq != "" {
		if printErr := r.printJSON(map[string]any{"profiles": views}); err == nil {
			err = printErr
		}
	}
	return err
}

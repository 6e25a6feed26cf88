package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/ciam-cli/ciam/internal/auth"
	"github.com/ciam-cli/ciam/internal/config"
)

// tokenOptions are the flags of `ciam token`.
type tokenOptions struct {
	app          appOptions
	minTTL       time.Duration
	forceRefresh bool
}

func newTokenCmd(r *run) *cobra.Command {
	var o tokenOptions
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Print an access token, renewed when needed; never opens a browser",
		Long: `Print an access token on stdout, and nothing else.

A token that is still valid comes straight from the token store. Otherwise it is renewed
with the refresh token, once, however many processes ask. Nobody is ever asked anything:
without a session the exit code is 4 and stdout stays empty.`,
		Example: `  curl -H "Authorization: Bearer $(ciam token)" https://api.contoso.com/orders
  curl -H "$(ciam token -o header)" https://api.contoso.com/orders
  ciam token --scope api://11112222-bbbb-3333-cccc-4444dddd5555/orders.read
  ciam token -o json --jq .expires_at
  ciam token --min-ttl 30m`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runToken(cmd.Context(), r, o) },
	}
	o.app.add(cmd)
	o.app.addScopes(cmd)
	cmd.Flags().DurationVar(&o.minTTL, "min-ttl", 0, "renew a token that is valid for less than `DURATION` (default 5m)")
	cmd.Flags().BoolVar(&o.forceRefresh, "force-refresh", false, "renew even a valid token")
	return cmd
}

func runToken(ctx context.Context, r *run, o tokenOptions) error {
	format, err := r.format(tokenFormats()...)
	if err != nil {
		return err
	}
	if o.minTTL < 0 || o.minTTL > 24*time.Hour {
		return &usageError{message: fmt.Sprintf("--min-ttl %s is not between 0 and 24h", o.minTTL), hint: "External ID issues access tokens for 60 to 90 minutes"}
	}
	profile, err := r.resolve(o.app)
	if err != nil {
		return err
	}
	if !configured(profile) {
		return errNothingConfigured(profile.Name)
	}
	a, err := app(profile)
	if err != nil {
		return err
	}
	service, err := r.service(profile)
	if err != nil {
		return err
	}
	result, err := service.Token(ctx, a, auth.TokenRequest{Scopes: o.app.requested(r.env), MinTTL: o.minTTL, ForceRefresh: o.forceRefresh})
	if err != nil {
		return err
	}
	return r.printToken(format, profile.Name, result)
}

// requested are the scopes named for this run; nil leaves the choice to the session, which knows those of the login.
func (o *appOptions) requested(env config.Environment) []string {
	if len(o.scopes) > 0 {
		return o.scopes
	}
	if len(env.Scopes) > 0 {
		return env.Scopes
	}
	return nil
}

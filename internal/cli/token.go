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
	output       tokenOutput
	minTTL       time.Duration
	forceRefresh bool
}

func newTokenCmd(r *run) *cobra.Command {
	var o tokenOptions
	on := r.system()
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Print an access token, renewed when needed; never opens a browser",
		Long: `Print an access token on stdout, and nothing else.

A token that is still valid comes straight from the token store. Otherwise it is renewed
with the refresh token, once, however many processes ask. Nobody is asked to sign in:
without a session the exit code is 4 and stdout stays empty.

With --client-credentials the token is the app's own, and no session is needed; the app
proves itself with a secret, a certificate or a federated assertion:
https://github.com/ciam-cli/ciam/blob/main/docs/scripts.md

The formats of --output:
  token        the token and a line break
  json         the token with its scopes and expiry
  header       Authorization: Bearer TOKEN
  env          a line that sets CIAM_ACCESS_TOKEN, for a shell; see --shell and --env-var
  curl-config  for curl -K -, which keeps the token off the command line
  kubernetes   an ExecCredential, for a kubeconfig
  github       masks the token in the job's log and sets the step's outputs token and expires_at
  aws          into the file of --to-file, for AWS_WEB_IDENTITY_TOKEN_FILE`,
		Example: `  ciam token -o curl-config | curl -fsS -K - https://api.contoso.com/orders
` + on.choose("  eval \"$(ciam token -o env)\"\n", "  ciam token -o env --shell powershell | Invoke-Expression\n", "  ciam exec -- import-orders\n") + `  ciam token --scope api://11112222-bbbb-3333-cccc-4444dddd5555/orders.read
  ciam token -o json --jq .expires_at
  ciam token --min-ttl 30m
  ciam token --client-credentials --scope api://11112222-bbbb-3333-cccc-4444dddd5555/.default
  ciam token --id-token -o aws --to-file "` + on.variable("AWS_WEB_IDENTITY_TOKEN_FILE") + `"`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runToken(cmd.Context(), r, o) },
	}
	o.app.add(cmd)
	o.app.addScopes(cmd)
	o.app.addAsApp(cmd)
	o.output.add(cmd)
	cmd.Flags().DurationVar(&o.minTTL, "min-ttl", 0, "renew a token that is valid for less than `DURATION` (default 5m)")
	cmd.Flags().BoolVar(&o.forceRefresh, "force-refresh", false, "renew even a valid token")
	return cmd
}

func runToken(ctx context.Context, r *run, o tokenOptions) error {
	if err := o.output.check(r, o.app.scopes); err != nil {
		return err
	}
	if o.app.asApp && o.output.idToken {
		return &usageError{message: "--id-token is of a person, and --client-credentials signs in none", hint: "leave one of them out"}
	}
	if err := checkMinTTL(o.minTTL); err != nil {
		return err
	}
	source, err := r.tokenSource(ctx, o.app, auth.TokenRequest{MinTTL: o.minTTL, ForceRefresh: o.forceRefresh})
	if err != nil {
		return err
	}
	get := source.accessToken
	if o.output.idToken {
		get = source.idToken
	}
	c, err := get(ctx)
	if err != nil {
		return err
	}
	return r.printToken(o.output, c)
}

func checkMinTTL(d time.Duration) error {
	if d < 0 || d > 24*time.Hour {
		return &usageError{message: fmt.Sprintf("--min-ttl %s is not between 0 and 24h", d), hint: "External ID issues access tokens for 60 to 90 minutes"}
	}
	return nil
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

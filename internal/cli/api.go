package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/ciam-cli/ciam/internal/auth"
	"github.com/ciam-cli/ciam/internal/config"
)

// apiOptions are the flags of `ciam api`.
type apiOptions struct {
	app               appOptions
	headers           []string
	data, contentType string
	hasData, include  bool
	timeout           time.Duration
}

func newAPICmd(r *run) *cobra.Command {
	var o apiOptions
	on := r.system()
	cmd := &cobra.Command{
		Use:   "api [METHOD] URL",
		Short: "Call a protected API with an access token",
		Long: `Call an API with an access token in the Authorization header, and print its answer.

The token goes to https only (http to this machine), and to the URL's own host and port
only: a redirect elsewhere is told and not followed. METHOD is GET, or POST with --data.

The exit code is 0 for an answer of 2xx, 1 for any other, 5 when there is none. With a
status of 4xx or 5xx the answer is printed all the same, but for --jq.

A pipe or file gets the answer's own bytes, and with --jq the strings that are in it. At a
terminal, what the terminal would act on is spelled out, as in \u001b.`,
		Example: `  ciam api https://api.contoso.com/orders
  ciam api https://api.contoso.com/orders --jq ".[].id"
  ciam api https://api.contoso.com/orders -d ` + on.choose(`'{"item":"book"}'`, `"@order.json"`, `"{\"item\":\"book\"}"`) + `
  ciam api PUT https://api.contoso.com/orders/7 -d "@order.json" -H "If-Match: *" -i
  ciam api https://api.contoso.com/orders --scope api://11112222-bbbb-3333-cccc-4444dddd5555/orders.read`,
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) == 0:
				return &usageError{message: "no URL to call", hint: "see `ciam api --help`"}
			case len(args) > 2:
				return noArgs(cmd, args[2:])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.hasData = cmd.Flags().Changed("data")
			return runAPI(cmd.Context(), r, o, args)
		},
	}
	o.app.add(cmd)
	o.app.addScopes(cmd)
	flags := cmd.Flags()
	flags.StringArrayVarP(&o.headers, "header", "H", nil, "send this `HEADER`, as in \"Name: value\"; can be repeated")
	flags.StringVarP(&o.data, "data", "d", "", "send this `BODY`: text, @FILE, or - for stdin")
	flags.Lookup("data").Annotations = map[string][]string{mayBeEmpty: nil}
	flags.StringVar(&o.contentType, "content-type", "", "`TYPE` of the body (default application/json)")
	flags.BoolVarP(&o.include, "include", "i", false, "print status line and headers too")
	flags.DurationVar(&o.timeout, "timeout", time.Minute, "how long the whole call may take")
	return cmd
}

func runAPI(ctx context.Context, r *run, o apiOptions, args []string) error {
	if _, err := r.format("text", "json"); err != nil {
		return err
	}
	switch {
	case o.timeout <= 0:
		return &usageError{message: fmt.Sprintf("--timeout %s is not positive", o.timeout)}
	case o.include && r.global.jq != "":
		return &usageError{message: "--include prints what --jq cannot filter", hint: "leave one of them out"}
	}
	req, body, err := o.request(ctx, r, args)
	if err != nil {
		return err
	}
	defer body.Close()
	source, err := r.tokenSource(ctx, o.app, auth.TokenRequest{})
	if err != nil {
		return err
	}
	token, err := source.accessToken(ctx)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", token.tokenType+" "+token.secret)
	transport, err := r.apiTransport(source.settings)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, o.timeout, errAPITimeout)
	defer cancel()
	call := &apiCall{run: r, options: o, url: req.URL, method: req.Method, scopes: token.scopes}
	client := &http.Client{Transport: transport, CheckRedirect: call.checkRedirect}
	if stdin, ok := req.Body.(*stdinUntil); ok {
		stdin.ctx = ctx // --timeout is for the body too
	}
	resp, err := client.Do(req.WithContext(ctx))
	if err != nil {
		return call.unreachable(ctx, err)
	}
	defer resp.Body.Close()
	return call.finish(ctx, resp)
}

// errAPITimeout is the cause of a call that --timeout ended.
var errAPITimeout = errors.New("the time of --timeout is over")

// apiTransport reaches the API: through the system's network for the demo profile too, since the API is not the tenant.
// The authorities are the profile's: an API mostly stands where its tenant does.
func (r *run) apiTransport(p config.Profile) (http.RoundTripper, error) {
	transport := r.Transport
	if transport == nil {
		system, err := r.systemTransport(r.caFile(p))
		if err != nil {
			return nil, err
		}
		system.ResponseHeaderTimeout = 0 // --timeout bounds the whole
		transport = system
	}
	return r.onTheWay(transport), nil
}

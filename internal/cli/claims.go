package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ciam-cli/ciam/internal/auth"
	"github.com/ciam-cli/ciam/internal/idtoken"
	"github.com/ciam-cli/ciam/internal/render"
	"github.com/ciam-cli/ciam/internal/term"
)

// claimsOptions are the flags of `ciam claims`.
type claimsOptions struct {
	app         appOptions
	accessToken bool
	raw         bool
}

func newClaimsCmd(r *run) *cobra.Command {
	var o claimsOptions
	cmd := &cobra.Command{
		Use:   "claims [NAME]",
		Short: "Show the verified ID-token claims of the session",
		Long: `Show the claims of the session's ID token: name, value, and what each means.

The token was verified when it was received; it is shown from the token store, so this
works offline and after it has expired, which is said. With NAME, one value is printed
and nothing else.

With --access-token the claims are those of the access token that is kept, as far as it can
be read. They are not verified: that is for the API it is for, or for ` + "`ciam verify`" + `.`,
		Example: `  ciam claims
  ciam claims email
  ciam claims -o json
  ciam claims --jq ".exp | todate"
  ciam claims --access-token
  ciam claims --raw`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return noArgs(cmd, args[1:])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return runClaims(cmd.Context(), r, o, args) },
	}
	o.app.addApp(cmd)
	addAccessToken(cmd, &o.accessToken)
	cmd.Flags().BoolVar(&o.raw, "raw", false, "print the claims as they are in the token, byte for byte")
	cmd.AddCommand(newClaimsDiffCmd(r), newClaimsAssertCmd(r))
	return cmd
}

func addAccessToken(cmd *cobra.Command, flag *bool) {
	cmd.Flags().BoolVar(flag, "access-token", false, "take the access token that is kept in place of the ID token; it is not verified")
}

func runClaims(ctx context.Context, r *run, o claimsOptions, args []string) error {
	format, err := r.format("text", "json")
	if err != nil {
		return err
	}
	if o.raw && (r.global.output != "" || r.global.jq != "") {
		return &usageError{message: "--raw prints what is in the token, and takes no other format", hint: "leave out `--output` and `--jq`, or `--raw`"}
	}
	t, err := r.open(ctx, o.app)
	if err != nil {
		return err
	}
	token, noun, err := t.claimsToken(ctx, o.accessToken)
	if err != nil {
		return err
	}
	now := r.Now()
	if len(args) == 0 && format == "text" && !o.raw {
		return render.Claims(r.Streams.Out, token, render.ClaimsOptions{Now: now, Width: r.Streams.Width, Color: r.Streams.ColorOut, Noun: noun})
	}
	// The table says so itself.
	if !token.ExpiresAt.IsZero() && !token.ExpiresAt.After(now) {
		r.info("this %s expired %s; `ciam token` renews it", noun, render.Relative(token.ExpiresAt, now))
	}
	switch {
	case len(args) == 1:
		return r.printClaim(token, noun, args[0], format, o.raw)
	case o.raw:
		return r.printLine(string(token.JSON))
	}
	return r.printJSON(token.JSON)
}

// claimsToken is the token of the session that claims are asked of, and what it is called: the ID token, or the access token
// for the scopes of the sign-in. One read of the token store, no request.
func (t *target) claimsToken(ctx context.Context, access bool) (*idtoken.Token, string, error) {
	session, token, err := t.session(ctx)
	if err != nil || !access {
		return token, "ID token", err
	}
	at, ok := auth.KeptAccessToken(session)
	if !ok {
		return nil, "", &notFoundError{message: "no access token is kept for this session", hint: "`ciam token" + t.flag() + "` gets one"}
	}
	token, err = idtoken.Decode(at.Secret)
	if err != nil {
		return nil, "", &notFoundError{message: "the access token is opaque: it has no claims that a client could read",
			hint: "only the API that it is for knows what is in it; `ciam whoami" + t.flag() + "` shows its scopes and until when it is valid"}
	}
	of := ""
	if !strings.EqualFold(token.TenantID, session.TenantID) {
		of = ", and names another tenant than the session's"
	}
	t.run.info("the access token is shown as it is, not verified%s: that is for the API it is for (`ciam verify` checks one of your tenant's)", of)
	return token, "access token", nil
}

// printClaim prints one value: text as it is, anything else as JSON.
func (r *run) printClaim(token *idtoken.Token, noun, name, format string, raw bool) error {
	names := make([]string, 0, len(token.Claims))
	for _, c := range token.Claims {
		if c.Name != name {
			names = append(names, c.Name)
			continue
		}
		if format == "json" {
			return r.printJSON(c.Value)
		}
		var text string
		if raw {
			return r.printLine(string(c.Value))
		}
		if json.Unmarshal(c.Value, &text) == nil {
			if r.Streams.OutTTY {
				text = term.Plain(text) // a script gets the value as it is
			}
			return r.printLine(text)
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, c.Value); err != nil {
			return err
		}
		return r.printLine(compact.String())
	}
	hint := "the token has: " + strings.Join(names, ", ")
	if meaning, ok := idtoken.Describe(name); ok {
		hint += fmt.Sprintf(". %s means: %s", name, meaning.Text)
	}
	return &notFoundError{message: fmt.Sprintf("the %s has no claim %q", noun, name), hint: hint}
}

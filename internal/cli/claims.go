package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ciam-cli/ciam/internal/idtoken"
	"github.com/ciam-cli/ciam/internal/render"
	"github.com/ciam-cli/ciam/internal/term"
)

func newClaimsCmd(r *run) *cobra.Command {
	var o appOptions
	cmd := &cobra.Command{
		Use:   "claims [NAME]",
		Short: "Show the verified ID-token claims of the session",
		Long: `Show the claims of the session's ID token: name, value, and what each means.

The token was verified when it was received; it is shown from the token store, so this
works offline and after it has expired, which is said. With NAME, one value is printed
and nothing else.`,
		Example: `  ciam claims
  ciam claims email
  ciam claims -o json
  ciam claims --jq ".exp | todate"`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return noArgs(cmd, args[1:])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return runClaims(cmd.Context(), r, o, args) },
	}
	o.addApp(cmd)
	return cmd
}

func runClaims(ctx context.Context, r *run, o appOptions, args []string) error {
	format, err := r.format("text", "json")
	if err != nil {
		return err
	}
	t, err := r.open(ctx, o)
	if err != nil {
		return err
	}
	_, token, err := t.session(ctx)
	if err != nil {
		return err
	}
	now := r.Now()
	if len(args) == 0 && format == "text" {
		return render.Claims(r.Streams.Out, token, render.ClaimsOptions{Now: now, Width: r.Streams.Width, Color: r.Streams.ColorOut})
	}
	// The table says so itself.
	if !token.ExpiresAt.After(now) {
		r.info("this ID token expired %s; `ciam token` renews it", render.Relative(token.ExpiresAt, now))
	}
	if len(args) == 1 {
		return r.printClaim(token, args[0], format)
	}
	return r.printJSON(token.JSON)
}

// printClaim prints one value: text as it is, anything else as JSON.
func (r *run) printClaim(token *idtoken.Token, name, format string) error {
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
	return &notFoundError{message: fmt.Sprintf("the ID token has no claim %q", name), hint: hint}
}

package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ciam-cli/ciam/internal/render"
)

// claimsAssertOptions are the flags of `ciam claims assert`.
type claimsAssertOptions struct {
	app         appOptions
	accessToken bool
}

func newClaimsAssertCmd(r *run) *cobra.Command {
	var o claimsAssertOptions
	on := r.system()
	example := on.quote(`.country == "DE"`)
	cmd := &cobra.Command{
		Use:   "assert EXPRESSION",
		Short: "Test the claims with a jq expression",
		Long: `Test the ID token's claims with a jq expression: exit code 0 when every result of it is true, or
a value; 9 when one is false or null, or there is none. What was compared is told then.

A claim that the token does not have is null to jq.`,
		Example: `  ciam claims assert ` + example + `
  ciam claims assert ` + on.quote(`.roles | index("writer")`) + `
  ciam claims assert ` + on.quote(`.email_verified and (.email | endswith("@example.com"))`) + `
  ciam claims assert --access-token ` + on.quote(`.scp | contains("orders.read")`),
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return &usageError{message: "assert takes one jq expression", hint: "for example `ciam claims assert " + example + "`"}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return runClaimsAssert(cmd.Context(), r, o, args[0]) },
	}
	o.app.addApp(cmd)
	addAccessToken(cmd, &o.accessToken)
	return cmd
}

// assertJSON is the JSON of `claims assert`.
type assertJSON struct {
	Holds      bool          `json:"holds"`
	Expression string        `json:"expression"`
	Operands   []operandJSON `json:"operands"`
	Problem    string        `json:"problem"` // why it came to no end on these claims, or ""
}

type operandJSON struct {
	Expression string `json:"expression"`
	Value      any    `json:"value"`
}

func runClaimsAssert(ctx context.Context, r *run, o claimsAssertOptions, expression string) error {
	if r.global.jq != "" {
		return &usageError{message: "the expression of assert is its own; --jq does not go with it", hint: "leave `--jq` out"}
	}
	format, err := r.format("text", "json")
	if err != nil {
		return err
	}
	if err := render.CheckJQ(expression); err != nil {
		return err // whoever is signed in
	}
	t, err := r.open(ctx, o.app)
	if err != nil {
		return err
	}
	token, noun, err := t.claimsToken(ctx, o.accessToken)
	if err != nil {
		return err
	}
	found, err := render.Assert(token.JSON, expression)
	if err != nil {
		return err
	}
	if format == "json" {
		view := assertJSON{Holds: found.Holds, Expression: expression, Operands: []operandJSON{}, Problem: found.Problem}
		for _, operand := range found.Operands {
			view.Operands = append(view.Operands, operandJSON{operand.Expression, operand.Value})
		}
		if err := r.printJSON(view); err != nil {
			return err
		}
	}
	if found.Holds {
		return nil
	}
	return &commandError{exit: exitUnexpected, code: "assertion", message: "not so in the " + noun + ": " + expression, details: found.Lines(), hint: assertHint(found, token.ExpiresAt.After(r.Now()))}
}

// assertHint is where to look: claims come with a new token.
func assertHint(found render.Assertion, valid bool) string {
	if !valid {
		return "the token has expired: `ciam token --force-refresh` gets one with the claims of now"
	}
	var missing []string
	for _, operand := range found.Operands {
		if name, ok := strings.CutPrefix(operand.Expression, "."); ok && operand.Value == nil {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return "the token has no " + strings.Join(missing, ", ") + "; `ciam claims` shows what it has"
	}
	return "if the directory says otherwise by now, `ciam token --force-refresh` gets a token with the claims of now"
}

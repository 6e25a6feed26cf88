package cli

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ciam-cli/ciam/internal/aadsts"
	"github.com/ciam-cli/ciam/internal/render"
)

func newExplainCmd(r *run) *cobra.Command {
	return &cobra.Command{
		Use:   "explain CODE",
		Short: "Explain an AADSTS error code and what to do about it",
		Long: `Explain an AADSTS error code of Microsoft Entra: what it means for an External ID app,
and what to do about it. Needs no network.`,
		Example: `  ciam explain AADSTS50011
  ciam explain 7000218
  ciam explain 65001 -o json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return &usageError{message: "name one code", hint: "for example `ciam explain AADSTS50011`"}
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return runExplain(r, args[0]) },
	}
}

func runExplain(r *run, text string) error {
	format, err := r.format("text", "json")
	if err != nil {
		return err
	}
	digits := strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(text)), "AADSTS")
	code, err := strconv.Atoi(digits)
	if err != nil || code <= 0 {
		return &usageError{message: fmt.Sprintf("%q is no AADSTS code", text), hint: "it is a number, as in AADSTS50011"}
	}
	entry, ok := aadsts.Lookup(code)
	if !ok {
		return &notFoundError{message: fmt.Sprintf("AADSTS%d is not in the catalogue", code),
			hint: fmt.Sprintf("see https://login.microsoftonline.com/error?code=%d", code)}
	}
	if format == "json" {
		return r.printJSON(map[string]any{"code": entry.Code, "error": entry.OAuthError, "meaning": entry.Meaning, "action": entry.Action})
	}
	facts := []render.Fact{{Name: "means", Value: entry.Meaning}, {Name: "do", Value: entry.Action}}
	if entry.OAuthError != "" {
		facts = append(facts, render.Fact{Name: "oauth error", Value: entry.OAuthError})
	}
	return render.Facts(r.Streams.Out, fmt.Sprintf("AADSTS%d", entry.Code), facts, render.Style{Width: r.Streams.Width, Color: r.Streams.ColorOut})
}

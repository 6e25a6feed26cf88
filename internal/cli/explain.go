package cli

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ciam-cli/ciam/internal/aadsts"
	"github.com/ciam-cli/ciam/internal/files"
	"github.com/ciam-cli/ciam/internal/render"
)

func newExplainCmd(r *run) *cobra.Command {
	var list bool
	cmd := &cobra.Command{
		Use:   "explain [CODE|TEXT|FILE|-]...",
		Short: "Explain error codes: AADSTS numbers, OAuth errors, those of .NET and MSAL.js",
		Long: `Explain error codes that an External ID app meets: what each means, what to do about it,
and where that is known from. Needs no network.

What is given is a code, or whatever holds codes: the address that the browser ended on,
the text of an error page, a log in a file or through a pipe. Each code is explained once.
Nothing else of it is shown or sent anywhere.

With one code and -o json the result is an object, otherwise a list.`,
		Example: `  ciam explain AADSTS50011
  ciam explain 7000218 invalid_grant
  ciam explain "http://localhost:3000/?error=access_denied&error_description=AADSTS65004"
  ciam explain app.log
  ciam explain 65001 -o json
  ciam explain --list`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if list {
				if err := noArgs(cmd, args); err != nil {
					return err
				}
				return runExplainList(r)
			}
			return runExplain(cmd.Context(), r, args)
		},
	}
	cmd.Flags().BoolVar(&list, "list", false, "list all codes that are known")
	return cmd
}

// explained is the JSON of one code.
type explained struct {
	Code       *int   `json:"code"` // the number behind AADSTS, null for codes of another kind
	Name       string `json:"name"`
	Error      string `json:"error"` // the OAuth error that mostly comes with it
	Meaning    string `json:"meaning"`
	Action     string `json:"action"`
	Source     string `json:"source"` // "" for none
	SourceKind string `json:"source_kind"`
}

func explainedEntry(e aadsts.Entry) explained {
	view := explained{Name: e.Name, Error: e.OAuthError, Meaning: e.Meaning, Action: e.Action, Source: e.Source, SourceKind: string(e.SourceKind())}
	if e.Code != 0 {
		view.Code = &e.Code
	}
	return view
}

func runExplain(ctx context.Context, r *run, args []string) error {
	format, err := r.format("text", "json")
	if err != nil {
		return err
	}
	names, err := r.codesIn(ctx, args)
	if err != nil {
		return err
	}
	var known []aadsts.Entry
	var unknown []string
	for _, name := range names {
		if e, ok := aadsts.Find(name); ok {
			known = append(known, e)
		} else {
			unknown = append(unknown, name)
		}
	}
	if len(known) > 0 {
		one := len(args) == 1 && aCode(args[0])
		if err := r.printExplained(format, known, one); err != nil {
			return err
		}
	}
	return notExplained(unknown)
}

// codesIn returns the codes in arguments, files and stdin.
func (r *run) codesIn(ctx context.Context, args []string) ([]string, error) {
	if len(args) == 0 && r.Streams.InTTY {
		if r.global.noInput {
			return nil, nothingToExplain()
		}
		text, err := r.askPasted(ctx, "code, address or message: ")
		if err != nil {
			return nil, err
		}
		args = []string{text}
	}
	if len(args) == 0 {
		args = []string{"-"}
	}
	asked := strings.Join(args, " ")
	var texts []string
	for _, arg := range args {
		switch {
		case aCode(arg):
			if code, ok := aadsts.ParseCode(arg); ok {
				arg = fmt.Sprintf("AADSTS%d", code)
			} else if e, ok := aadsts.Find(arg); ok {
				arg = e.Name // in the case that a text has it in
			}
		case arg == "-" || isFile(arg):
			data, err := r.readInput(arg, "a text with error codes in it", files.Options{Limit: aadsts.MaxScan, Empty: true})
			if err != nil {
				return nil, err
			}
			arg = string(data)
		}
		texts = append(texts, arg)
	}
	text := strings.Join(texts, strings.Repeat("\n", aadsts.Apart))
	if strings.TrimSpace(text) == "" {
		return nil, nothingToExplain()
	}
	names := aadsts.Scan(text)
	if len(names) > 0 {
		return names, nil
	}
	if code, meaning := exitCodeIn(asked); meaning != "" {
		return nil, &notFoundError{message: code + " is no error code of a tenant; as an exit code of ciam it says: " + meaning, hint: "`ciam help exit-codes` has them all"}
	}
	return nil, &notFoundError{message: "there is no error code in it", hint: "a code looks like AADSTS50011, invalid_grant or IDX10503; `ciam explain --list` shows those that are known"}
}

// exitCodeIn finds an exit code of ciam and its meaning, alone or as people say it: 6, exit code 6. "" for none.
func exitCodeIn(text string) (code, meaning string) {
	m := regexp.MustCompile(`(?i)^\s*(?:exit(?:[ _-]?(?:code|status))?[ :=]*)?([0-9]{1,3})\s*$`).FindStringSubmatch(text)
	if m == nil {
		return "", ""
	}
	for _, c := range exitCodes() {
		if m[1] == strconv.Itoa(c.Code) {
			return m[1], strings.ReplaceAll(c.Meaning, "`", "")
		}
	}
	return "", ""
}

func nothingToExplain() error {
	return &usageError{message: "there is nothing to explain", hint: "name a code, as in `ciam explain AADSTS50011`, or pipe in what holds codes"}
}

// aCode reports whether an argument is a code and nothing else.
func aCode(arg string) bool {
	_, number := aadsts.ParseCode(arg)
	_, known := aadsts.Find(arg)
	return number || known
}

func (r *run) printExplained(format string, entries []aadsts.Entry, one bool) error {
	if format == "json" {
		views := make([]explained, len(entries))
		for i, e := range entries {
			views[i] = explainedEntry(e)
		}
		if one {
			return r.printJSON(views[0])
		}
		return r.printJSON(views)
	}
	for i, e := range entries {
		if i > 0 {
			if err := r.printLine(""); err != nil {
				return err
			}
		}
		if err := r.printEntry(e); err != nil {
			return err
		}
	}
	return nil
}

// printEntry explains one code to a person. The address of the source has a line of its own, so that it is in one piece.
func (r *run) printEntry(e aadsts.Entry) error {
	facts := []render.Fact{{Name: "means", Value: e.Meaning}, {Name: "do", Value: e.Action}}
	if e.OAuthError != "" {
		facts = append(facts, render.Fact{Name: "oauth error", Value: e.OAuthError})
	}
	facts = append(facts, render.Fact{Name: "source", Value: sourceLine(e)})
	err := render.Facts(r.Streams.Out, e.Name, facts, render.Style{Width: r.Streams.Width, Color: r.Streams.ColorOut})
	if err != nil || e.Source == "" {
		return err
	}
	column := 0 // of the values
	for _, f := range facts {
		column = max(column, len("  "+f.Name+"  "))
	}
	if w := r.Streams.Width; w > 0 && column+len(e.Source) > w {
		column = len("  ")
	}
	return r.printLine(strings.Repeat(" ", column) + e.Source)
}

// sourceLine says who an entry is known from, and with that what weight it has.
func sourceLine(e aadsts.Entry) string {
	switch e.SourceKind() {
	case aadsts.Document:
		return "Microsoft"
	case aadsts.Specification:
		return "the specification"
	case aadsts.Thread:
		return "people who met it, in public"
	}
	return "none is public; this follows from what the service itself says with it"
}

// notExplained says which codes are not in the catalogue, and who may know them; nil when all are.
func notExplained(unknown []string) error {
	if len(unknown) == 0 {
		return nil
	}
	verb := "is"
	if len(unknown) > 1 {
		verb = "are"
	}
	e := &notFoundError{message: strings.Join(unknown, ", ") + " " + verb + " not in the catalogue"}
	switch first := unknown[0]; {
	case strings.HasPrefix(first, "AADSTS"):
		code, _ := aadsts.ParseCode(first)
		e.hint = "Microsoft has a page about it: " + aadsts.URL(code)
	case strings.HasPrefix(first, "IDX"):
		e.hint = "it is of Microsoft.IdentityModel; its source says when: https://github.com/AzureAD/azure-activedirectory-identitymodel-extensions-for-dotnet"
	default:
		e.hint = "Microsoft's list is at https://learn.microsoft.com/azure/active-directory-b2c/error-codes"
	}
	return e
}

// runExplainList lists the catalogue.
func runExplainList(r *run) error {
	format, err := r.format("text", "json")
	if err != nil {
		return err
	}
	all := aadsts.All()
	if format == "json" {
		return r.printExplained(format, all, false)
	}
	facts := make([]render.Fact, len(all))
	for i, e := range all {
		facts[i] = render.Fact{Name: e.Name, Value: e.Meaning}
	}
	return render.Facts(r.Streams.Out, "", facts, render.Style{Width: r.Streams.Width, Color: r.Streams.ColorOut})
}

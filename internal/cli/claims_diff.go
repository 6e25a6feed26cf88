package cli

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ciam-cli/ciam/internal/files"
	"github.com/ciam-cli/ciam/internal/idtoken"
	"github.com/ciam-cli/ciam/internal/keychain"
	"github.com/ciam-cli/ciam/internal/render"
	"github.com/ciam-cli/ciam/internal/tokencache"
)

// claimsDiffOptions are the flags of `ciam claims diff`.
type claimsDiffOptions struct {
	app      appOptions
	exitCode bool
}

func newClaimsDiffCmd(r *run) *cobra.Command {
	var o claimsDiffOptions
	on := r.system()
	cmd := &cobra.Command{
		Use:   "diff [FILE|-]",
		Short: "Show what changed in the claims: since before the last change, or against a file",
		Long: `Show what changed in the ID token's claims. ciam keeps the claims of before the last change, as
a renewal or a sign-in has found it; with FILE the claims are held against those in it: what
` + "`ciam claims -o json`" + ` has printed, or a token, which is not verified.

Claims that are others in every token, such as exp and uti, are named and count as no change.`,
		Example: `  ciam claims diff
  ciam claims -o json > before.json
  ciam token --force-refresh -o json --jq .expires_at
  ciam claims diff before.json --exit-code
  ciam claims diff -o json --jq ` + on.quote(".changes[].claim"),
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return &usageError{message: "diff takes one file", hint: "see `ciam claims diff --help`"}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return runClaimsDiff(cmd.Context(), r, o, args) },
	}
	o.app.addApp(cmd)
	cmd.Flags().BoolVar(&o.exitCode, "exit-code", false, "exit with 9 where something changed")
	return cmd
}

// diffJSON is the JSON of `claims diff`.
type diffJSON struct {
	Changes   []changeJSON `json:"changes"`
	Same      []string     `json:"same"`
	Always    []string     `json:"always"`     // others in every token
	ChangedAt *time.Time   `json:"changed_at"` // when the change was found; null against a file, and where none was
	ChangedOn *int64       `json:"changed_on"` // the same in seconds since 1970
}

type changeJSON struct {
	Claim  string          `json:"claim"`
	Change string          `json:"change"` // added, removed or changed
	Before json.RawMessage `json:"before"` // null where it is added
	After  json.RawMessage `json:"after"`  // null where it is removed
}

func runClaimsDiff(ctx context.Context, r *run, o claimsDiffOptions, args []string) error {
	format, err := r.format("text", "json")
	if err != nil {
		return err
	}
	var before []byte
	if len(args) == 1 {
		if before, err = r.readClaims(args[0]); err != nil {
			return err
		}
	}
	t, err := r.open(ctx, o.app)
	if err != nil {
		return err
	}
	session, token, err := t.session(ctx)
	if err != nil {
		return err
	}
	var at time.Time
	if len(args) == 0 {
		earlier, err := t.earlierClaims(ctx, session, token)
		if err != nil {
			return t.fail(err)
		}
		before, at = earlier.Claims, earlier.ChangedAt
	}
	diff, err := idtoken.Compare(before, token.JSON)
	if err != nil {
		return &usageError{message: "the claims to compare with: the JSON " + err.Error(), hint: "expected what `ciam claims -o json` prints"}
	}
	if format == "json" {
		err = r.printJSON(diffView(diff, at))
	} else {
		err = render.Diff(r.Streams.Out, diff, at, render.ClaimsOptions{Now: r.Now(), Width: r.Streams.Width, Color: r.Streams.ColorOut})
	}
	if err != nil || !o.exitCode || len(diff.Changes) == 0 {
		return err
	}
	return &commandError{exit: exitUnexpected, code: "different", message: "claims have changed: " + strings.Join(changed(diff), ", "), hint: "without `--exit-code` a change is no failure"}
}

// earlierClaims are those of before the last change; those of the token where none has been seen, or where what is kept cannot
// be read, which the next change replaces.
func (t *target) earlierClaims(ctx context.Context, session tokencache.Session, token *idtoken.Token) (tokencache.Earlier, error) {
	r := t.run
	earlier, err := t.service.Earlier(ctx, t.app, session)
	format, unreadable := find[*tokencache.FormatError](err)
	_, corrupt := find[*keychain.CorruptError](err)
	switch {
	case errors.Is(err, keychain.ErrNotFound):
		r.info("no change has been seen; the claims are those of the sign-in %s", render.Relative(session.SignedInAt, r.Now()))
	case corrupt, unreadable && !format.Newer:
		r.warn("what is kept of the earlier claims cannot be read, and the next change replaces it: " + err.Error())
	default:
		return earlier, err
	}
	return tokencache.Earlier{Claims: token.JSON}, nil
}

func changed(diff idtoken.Diff) []string {
	names := make([]string, len(diff.Changes))
	for i, c := range diff.Changes {
		names[i] = c.Name
	}
	return names
}

func diffView(diff idtoken.Diff, at time.Time) diffJSON {
	view := diffJSON{Changes: []changeJSON{}, Same: nonNil(diff.Same), Always: nonNil(diff.Always)}
	for _, c := range diff.Changes {
		view.Changes = append(view.Changes, changeJSON{c.Name, c.Kind(), c.Before, c.After})
	}
	if !at.IsZero() {
		at = at.UTC().Truncate(time.Second)
		seconds := at.Unix()
		view.ChangedAt, view.ChangedOn = &at, &seconds
	}
	return view
}

// readClaims reads claims from a file: a JSON object, or a token, of which the claims are taken.
func (r *run) readClaims(name string) ([]byte, error) {
	const want = "claims as JSON, or a token"
	if name != "-" && !isFile(name) && tokenLike(name) {
		return nil, noTokenFile(name)
	}
	data, err := r.readInput(name, want, files.Options{})
	if err != nil {
		return nil, err
	}
	text := strings.TrimSpace(string(data))
	if strings.HasPrefix(text, "{") {
		return []byte(text), nil
	}
	bare, _ := bareToken(text)
	token, err := idtoken.Decode(bare)
	if err != nil {
		return nil, &usageError{message: "there are no claims in " + inputName(name), hint: "expected what `ciam claims -o json` prints, or a token"}
	}
	r.info("the token in %s was not verified", inputName(name))
	return token.JSON, nil
}

func inputName(name string) string {
	if name == "-" {
		return "stdin"
	}
	return name
}

package cli

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/files"
	"github.com/ciam-cli/ciam/internal/idtoken"
)

// verifyOptions are the flags of `ciam verify`.
type verifyOptions struct {
	app       appOptions
	audiences []string
	offline   bool
	keyFile   string
}

// anyTenant is the value of --tenant for a token that is only looked at.
const anyTenant = "any"

func newVerifyCmd(r *run) *cobra.Command {
	var o verifyOptions
	on := r.system()
	cmd := &cobra.Command{
		Use:   "verify [FILE|-]",
		Short: "Check a token: signature, issuer, audience, times, and what its claims mean",
		Long: `Check a token of the tenant, an ID token or an access token for one of its APIs: header and
claims with what they mean, and every check with what was expected and what was found.

The token comes from a file, from stdin, or at a terminal from a prompt that does not show it;
never as an argument, which other programs and the shell's history can see. "Bearer", quotes and
line breaks around it do no harm.

The tenant is the profile's, or that of --tenant. --tenant any only looks: such a token never
passes. An ID token is held against the app's client ID, an access token against the API of the
profile's scopes, and both against --audience where it is given.

No address in a token is ever followed. Tokens for Microsoft Graph can be verified by Graph alone;
they are shown, and never pass.

Exit codes: 0 all checks hold, 6 one does not, 2 it is no token, 5 the tenant's keys cannot be
had, 9 nothing says what to hold it against.`,
		Example: `  ciam token | ciam verify --audience 11112222-bbbb-3333-cccc-4444dddd5555
  ciam token --id-token | ciam verify
  ciam verify token.txt --tenant contoso --client-id 00001111-aaaa-2222-bbbb-3333cccc4444
  ciam verify --tenant any
  ` + on.fromFile("ciam verify - --offline", "token.txt") + `
  ciam verify token.txt --keys keys.json --tenant aaaabbbb-0000-cccc-1111-dddd2222eeee
  ciam verify token.txt -o json --jq ` + on.quote(`.checks[] | select(.state == "fail")`),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return &usageError{message: "verify takes one file", hint: "see `ciam verify --help`"} // none is repeated: one may be a token
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return runVerify(cmd.Context(), r, o, args) },
	}
	flags := cmd.Flags()
	flags.StringVar(&o.app.tenant, "tenant", "", "the `TENANT`: subdomain, domain, tenant ID or URL; \"any\" only looks")
	flags.StringVar(&o.app.clientID, "client-id", "", "the application (client) `ID` that an ID token has to be for")
	flags.StringArrayVar(&o.audiences, "audience", nil, "the `AUDIENCE` that the token has to be for; can be repeated")
	flags.BoolVar(&o.offline, "offline", false, "make no request: use the keys that are kept, however old")
	flags.StringVar(&o.keyFile, "keys", "", "take the tenant's keys from this `FILE`, a JSON Web Key Set")
	return cmd
}

func runVerify(ctx context.Context, r *run, o verifyOptions, args []string) error {
	format, err := r.format("text", "json")
	if err != nil {
		return err
	}
	text, err := r.readToken(ctx, args)
	if err != nil {
		return err
	}
	r.offline = o.offline
	measure, err := r.measure(ctx, o)
	if err != nil {
		return err
	}
	report := idtoken.Inspect(ctx, text, measure.keys, measure.want)
	if report.Type == idtoken.TypeNone {
		return &commandError{exit: exitUsage, code: "not_a_jwt", message: "that is no JWT: " + report.Problem,
			hint: "ID tokens are JWTs, and access tokens for the tenant's APIs are; a refresh token or a code is not"}
	}
	if format == "json" {
		err = r.printJSON(verifyView(report))
	} else {
		err = r.printReport(report, measure)
	}
	if err != nil {
		return err
	}
	return r.verdict(report, measure, o)
}

// readToken reads the token that is to be checked, and takes off what pasting adds to it.
func (r *run) readToken(ctx context.Context, args []string) (string, error) {
	var text string
	switch {
	case len(args) == 0 && r.Streams.InTTY:
		if r.global.noInput {
			return "", &usageError{message: "there is no token to check", hint: "name a file, or pipe the token in: `ciam verify -`"}
		}
		var err error
		if text, err = r.askPasted(ctx, "token (not shown): "); err != nil {
			return "", err
		}
	default:
		name := "-"
		if len(args) > 0 {
			name = args[0]
		}
		if name != "-" && !isFile(name) {
			return "", noTokenFile(name)
		}
		data, err := r.readInput(name, "a token", files.Options{Limit: 1 << 20, Empty: true})
		if err != nil {
			return "", err
		}
		text = string(data)
	}
	token, forgiven := bareToken(text)
	if token == "" {
		return "", &usageError{message: "there is no token to check: what was read is empty", hint: "name a file, or pipe the token in: `ciam token --id-token | ciam verify -`"}
	}
	if len(forgiven) > 0 {
		r.info("read without %s", strings.Join(forgiven, " and "))
	}
	return token, nil
}

// noTokenFile refuses an argument that names no file. It is repeated only where it cannot be a token.
func noTokenFile(name string) error {
	const longest = 100
	if tokenLike(name) || len(name) > longest {
		return &usageError{message: "a token is not taken as an argument: other programs and the shell's history would see it",
			hint: "put it into a file, or pipe it in: `ciam verify -`; at a terminal, `ciam verify` asks for it and does not show it"}
	}
	return &usageError{message: "there is no file " + name, hint: "name a file with the token, or pipe it in: `ciam verify -`"}
}

// bareToken takes off what comes along when a token is pasted, and says what that was.
func bareToken(text string) (token string, forgiven []string) {
	token = strings.TrimSpace(text)
	if lines := strings.Trim(text, " \t"); strings.Trim(strings.TrimSuffix(lines, "\n"), "\r\n") != strings.TrimSuffix(strings.TrimSuffix(lines, "\n"), "\r") {
		forgiven = append(forgiven, "the line breaks around it")
	}
	quoted, bearer := false, false
	for {
		before := token
		token = strings.TrimSpace(strings.Trim(token, "\"'`,;"))
		quoted = quoted || len(token) < len(strings.TrimSpace(before))
		for _, prefix := range []string{"authorization:", "bearer ", "bearer:"} {
			if len(token) > len(prefix) && strings.EqualFold(token[:len(prefix)], prefix) {
				token, bearer = strings.TrimSpace(token[len(prefix):]), true
			}
		}
		if token == before {
			break
		}
	}
	if bearer {
		forgiven = append(forgiven, `"Bearer"`)
	}
	if quoted {
		forgiven = append(forgiven, "the quotes")
	}
	return token, forgiven
}

// verdict is the exit code of a report: nil when all checks hold.
func (r *run) verdict(report *idtoken.Report, m measure, o verifyOptions) error {
	failed := report.Failed()
	switch {
	case m.err != nil: // the tenant's metadata
		return r.unreachableKeys(m.err, o)
	case report.Err != nil:
		return r.unreachableKeys(report.Err, o)
	case m.any, len(failed) == 0 && !report.Passed():
		return notMeasured(report, m, o)
	case len(failed) > 0:
		return &commandError{exit: exitUnverified, code: "verification_failed", message: refusedFor(report, failed), hint: verifyHint(failed)}
	}
	return nil
}

// refusedFor says why a token does not pass. A genuine one that is for somebody else, or of another time, is called so.
func refusedFor(report *idtoken.Report, failed []idtoken.Check) string {
	names := make([]string, len(failed))
	for i, c := range failed {
		names[i] = c.Name
	}
	genuine := report.Checks[len(report.Checks)-1].OK // the signature
	switch only := strings.Join(names, ", "); {
	case genuine && (only == "audience" || only == "audience, authorized party"):
		return "the token is genuine, and for another app or API"
	case genuine && only == "expiry":
		return "the token is genuine, and has expired"
	default:
		return "the token does not pass: " + only
	}
}

// unreachableKeys is why the token could not be checked, with the way around it.
func (r *run) unreachableKeys(err error, o verifyOptions) error {
	if _, ok := find[*authority.UnreachableError](err); ok && o.offline {
		return &commandError{exit: exitUnreachable, code: "unreachable", message: err.Error(), hint: "leave `--offline` out once, so that the keys are fetched and kept, or name them with `--keys`"}
	}
	return err
}

// notMeasured is a token of which nobody said what it has to be.
func notMeasured(report *idtoken.Report, m measure, o verifyOptions) error {
	e := &commandError{exit: exitUnexpected, code: "not_verified", message: "the token was looked at, not verified"}
	switch {
	case report.Type == idtoken.TypeEncrypted:
		e.message, e.hint = "the token is encrypted, and was not verified", "only the API that it is for can read it"
	case report.Type == idtoken.TypeGraph:
		e.message, e.hint = "the token is for Microsoft Graph, which alone can verify it", "for a token of an API of yours, ask for its scope: `ciam token --scope api://…`"
	case m.any:
		e.message, e.hint = "the token was looked at, not verified: nobody said which tenant", "name the tenant in place of \"any\" with `--tenant`"
	case m.want.TenantID == "":
		e.message, e.hint = "nothing says which tenant the token has to be of", "name it with `--tenant`, or set up a profile with `ciam profile add`; `--tenant any` only looks"
	case report.Type == idtoken.TypeID:
		e.message, e.hint = "nothing says which app the token has to be for", "name it with `--client-id` or `--audience`"
	default:
		e.message, e.hint = "nothing says which API the token has to be for", "name it with `--audience`: the API's client ID"
	}
	return e
}

// verifyHint is what to do about the checks that do not hold: the first that is known counts.
func verifyHint(failed []idtoken.Check) string {
	for _, c := range failed {
		switch c.Name {
		case "form", "algorithm", "type", "header extensions", "key id":
			return "a tenant issues no such token; see where it comes from"
		case "issuer", "tenant":
			return "it is another tenant's, or made up; name its tenant with `--tenant` if that is what you expect"
		case "version":
			return "set requestedAccessTokenVersion to 2 in the manifest of the API's app registration"
		case "audience", "authorized party":
			return "ask for a token of yours with `ciam token --scope api://…`, or say what you expect with `--audience`"
		case "expiry", "issued at", "not before":
			return "get a fresh one with `ciam token`; if it is fresh, check this machine's clock"
		case "signature":
			return "it was not signed by this tenant, or was changed on the way"
		}
	}
	return "see which check does not hold"
}

// keysOf lets Inspect tell a key that does not exist from keys that cannot be had.
type keysOf struct{ idtoken.KeySet }

// noSuchKey is authority.ErrUnknownKey as idtoken knows it.
type noSuchKey struct{ error }

func (e noSuchKey) Unwrap() error        { return e.error }
func (e noSuchKey) Is(target error) bool { return target == idtoken.ErrNoKey }

func keyError(err error) error {
	if errors.Is(err, authority.ErrUnknownKey) {
		return noSuchKey{err}
	}
	return err
}

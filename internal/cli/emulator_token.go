package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// emulatorTokenOptions are the flags of `ciam emulator token`; their names are those of the control area's fields.
type emulatorTokenOptions struct {
	place                     emulatorPlace
	tenant, app, user         string
	createUser                bool
	attributes, scopes, roles []string
	claims                    []string
	kinds                     []string
	lifetime                  time.Duration
	issuedAt, bad             string
	lifetimeGiven             bool
}

func newEmulatorTokenCmd(r *run) *cobra.Command {
	var o emulatorTokenOptions
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Have a running emulator make a token, for a user or for an app itself",
		Long: `Have a running emulator make a token, and print it: what a sign-in, or client credentials,
would have ended with, without any of their steps. For tests of an API, and by hand.

With --user it is that user's token, else the app's own. Without --scope it is for the
tenant's only API. A token has exactly the scopes that are asked for, whatever else was
granted. A claim's value is JSON, or else text; null takes the claim away.

With --bad the token is one that an API has to refuse: expired, not-yet, wrong-key,
unknown-kid, alg-none, hs256 (the public key as shared secret), wrong-audience,
wrong-issuer, wrong-tenant, wrong-nonce, array-audience, missing-scp, id-token-as-access.

` + placeHelp,
		Example: `  ciam emulator token --user ada@example.com --create-user
  ciam emulator token --user ada@example.com --scope Orders.Read --claim tier=gold --lifetime 5m
  ciam emulator token --app back-office --role Orders.Read.All
  ciam emulator token --user ada@example.com --type access,id,refresh -o json
  ciam emulator token --user ada@example.com --bad wrong-audience --url https://emulator:8765`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.lifetimeGiven = cmd.Flags().Changed("lifetime")
			return runEmulatorToken(cmd.Context(), r, o)
		},
	}
	o.place.add(cmd)
	flags := cmd.Flags()
	flags.StringVar(&o.user, "user", "", "for this user, by `ADDRESS` or object ID (default the app itself)")
	flags.BoolVar(&o.createUser, "create-user", false, "make the user when there is none of that address")
	flags.StringArrayVar(&o.attributes, "attribute", nil, "an attribute of a user who is made, as `NAME=VALUE` (repeatable)")
	flags.StringVar(&o.tenant, "tenant", "", "the tenant, by ID or `NAME`, where there are several")
	flags.StringVar(&o.app, "app", "", "the app, by name or client `ID` (default the first)")
	flags.StringArrayVar(&o.scopes, "scope", nil, "a `SCOPE` of an API, or of OpenID Connect (repeatable)")
	flags.StringArrayVar(&o.roles, "role", nil, "a `ROLE` in the token (repeatable)")
	flags.StringArrayVar(&o.claims, "claim", nil, "a claim, as `NAME=VALUE` (repeatable)")
	flags.StringSliceVar(&o.kinds, "type", nil, "which `TOKENS`: access, id, refresh; several with -o json (default access)")
	flags.DurationVar(&o.lifetime, "lifetime", 0, "how long it is valid, as `DURATION` (default the app's)")
	flags.StringVar(&o.issuedAt, "issued-at", "", "when it was issued: a `TIME` such as 2026-01-02T03:04:05Z, or -1h from now")
	flags.StringVar(&o.bad, "bad", "", "a token that has to be refused, in this `WAY`")
	return cmd
}

func runEmulatorToken(ctx context.Context, r *run, o emulatorTokenOptions) error {
	format, err := r.format("text", "json")
	if err != nil {
		return err
	}
	if format != "json" && len(o.kinds) > 1 {
		return &usageError{message: "several tokens at once are for -o json", hint: "ask for one with --type, or add -o json"}
	}
	order, err := o.order(r.Now())
	if err != nil {
		return err
	}
	c, err := r.emulatorClient(o.place)
	if err != nil {
		return err
	}
	var answer json.RawMessage
	if err := c.send(ctx, http.MethodPost, "/tokens", order, &answer); err != nil {
		return orderRefused(err)
	}
	if format == "json" {
		return r.printJSON(answer)
	}
	token, err := o.chosen(answer)
	if err != nil {
		return err
	}
	return r.printLine(token)
}

// chosen is the one token that was asked for.
func (o *emulatorTokenOptions) chosen(answer []byte) (string, error) {
	var tokens struct {
		Access  string `json:"access_token"`
		ID      string `json:"id_token"`
		Refresh string `json:"refresh_token"`
	}
	if err := json.Unmarshal(answer, &tokens); err != nil {
		return "", err
	}
	for _, token := range []string{tokens.Access, tokens.ID, tokens.Refresh} {
		if token != "" {
			return token, nil
		}
	}
	return "", &commandError{exit: exitUnreachable, code: "bad_answer", message: "the emulator's answer has no token", hint: "see `ciam emulator health`"}
}

// order is the body of the call.
func (o *emulatorTokenOptions) order(now time.Time) (map[string]any, error) {
	body := map[string]any{}
	for name, value := range map[string]string{"tenant": o.tenant, "app": o.app, "user": o.user, "bad": o.bad} {
		if value != "" {
			body[name] = value
		}
	}
	for name, values := range map[string][]string{"scopes": o.scopes, "roles": o.roles, "tokens": o.kinds} {
		if len(values) > 0 {
			body[name] = values
		}
	}
	if o.createUser {
		body["create_user"] = true
	}
	if o.lifetimeGiven {
		if o.lifetime < time.Second {
			return nil, &usageError{message: "--lifetime takes a time of a second or more", hint: "for a token that has ended there is `--bad expired`"}
		}
		body["lifetime_seconds"] = int64(o.lifetime / time.Second)
	}
	if o.issuedAt != "" {
		at, err := issuedAt(o.issuedAt, now)
		if err != nil {
			return nil, err
		}
		body["issued_at"] = at
	}
	attributes, err := pairs("--attribute", o.attributes, func(value string) any { return value })
	if err != nil {
		return nil, err
	}
	claims, err := pairs("--claim", o.claims, func(value string) any {
		if json.Valid([]byte(value)) {
			return json.RawMessage(value)
		}
		return value
	})
	if err != nil {
		return nil, err
	}
	if len(attributes) > 0 {
		body["attributes"] = attributes
	}
	if len(claims) > 0 {
		body["claims"] = claims
	}
	return body, nil
}

// pairs reads NAME=VALUE arguments; a name comes once.
func pairs(flag string, given []string, read func(string) any) (map[string]any, error) {
	out := map[string]any{}
	for _, pair := range given {
		name, value, ok := strings.Cut(pair, "=")
		if _, twice := out[name]; !ok || name == "" || twice {
			return nil, &usageError{message: fmt.Sprintf("%s %q is no NAME=VALUE, or comes twice", flag, pair), hint: "as in `" + flag + " displayName=Ada`"}
		}
		out[name] = read(value)
	}
	return out, nil
}

// issuedAt is a time in epoch seconds: RFC 3339, epoch seconds, or from now.
func issuedAt(text string, now time.Time) (int64, error) {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t.Unix(), nil
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n > 0 {
		return n, nil
	}
	if d, err := time.ParseDuration(text); err == nil {
		return now.Add(d).Unix(), nil
	}
	return 0, &usageError{message: fmt.Sprintf("--issued-at %q is no time", text), hint: "expected 2026-01-02T03:04:05Z, or -1h from now"}
}

// orderRefused puts what the emulator says of an order into exit codes, and the names of fields into those of flags.
func orderRefused(err error) error {
	e, ok := find[*commandError](err)
	if !ok {
		return err
	}
	switch e.code {
	case "invalid_value", "unknown_field", "malformed":
		return &usageError{message: e.message, hint: "see `ciam emulator token --help`"}
	case "not_found", "unknown_tenant":
		hint := "see `ciam emulator health -o json` for tenants and apps"
		if strings.Contains(e.message, "create_user") {
			hint = "--create-user makes one"
		}
		return &notFoundError{message: strings.Replace(e.message, "; with create_user one is made", "", 1), hint: hint}
	}
	return err
}

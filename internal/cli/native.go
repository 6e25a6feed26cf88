package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/ciam-cli/ciam/internal/auth"
	"github.com/ciam-cli/ciam/internal/config"
	"github.com/ciam-cli/ciam/internal/emulator"
)

// nativeOptions are the flags of `ciam login --native`. None takes a password or a code as its value.
type nativeOptions struct {
	native, resetPassword, passwordStdin, codeStdin bool
	email, secondEmail, passwordFile, codeCommand   string
	attributes                                      []string
}

func (o *nativeOptions) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.BoolVar(&o.native, "native", false, "sign in here, without a browser (native authentication)")
	flags.StringVar(&o.email, "email", "", "with --native: the account's `EMAIL` address")
	flags.BoolVar(&o.resetPassword, "reset-password", false, "with --native: set a new password, against a one-time code, and sign in")
	flags.BoolVar(&o.passwordStdin, "password-stdin", false, "with --native: the password is the first line of stdin")
	flags.StringVar(&o.passwordFile, "password-file", "", "with --native: read the password from `FILE`")
	flags.BoolVar(&o.codeStdin, "code-stdin", false, "with --native: one-time codes are lines of stdin, after the password's")
	flags.StringVar(&o.codeCommand, "code-command", "", "with --native: run `COMMAND`, which prints the one-time code that was mailed")
	flags.StringArrayVar(&o.attributes, "attribute", nil, "with --native --signup: a `NAME=VALUE` of the new account; can be repeated")
	flags.StringVar(&o.secondEmail, "mfa-email", "", "with --native: the second factor's `EMAIL` address, registered where there is none yet (default that of --email)")
}

// used names a flag that was given; "" when none was.
func (o *nativeOptions) used() string {
	for _, f := range []struct {
		name  string
		given bool
	}{
		{"--email", o.email != ""}, {"--reset-password", o.resetPassword}, {"--password-stdin", o.passwordStdin}, {"--password-file", o.passwordFile != ""},
		{"--code-stdin", o.codeStdin}, {"--code-command", o.codeCommand != ""}, {"--attribute", len(o.attributes) > 0}, {"--mfa-email", o.secondEmail != ""},
	} {
		if f.given {
			return f.name
		}
	}
	return ""
}

// checkNative refuses combinations that cannot be meant.
func (o *loginOptions) checkNative() error {
	n, bad := &o.native, func(format string, args ...any) error {
		return &usageError{message: fmt.Sprintf(format, args...), hint: "see `ciam login --help`"}
	}
	switch {
	case !n.native && n.used() != "":
		return bad("%s goes with --native", n.used())
	case !n.native:
		return nil
	case o.deviceCode:
		return bad("--native and --device-code exclude each other")
	case o.prompt != "" || o.loginHint != "" || o.domainHint != "" || o.uiLocales != "" || o.port != 0 || o.noBrowser:
		return bad("--native opens no browser: --prompt, the hints, --ui-locales, --port and --no-browser do not go with it")
	case o.signup && n.resetPassword:
		return bad("--signup and --reset-password exclude each other")
	case n.passwordStdin && n.passwordFile != "":
		return bad("--password-stdin and --password-file exclude each other")
	case n.codeStdin && n.codeCommand != "":
		return bad("--code-stdin and --code-command exclude each other")
	case len(n.attributes) > 0 && !o.signup:
		return bad("--attribute goes with --signup")
	case n.codeCommand != "" && len(strings.Fields(n.codeCommand)) == 0:
		return bad("--code-command names no command")
	case n.email != "" && !looksLikeEmail(n.email):
		return bad("--email %q is no email address", n.email)
	case n.secondEmail != "" && !looksLikeEmail(n.secondEmail):
		return bad("--mfa-email %q is no email address", n.secondEmail)
	}
	_, err := n.values()
	return err
}

// values are the attributes by name.
func (o *nativeOptions) values() (map[string]string, error) {
	values := map[string]string{}
	for _, a := range o.attributes {
		name, value, ok := strings.Cut(a, "=")
		if _, twice := values[name]; !ok || name == "" || twice {
			return nil, &usageError{message: fmt.Sprintf("--attribute %q: expected NAME=VALUE, each name once", a), hint: "several values of one attribute are joined with commas"}
		}
		values[name] = value
	}
	return values, nil
}

// looksLikeEmail is a check for typing errors; the tenant judges.
func looksLikeEmail(s string) bool {
	name, domain, _ := strings.Cut(s, "@")
	return name != "" && domain != "" && len(s) <= 320 && !strings.ContainsFunc(s, func(c rune) bool { return unicode.IsSpace(c) || unicode.IsControl(c) })
}

// nativeLogin signs in without a browser.
func (r *run) nativeLogin(ctx context.Context, service *auth.Service, a auth.App, p config.Profile, o loginOptions) (*auth.LoginResult, error) {
	n := o.native
	if err := r.askFor(ctx, &n.email, "Email address"); err != nil {
		return nil, err
	}
	if !looksLikeEmail(n.email) {
		return nil, &usageError{message: "--native wants the account's email address", hint: "give it with `--email`"}
	}
	values, err := n.values()
	if err != nil {
		return nil, err
	}
	q := &questions{run: r, o: n, values: values, demo: p.Name == demoProfile}
	mode := auth.NativeSignIn
	switch {
	case o.signup:
		mode = auth.NativeSignUp
	case n.resetPassword:
		mode = auth.NativeResetPassword
	}
	if err := q.prepare(ctx, mode); err != nil {
		return nil, err
	}
	return service.NativeLogin(ctx, a, auth.NativeRequest{
		Mode: mode, Email: n.email, Attributes: values, SecondEmail: n.secondEmail, Timeout: o.timeout,
		Prompts: auth.NativePrompts{Password: q.password, NewPassword: q.newPassword, Code: q.code, Attributes: q.attributes, ChooseMethod: q.method},
	})
}

// embeddedCode is the newest code that the embedded tenant of this process mailed: nobody else can read that mail.
func (r *run) embeddedCode() (emulator.Message, bool) {
	server, err := r.embeddedTenant().open()
	if err != nil {
		return emulator.Message{}, false
	}
	for _, m := range slices.Backward(server.Outbox()) {
		return m, true
	}
	return emulator.Message{}, false
}

func (r *run) askFor(ctx context.Context, value *string, question string) error {
	if *value != "" || r.global.noInput {
		return nil
	}
	answer, err := r.Streams.Ask(ctx, question+": ")
	*value = strings.TrimSpace(answer)
	return err
}

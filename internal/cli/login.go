package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ciam-cli/ciam/internal/auth"
	"github.com/ciam-cli/ciam/internal/config"
	"github.com/ciam-cli/ciam/internal/keychain"
	"github.com/ciam-cli/ciam/internal/loopback"
	"github.com/ciam-cli/ciam/internal/tokencache"
)

// loginOptions are the flags of `ciam login`.
type loginOptions struct {
	app                                                    appOptions
	signup, noBrowser, demo, deviceCode                    bool
	prompt, loginHint, domainHint, uiLocales, responseMode string
	port                                                   int
	timeout                                                time.Duration
	native                                                 nativeOptions
	// ifNeeded leaves a session alone that gives a token.
	ifNeeded bool
	// plan is how the person gets to the tenant's page.
	plan plan
	// replace lets the sign-in make a profile another app's, and replace a session that cannot be opened.
	replace bool
}

func newLoginCmd(r *run) *cobra.Command {
	var o loginOptions
	cmd := &cobra.Command{
		Use:   "login",
		Short: "Sign in through the tenant's user flow in the browser",
		Long: `Sign in through the tenant's sign-in and sign-up user flow in the system browser.

The answer arrives on a listener on http://localhost, port 3000 or another free one, that
lives as long as the sign-in. The ID token is verified before anything is kept, and the
tokens go to the OS keychain. With --tenant and --client-id the profile is remembered for
next time.

With --device-code the person signs in on another device, where a browser is. With --native
there is no browser at all: email address, password and one-time codes are given here or by
flags (native authentication), for test users and scripts. The tenant's app must allow
either: https://github.com/ciam-cli/ciam/blob/main/docs/scripts.md`,
		Example: `  ciam login
  ciam login --signup
  ciam login --tenant contoso --client-id 00001111-aaaa-2222-bbbb-3333cccc4444
  ciam login --scope api://11112222-bbbb-3333-cccc-4444dddd5555/orders.read
  ciam login --no-browser
  ciam login --device-code
  ciam login --native --email ada@example.com
  ciam login --demo`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runLogin(cmd.Context(), r, o) },
	}
	o.app.add(cmd)
	o.app.addScopes(cmd)
	flags := cmd.Flags()
	flags.StringVar(&o.app.redirectURI, "redirect-uri", "", "the registered redirect `URI`, http://localhost[:port][/path]")
	flags.BoolVar(&o.signup, "signup", false, "open the sign-up page (prompt=create); with --native, make a new account")
	flags.StringVar(&o.prompt, "prompt", "", "`PROMPT` for the tenant: "+strings.Join(auth.Prompts(), ", "))
	flags.StringVar(&o.loginHint, "login-hint", "", "fill in this `EMAIL` address")
	flags.StringVar(&o.domainHint, "domain-hint", "", "go straight to this identity `PROVIDER`, such as Google")
	flags.StringVar(&o.uiLocales, "ui-locales", "", "`LANGUAGES` of the pages, such as \"de en\"")
	flags.StringVar(&o.responseMode, "response-mode", "", "`MODE` of the answer: form_post, or query (default form_post for a browser that is opened, query for an address that is shown)")
	flags.IntVar(&o.port, "port", 0, "listen on this `PORT` and no other")
	flags.BoolVar(&o.noBrowser, "no-browser", false, "print the URL instead of opening a browser")
	flags.BoolVar(&o.deviceCode, "device-code", false, "show a code to type in on any device, for a machine without a browser")
	flags.DurationVar(&o.timeout, "timeout", 5*time.Minute, "how long to wait for the browser")
	flags.BoolVar(&o.ifNeeded, "if-needed", false, "do nothing where the token command would give a token as it is")
	flags.BoolVar(&o.demo, "demo", false, "sign in to the embedded tenant (same as --profile demo)")
	flags.BoolVar(&o.replace, "replace", false, "let the profile be another app's from now on, or replace a session that cannot be opened; what was kept goes")
	o.native.add(cmd)
	return cmd
}

// check refuses what cannot be meant, before anything is opened or asked.
func (o *loginOptions) check() error {
	bad := func(format string, args ...any) error {
		return &usageError{message: fmt.Sprintf(format, args...), hint: "see `ciam login --help`"}
	}
	if err := o.checkNative(); err != nil {
		return err
	}
	if o.signup && !o.native.native {
		if o.prompt != "" && o.prompt != "create" {
			return bad("--signup and --prompt %s exclude each other", o.prompt)
		}
		o.prompt = "create"
	}
	switch {
	case o.prompt != "" && !slices.Contains(auth.Prompts(), o.prompt):
		return bad("--prompt %q is none of %s", o.prompt, strings.Join(auth.Prompts(), ", "))
	case o.responseMode != "" && o.responseMode != "form_post" && o.responseMode != "query":
		return bad("--response-mode %q is neither form_post nor query", o.responseMode)
	case o.deviceCode && (o.prompt != "" || o.loginHint != "" || o.domainHint != "" || o.port != 0 || o.noBrowser):
		return bad("--device-code opens no browser: --signup, --prompt, the hints, --port and --no-browser do not go with it")
	case o.port < 0 || o.port > 65535:
		return bad("--port %d is no port; expected 1 to 65535", o.port)
	case o.timeout <= 0:
		return bad("--timeout %s is not positive", o.timeout)
	}
	return nil
}

func runLogin(ctx context.Context, r *run, o loginOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	if _, err := r.format("text", "json"); err != nil {
		return err
	}
	if o.ifNeeded {
		if done, err := r.signedInAlready(ctx, o); done || err != nil {
			return err
		}
	}
	if !o.deviceCode && !o.native.native && !r.filledIn {
		o.plan = r.plan(o.noBrowser, o.responseMode == "form_post")
		if err := r.refused(o.plan, o.demo); err != nil {
			return err
		}
	}
	t, err := r.loginTarget(ctx, o)
	if err != nil {
		return err
	}
	return t.fail(t.login(ctx, o))
}

// login signs in to the target and writes down what it gains by it.
func (t *target) login(ctx context.Context, o loginOptions) error {
	r := t.run
	if !o.native.native { // which has no pages
		stop, err := r.startDemo(t)
		if err != nil {
			return err
		}
		defer stop()
	}
	// Known before the browser opens: a configuration that cannot be written to, while nothing is lost.
	if t.create || t.replaces || t.makeCurrent {
		if err := config.Writable(r.configPath()); err != nil {
			return err
		}
	}
	before := r.sessions()
	t.app.Claim = func(session tokencache.Session) error { return t.claim(ctx, session) }
	result, err := t.signIn(ctx, o)
	var notKept *auth.NotKeptError
	if errors.As(err, &notKept) {
		return r.handOver(result, err)
	}
	if err != nil {
		return err
	}
	if err := t.leaveOldStore(ctx, before, result.Session); err != nil {
		r.warn(err.Error())
	}
	if result.Shared {
		r.info("another ciam has just signed in with this profile; its session is used")
	}
	t.tellWho(before, result)
	return t.showLogin(result)
}

// signIn signs the person in, in the way that the flags choose.
// A passphrase can be mistyped: at a terminal it is asked for three times.
func (t *target) signIn(ctx context.Context, o loginOptions) (*auth.LoginResult, error) {
	for try := 1; ; try++ {
		result, err := t.signInOnce(ctx, o)
		var store *keychain.UnavailableError
		if try == 3 || !errors.As(err, &store) || store.State != keychain.WrongKey || t.run.passphrase == nil {
			return result, err
		}
		t.run.warn("this passphrase does not open the sealed file")
		t.run.passphrase = nil
		if t.service, err = t.run.service(t.settings, t.store); err != nil {
			return nil, err
		}
	}
}

func (t *target) signInOnce(ctx context.Context, o loginOptions) (*auth.LoginResult, error) {
	switch {
	case o.native.native:
		return t.run.nativeLogin(ctx, t.service, t.app, t.settings, o)
	case o.deviceCode:
		return t.service.DeviceLogin(ctx, t.app, auth.DeviceRequest{Timeout: o.timeout, OnCode: t.run.showDeviceCode})
	}
	result, err := t.service.Login(ctx, t.app, t.loginRequest(o))
	return result, t.run.explainWait(err)
}

func (t *target) loginRequest(o loginOptions) auth.LoginRequest {
	r, p := t.run, t.settings
	return auth.LoginRequest{
		Redirect: func(confidential bool) (*url.URL, error) { return p.Redirect(confidential) },
		Port:     o.port, ResponseMode: cmp.Or(o.responseMode, "form_post"), Prompt: o.prompt, LoginHint: o.loginHint,
		DomainHint: o.domainHint, UILocales: o.uiLocales, Timeout: o.timeout,
		OnReady: func(ctx context.Context, ready auth.Ready) error {
			return r.sendToBrowser(ctx, ready, errand{what: "sign in", where: "to " + t.tenantName(), plan: o.plan, timeout: o.timeout})
		},
		OnWaited: r.waited,
		OnStray:  r.stray,
		Success:  r.signedInPage,
		Failure:  func(err error) loopback.Page { return r.failurePage(t.fail(err)) },
	}
}

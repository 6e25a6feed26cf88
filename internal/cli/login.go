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
)

// loginOptions are the flags of `ciam login`.
type loginOptions struct {
	app                                                    appOptions
	signup, noBrowser, demo, deviceCode                    bool
	prompt, loginHint, domainHint, uiLocales, responseMode string
	port                                                   int
	timeout                                                time.Duration
	native                                                 nativeOptions
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
either. See docs/scripts.md.`,
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
	flags.StringVar(&o.responseMode, "response-mode", "form_post", "how the answer comes back: form_post or query")
	flags.IntVar(&o.port, "port", 0, "listen on this `PORT` and no other")
	flags.BoolVar(&o.noBrowser, "no-browser", false, "print the URL instead of opening a browser")
	flags.BoolVar(&o.deviceCode, "device-code", false, "show a code to type in on any device, for a machine without a browser")
	flags.DurationVar(&o.timeout, "timeout", 5*time.Minute, "how long to wait for the browser")
	flags.BoolVar(&o.demo, "demo", false, "sign in to the embedded tenant (same as --profile demo)")
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
	case o.responseMode != "form_post" && o.responseMode != "query":
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
	if o.demo {
		if r.global.profile != "" && r.global.profile != demoProfile {
			return &usageError{message: "--demo is the profile demo, and --profile names another", hint: "leave one of them out"}
		}
		r.global.profile = demoProfile
	}
	profile, err := r.resolve(o.app)
	if err != nil {
		return err
	}
	if !o.native.native { // which has no pages
		stop, err := r.startDemo(&profile)
		if err != nil {
			return err
		}
		defer stop()
	}
	if err := complete(profile); err != nil {
		return err
	}
	a, err := r.app(profile, o.app.credential)
	if err != nil {
		return err
	}
	// Saved before the browser opens: a folder that cannot be written to is known while nothing is lost.
	if err := r.remember(profile, o.app); err != nil {
		return err
	}
	service, err := r.service(profile)
	if err != nil {
		return err
	}
	result, err := r.signIn(ctx, service, a, profile, o)
	var notKept *auth.NotKeptError
	if errors.As(err, &notKept) {
		return r.handOver(result, err)
	}
	if err != nil {
		return err
	}
	if err := r.pin(profile, result.Session.TenantID); err != nil {
		r.warn(err.Error())
	}
	if result.Shared {
		r.info("another ciam has just signed in with this profile; its session is used")
	}
	return r.showLogin(profile, result)
}

// signIn signs the person in, in the way that the flags choose.
func (r *run) signIn(ctx context.Context, service *auth.Service, a auth.App, p config.Profile, o loginOptions) (*auth.LoginResult, error) {
	if o.native.native {
		return r.nativeLogin(ctx, service, a, p, o)
	}
	if o.deviceCode {
		return service.DeviceLogin(ctx, a, auth.DeviceRequest{Timeout: o.timeout, OnCode: r.showDeviceCode})
	}
	return service.Login(ctx, a, r.loginRequest(p, o))
}

// complete says what is missing before a sign-in can start.
func complete(p config.Profile) error {
	var missing []string
	if p.Authority == "" {
		missing = append(missing, "--tenant")
	}
	if p.ClientID == "" {
		missing = append(missing, "--client-id")
	}
	if len(missing) == 0 {
		return nil
	}
	return &usageError{
		message: fmt.Sprintf("profile %q does not say which tenant and app to sign in to: %s missing", p.Name, strings.Join(missing, " and ")),
		hint:    "give them here or with `ciam profile add`; to try ciam without a tenant, run `ciam login --demo`",
	}
}

func (r *run) loginRequest(p config.Profile, o loginOptions) auth.LoginRequest {
	return auth.LoginRequest{
		Redirect: func(confidential bool) (*url.URL, error) { return p.Redirect(confidential) },
		Port:     o.port, ResponseMode: o.responseMode, Prompt: o.prompt, LoginHint: o.loginHint,
		DomainHint: o.domainHint, UILocales: o.uiLocales, Timeout: o.timeout,
		OnReady: func(ctx context.Context, ready auth.Ready) error {
			return r.sendToBrowser(ctx, ready, errand{what: "sign in", noBrowser: o.noBrowser, timeout: o.timeout})
		},
		OnStray: r.stray,
		Success: r.signedInPage,
		Failure: func(err error) loopbackPage { return r.failurePage(err) },
	}
}

// remember writes the tenant and app that flags named into the profile, as `az login` does: the next command needs
// no flags then. What comes from the environment stays there.
func (r *run) remember(p config.Profile, o appOptions) error {
	if p.Name == demoProfile {
		return r.useDemo()
	}
	if o.tenant == "" && o.clientID == "" && r.global.tokenStore == "" {
		return nil
	}
	file, err := r.configFile()
	if err != nil {
		return err
	}
	stored, _ := file.Profile(p.Name)
	if o.tenant != "" && o.tenant != stored.Authority {
		stored.Authority, stored.TenantID = o.tenant, ""
	}
	if o.clientID != "" {
		stored.ClientID = o.clientID
	}
	if o.redirectURI != "" {
		stored.RedirectURI = o.redirectURI
	}
	if len(o.scopes) > 0 {
		stored.Scopes = o.scopes
	}
	if stored.Authority == "" {
		return nil // all from the environment: there is no profile to remember anything in
	}
	stored.TokenStore = cmp.Or(r.global.tokenStore, stored.TokenStore)
	file.Put(stored)
	return file.Save()
}

// pin notes the tenant id, learnt from the validated issuer, in a profile of the file that has none.
func (r *run) pin(p config.Profile, tenantID string) error {
	if p.Name == demoProfile {
		return nil
	}
	file, err := r.configFile()
	if err != nil {
		return err
	}
	stored, ok := file.Profile(p.Name)
	if !ok || stored.TenantID != "" || stored.Authority != p.Authority {
		return nil
	}
	stored.TenantID = tenantID
	file.Put(stored)
	return file.Save()
}

package cli

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/ciam-cli/ciam/internal/auth"
	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/config"
	"github.com/ciam-cli/ciam/internal/loopback"
)

// Microsoft Graph Command Line Tools: an app of Microsoft's with the redirect URI http://localhost, which gets what
// administrators consent to. Graph PowerShell signs in through it.
const (
	graphTools     = "14d82eec-204b-4c2f-b7e8-296a70dab67e"
	graphToolsName = "Microsoft Graph Command Line Tools"
)

// personAccess is an administrator who signs in, through a browser or with a device code.
type personAccess struct {
	of      *administrator
	session *auth.Administration
	plan    plan
	// asked are the permissions of all sign-ins so far.
	asked []string
	who   string
}

// administration is what gets tokens from the place where administrators sign in.
func (a *administrator) administration(at authority.Authority, clientID string, credential auth.Credential) *auth.Administration {
	r := a.run
	return &auth.Administration{
		Service:  &auth.Service{HTTP: a.http, Authorities: r.resolver(a.http, a.settings), Now: r.Now, Rand: r.Rand, Warn: r.warn},
		App:      auth.App{Authority: at, TenantID: a.TenantID, ClientID: strings.ToLower(clientID), Credential: credential},
		Resource: graphResource(a.root),
	}
}

// nobodyAdministratorError is nobodyError for an administrator.
type nobodyAdministratorError struct{ *nobodyError }

func explainNobodyAdministrator(_ *nobodyAdministratorError, at place, f *failure) {
	f.hint = "`" + at.login + " --device-code` shows a code to type in elsewhere; scripts give an access token in CIAM_GRAPH_TOKEN or to `--access-token-stdin`, or are an app that acts for itself: `--client-credentials`"
}

// person makes ready for a sign-in. Where nobody can sign in, that is said before any request.
func (a *administrator) person() (*personAccess, error) {
	p := &personAccess{of: a}
	if a.options.deviceCode || a.run.filledIn {
		return p, nil
	}
	if p.plan = a.run.plan(a.options.noBrowser, false); p.plan.way == refuse {
		return nil, &nobodyAdministratorError{&nobodyError{plan: p.plan}}
	}
	return p, nil
}

// permit implements graphAccess.
func (p *personAccess) permit(ctx context.Context, permissions []string) error {
	wanted := slices.Clone(p.asked)
	for _, s := range permissions {
		if !slices.Contains(wanted, s) {
			wanted = append(wanted, s)
		}
	}
	if p.who != "" && len(wanted) == len(p.asked) && p.session.Valid() {
		return nil
	}
	err := p.renew(ctx, wanted)
	if _, needed := find[*auth.LoginRequiredError](err); needed {
		err = p.signIn(ctx, wanted)
	}
	if err != nil {
		return err
	}
	p.asked, p.who = wanted, p.session.Person().Person().Short()
	if granted := p.session.Granted(); granted != nil {
		if missing := missingPermissions(granted, wanted, false); len(missing) > 0 {
			return &permissionError{missing: missing, has: granted, by: "the access token of " + p.who, clientID: p.clientID()}
		}
	}
	return nil
}

// renew asks for further permissions without the administrator, and says so.
func (p *personAccess) renew(ctx context.Context, wanted []string) error {
	err := p.session.Renew(ctx, wanted)
	if err == nil && len(wanted) > len(p.asked) {
		p.of.run.info("%s may also use %s", p.who, strings.Join(wanted[len(p.asked):], ", "))
	}
	return err
}

// signIn signs the administrator in, after saying what for.
func (p *personAccess) signIn(ctx context.Context, wanted []string) error {
	a, again := p.of, p.who != ""
	if err := p.announce(ctx, wanted); err != nil {
		return err
	}
	var err error
	if a.options.deviceCode {
		err = p.session.SignInByDevice(ctx, wanted, auth.DeviceRequest{Timeout: a.options.timeout, OnCode: func(ctx context.Context, code auth.DeviceCode) error {
			code.ServicePage = code.Page // which is right for administrators
			return a.run.showDeviceCode(ctx, code)
		}})
	} else {
		err = a.run.explainWait(p.session.SignIn(ctx, wanted, p.request()))
	}
	if err != nil {
		return p.refusal(err)
	}
	who := p.session.Person().Person().Short()
	if again && who != p.who {
		a.run.warn("another administrator has signed in than before")
	}
	a.run.info("%s signed in as %s, for this run only", a.run.Streams.Green("✓"), who)
	return nil
}

func (p *personAccess) request() auth.LoginRequest {
	a, r := p.of, p.of.run
	req := auth.LoginRequest{
		Redirect: func(bool) (*url.URL, error) {
			return config.ParseRedirectURI(config.DefaultPublicRedirectURI, "redirect_uri")
		},
		Port: a.options.port, ResponseMode: "form_post", Prompt: "select_account", Timeout: a.options.timeout,
		OnReady: func(ctx context.Context, ready auth.Ready) error {
			return r.sendToBrowser(ctx, ready, errand{what: "sign in", where: "to " + a.tenantName() + " as an administrator", plan: p.plan, timeout: a.options.timeout})
		},
		OnWaited: r.waited,
		OnStray:  r.stray,
		Success:  r.signedInPage,
		Failure:  func(err error) loopback.Page { return r.failurePage(a.fail(p.refusal(err))) },
	}
	if p.who != "" { // who signed in before is to consent to more
		req.Prompt, req.LoginHint = "", p.who
	}
	return req
}

func (p *personAccess) clientID() string {
	if p.of.options.clientID != "" {
		return p.of.options.clientID
	}
	return graphTools
}

// announce says what is asked for, of whom and through what. Microsoft's own app is asked about once, since what is granted to
// it stays in the tenant.
func (p *personAccess) announce(ctx context.Context, wanted []string) error {
	a, r := p.of, p.of.run
	if p.who != "" {
		r.info("%s is to consent to more for %s: %s", p.who, a.tenantName(), strings.Join(wanted[len(p.asked):], ", "))
		return nil
	}
	ask := a.options.clientID == "" && !r.global.noInput && !a.options.agreed()
	say := r.info
	if ask {
		say = r.Streams.Say
	}
	say("An administrator of %s is needed, with these permissions and no others:", a.tenantName())
	for _, permission := range wanted {
		say("  %s", permission)
	}
	if a.options.clientID != "" {
		say("They are asked for by your app %s.", a.options.clientID)
		return nil
	}
	say("They are asked for by Microsoft's app %q (%s).", graphToolsName, graphTools)
	say(`On its page leave "Consent on behalf of your organization" without a tick.`)
	say("What was granted is taken back at Entra admin center > Enterprise applications > %s > Permissions (or Properties > Delete).", graphToolsName)
	if !ask {
		return nil
	}
	answer, err := r.Streams.Ask(ctx, "Sign in through "+graphToolsName+"? [Y/n] ")
	if err != nil {
		return err
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "", "y", "yes":
		return nil
	}
	return &declinedToolsError{}
}

// declinedToolsError is a person who does not want to sign in through Microsoft's app.
type declinedToolsError struct{}

func (e *declinedToolsError) Error() string { return "nobody was signed in through " + graphToolsName }

// tenantName is what a person calls the tenant.
func (a *administrator) tenantName() string {
	if a.Subdomain == "" {
		return "the tenant at " + hostOf(a.Authority)
	}
	return a.Subdomain
}

// token implements graphAccess.
func (p *personAccess) token(ctx context.Context) (string, error) {
	token, err := p.session.Token(ctx)
	return token, p.of.fail(err)
}

// name implements graphAccess.
func (p *personAccess) name() string { return p.who }

// about implements graphAccess.
func (p *personAccess) about() (auth.GraphToken, bool) { return p.session.About() }

package cli

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ciam-cli/ciam/internal/auth"
	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/config"
	"github.com/ciam-cli/ciam/internal/graph"
)

// administratorOptions are the flags of the commands that speak to Microsoft Graph: which tenant, and who speaks.
type administratorOptions struct {
	tenant, clientID                         string
	deviceCode, noBrowser, tokenStdin, asApp bool
	port                                     int
	timeout                                  time.Duration
	credential                               credentialOptions
	cmd                                      *cobra.Command
}

func (o *administratorOptions) add(cmd *cobra.Command) {
	o.cmd = cmd
	flags := cmd.Flags()
	flags.StringVar(&o.tenant, "tenant", "", "the `TENANT`: subdomain, domain, tenant ID or URL")
	flags.StringVar(&o.clientID, "client-id", "", "sign in through this app of yours, by its client `ID` (default Microsoft Graph Command Line Tools)")
	flags.BoolVar(&o.deviceCode, "device-code", false, "show a code to type in on any device, for a machine without a browser")
	flags.BoolVar(&o.noBrowser, "no-browser", false, "print the URL instead of opening a browser")
	flags.IntVar(&o.port, "port", 0, "listen on this `PORT` and no other")
	flags.DurationVar(&o.timeout, "timeout", 5*time.Minute, "how long to wait for the administrator")
	flags.BoolVar(&o.tokenStdin, "access-token-stdin", false, "read an access token for Microsoft Graph from stdin, and sign nobody in")
	flags.BoolVar(&o.asApp, "client-credentials", false, "act as an app of its own, without a person; wants its credential, and its application permissions in the tenant")
	o.credential.add(cmd)
}

// check refuses what cannot be meant, before anything is opened or asked.
func (o *administratorOptions) check() error {
	bad := func(format string, args ...any) error {
		return &usageError{message: fmt.Sprintf(format, args...), hint: "see `" + o.cmd.CommandPath() + " --help`"}
	}
	var ways []string
	for _, w := range []struct {
		given bool
		flag  string
	}{{o.tokenStdin, "--access-token-stdin"}, {o.deviceCode, "--device-code"}, {o.asApp, "--client-credentials"}} {
		if w.given {
			ways = append(ways, w.flag)
		}
	}
	browser := o.noBrowser || o.port != 0
	switch {
	case len(ways) > 1:
		return bad("%s and %s are two ways to speak to Microsoft Graph, and one is needed", ways[0], ways[1])
	case len(ways) == 1 && browser:
		return bad("%s opens no browser: --port and --no-browser do not go with it", ways[0])
	case o.tokenStdin && o.clientID != "":
		return bad("--access-token-stdin signs nobody in: --client-id does not go with it")
	case !o.asApp && o.credential != (credentialOptions{}):
		return bad("a credential is an app's own: --client-credentials says that the app acts for itself")
	case o.port < 0 || o.port > 65535:
		return bad("--port %d is no port; expected 1 to 65535", o.port)
	case o.timeout <= 0:
		return bad("--timeout %s is not positive", o.timeout)
	}
	if o.clientID != "" {
		return authority.ValidClientID(o.clientID)
	}
	return nil
}

// readsStdin reports whether stdin has the token, or the secret, so that nothing else can be read from it.
func (o *administratorOptions) readsStdin() bool {
	return o.tokenStdin || o.credential.secretFile == "-"
}

// agreed reports whether nobody is to be asked, as the --yes of the command says.
func (o *administratorOptions) agreed() bool {
	f := o.cmd.Flags().Lookup("yes")
	return f != nil && f.Value.String() == "true"
}

// given reports whether an access token was given, in place of a sign-in, and by what. A flag that chooses a way to sign in
// wins over the environment.
func (o *administratorOptions) given(env config.Environment) (by string, ok bool) {
	switch {
	case o.tokenStdin:
		return "--access-token-stdin", true
	case o.deviceCode, o.noBrowser, o.port != 0, o.asApp, o.clientID != "":
		return "", false
	}
	return "CIAM_GRAPH_TOKEN", env.GraphToken != ""
}

// administrator is who sets a tenant up through Microsoft Graph: another identity than the tenant's customers. What it holds
// lives as long as the run.
type administrator struct {
	TenantID  string // GUID, of the tenant's own metadata
	Authority string // as a profile keeps it
	Subdomain string // "" where nothing tells

	run      *run
	options  administratorOptions
	root     string
	client   *graph.Client
	http     *http.Client
	settings config.Profile
	metadata authority.Metadata // of the tenant, as its customers know it
	// from is where the access token comes from.
	from graphAccess
}

// graphAccess is one way to an access token for Microsoft Graph.
type graphAccess interface {
	// permit sees to it that the token has the permissions.
	permit(ctx context.Context, permissions []string) error
	// token is the newest one.
	token(ctx context.Context) (string, error)
	// name is whose it is, for a person; "" before permit.
	name() string
	// about is what the token says of itself, for words only; false where it says nothing.
	about() (auth.GraphToken, bool)
}

// administrator finds the tenant and makes ready to ask for an administrator. Nobody is signed in yet: only the tenant's public
// metadata is read.
func (r *run) administrator(ctx context.Context, o administratorOptions) (*administrator, error) {
	a := &administrator{run: r, options: o}
	return a, a.fail(a.prepare(ctx))
}

func (a *administrator) prepare(ctx context.Context) (err error) {
	r, o := a.run, a.options
	if err := o.check(); err != nil {
		return err
	}
	if a.root, err = graph.Root(r.env.GraphURL); err != nil {
		return err
	}
	var person *personAccess
	by, given := o.given(r.env)
	switch {
	case given:
		a.from, err = r.givenToken(ctx, a, by)
	case !o.asApp:
		person, err = a.person()
	}
	if err != nil {
		return err
	}
	c, err := r.administeredTenant(ctx, o)
	if err != nil {
		return err
	}
	a.settings = c.settings
	at, err := a.find(ctx)
	switch {
	case err != nil:
		return err
	case person != nil:
		person.session = a.administration(at, person.clientID(), auth.Credential{})
		a.from = person
	case o.asApp:
		credential, clientID, err := a.appCredential(ctx, c)
		if err != nil {
			return err
		}
		a.from = &appAccess{of: a, session: a.administration(at, clientID, credential)}
	}
	return nil
}

// administeredTenant is the profile, or what flags and environment say in its place, whose tenant is meant. Only an app that
// acts for itself is looked for, too.
func (r *run) administeredTenant(ctx context.Context, o administratorOptions) (choice, error) {
	wanted := appOptions{tenant: o.tenant}
	if o.asApp {
		wanted.clientID, wanted.credential = o.clientID, o.credential
	}
	c, err := r.choose(ctx, wanted)
	switch {
	case err != nil:
		return c, err
	case c.name == demoProfile:
		return c, &usageError{message: "the profile demo is the embedded tenant, which has no administrator",
			hint: "`ciam emulator --seed empty` is a tenant to set up; `ciam emulator env` prints the settings for it"}
	case c.settings.Authority == "":
		return c, &usageError{message: "nothing says which tenant is meant: --tenant missing", hint: "name it with `--tenant`, or a profile with `--profile`"}
	}
	return c, nil
}

// find asks the tenant for its metadata, and returns where its administrators sign in.
func (a *administrator) find(ctx context.Context) (authority.Authority, error) {
	tenant, err := authority.Parse(a.settings.Authority)
	if err != nil {
		return authority.Authority{}, err
	}
	if err := a.place(tenant); err != nil { // before any request
		return authority.Authority{}, err
	}
	if a.http, err = a.run.httpClient(a.settings); err != nil {
		return authority.Authority{}, err
	}
	token := func(ctx context.Context) (string, error) { return a.from.token(ctx) }
	if a.client, err = graph.New(a.root, graph.Options{HTTP: a.http, Now: a.run.Now, RequestID: a.run.newGUID, Token: token}); err != nil {
		return authority.Authority{}, err
	}
	a.metadata, err = a.run.resolver(a.http, a.settings).Metadata(ctx, tenant, strings.ToLower(cmp.Or(a.settings.TenantID, tenant.TenantID())))
	if err != nil {
		return authority.Authority{}, err
	}
	a.TenantID, a.Authority, a.Subdomain = a.metadata.TenantID, a.settings.Authority, tenant.Subdomain()
	if u, err := url.Parse(a.metadata.AuthorizationEndpoint); a.Subdomain == "" && err == nil {
		if published, err := authority.Parse("https://" + u.Host); err == nil {
			a.Subdomain = published.Subdomain()
		}
	}
	return administratorsOf(tenant, a.TenantID, a.root)
}

// permit sees to it that graph has an access token with these permissions ("Application.Read.All"): without a word where
// the session allows it, else by signing the administrator in.
func (a *administrator) permit(ctx context.Context, scopes []string) error {
	return a.fail(a.from.permit(ctx, scopes))
}

// name is who speaks to Graph, for a person; "" before permit.
func (a *administrator) name() string { return a.from.name() }

// graph calls Microsoft Graph with the newest token.
func (a *administrator) graph() *graph.Client { return a.client }

// fail makes an error one of this command, so that its hint names it.
func (a *administrator) fail(err error) error {
	if err == nil {
		return nil
	}
	if _, located := find[*locatedError](err); located {
		return err
	}
	line := a.commandLine()
	return &locatedError{err: err, login: line, flag: ""}
}

// commandLine is the command that was run, to be run again: without what chooses the way to sign in, which a hint adds.
func (a *administrator) commandLine() string {
	cmd, on := a.options.cmd, a.run.system()
	line := cmd.CommandPath()
	cmd.Flags().Visit(func(f *pflag.Flag) {
		switch f.Name {
		case "device-code", "no-browser", "timeout", "port", "access-token-stdin", "debug", "quiet", "no-color", "output", "jq":
			return
		}
		values := []string{f.Value.String()}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			values = list.GetSlice()
		}
		for _, v := range values {
			line += " --" + f.Name
			if f.Value.Type() != "bool" {
				line += " " + on.quote(v)
			}
		}
	})
	for _, arg := range cmd.Flags().Args() {
		line += " " + on.quote(arg)
	}
	return line
}

// newGUID makes a random GUID (RFC 9562 section 5.4).
func (r *run) newGUID() string {
	var b [16]byte
	_, _ = r.Rand.Read(b[:]) // crypto/rand ends the program rather than fail
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

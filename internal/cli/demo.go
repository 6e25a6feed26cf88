package cli

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/ciam-cli/ciam/internal/auth"
	"github.com/ciam-cli/ciam/internal/config"
	"github.com/ciam-cli/ciam/internal/emulator"
	"github.com/ciam-cli/ciam/internal/emulator/host"
	"github.com/ciam-cli/ciam/internal/emulator/visitor"
	"github.com/ciam-cli/ciam/internal/keychain"
	"github.com/ciam-cli/ciam/internal/term"
)

// demoOptions are the flags of `ciam demo`.
type demoOptions struct {
	noBrowser bool
	timeout   time.Duration
}

func newDemoCmd(r *run) *cobra.Command {
	var o demoOptions
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Sign up, sign in, see claims, get a token and sign out on the embedded tenant",
		Long: `Show the whole story on the embedded tenant, each step with the command you would type for
a tenant of your own: sign up a new customer, see who is signed in and the claims, get and
renew an access token, sign out.

Your browser is used when there is one; otherwise the pages are filled in for you, and it
says so. At a terminal it waits for Enter before each step. Nothing is kept: no tenant,
network, keychain or set-up is needed.`,
		Example: "  ciam demo\n  ciam demo --no-browser\n  ciam demo --no-input        # without waiting for Enter",
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return runDemo(cmd.Context(), r, o) },
	}
	cmd.Flags().BoolVar(&o.noBrowser, "no-browser", false, "fill in the pages instead of opening a browser")
	cmd.Flags().DurationVar(&o.timeout, "timeout", 5*time.Minute, "how long to wait for the browser")
	return cmd
}

// story is one run of the demo: the real commands, on a tenant, a token store and folders that vanish with it.
type story struct {
	*run
	server  *emulator.Server
	visitor *visitor.Visitor // nil when a browser is used
	visits  sync.WaitGroup
	// before is when the access token that was shown last expires.
	before time.Time
}

// step is one of the story's: the real command's own function under a title.
type step struct {
	title, command string
	// page is what the browser opens, "" for nothing.
	page string
	run  func() error
}

func runDemo(ctx context.Context, r *run, o demoOptions) error {
	if _, err := r.format("text"); err != nil {
		return err
	}
	if o.timeout <= 0 {
		return &usageError{message: "--timeout wants a positive duration", hint: "see `ciam demo --help`"}
	}
	folder, drop, err := host.Scratch()
	if err != nil {
		return err
	}
	defer drop()
	s := newStory(r, folder)
	if s.server, err = s.demo.open(); err != nil {
		return err
	}
	defer s.demo.closer()
	if o.noBrowser || !s.browserAvailable() {
		s.employVisitor(ctx)
	}
	return s.tell(ctx, o)
}

// newStory copies the run with everything that would last replaced.
func newStory(r *run, folder string) *story {
	env := *r.Env
	store := keychain.Memory()
	env.OpenStore = func(string) (keychain.Store, error) { return store, nil }
	inner := *r
	inner.Env = &env
	inner.env = config.Environment{TokenStore: "memory", Browser: r.env.Browser, Display: r.env.Display, WSL: r.env.WSL, Surroundings: r.env.Surroundings, CAFile: r.env.CAFile}
	inner.global.account = ""
	inner.dirs = config.Dirs{Config: filepath.Join(folder, "config"), Cache: filepath.Join(folder, "cache"), State: filepath.Join(folder, "state")}
	inner.global.profile, inner.global.config, inner.global.tokenStore = demoProfile, "", "memory"
	inner.file, inner.resolvers, inner.passing = nil, nil, true
	inner.demo = newEmbedded(emulator.Options{Now: r.Now})
	return &story{run: &inner}
}

func (s *story) browserAvailable() bool {
	return decide(s.facts(false, false)).way.opens()
}

// employVisitor fills in the pages in place of a person with a browser.
func (s *story) employVisitor(ctx context.Context) {
	s.filledIn = true
	s.visitor = visitor.New(demoNetwork{s.demo})
	s.visitor.Email, s.visitor.Password, s.visitor.SignUp = "ada@example.com", rand.Text()+"-a1", true
	s.visitor.Attributes = map[string]string{"displayName": "Ada Example", "givenName": "Ada", "surname": "Example", "country": "Switzerland"}
	s.visitor.Code = func(ctx context.Context, email string) (string, error) {
		for _, m := range slices.Backward(s.server.Outbox()) {
			if m.To == email {
				return m.Code, nil
			}
		}
		return "", errors.New("no one-time code was sent")
	}
	s.visitor.OnPage = func(page string) { s.info("    page: %s", page) }
	// Not the opener's context, which ends with the answer: the page is fetched after it.
	s.OpenBrowser = func(_ context.Context, address string) error {
		s.visits.Go(func() {
			if _, err := s.visitor.Visit(ctx, address); err != nil && ctx.Err() == nil {
				s.warn("filling in the pages: " + err.Error())
			}
		})
		return nil
	}
}

// demoNetwork reaches the embedded tenant inside the process, and everything else, which is ciam's own listener, through a socket.
type demoNetwork struct{ tenant *embedded }

// RoundTrip implements http.RoundTripper.
func (n demoNetwork) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Hostname() == "localhost" && len(req.URL.Path) > 1 && n.owns(req.URL.Path) {
		return n.tenant.RoundTrip(req)
	}
	if req.URL.Hostname() != "localhost" {
		return http.DefaultTransport.RoundTrip(req)
	}
	// Where no resolver knows localhost, in a root without /etc/hosts for one, it is the loopback address all the same.
	local := req.Clone(req.Context())
	local.Host, local.URL.Host = cmp.Or(req.Host, req.URL.Host), net.JoinHostPort("127.0.0.1", cmp.Or(req.URL.Port(), "80"))
	resp, err := http.DefaultTransport.RoundTrip(local)
	if resp != nil {
		resp.Request = req
	}
	return resp, err
}

func (n demoNetwork) owns(path string) bool {
	id := emulator.DefaultSeed().Tenants[0].ID
	return len(path) > len(id) && path[1:len(id)+1] == id
}

// tell runs the steps. Each is the real command's own function.
func (s *story) tell(ctx context.Context, o demoOptions) error {
	s.info("This is ciam on its embedded tenant: no cloud account, and nothing is kept.")
	if s.visitor != nil {
		s.info("No browser is used: the pages are filled in for you, as %s.", s.visitor.Email)
	} else {
		s.info("Your browser opens in a moment. One-time codes are not mailed: the page says where to find them.")
	}
	login := loginOptions{timeout: o.timeout, signup: true}
	signOut := func() error { return runLogout(ctx, s.run, logoutOptions{timeout: o.timeout}) }
	steps := []step{
		{"Sign up a new customer through the user flow", "ciam login --signup", "sign-up", func() error { return runLogin(ctx, s.run, login) }},
		{"See who is signed in", "ciam whoami", "", func() error { return runWhoami(ctx, s.run, whoamiOptions{}) }},
		{"See the claims of the verified ID token", "ciam claims", "", func() error { return runClaims(ctx, s.run, claimsOptions{}, nil) }},
		{"Get an access token for a script", "ciam token", "", func() error { return s.showToken(ctx, false) }},
		{"Renew it with the refresh token", "ciam token --force-refresh", "", func() error { return s.showToken(ctx, true) }},
		{"Sign out, at the tenant too", "ciam logout", "sign-out", signOut},
		{"Sign in again, as an existing customer", "ciam login", "sign-in", func() error { return s.signInAgain(ctx, o) }},
		{"Sign out again", "ciam logout", "sign-out", signOut},
	}
	for i, step := range steps {
		if err := s.pause(ctx, step.page); err != nil {
			return err
		}
		s.info("\n%s\n  $ %s", s.Streams.Bold(fmt.Sprintf("%d. %s", i+1, step.title)), s.Streams.Green(step.command))
		if err := step.run(); err != nil {
			return err
		}
		s.visits.Wait() // the page after the last answer may still be on its way, and belongs to this step
	}
	s.info(`
That was the whole path. Next:
  ciam login --demo                  the embedded tenant, and it is kept
  ciam setup                         your own tenant, from an empty one on
  ciam profile add NAME              an app that it has already
  ciam help                          everything else`)
	return nil
}

// pause waits at a terminal until the person wants to go on, and says what comes: a page that opens takes the eye away from
// what is on the screen. In a pipe, and with --no-input or --quiet, nobody is waited for, nor after the end of stdin.
func (s *story) pause(ctx context.Context, page string) error {
	if s.global.noInput || s.global.quiet || !s.Streams.OutTTY || !s.Streams.ErrTTY {
		return nil
	}
	question := "\nEnter goes on "
	if page != "" && s.visitor == nil {
		question = "\nEnter opens the " + page + " page in your browser "
	}
	_, err := s.Streams.Ask(ctx, question)
	if errors.Is(err, term.ErrNoAnswer) {
		s.global.noInput = true
		return nil
	}
	return err
}

func (s *story) signInAgain(ctx context.Context, o demoOptions) error {
	if s.visitor != nil {
		s.visitor.SignUp = false
	}
	return runLogin(ctx, s.run, loginOptions{timeout: o.timeout})
}

// showToken prints the beginning of the token only: the demo's output gets pasted into chats and tickets.
func (s *story) showToken(ctx context.Context, force bool) error {
	t, err := s.open(ctx, appOptions{})
	if err != nil {
		return err
	}
	result, err := t.service.Token(ctx, t.app, auth.TokenRequest{ForceRefresh: force})
	if err != nil {
		return t.fail(err)
	}
	secret, until := result.AccessToken.Secret, result.AccessToken.ExpiresAt
	before := s.before
	s.before = until
	if err := s.printLine(fmt.Sprintf("%.12s… (%d characters, %s)", secret, len(secret), expiry(until, s.Now()))); err != nil {
		return err
	}
	if note := renewalNote(before, until); note != "" {
		s.info("  %s", note)
	}
	return nil
}

// renewalNote is what to say of a renewed token, "" for nothing: one that ends earlier looks like a mistake.
func renewalNote(before, until time.Time) string {
	if !until.Before(before) {
		return ""
	}
	return "it ends before the one that it replaces: a tenant gives each token 60 to 90 minutes, at random"
}

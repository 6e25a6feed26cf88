package cli

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/auth"
	"github.com/ciam-cli/ciam/internal/browser"
)

// errand is what the browser is needed for.
type errand struct {
	what    string // "sign in", "sign out"
	where   string // the tenant, for a person
	plan    plan
	timeout time.Duration
}

// facts finds out what decides how a person signs in.
func (r *run) facts(noBrowser, formPost bool) facts {
	f := facts{
		terminal: r.Streams.InTTY, noBrowser: noBrowser, noInput: r.neverAsk, formPost: formPost,
		ssh: r.env.SSH, codespaces: r.env.Codespaces, vscode: r.env.VSCode, wsl: r.env.WSL,
		container: r.env.Container || r.machine().Container,
	}
	if r.OpenBrowser != nil {
		f.configured, f.usable = true, true
		return f
	}
	opener := r.opener()
	f.configured, f.system = opener.Configured(), opener.System() == nil
	if err := opener.Usable(); f.configured {
		f.usable = err == nil
		if err != nil && !errors.Is(err, browser.ErrNoBrowser) && !noBrowser {
			f.unusable = err
		}
	}
	return f
}

// plan decides how a person signs in, or gets to a tenant's page for something else, and tells a --debug run why.
func (r *run) plan(noBrowser, formPost bool) plan {
	f := r.facts(noBrowser, formPost)
	p := decide(f)
	r.log.Debug("browser", "plan", p.way.String(), "because", p.why, "terminal", f.terminal, "browser_configured", f.configured, "browser_usable", f.usable,
		"system_browser", f.system, "ssh", f.ssh, "codespaces", f.codespaces, "vscode", f.vscode, "container", f.container, "wsl", f.wsl, "no_input", f.noInput, "no_browser", f.noBrowser)
	if f.unusable != nil && p.way != refuse {
		r.warn(f.unusable.Error())
	}
	return p
}

// nobodyError is a sign-in for which there is nobody: it ends before keychain and network.
type nobodyError struct {
	plan  plan
	login string // the command without what is wrong
}

func (e *nobodyError) Error() string {
	switch {
	case e.plan.by.unusable != nil:
		return "nobody can sign in here: " + e.plan.by.unusable.Error()
	case e.plan.by.noInput:
		return "nobody can sign in here: --no-input, and no browser is set in CIAM_BROWSER or BROWSER"
	}
	return "nobody can sign in here: no terminal and no browser"
}

// refused returns the error of a plan that is to refuse, or nil.
func (r *run) refused(p plan, demo bool) error {
	if p.way != refuse {
		return nil
	}
	login := "ciam login"
	switch {
	case demo:
		login += " --demo"
	case r.global.profile != "":
		login += " -p " + r.system().quote(r.global.profile)
	}
	return &nobodyError{plan: p, login: login}
}

func (r *run) openBrowser(ctx context.Context, url string) error {
	if r.OpenBrowser != nil {
		return r.OpenBrowser(ctx, url)
	}
	return r.opener().Open(ctx, url)
}

// opener is the person's browser. What launchers print is kept off the terminal, where it would stand among our own words.
func (r *run) opener() browser.Opener {
	o := browser.Opener{Command: r.env.Browser, Display: r.env.Display, WSL: r.env.WSL}
	if r.global.debug {
		o.Chatter = func(text string) { r.log.Debug("browser", "says", strings.TrimSpace(text)) }
	}
	return o
}

// sendToBrowser opens the URL, or prints it, as the plan says, and begins to wait; the end of that is waited's.
func (r *run) sendToBrowser(ctx context.Context, ready auth.Ready, e errand) error {
	if r.filledIn {
		// Nobody has a use for the URL: the pages are filled in by the demo's visitor.
		r.waiting = &waiting{errand: &e, run: r, ready: ready, done: func() {}}
		return r.openBrowser(ctx, ready.URL)
	}
	if ready.Moved != nil {
		r.info("%v; listening on port %s instead", ready.Moved, portOf(ready.RedirectURI))
	}
	w := &waiting{errand: &e, run: r, ready: ready, way: e.plan.way}
	if ready.Paste == nil && !w.way.opens() {
		w.way = printAndWait
	}
	r.waiting = w
	if w.way.opens() {
		w.open(ctx)
	} else {
		w.print(ctx)
	}
	w.begin(ctx)
	return nil
}

// waited ends what sendToBrowser began.
func (r *run) waited() {
	if r.waiting != nil && r.waiting.done != nil {
		r.waiting.done()
	}
}

// open opens the browser. When that does not work the address is shown, which the same answer belongs to.
func (w *waiting) open(ctx context.Context) {
	r := w.run
	r.info("Opening your browser to %s %s …", w.what, w.where)
	err := r.openBrowser(ctx, w.ready.URL)
	switch {
	case ctx.Err() != nil: // the end will be told
	case err != nil:
		r.warn("the browser could not be opened: " + err.Error())
		w.way, w.seen.failed = printAndWait, true
		if r.Streams.InTTY && !r.neverAsk && w.ready.Paste != nil {
			w.way = printAndPaste
		}
		w.print(ctx)
	default:
		w.seen.opened = true
		if w.way == openAndOffer && w.ready.Paste == nil {
			w.way = open
		}
		if w.way == openAndOffer {
			w.print(ctx)
			return
		}
		r.info("  no browser? %s takes you there on this machine", w.short(w.ready.URL))
	}
}

// short is a short address for address.
func (w *waiting) short(address string) string {
	return w.ready.Short(address, func() { w.seen.visited.Store(true) })
}

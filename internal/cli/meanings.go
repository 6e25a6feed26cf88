package cli

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/ciam-cli/ciam/internal/auth"
	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/config"
	"github.com/ciam-cli/ciam/internal/emulator"
	"github.com/ciam-cli/ciam/internal/files"
	"github.com/ciam-cli/ciam/internal/graph"
	"github.com/ciam-cli/ciam/internal/idtoken"
	"github.com/ciam-cli/ciam/internal/keychain"
	"github.com/ciam-cli/ciam/internal/loopback"
	"github.com/ciam-cli/ciam/internal/render"
	"github.com/ciam-cli/ciam/internal/term"
	"github.com/ciam-cli/ciam/internal/tokencache"
	"github.com/ciam-cli/ciam/internal/wire"
)

// meaning is a row of the table from errors to exit codes and hints.
type meaning struct {
	// code is the stable one for scripts, and exit the exit code, unless the error itself says more.
	code string
	exit int
	// is reports whether err is of this kind, and fills in what this one error says.
	is func(err error, at place, f *failure) bool
}

// find is errors.As for a type.
func find[T error](err error) (T, bool) {
	var e T
	ok := errors.As(err, &e)
	return e, ok
}

// kind is a row for an error type.
func kind[T error](code string, exit int, fill func(e T, at place, f *failure)) meaning {
	return meaning{code, exit, func(err error, at place, f *failure) bool {
		e, ok := find[T](err)
		if ok {
			fill(e, at, f)
		}
		return ok
	}}
}

// hinted is a row for an error type whose hint is always the same.
func hinted[T error](code string, exit int, hint string) meaning {
	return kind(code, exit, func(_ T, _ place, f *failure) { f.hint = hint })
}

// value is a row for one error.
func value(target error, code string, exit int, fill func(at place, f *failure)) meaning {
	return meaning{code, exit, func(err error, at place, f *failure) bool {
		if !errors.Is(err, target) {
			return false
		}
		fill(at, f)
		return true
	}}
}

// meanings is the one table from errors to exit codes and hints. The order matters where one error wraps another: what
// went wrong at the bottom (no network) comes before what it led to (no verification).
func meanings() []meaning {
	return []meaning{
		kind("interrupted", exitInterrupted, func(e *stoppedError, _ place, f *failure) {
			f.exit, f.message = e.code(), e.Error()
			switch f.exit {
			case exitTerminated:
				f.code = "terminated"
			case exitHungUp:
				f.code = "hung_up"
			}
		}),
		value(context.Canceled, "interrupted", exitInterrupted, func(_ place, f *failure) { f.message = "interrupted" }),
		kind("usage", exitUsage, func(e *usageError, _ place, f *failure) { f.hint = e.hint }),
		kind("", exitOther, func(e *commandError, _ place, f *failure) {
			f.exit, f.code, f.hint, f.details = e.exit, e.code, e.hint, e.details
		}),
		kind("config", exitUsage, explainSetting),
		kind("tenant_form", exitUsage, func(e *authority.FormError, _ place, f *failure) {
			if e.Instead != "" {
				f.hint = "if that is an external tenant, name it with `--tenant " + e.Instead + "`"
			}
		}),
		hinted[*authority.ClientIDError]("client_id", exitUsage, "it is the Application (client) ID on the app's overview page"),
		hinted[*auth.ForeignCredentialError]("foreign_credential", exitUsage, "leave out what names another app or tenant, or give that app's own credential with CIAM_CLIENT_SECRET or a flag --client-…"),
		kind("graph_url", exitUsage, func(_ *graph.RootError, _ place, f *failure) { f.hint = "correct CIAM_GRAPH_URL, or unset it" }),
		kind("graph_url", exitUsage, explainGraphPlace),
		kind("graph_token", exitUsage, explainGivenToken),
		hinted[*notExternalError]("not_external", exitUsage, "user flows for customers are in external tenants: make one in the Entra admin center > Overview > Manage tenants > Create > External, and name it with `--tenant`"),
		kind("permission_missing", exitRefused, explainDenied),
		kind("permission_missing", exitRefused, explainPermission),
		hinted[*render.JQError]("jq", exitUsage, ""),
		hinted[*lostError]("result_lost", exitOther, "what the command does was done; see where stdout leads to, and ask for the result again"),
		kind("not_found", exitNotFound, func(e *notFoundError, _ place, f *failure) { f.hint = e.hint }),
		kind("not_kept", exitStore, explainNotKept),
		kind("file", exitUsage, func(e *files.Error, at place, f *failure) { f.hint = fileHint(at.on, e) }),
		kind("login_required", exitLogin, explainLogin),
		kind("state_damaged", exitUsage, explainState), // where the demo is, no request is answered then
		kind("unreachable", exitUnreachable, func(e *authority.UnreachableError, _ place, f *failure) {
			f.hint = strings.Replace(unreachableHint(e.Cause, e.Proxy), tenantHosts, hostsOf(e.URL), 1)
		}),
		kind("unknown_tenant", exitUnreachable, func(e *authority.UnknownTenantError, _ place, f *failure) {
			f.aadsts, f.hint = e.AADSTS, "check the tenant's subdomain: it is the part before .onmicrosoft.com on the tenant's overview page"
		}),
		hinted[*authority.UntrustedMetadataError]("untrusted_metadata", exitUnverified, "the tenant's metadata names something that does not belong to the tenant; check the authority for a typing error, and what sits between you and the tenant"),
		kind("other_tenant", exitUnverified, explainOtherTenant),
		hinted[*idtoken.VerificationError]("verification_failed", exitUnverified, "nothing was stored. If a time is off, check this machine's clock; otherwise see that the profile names the right tenant and app"),
		kind("", exitRefused, func(e *auth.InputError, _ place, f *failure) {
			f.addRefusal(e.Refused)
			f.code, f.hint = e.Kind+"_refused", inputHint(e.Kind) // password_refused, code_refused, …
		}),
		kind("refused", exitRefused, explainAdministratorRefusal),
		kind("refused", exitRefused, explainRefusal),
		kind("browser_required", exitLogin, func(_ *auth.BrowserRequiredError, at place, f *failure) { f.hint = at.again() }),
		value(auth.ErrNativeSecret, "native_secret", exitUsage, func(at place, f *failure) {
			f.hint = "use another app registration, without a secret, or sign in with `" + at.login + "`"
		}),
		kind("nobody_there", exitLogin, explainNobodyAdministrator),
		kind("nobody_there", exitLogin, func(e *nobodyError, _ place, f *failure) {
			f.hint = "`" + e.login + " --device-code` shows a code to type in elsewhere; scripts use `ciam token --client-credentials` or `" + e.login + " --native`"
		}),
		kind("wrong_pastes", exitRefused, func(_ *wrongPastesError, at place, f *failure) {
			f.hint = at.again() + ", and take the address of the page that its own address leads to; or `" + at.login + " --device-code`"
		}),
		kind("timeout", exitRefused, explainTimeout),
		kind("timeout", exitRefused, func(_ *auth.TimeoutError, at place, f *failure) {
			f.hint = "`" + at.login + " --device-code --timeout 15m` waits longer; a code lives as long as the tenant says"
		}),
		value(auth.ErrNoCredential, "no_credential", exitUsage, func(_ place, f *failure) {
			f.hint = "set CIAM_CLIENT_SECRET or CIAM_CLIENT_CERTIFICATE, or see the flags --client-…"
		}),
		value(auth.ErrAppScopes, "scope", exitUsage, func(_ place, f *failure) { f.hint = "name it with `--scope`" }),
		hinted[*declinedToolsError]("cancelled", exitRefused, "sign in through an app of yours with `--client-id`, or give an access token to `--access-token-stdin`"),
		value(term.ErrNoAnswer, "cancelled", exitRefused, func(_ place, f *failure) {
			f.hint = "run it again and answer, or give what it asks for with a flag (`--help`)"
		}),
		value(loopback.ErrNoCode, "no_code", exitRefused, func(_ place, f *failure) {
			f.hint = "try again; if it stays, the tenant's answer does not follow RFC 6749"
		}),
		kind("bad_answer", exitUnreachable, explainAnswer),
		kind("store_unavailable", exitStore, explainStore),
		kind("store_newer", exitStore, func(_ *keychain.NewerError, at place, f *failure) { f.hint = newerHint(at) }),
		kind("store_corrupt", exitStore, func(_ *keychain.CorruptError, at place, f *failure) { f.hint = at.again() + ", which replaces it" }),
		kind("store_corrupt", exitStore, explainFormat),
		hinted[*tokencache.LockError]("locked", exitUnreachable, "wait for it or end it, then try again"),
		hinted[*loopback.PortError]("port_taken", exitOther, "free the port, choose another with `--port`, or leave `--port` out to let ciam choose"),
		kind("graph_refused", exitRefused, explainGraph),
		value(context.DeadlineExceeded, "timeout", exitUnreachable, func(_ place, f *failure) { f.message, f.hint = "the tenant did not answer in time", "try again" }),
	}
}

// explainGraph is about what no step has explained: what a step lacks is told with the step.
func explainGraph(e *graph.Error, _ place, f *failure) {
	switch {
	case wire.Passing(e.Status):
		f.exit, f.code, f.hint = exitUnreachable, "graph_trouble", "try again later"
		if e.RetryAfter > 0 {
			f.hint = "Microsoft Graph wants to be left alone for " + e.RetryAfter.String() + ": run the command again then"
		}
	case e.WebPage:
		f.exit, f.code, f.hint = exitUnreachable, "graph_trouble", unreachableHint(wire.CauseWebPage, "")
	case e.Status == http.StatusNotFound:
		f.hint = "run the command again: what was just made may not be known everywhere yet; if it stays, the tenant does not have this part of Microsoft Graph"
	case e.Status == http.StatusConflict:
		f.hint = "run the command again: somebody may have changed the tenant at the same time"
	case e.RequestID != "":
		f.hint = "change what it says against, and run the command again; Microsoft's support asks for the request ID"
	default:
		f.hint = "change what it says against, and run the command again"
	}
}

func explainSetting(e *config.Error, at place, f *failure) {
	if e.IO { // the system's trouble, not the user's mistake
		f.exit = exitOther
	}
	if wrong, ok := find[*files.Error](e.Err); ok {
		f.hint = fileHint(at.on, wrong)
	}
}

// explainNotKept takes the hint from why the tokens could not be kept.
func explainNotKept(e *auth.NotKeptError, at place, f *failure) {
	f.hint = at.on.describe(&locatedError{err: e.Err, login: at.login, flag: at.flag}).hint
}

func explainLogin(e *auth.LoginRequiredError, at place, f *failure) {
	f.hint = at.again()
	if errors.Is(e, errNoTenant) { // where a sign-in would ask for the same
		f.hint = "set one up with `ciam setup`, name one that is there with `ciam profile add`, or try ciam without: `ciam login --demo`"
	}
	if len(e.Kept) > 0 {
		f.hint = "run `ciam switch " + at.on.quote(e.Kept[0]) + at.flag + "`, or `" + at.login + "`"
	}
	if refused, ok := find[*auth.RefusedError](e.Err); ok {
		f.addRefusal(refused)
	}
}

func explainRefusal(e *auth.RefusedError, at place, f *failure) {
	if e.Passing() {
		f.exit, f.code, f.hint = exitUnreachable, "tenant_trouble", "try again later"
	}
	f.addRefusal(e)
	if e.Cancelled() {
		f.code, f.message, f.hint = "cancelled", "the sign-in was cancelled in the browser", at.again()+" to try again"
	}
}

func explainAnswer(e *auth.AnswerError, _ place, f *failure) {
	f.hint = "try again; if it stays, see what sits between you and the tenant with `--debug`"
	if e.Cause == wire.CauseWebPage {
		f.hint = unreachableHint(e.Cause, "")
	}
}

// explainTimeout follows from what was seen while the person was waited for.
func explainTimeout(e *unanswered, at place, f *failure) {
	stray := e.seen.stray.Load()
	switch {
	case e.what == "sign out":
		f.hint = "the tokens are gone; for the tenant to send the browser back, " + registered(e.RedirectURI) + " has to be among the app's redirect URIs. `ciam logout --local` leaves the tenant alone"
	case stray != nil && *stray == loopback.StrayHTTPS:
		f.hint = *stray
	case stray != nil && *stray == loopback.StrayState, e.seen.wrong.Load() > 0:
		f.hint = "an answer of another sign-in came: close its tab, and run `" + at.login + "` once more"
	case e.seen.visited.Load():
		f.hint = "a browser went to the tenant and did not come back, so an error page is likely: " + errorPages(e.RedirectURI, at.flag) + ". `" + at.login + " --timeout 15m` waits longer"
	case !e.seen.opened:
		f.hint = "no browser was opened here, and none came: open the address in one that reaches this machine, or sign in on another device with `" + at.login + " --device-code`"
	default:
		f.hint = "the browser was opened, and no request came from it: if it shows no page, `" + at.login + " --no-browser` gives the address to open; if it shows an error page, " + errorPages(e.RedirectURI, at.flag) + ". `" + at.login + " --timeout 15m` waits longer"
	}
}

// errorPages are the numbers of the pages that the tenant shows without sending the browser back, most likely first.
func errorPages(redirectURI, flag string) string {
	return "AADSTS50011 says that " + registered(redirectURI) + " is not registered for the app, AADSTS700016 that the tenant has no such app, AADSTS500208 that its address is not that of its customers; `ciam explain AADSTS50011` tells what to do"
}

// registered is a redirect URI as it is registered: Entra ignores the port of localhost.
func registered(uri string) string {
	u, err := url.Parse(uri)
	if err != nil {
		return uri
	}
	return "http://localhost" + u.Path
}

func explainStore(e *keychain.UnavailableError, at place, f *failure) {
	f.hint = storeHint(e, at)
}

func explainFormat(e *tokencache.FormatError, at place, f *failure) {
	f.hint = at.again() + ", which replaces it"
	if e.Newer {
		f.code, f.hint = "store_newer", newerHint(at)
	}
}

// explainState is about a tenant that an emulator, or the demo, keeps.
func explainState(e *emulator.StateError, _ place, f *failure) {
	f.message, f.hint = e.Error(), "put a copy of it back, or move it away to begin anew"
	if e.Newer {
		f.code, f.hint = "store_newer", "update ciam, or name another folder with `--data`"
	}
}

func newerHint(at place) string {
	return "update ciam, or replace it with `" + at.login + " --replace`"
}

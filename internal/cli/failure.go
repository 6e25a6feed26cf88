package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ciam-cli/ciam/internal/aadsts"
	"github.com/ciam-cli/ciam/internal/auth"
	"github.com/ciam-cli/ciam/internal/graph"
	"github.com/ciam-cli/ciam/internal/wire"
)

// failure is an error as a person or a script gets to see it.
type failure struct {
	exit          int
	code          string // stable, for scripts
	message       string
	details       []string // lines for a person, below the message
	hint          string
	aadsts        int
	correlationID string
	traceID       string
}

// describe finds what an error means to whoever runs the program.
func (r *run) describe(err error) failure { return r.system().describe(err) }

// describe finds what an error means: the first row of the table that knows it.
func (s system) describe(err error) failure {
	at := place{login: "ciam login", on: s}
	if located, ok := find[*locatedError](err); ok {
		at.login, at.flag = located.login, located.flag
	}
	for _, known := range meanings() {
		f := failure{exit: known.exit, code: known.code, message: err.Error()}
		if known.is(err, at, &f) {
			return f
		}
	}
	return failure{exit: exitOther, code: "error", message: err.Error()}
}

// place is where an error happened, for the commands in its hint.
type place struct {
	// login is the command that signs in there, and flag what names its profile to any other command.
	login, flag string
	// on is the system that the hint is for.
	on system
}

func (p place) again() string { return "run `" + p.login + "`" }

// addRefusal adds what the tenant said, and what the catalogue knows of its code.
func (f *failure) addRefusal(r *auth.RefusedError) {
	f.aadsts, f.correlationID, f.traceID = r.Details.Code, r.Details.CorrelationID, r.Details.TraceID
	if r.Suberror == "nativeauthapi_disabled" {
		f.hint = nativeDisabledHint
		return
	}
	entry, ok := aadsts.Lookup(r.Details.Code)
	if !ok {
		return
	}
	f.hint = advice(entry, f.hint)
	if r.Details.Message == "" || !strings.Contains(f.message, r.Details.Message) { // nothing has said yet what it means
		f.hint = strings.TrimSuffix(entry.Meaning, ".") + ": " + f.hint
	}
}

// advice is what to do about a code, before what is to be done then.
func advice(entry aadsts.Entry, then string) string {
	action := strings.TrimSuffix(entry.Action, ".")
	for _, again := range []string{"Sign in again", "Sign in in the browser"} {
		if rest, same := strings.CutPrefix(action, again); same && then != "" {
			return then + rest // which is to sign in
		}
	}
	if !strings.HasPrefix(action, "Entra ") {
		action = strings.ToLower(action[:1]) + action[1:]
	}
	if then != "" {
		return action + "; then " + then
	}
	return fmt.Sprintf("%s; `ciam explain AADSTS%d` says more", action, entry.Code)
}

// unreachableHint follows from the cause; proxy is the one that is the trouble.
func unreachableHint(cause wire.Cause, proxy string) string {
	switch cause {
	case wire.CauseProxyAuth:
		return "HTTPS_PROXY, or ALL_PROXY, takes them as http://USER:PASSWORD@" + proxy
	case wire.CauseProxyRefused:
		return "the proxy's administrator can let " + tenantHosts + " through; NO_PROXY names hosts that need no proxy"
	case wire.CauseProxyDropped, wire.CauseProxyUnreachable:
		return "check HTTPS_PROXY and ALL_PROXY; NO_PROXY names hosts that need no proxy"
	case wire.CauseUntrustedCA:
		return "where a proxy inspects TLS, give the file with its certificate with `--ca-file` or in CIAM_CA_FILE"
	case wire.CauseExpired:
		return "check this machine's clock"
	case wire.CauseWrongName, wire.CauseTLS:
		return "something else answers in the tenant's place: check its name, and what sits between you and it"
	case wire.CauseWebPage:
		return "a proxy or a sign-in page of your network may be in between: open any page in a browser"
	case wire.CauseDNS:
		return "check the tenant's name and the network"
	case wire.CauseRefused, wire.CauseOffline:
		return "check the network, and whether the tenant's address is right"
	case wire.CauseTimeout, wire.CauseDropped, wire.CauseDamaged:
		return "try again; if it stays, check the network and HTTPS_PROXY"
	case wire.CauseStatus:
		return "try again later; if it stays, check the tenant's name"
	}
	return "check the network, a proxy (HTTPS_PROXY) or a private certificate authority (CIAM_CA_FILE), and the tenant's name"
}

// tenantHosts are where external tenants are.
const tenantHosts = "*.ciamlogin.com"

// hostsOf are the hosts that a proxy has to let through for an address: an administrator signs in at another, and Microsoft
// Graph is at a third.
func hostsOf(address string) string {
	host := hostOf(address)
	if strings.HasPrefix(host, "login.microsoftonline.") || strings.HasPrefix(host, "login.partner.microsoftonline.") || slices.Contains(graph.Hosts(), host) {
		return host
	}
	return tenantHosts
}

// inputHint is what to do about an input that a native sign-in refused.
func inputHint(kind string) string {
	switch kind {
	case auth.InputCode:
		return "run the command again: it has a new code sent"
	case auth.InputNewPassword:
		return "choose another password and run the command again"
	case auth.InputAttributes:
		return "correct it and run the command again"
	}
	return "try again, set a new password with `--reset-password`, or make the account with `--signup`"
}

// nativeDisabledHint is the way to the switch. The error's number is that of a wrong secret and leads astray.
const nativeDisabledHint = "in the Entra admin center, open App registrations > your app > Authentication > Advanced settings, set \"Enable the following mobile and desktop flows\" and \"Enable native authentication\" to Yes, and save"

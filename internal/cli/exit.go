package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/ciam-cli/ciam/internal/aadsts"
	"github.com/ciam-cli/ciam/internal/auth"
	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/config"
	"github.com/ciam-cli/ciam/internal/idtoken"
	"github.com/ciam-cli/ciam/internal/keychain"
	"github.com/ciam-cli/ciam/internal/loopback"
	"github.com/ciam-cli/ciam/internal/render"
	"github.com/ciam-cli/ciam/internal/tokencache"
)

// Exit codes. They are part of the contract and only ever gain members.
const (
	exitOK          = 0
	exitOther       = 1
	exitUsage       = 2
	exitNotFound    = 3
	exitLogin       = 4
	exitUnreachable = 5
	exitUnverified  = 6
	exitStore       = 7
	exitRefused     = 8
	exitInterrupted = 130
)

// exitCodes documents them for the reference page and `ciam help exit-codes`.
func exitCodes() []struct {
	Code    int
	Meaning string
} {
	return []struct {
		Code    int
		Meaning string
	}{
		{exitOK, "it worked"},
		{exitOther, "any other error"},
		{exitUsage, "the command line or a setting is wrong"},
		{exitNotFound, "no such profile or claim"},
		{exitLogin, "sign-in required: run `ciam login`"},
		{exitUnreachable, "the network or the tenant cannot be reached, or its answer makes no sense"},
		{exitUnverified, "a token or the tenant's metadata failed verification"},
		{exitStore, "the token store is not available"},
		{exitRefused, "refused by the tenant, cancelled by the person, or timed out waiting for the person"},
		{exitInterrupted, "interrupted with Ctrl-C"},
	}
}

// usageError is a command line that cannot be carried out.
type usageError struct{ message, hint string }

func (e *usageError) Error() string { return e.message }

// notFoundError is a profile or claim that does not exist.
type notFoundError struct{ message, hint string }

func (e *notFoundError) Error() string { return e.message }

// commandError is an error whose exit code, code and hint only its own command can know: a program that does not start,
// an API that says no.
type commandError struct {
	exit                int
	code, message, hint string
}

func (e *commandError) Error() string { return e.message }

// failure is an error as a person or a script gets to see it.
type failure struct {
	exit          int
	code          string // stable, for scripts
	message       string
	hint          string
	aadsts        int
	correlationID string
	traceID       string
}

// describe is the one table from errors to exit codes and hints. The order matters where one error wraps another:
// what went wrong at the bottom (no network) comes before what it led to (no verification).
func describe(err error, profile string) failure {
	var (
		usage       *usageError
		notFound    *notFoundError
		foreign     *auth.ForeignCredentialError
		own         *commandError
		setting     *config.Error
		form        *authority.FormError
		clientID    *authority.ClientIDError
		jq          *render.JQError
		unreachable *authority.UnreachableError
		noTenant    *authority.UnknownTenantError
		untrusted   *authority.UntrustedMetadataError
		unverified  *idtoken.VerificationError
		login       *auth.LoginRequiredError
		refused     *auth.RefusedError
		input       *auth.InputError
		browser     *auth.BrowserRequiredError
		answer      *auth.AnswerError
		timeout     *auth.TimeoutError
		notKept     *auth.NotKeptError
		lock        *tokencache.LockError
		format      *tokencache.FormatError
		corrupt     *keychain.CorruptError
		newer       *keychain.NewerError
		store       *keychain.UnavailableError
		port        *loopback.PortError
	)
	f := failure{exit: exitOther, code: "error", message: err.Error()}
	again := "ciam login" + profileFlag(profile)
	switch {
	case errors.Is(err, context.Canceled):
		f = failure{exit: exitInterrupted, code: "interrupted", message: "interrupted"}
	case errors.As(err, &usage):
		f.exit, f.code, f.hint = exitUsage, "usage", usage.hint
	case errors.As(err, &own):
		f.exit, f.code, f.hint = own.exit, own.code, own.hint
	case errors.As(err, &setting):
		f.exit, f.code = exitUsage, "config"
		if setting.IO {
			f.exit = exitOther
		}
	case errors.As(err, &form):
		f.exit, f.code = exitUsage, "tenant_form"
	case errors.As(err, &clientID):
		f.exit, f.code, f.hint = exitUsage, "client_id", "it is the Application (client) ID on the app's overview page"
	case errors.As(err, &foreign):
		f.exit, f.code, f.hint = exitUsage, "foreign_credential", "leave out what names another app or tenant, or give that app's own credential with CIAM_CLIENT_SECRET or a flag --client-…"
	case errors.As(err, &jq):
		f.exit, f.code = exitUsage, "jq"
	case errors.As(err, &notFound):
		f.exit, f.code, f.hint = exitNotFound, "not_found", notFound.hint
	case errors.As(err, &notKept):
		f = describe(notKept.Err, profile)
		f.message = notKept.Error()
		f.exit, f.code = exitStore, "not_kept"
	case errors.As(err, &login):
		f.exit, f.code, f.hint = exitLogin, "login_required", "run `"+again+"`"
		if errors.As(login.Err, &refused) {
			f.addRefusal(refused)
		}
	case errors.As(err, &unreachable):
		f.exit, f.code = exitUnreachable, "unreachable"
		f.hint = "check the network, a proxy (HTTPS_PROXY) or a private certificate authority (CIAM_CA_FILE), and the tenant's name"
	case errors.As(err, &noTenant):
		f.exit, f.code = exitUnreachable, "unknown_tenant"
		f.aadsts = noTenant.AADSTS
		f.hint = "check the tenant's subdomain: it is the part before .onmicrosoft.com on the tenant's overview page"
	case errors.As(err, &untrusted):
		f.exit, f.code = exitUnverified, "untrusted_metadata"
		f.hint = "the tenant's metadata names something that does not belong to the tenant; check the authority for a typing error, and what sits between you and the tenant"
	case errors.As(err, &unverified):
		f.exit, f.code = exitUnverified, "verification_failed"
		f.hint = "nothing was stored. If a time is off, check this machine's clock; otherwise see that the profile names the right tenant and app"
	case errors.As(err, &refused):
		f.exit, f.code = exitRefused, "refused"
		f.addRefusal(refused)
		if refused.Cancelled() {
			f.code, f.message, f.hint = "cancelled", "the sign-in was cancelled in the browser", "run `"+again+"` to try again"
		}
		if errors.As(err, &input) {
			f.code, f.hint = input.Kind+"_refused", inputHint(input.Kind) // password_refused, code_refused, …
		}
	case errors.As(err, &browser):
		f.exit, f.code, f.hint = exitLogin, "browser_required", "run `"+again+"`"
	case errors.Is(err, auth.ErrNativeSecret):
		f.exit, f.code, f.hint = exitUsage, "native_secret", "use another app registration, without a secret, or sign in with `"+again+"`"
	case errors.As(err, &timeout) && timeout.RedirectURI == "":
		f.exit, f.code, f.hint = exitRefused, "timeout", "`--timeout` waits longer"
	case errors.As(err, &timeout):
		f.exit, f.code = exitRefused, "timeout"
		f.hint = fmt.Sprintf("if the browser shows an error page, follow it: AADSTS50011 means that %s is not registered for the app. `--timeout` waits longer", timeout.RedirectURI)
	case errors.Is(err, auth.ErrNoCredential):
		f.exit, f.code, f.hint = exitUsage, "no_credential", "set CIAM_CLIENT_SECRET or CIAM_CLIENT_CERTIFICATE, or see the flags --client-…"
	case errors.Is(err, auth.ErrAppScopes):
		f.exit, f.code, f.hint = exitUsage, "scope", "name it with `--scope`"
	case errors.Is(err, loopback.ErrNoCode):
		f.exit, f.code, f.hint = exitRefused, "no_code", "try again; if it stays, the tenant's answer does not follow RFC 6749"
	case errors.As(err, &answer):
		f.exit, f.code, f.hint = exitUnreachable, "bad_answer", "try again; if it stays, see what sits between you and the tenant with `--debug`"
	case errors.As(err, &store):
		f.exit, f.code, f.hint = exitStore, "store_unavailable", store.Next
	case errors.As(err, &newer):
		f.exit, f.code, f.hint = exitStore, "store_newer", "update ciam, or run `"+again+"` with this one"
	case errors.As(err, &corrupt):
		f.exit, f.code = exitStore, "store_corrupt"
		f.hint = "run `ciam logout --local" + profileFlag(profile) + "` to clear it, then `" + again + "`"
	case errors.As(err, &format):
		f.exit, f.code = exitStore, "store_corrupt"
		f.hint = "run `ciam logout --local" + profileFlag(profile) + "` to clear it, then `" + again + "`"
		if format.Newer {
			f.code, f.hint = "store_newer", "update ciam, or run `"+again+"` with this one"
		}
	case errors.As(err, &lock):
		f.code, f.hint = "locked", "wait for it or end it, then try again"
	case errors.As(err, &port):
		f.code, f.hint = "port_taken", "free the port, choose another with `--port`, or leave `--port` out to let ciam choose"
	case errors.Is(err, context.DeadlineExceeded):
		f.exit, f.code, f.message, f.hint = exitUnreachable, "timeout", "the tenant did not answer in time", "try again"
	}
	return f
}

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
	advice := fmt.Sprintf("%s. What to do: %s", strings.TrimSuffix(entry.Meaning, "."), strings.TrimSuffix(entry.Action, "."))
	if f.hint == "" {
		f.hint = advice
	} else {
		f.hint = advice + "; then " + f.hint
	}
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

// profileFlag is what to add to a suggested command so that it means the same profile.
func profileFlag(profile string) string {
	switch profile {
	case "", defaultProfile:
		return ""
	}
	return " -p " + profile
}

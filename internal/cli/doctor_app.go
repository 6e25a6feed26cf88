package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/ciam-cli/ciam/internal/aadsts"
	"github.com/ciam-cli/ciam/internal/auth"
	"github.com/ciam-cli/ciam/internal/doctor"
)

// yourApp is where an app registration is.
const yourApp = "Entra admin center > App registrations > your app > "

// checkApp asks the authorize endpoint, as a browser does before the sign-in page, and once more with a redirect URI that
// cannot be registered: only where that is refused does the first answer say anything.
func (d *diagnosis) checkApp(ctx context.Context) doctor.Result {
	if store, err := d.r.store(d.store); err == nil {
		d.service.Store = store
		d.credential, d.credentialErr = d.service.Proof(ctx, d.app, d.md)
	} else {
		d.credential, d.credentialErr = d.app.Credential, err
	}
	redirect, err := d.choice.settings.Redirect(d.credential.Confidential())
	if err != nil {
		return failed(d.r.describe(err).message, "`ciam profile show`")
	}
	d.redirect = redirect.String()
	if d.sight, err = d.service.See(ctx, d.app, d.md, d.redirect); err != nil {
		return unseen(err.Error(), "try again in a minute: `ciam doctor app`")
	}
	if refused := d.sight.Refused; refused != nil && !d.sight.Returned {
		switch code := refused.Details.Code; {
		case isRedirectCode(code):
			d.control = true
			return doctor.Found("the tenant knows it")
		case code == 700016:
			return failed("the tenant knows no app "+d.app.ClientID+" (AADSTS700016)", d.appNext())
		case code == 70001 || code == 7000112:
			return failed(fmt.Sprintf("the app is disabled in the tenant (AADSTS%d)", code), "Entra admin center > Enterprise applications > the app > Properties > Enabled for users to sign-in")
		default:
			return unseen("the tenant refuses the request: "+saying(refused), explainNext(code))
		}
	}
	if d.sight.Returned { // only to where it is registered
		d.control = true
		return doctor.Found("the tenant knows it")
	}
	foreign, err := d.service.ForeignRedirect()
	if err != nil {
		return unseen(err.Error(), "")
	}
	other, err := d.service.See(ctx, d.app, d.md, foreign)
	d.control = err == nil && other.Refused != nil && !other.Returned && isRedirectCode(other.Refused.Details.Code)
	if !d.control {
		return unseen("the tenant begins a sign-in with any redirect URI, so its answer says nothing of the app", yourApp+"Overview has the ID")
	}
	return doctor.Found("the tenant knows it")
}

// isRedirectCode reports a refusal of the redirect URI, which the tenant compares once it has found the app.
func isRedirectCode(code int) bool {
	return code == 50011 || code == 900971 || code == 70004 || code == 500113
}

// saying is what the tenant said, in its words.
func saying(refused *auth.RefusedError) string {
	text := refused.Details.Message
	if refused.Details.Code != 0 {
		text = fmt.Sprintf("AADSTS%d: %s", refused.Details.Code, text)
	}
	if text == "" {
		text = refused.Code
	}
	return text
}

func explainNext(code int) string {
	if _, known := aadsts.Lookup(code); known {
		return "`ciam explain AADSTS" + strconv.Itoa(code) + "`"
	}
	return "Entra admin center > Monitoring & health > Sign-in logs"
}

// appNext is where to find the app's ID, and how to use it.
func (d *diagnosis) appNext() string {
	next := yourApp + "Overview has its Application (client) ID, in the tenant that is signed in to"
	if d.choice.known && d.choice.name != demoProfile {
		next += "; then " + d.settleLine(d.r.system().quote(d.choice.settings.Authority), "ID")
	}
	return next
}

func (d *diagnosis) checkRedirect(context.Context) doctor.Result {
	refused := d.sight.Refused
	switch {
	case refused != nil && !d.sight.Returned && isRedirectCode(refused.Details.Code):
		return failed(fmt.Sprintf("%s is not registered (AADSTS%d)", registered(d.redirect), refused.Details.Code), d.redirectNext())
	case !d.control:
		return unseen("whether "+registered(d.redirect)+" is registered", d.redirectNext())
	}
	return doctor.Found("%s is registered", registered(d.redirect))
}

// redirectNext is where the redirect URI is registered.
func (d *diagnosis) redirectNext() string {
	platform := "Mobile and desktop applications"
	if d.credential.Confidential() {
		platform = "Web"
	}
	return yourApp + "Authentication > " + platform + " > " + registered(d.redirect)
}

// checkScope tells of what the tenant sent to the redirect URI: by then app and redirect URI were right.
func (d *diagnosis) checkScope(context.Context) doctor.Result {
	scopes := "openid, profile, offline_access"
	for _, s := range d.app.Scopes {
		scopes += ", " + s
	}
	refused := d.sight.Refused
	switch {
	case refused != nil && d.sight.Returned && refused.Passing():
		return unseen("the tenant is in trouble: "+saying(refused), "try again in a minute: `ciam doctor scope`")
	case refused != nil && d.sight.Returned && isScopeTrouble(refused):
		return failed("the tenant refuses to be asked for "+scopes+": "+saying(refused), yourApp+"API permissions, and `ciam doctor scope --scope SCOPE`")
	case refused != nil:
		return unseen("the tenant refuses the request: "+saying(refused), explainNext(refused.Details.Code))
	case !d.control:
		return unseen("whether "+scopes+" can be asked for", yourApp+"API permissions")
	}
	return doctor.Found("%s can be asked for", scopes)
}

// isScopeTrouble reports a refusal that is about what was asked for.
func isScopeTrouble(refused *auth.RefusedError) bool {
	switch refused.Code {
	case "invalid_scope", "invalid_resource", "consent_required":
		return true
	}
	return slices.Contains([]int{28002, 28003, 65001, 65005, 70011, 90008, 500011, 650052, 650053, 650056, 650057}, refused.Details.Code)
}

func (d *diagnosis) checkUserFlow(context.Context) doctor.Result {
	return unseen("no answer to a stranger tells whether the app is linked to one", "Entra admin center > External Identities > User flows > your user flow > Applications")
}

// The requests of --probe-app.
const (
	logged    = "only a request can tell that the tenant logs: "
	nativeSet = yourApp + "Authentication > Advanced settings > Enable native authentication"
	publicSet = yourApp + "Authentication > Advanced settings > Allow public client flows"
)

// probeLine is the command that makes a request which the tenant logs.
func (d *diagnosis) probeLine(check string) string {
	return pasted("ciam doctor" + d.flag() + " --probe-app " + check)
}

// sayProbes says which requests are about to be made, before the first.
func (d *diagnosis) sayProbes(checks []doctor.Check, ids []string) {
	if !d.o.probeApp {
		return
	}
	what := map[string]string{"secret": "a token for the app itself, if it has a credential", "device-code": "a device code", "native": "a native sign-in of an account that does not exist"}
	var all []string
	for _, c := range checks {
		if what[c.ID] != "" && (len(ids) == 0 || slices.Contains(ids, c.ID)) {
			all = append(all, what[c.ID])
		}
	}
	if len(all) > 0 {
		d.tell("asking the tenant, which may log each request: " + strings.Join(all, "; "))
	}
}

func (d *diagnosis) checkSecret(ctx context.Context) doctor.Result {
	var foreign *auth.ForeignCredentialError
	kind := d.credential.Kind()
	switch {
	case errors.As(d.credentialErr, &foreign):
		return failed(foreign.Error(), "leave out what names another app or tenant: `ciam profile show`")
	case d.credentialErr != nil:
		return doctor.Note("none was given; the token store, where one may be kept, cannot be read")
	case !d.credential.Confidential():
		return doctor.Note("none: a public client")
	}
	if len(d.credential.Certificates) > 0 {
		if end := d.credential.Certificates[0].NotAfter; end.Sub(d.r.Now()) < endsSoon {
			return warned("the certificate ends on "+end.UTC().Format("2006-01-02"), yourApp+"Certificates & secrets > Certificates > Upload certificate")
		}
	}
	if !d.o.probeApp {
		return unseen(logged+"whether the "+kind+" is right", d.probeLine("secret"))
	}
	err := d.service.TryCredential(ctx, d.app, d.md, d.credential)
	refused, _ := find[*auth.RefusedError](err)
	switch {
	case err == nil:
		return doctor.Found("the tenant takes the %s", kind)
	case refused == nil || refused.Passing():
		return unseen(err.Error(), "try again in a minute: "+d.probeLine("secret"))
	case refused.Code == "invalid_client":
		return failed("the tenant does not take the "+kind+": "+saying(refused), yourApp+"Certificates & secrets")
	}
	return unseen("the tenant refuses the request: "+saying(refused), explainNext(refused.Details.Code))
}

func (d *diagnosis) checkDeviceCode(ctx context.Context) doctor.Result {
	if !d.o.probeApp {
		return unseen(logged+"whether the app may use device codes", d.probeLine("device-code"))
	}
	return d.probed("device-code", "device codes", publicSet, d.service.TryDeviceCode(ctx, d.app, d.md, d.credential))
}

func (d *diagnosis) checkNative(ctx context.Context) doctor.Result {
	if !d.o.probeApp {
		return unseen(logged+"whether the app may use native authentication", d.probeLine("native"))
	}
	return d.probed("native", "native authentication", nativeSet, d.service.TryNative(ctx, d.app))
}

// probed is the result of a way to sign in without a browser. One that is switched off stands in nobody's way but of who
// wants it.
func (d *diagnosis) probed(check, what, place string, err error) doctor.Result {
	refused, _ := find[*auth.RefusedError](err)
	switch {
	case err == nil:
		return doctor.Found("the app may use %s", what)
	case refused == nil || refused.Passing():
		return unseen(err.Error(), "try again in a minute: "+d.probeLine(check))
	case refused.Code == "invalid_client" || refused.Code == "unauthorized_client" || refused.Status == http.StatusUnauthorized:
		return warned("the app may not use "+what+": "+saying(refused), place)
	}
	return warned("the tenant refuses "+what+": "+saying(refused), explainNext(refused.Details.Code))
}

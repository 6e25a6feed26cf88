package cli

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"

	"github.com/ciam-cli/ciam/internal/graph"
)

// notExternalError is a tenant of another kind than those that have customers.
type notExternalError struct{ name, kind string }

func (e *notExternalError) Error() string {
	return fmt.Sprintf("%s is %s; expected an external tenant (Microsoft Entra External ID)", cmp.Or(e.name, "the tenant"), e.kind)
}

// external refuses a tenant of another kind, once Graph has said which it is. What says nothing of its kind passes.
func (a *administrator) external(org graph.Organization) error {
	switch strings.ToUpper(strings.TrimSpace(org.TenantType)) {
	case "AAD":
		return a.fail(&notExternalError{org.DisplayName, "a workforce tenant"})
	case "AAD B2C":
		return a.fail(&notExternalError{org.DisplayName, "a tenant of Azure AD B2C"})
	}
	if org.ID != "" && !strings.EqualFold(org.ID, a.TenantID) {
		return a.fail(&notExternalError{org.DisplayName, "the tenant " + org.ID + ", and " + a.TenantID + " was meant"})
	}
	return nil
}

// denial is why Graph refused a step.
type denial int

const (
	denied  denial = iota // nothing tells which right it is
	noToken               // the token is not taken
	noScope               // the token lacks the permission
	noRole                // who signed in has a role, and not the one that it takes
	nobody                // who signed in has no role at all, as customers have none
)

// deniedError is a step that Graph refused for want of a right.
type deniedError struct {
	refused     *graph.Error
	why         denial
	step        string
	scope, role string
	who, tenant string // who is "" where nobody knows
	// app says that an app acted for itself, own that somebody's own app was signed in through, and given that the token was.
	app, own, given bool
}

// Unwrap returns Graph's refusal.
func (e *deniedError) Unwrap() error { return e.refused }

func (e *deniedError) Error() string {
	who := cmp.Or(e.who, "whoever the access token is for")
	switch e.why {
	case noToken:
		return fmt.Sprintf("%s: Microsoft Graph does not take the access token: %s", e.step, e.refused)
	case noScope:
		return fmt.Sprintf("%s: %s lacks the permission %s: %s", e.step, who, e.scope, e.refused)
	case noRole:
		return fmt.Sprintf("%s: %s lacks the role %s: %s", e.step, who, e.role, e.refused)
	case nobody:
		return fmt.Sprintf("%s: %s has no directory role in %s, as its customers have none: %s", e.step, who, e.tenant, e.refused)
	}
	return fmt.Sprintf("%s: %s lacks a right: %s", e.step, who, e.refused)
}

// explain says what a refusal of Graph means: which step, which permission, which role, and how to grant it. Any other error
// stays as it is.
func (a *administrator) explain(err error, step string, scope, role string) error {
	refused, ok := find[*graph.Error](err)
	if !ok || refused.Status != http.StatusUnauthorized && !graph.Forbidden(err) || refused.WebPage {
		return a.fail(err)
	}
	e := &deniedError{refused: refused, step: step, scope: scope, role: role, who: a.name(), tenant: a.tenantName(), own: a.options.clientID != ""}
	_, e.given = a.from.(*givenToken)
	_, e.app = a.from.(*appAccess)
	about, readable := a.from.about()
	e.app = e.app || readable && about.App
	administers, _ := about.Administers()
	switch {
	case refused.Status == http.StatusUnauthorized:
		e.why = noToken
	case !readable:
	case scope != "" && about.Permissions != nil && len(missingPermissions(about.Permissions, []string{scope}, e.app)) > 0:
		e.why = noScope
	case e.app: // it has no roles, and the permission
	case !administers:
		e.why = nobody
	case role != "":
		e.why = noRole
	}
	return a.fail(e)
}

func explainDenied(e *deniedError, at place, f *failure) {
	if e.scope != "" {
		f.details = append(f.details, "permission: "+e.scope)
	}
	if e.role != "" && !e.app {
		f.details = append(f.details, "role: "+e.role+", or one above it")
	}
	role := "Entra admin center > Roles & admins > " + cmp.Or(e.role, "the role") + " > Add assignments; where one is only eligible, the role has to be activated first"
	switch e.why {
	case noToken:
		f.exit, f.code = exitLogin, "graph_token"
		f.hint = at.again() + " again"
		if e.given {
			f.hint = "get a new access token for Microsoft Graph in this tenant, or leave it out to sign in"
		}
	case nobody:
		f.code = "customer_signed_in"
		f.hint = "an administrator whose address is a customer's too is signed in as the customer: " + anotherAccount(at) + ". A new administrator gets the role at " + role
	case noRole:
		f.code = "role_missing"
		f.hint = "it is given at " + role
	case noScope:
		f.hint = grantHint(e.app, e.own, e.given, at)
	default:
		f.hint = grantHint(e.app, e.own, e.given, at)
		if !e.app {
			f.hint += "; or the role is missing, which is given at " + role
		}
	}
}

// grantHint is how a permission of Graph is granted.
func grantHint(app, own, given bool, at place) string {
	const grant = "in the Entra admin center, open App registrations > the app > API permissions > Add a permission > Microsoft Graph"
	switch {
	case app:
		return grant + " > Application permissions, and then choose Grant admin consent"
	case given:
		return "get an access token that has it, or leave the token out to sign in"
	case own:
		return grant + " > Delegated permissions, and then choose Grant admin consent"
	}
	return at.again() + " and consent to what it asks for"
}

func explainPermission(e *permissionError, at place, f *failure) {
	f.hint = grantHint(e.app, e.clientID != graphTools, e.given, at)
	if e.given && strings.Contains(fixedClients, e.clientID) && e.clientID != "" {
		f.hint = "the app that got this token, one of Microsoft's, cannot be given every permission (AADSTS65002): leave the token out to sign in, or get one through an app of yours"
	}
}

// fixedClients are Azure CLI and Azure PowerShell, whose permissions of Graph are Microsoft's choice.
const fixedClients = "04b07795-8ddb-461a-bbee-02f9e1bf7b46 1950a258-227b-4e31-a9cf-717495945fc2"

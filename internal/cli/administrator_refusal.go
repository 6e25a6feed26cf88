package cli

import (
	"slices"

	"github.com/ciam-cli/ciam/internal/auth"
	"github.com/ciam-cli/ciam/internal/idtoken"
)

// administratorRefusal is a sign-in of an administrator, or of an app for itself, that the tenant refused. Many a number means
// something else then than it does for a customer.
type administratorRefusal struct {
	*auth.RefusedError
	clientID string
	app      bool // it acts for itself
	device   bool // by a device code
}

// Unwrap returns the refusal.
func (e *administratorRefusal) Unwrap() error { return e.RefusedError }

// otherTenantError is an ID token of another tenant than the one that was asked.
type otherTenantError struct {
	*idtoken.VerificationError
	expected, got string
}

func (e *otherTenantError) Error() string {
	return "the sign-in was answered for another tenant: expected " + e.expected + ", got " + e.got
}

// Unwrap returns the verification error.
func (e *otherTenantError) Unwrap() error { return e.VerificationError }

// refusal makes an error of a sign-in one of an administrator's.
func (p *personAccess) refusal(err error) error {
	if invalid, ok := find[*idtoken.VerificationError](err); ok {
		for _, c := range invalid.Failed() {
			if c.Name == "tenant" {
				return &otherTenantError{invalid, c.Expected, c.Got}
			}
		}
	}
	if refused, ok := find[*auth.RefusedError](err); ok && !refused.Passing() {
		return &administratorRefusal{RefusedError: refused, clientID: p.clientID(), device: p.of.options.deviceCode}
	}
	return err
}

func (p *appAccess) refusal(err error) error {
	if refused, ok := find[*auth.RefusedError](err); ok && !refused.Passing() {
		return &administratorRefusal{RefusedError: refused, clientID: p.session.App.ClientID, app: true}
	}
	return err
}

func explainOtherTenant(_ *otherTenantError, _ place, f *failure) {
	f.hint = "nothing was sent to Microsoft Graph. Give the tenant by its ID with `--tenant`; if it stays, something else answers in the place of the sign-in page"
}

// explainAdministratorRefusal is what the catalogue says, but where a number means something else for an administrator.
func explainAdministratorRefusal(e *administratorRefusal, at place, f *failure) {
	explainRefusal(e.RefusedError, at, f)
	own := e.clientID != graphTools
	switch code := e.Details.Code; {
	case slices.Contains(ofCustomers(), code):
		f.code, f.hint = "customer_signed_in", "that is an account of the tenant's customers, or of another tenant; "+anotherAccount(at)
	case code == 65001 || code == 90094 || code == 90095 || code == 90008:
		f.code, f.hint = "consent_missing", consentHint(e, at)
	case code == 65004:
		f.code, f.hint = "consent_refused", at.again()+" and accept what it asks for, which is said before; `--client-id` takes an app of yours that has the consent"
	case code == 65002 && own:
		f.hint = "app " + e.clientID + " is one of Microsoft's that cannot be given these permissions: leave `--client-id` out, or give an app of yours"
	case code == 700016 && !own:
		f.hint = "a tenant knows Microsoft's app once an administrator has consented to it; " + at.again() + " as one who may, or give an app of yours with `--client-id`"
	case code == 50011 && own:
		f.hint = "in the Entra admin center, open App registrations > the app > Authentication > Add a platform > Mobile and desktop applications, and add http://localhost; then " + at.again()
	case code == 50105:
		f.hint = "in the Entra admin center, open Enterprise applications > the app > Users and groups, and assign the administrator; then " + at.again()
	case e.device && (code == 53003 || code == 50097 || code == 530032 || code == 53000 || code == 530003):
		f.hint = "a Conditional Access policy may refuse device codes: sign in through a browser, without `--device-code`"
	}
}

// ofCustomers are the numbers by which Microsoft's page for the people of an organization refuses a customer of the tenant, and
// a guest or stranger likewise.
func ofCustomers() []int { return []int{500208, 50020, 500200, 500207, 50034, 51004, 16000} }

// anotherAccount is what to do where somebody else signed in than was meant.
func anotherAccount(at place) string {
	return at.again() + " again and choose \"Use another account\", or with `--no-browser` and a private window"
}

// consentHint is who can consent, and where.
func consentHint(e *administratorRefusal, at place) string {
	if e.app || e.clientID != graphTools {
		return grantHint(e.app, true, false, at)
	}
	return at.again() + " as an administrator who may consent for the tenant (Cloud Application Administrator, Privileged Role Administrator); after that nobody is asked again"
}

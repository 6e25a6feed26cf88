package cli

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/ciam-cli/ciam/internal/graph"
)

func explainPermission(e *permissionError, _ place, f *failure) {
	f.hint = "get a token that has it, or leave the token out and sign in"
	if e.app {
		f.hint = "in the Entra admin center, open App registrations > the app > API permissions, add the application permission, and grant admin consent"
	}
	f.details = append(f.details, "missing: "+strings.Join(e.missing, ", "))
}

// explain says what a refusal of Graph means: which step, which permission, which role, and how to grant it. Any other error
// stays as it is.
func (a *administrator) explain(err error, step string, scope, role string) error {
	return a.fail(err)
}

// notExternalError is a tenant of another kind than those that have customers.
type notExternalError struct{ name, kind string }

func (e *notExternalError) Error() string {
	return fmt.Sprintf("%s is %s; expected an external tenant (Microsoft Entra External ID)", cmp.Or(e.name, "the tenant"), e.kind)
}

// external refuses a tenant of another kind, once Graph has said which it is. What says nothing of its kind passes.
func (a *administrator) external(org graph.Organization) error {
	switch org.TenantType {
	case "AAD":
		return a.fail(&notExternalError{org.DisplayName, "a workforce tenant"})
	case "AAD B2C":
		return a.fail(&notExternalError{org.DisplayName, "a tenant of Azure AD B2C"})
	}
	return nil
}

package tenant_test

import (
	"fmt"

	"github.com/ciam-cli/ciam/internal/graph"
	"github.com/ciam-cli/ciam/internal/tenant"
)

// A plan is made of a file and of what was found, here an empty tenant, and of nothing else.
func ExampleMake() {
	found := &tenant.Found{GraphPrincipal: "g", Organization: graph.Organization{ID: "aaaabbbb-0000-cccc-1111-dddd2222eeee", TenantType: "CIAM"}}
	answers := tenant.Answers{Name: "shop", Method: tenant.OTP, UserFlow: "SignInSignUp"}
	wanted, err := answers.Wanted(found)
	if err != nil {
		fmt.Println(err)
		return
	}
	plan, err := tenant.Make(wanted, found, tenant.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, step := range plan.Steps {
		fmt.Println(step.Mark, step.Kind, step.Name)
	}
	fmt.Println(plan.Empty())
	// Output:
	// + application shop
	// + service principal shop
	// + admin consent shop: Microsoft Graph
	// + user flow SignInSignUp
	// + app in user flow SignInSignUp: shop
	// false
}

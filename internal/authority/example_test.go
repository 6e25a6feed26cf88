package authority_test

import (
	"fmt"

	"github.com/ciam-cli/ciam/internal/authority"
)

func ExampleParse() {
	for _, tenant := range []string{
		"contoso",
		"AAAABBBB-0000-cccc-1111-dddd2222eeee",
		"https://contoso.ciamlogin.com/contoso.onmicrosoft.com/v2.0/.well-known/openid-configuration",
		"https://login.contoso.com/aaaabbbb-0000-cccc-1111-dddd2222eeee",
	} {
		a, err := authority.Parse(tenant)
		fmt.Println(a, err)
	}
	_, err := authority.Parse("https://login.microsoftonline.com/common")
	fmt.Println(err != nil)
	// Output:
	// https://contoso.ciamlogin.com/contoso.onmicrosoft.com <nil>
	// https://aaaabbbb-0000-cccc-1111-dddd2222eeee.ciamlogin.com/aaaabbbb-0000-cccc-1111-dddd2222eeee <nil>
	// https://contoso.ciamlogin.com/contoso.onmicrosoft.com <nil>
	// https://login.contoso.com/aaaabbbb-0000-cccc-1111-dddd2222eeee <nil>
	// true
}

// The issuer of a token is of another host than the authority: the one with the tenant's ID.
func ExampleIssuer() {
	fmt.Println(authority.Issuer("aaaabbbb-0000-cccc-1111-dddd2222eeee"))
	// Output: https://aaaabbbb-0000-cccc-1111-dddd2222eeee.ciamlogin.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0
}

func ExampleAuthority_Vouches() {
	contoso, _ := authority.Parse("contoso")
	other, _ := authority.Parse("https://login.contoso.com/aaaabbbb-0000-cccc-1111-dddd2222eeee")
	fmt.Println(contoso.Vouches(contoso), contoso.Vouches(other))
	// Output: true false
}

package idtoken_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/ciam-cli/ciam/internal/idtoken"
	"github.com/ciam-cli/ciam/internal/idtoken/idtokentest"
)

// The first case is a token as the tenant makes it. For another app's it is refused before the tenant's keys are asked for.
func ExampleVerify() {
	raw := idtokentest.Cases()[0].Token
	want := idtoken.Expectation{Issuer: idtokentest.Issuer, TenantID: idtokentest.TenantID, ClientID: idtokentest.ClientID, Nonce: idtokentest.Nonce, Now: idtokentest.Now()}
	token, err := idtoken.Verify(context.Background(), raw, &tenantKeys{}, want)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(token.Person())

	want.ClientID = "another app"
	_, err = idtoken.Verify(context.Background(), raw, &tenantKeys{}, want)
	var refused *idtoken.VerificationError
	if errors.As(err, &refused) {
		fmt.Println(refused.Failed()[0].Name)
	}
	// Output:
	// Ada Example <ada@example.com>
	// audience
}

func ExampleDescribe() {
	meaning, known := idtoken.Describe("tid")
	fmt.Println(known, meaning.Text)
	meaning, _ = idtoken.Describe("extension_0123456789abcdef0123456789abcdef_loyaltyNumber")
	fmt.Println(meaning.Text)
	_, known = idtoken.Describe("made_up")
	fmt.Println(known)
	// Output:
	// true the tenant: its id
	// custom attribute "loyaltyNumber" of this person, as the user flow collected it
	// false
}

func ExampleCompare() {
	diff, err := idtoken.Compare([]byte(`{"name":"Ada","roles":["reader"],"iat":1}`), []byte(`{"name":"Ada","roles":["reader","writer"],"iat":2}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range diff.Changes {
		fmt.Println(c.Kind(), c.Name, string(c.After))
	}
	fmt.Println(diff.Same, diff.Always)
	// Output:
	// changed roles ["reader","writer"]
	// [name] [iat]
}

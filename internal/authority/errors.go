package authority

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ciam-cli/ciam/internal/wire"
)

// ErrUnknownKey is returned (wrapped) by Keys.Key when the tenant publishes no usable key with that kid, also after asking again.
var ErrUnknownKey = errors.New("no such signing key")

// FormError says why a string is not a tenant, and which forms are. It is a mistake of usage, not of the tenant.
type FormError struct {
	Input       string // what was given, shortened, without user name and password
	Problem     string // what is wrong with it: a clause that continues "authority <input> …"
	Placeholder bool   // left over from a sample, such as Enter_the_Tenant_Subdomain_Here
	Instead     string // a tenant that the input names in the wrong place, in a form that Parse takes; "" for none
}

func (e *FormError) Error() string {
	return fmt.Sprintf("authority %q %s (accepted: %s)", e.Input, e.Problem, strings.Join(Forms(), ", "))
}

// Forms lists the accepted forms of an authority, by example, for messages and help.
func Forms() []string {
	return []string{
		"contoso", "contoso.onmicrosoft.com", "a tenant id (GUID)", "https://contoso.ciamlogin.com",
		"https://<tenant id>.ciamlogin.com/<tenant id>/v2.0", "https://login.contoso.com/<tenant id>",
	}
}

func formError(input, problem string) *FormError {
	return &FormError{Input: shown(input), Problem: problem}
}

// shown makes an input fit for a message: bounded, and without what stands before an @ in a URL.
func shown(s string) string {
	if i := strings.LastIndexByte(s, '@'); i >= 0 {
		s = "…" + s[i:]
	}
	return shorten(s)
}

// UnreachableError says that the tenant could not be asked, and why.
type UnreachableError = wire.UnreachableError

// UnknownTenantError says that the service answered, but knows no such tenant.
type UnknownTenantError struct {
	Tenant      string // as asked for
	AADSTS      int    // such as 90002; 0 when the answer named none
	Description string // the service's own text, first sentence or line, at most 512 bytes
}

func (e *UnknownTenantError) Error() string {
	msg := fmt.Sprintf("tenant %q is not known to the service", e.Tenant)
	if e.AADSTS != 0 {
		msg += fmt.Sprintf(" (AADSTS%d)", e.AADSTS)
	}
	if e.Description != "" {
		msg += ": " + e.Description
	}
	return msg
}

// UntrustedMetadataError says that the tenant's metadata or key set breaks the rule of the package comment. Nothing of it is used.
type UntrustedMetadataError struct {
	Field    string // member of the metadata, such as issuer
	Expected string
	Got      string // shortened; "" when the member is missing
}

func (e *UntrustedMetadataError) Error() string {
	got := "nothing"
	if e.Got != "" {
		got = fmt.Sprintf("%q", e.Got)
	}
	return fmt.Sprintf("metadata of the tenant is not trusted: %s: expected %s, got %s", e.Field, e.Expected, got)
}

func untrusted(field, expected, got string) *UntrustedMetadataError {
	return &UntrustedMetadataError{Field: field, Expected: expected, Got: shorten(got)}
}

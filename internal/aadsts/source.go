package aadsts

import "strings"

// Where what the catalogue says comes from.
const (
	codesPage  = "https://learn.microsoft.com/entra/identity-platform/reference-error-codes"
	nativePage = "https://learn.microsoft.com/entra/identity-platform/reference-native-authentication-api"
	b2cPage    = "https://learn.microsoft.com/azure/active-directory-b2c/error-codes"
	rfc6749    = "https://www.rfc-editor.org/rfc/rfc6749"
	rfc6750    = "https://www.rfc-editor.org/rfc/rfc6750#section-3.1"
	rfc8628    = "https://www.rfc-editor.org/rfc/rfc8628#section-3.5"
	oidcCore   = "https://openid.net/specs/openid-connect-core-1_0.html#AuthError"
	gh         = "https://github.com/"
	msalJS     = gh + "AzureAD/microsoft-authentication-library-for-js/issues/"
)

// SourceKind says of what kind a source is.
type SourceKind string

// The kinds of sources.
const (
	Document      SourceKind = "document"      // a page of Microsoft's documents, or the source of a library of theirs
	Specification SourceKind = "specification" // an RFC, or one of OpenID
	Thread        SourceKind = "thread"        // people who met the code, in public
	NoSource      SourceKind = "none"          // nothing public is known: the meaning follows from the service's own text
)

// SourceKind says of what kind Source is.
func (e Entry) SourceKind() SourceKind {
	s := e.Source
	switch {
	case s == "":
		return NoSource
	case strings.HasPrefix(s, "https://www.rfc-editor.org/"), strings.HasPrefix(s, "https://openid.net/"):
		return Specification
	case strings.Contains(s, "/issues/"), strings.Contains(s, "/answers/"):
		return Thread
	}
	return Document
}

package emulator

import (
	"fmt"
	"net/http"
	"strings"
)

// fault is an answer of the service that is not the wished one: an AADSTS number,
// its OAuth error, and the sentence the service sends. Those of sign-in and tokens are
// made in this file; protocol_fault.go and native_fault.go have the others.
type fault struct {
	Code    int
	OAuth   string // RFC 6749 section 4.1.2.1 or 5.2, or Entra's own
	Status  int    // HTTP status of a JSON or HTML answer
	Text    string
	Subcode string // error_subcode of an authorize answer
	Allow   string // the Allow header of a 405
	Graph   string // the message of Microsoft Graph's form; "" for the usual one
	Detail  faultDetail
}

func (f *fault) Error() string { return fmt.Sprintf("AADSTS%d: %s", f.Code, f.Text) }

// description is error_description as the service lays it out since 2023: one line.
func (f *fault) description(x *exchange) string {
	text := f.Error()
	if !strings.HasSuffix(text, ".") {
		text += "."
	}
	return fmt.Sprintf("%s Trace ID: %s Correlation ID: %s Timestamp: %s", text, x.trace, x.correlation, x.timestamp())
}

func fail(code int, oauth, format string, a ...any) *fault {
	return &fault{Code: code, OAuth: oauth, Status: http.StatusBadRequest, Text: fmt.Sprintf(format, a...)}
}

func (f *fault) status(code int) *fault { f.Status = code; return f }

// faultDetail is what some errors have beside, most of them of native authentication.
type faultDetail struct {
	Suberror           string              `json:"suberror,omitempty"`
	ContinuationToken  string              `json:"continuation_token,omitempty"`
	RequiredAttributes []requiredAttribute `json:"required_attributes,omitempty"`
	InvalidAttributes  []invalidAttribute  `json:"invalid_attributes,omitempty"`
}

// requiredAttribute is an attribute that the app still has to send.
type requiredAttribute struct {
	Name     string            `json:"name"`
	Type     string            `json:"type"`
	Required bool              `json:"required"`
	Options  *attributeOptions `json:"options,omitempty"`
}

type attributeOptions struct {
	Regex string `json:"regex"`
}

// invalidAttribute names an attribute whose value was refused.
type invalidAttribute struct {
	Name string `json:"name"`
}

// sub adds a suberror.
func (f *fault) sub(name string) *fault { f.Detail.Suberror = name; return f }

// next adds the continuation token to go on with.
func (f *fault) next(token string) *fault { f.Detail.ContinuationToken = token; return f }

// Requests as such.

func unknownTenant(name string) *fault {
	if isShared(name) {
		return fail(90002, "invalid_request", "Tenant '%s' not found: %s", name, sharedText)
	}
	return fail(90002, "invalid_request", "Tenant '%s' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.", clip(name))
}
func wrongVerb(allowed, got string) *fault {
	f := fail(900561, "invalid_request", "The endpoint only accepts %s requests. Received a %s request.", allowed, clip(got)).status(http.StatusMethodNotAllowed)
	f.Allow = allowed
	return f
}
func missingParameter(name string) *fault {
	return fail(900144, "invalid_request", "The request body must contain the following parameter: '%s'.", name)
}
func duplicateParameter(name string) *fault {
	return fail(9000411, "invalid_request", "The request is not properly formatted. The parameter '%s' is duplicated.", clip(name))
}
func malformedRequest() *fault {
	return fail(9002313, "invalid_request", "Invalid request. Request is malformed or invalid.")
}
func tooLarge() *fault { return malformedRequest().status(http.StatusRequestEntityTooLarge) }
func serverError() *fault {
	return fail(50000, "server_error", "There was an error issuing a token or an issue with the sign-in service.").status(http.StatusInternalServerError)
}
func unknownInstance(v string) *fault {
	return fail(50049, "invalid_instance", "Unknown or invalid instance: %s", clip(v))
}

// The app and its redirect URI.

func unknownApp(id, tenant string) *fault {
	return fail(700016, "unauthorized_client", "Application with identifier '%s' was not found in the directory '%s'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.", clip(id), tenant)
}
func missingRedirect() *fault {
	return fail(900971, "invalid_request", "No reply address provided.")
}
func unknownRedirect(uri, app string) *fault {
	return fail(50011, "invalid_request", "The redirect URI '%s' specified in the request does not match the redirect URIs configured for the application '%s'. Make sure the redirect URI sent in the request matches one added to your application.", clip(uri), app)
}
func wrongSecret(app string) *fault {
	return fail(7000215, "invalid_client", "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '%s'.", app).status(http.StatusUnauthorized)
}
func expiredSecret(app string) *fault {
	return fail(7000222, "invalid_client", "The provided client secret keys for app '%s' are expired. Create new keys for the app, or consider using certificate credentials for added security.", app).status(http.StatusUnauthorized)
}
func missingSecret() *fault {
	return fail(7000218, "invalid_client", "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.").status(http.StatusUnauthorized)
}
func secretOnPublicClient() *fault {
	return fail(700025, "invalid_client", "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.").status(http.StatusUnauthorized)
}

// Authorize.

func unsupportedResponseType(t string) *fault {
	for part := range strings.FieldsSeq(t) {
		if part == "id_token" || part == "token" {
			return fail(700054, "unsupported_response_type", "response_type '%s' is not enabled for the application.", part)
		}
	}
	return fail(70005, "unsupported_response_type", "The app returned an unsupported response type: '%s'.", clip(t))
}
func unsupportedResponseMode(m string) *fault {
	return fail(70007, "invalid_request", "'%s' is not a supported value of 'response_mode' when requesting a token.", clip(m))
}
func unsupportedPrompt(p string) *fault {
	return fail(90023, "invalid_request", "Unsupported 'prompt' value: '%s'.", clip(p))
}
func badChallenge() *fault {
	return fail(501491, "invalid_request", "Invalid size of Code_Challenge parameter.")
}
func badChallengeMethod(m string) *fault {
	return fail(501491, "invalid_request", "Invalid Code_Challenge_Method parameter: '%s'.", clip(m))
}
func challengeRequired() *fault {
	return fail(9002325, "invalid_request", "Proof Key for Code Exchange is required for cross-origin authorization code redemption.")
}
func loginRequired() *fault {
	return fail(50058, "login_required", "A silent sign-in request was sent but no user is signed in.")
}
func accountUnclear() *fault {
	return fail(16000, "interaction_required", "Either multiple user identities are available for the current request or selected account is not supported for the scenario.")
}
func consentMissing(app, name string) *fault {
	return fail(65001, "consent_required", "The user or administrator has not consented to use the application with ID '%s' named '%s'. Send an interactive authorization request for this user and resource.", app, name)
}
func userCancelled() *fault {
	f := fail(65004, "access_denied", "the user canceled the authentication")
	f.Subcode = "cancel"
	return f
}

// Scopes.

func badScope(scope string) *fault {
	return fail(70011, "invalid_scope", "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope %s is not valid.", clip(scope))
}
func noSuchScope(app, scope, resource string) *fault {
	return fail(650053, "invalid_client", "The application '%s' asked for scope '%s' that doesn't exist on the resource '%s'. Contact the app vendor.", app, clip(scope), resource)
}
func mixedScopes(scopes string) *fault {
	return fail(28000, "invalid_scope", "Provided value for the input parameter scope is not valid because it contains more than one resource. Scope %s is not valid.", clip(scopes))
}
func emptyScope() *fault {
	return fail(28003, "invalid_scope", "Provided value for the input parameter scope cannot be empty when requesting an access token using the provided authorization code. Please specify a valid scope.")
}
func unknownResource(resource, tenant string) *fault {
	return fail(500011, "invalid_resource", "The resource principal named %s was not found in the tenant named %s. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.", clip(resource), tenant)
}

// Token.

func unsupportedGrant(g string) *fault {
	return fail(70003, "unsupported_grant_type", "The app requested an unsupported grant type '%s'.", clip(g))
}
func codeRedeemed() *fault {
	return fail(54005, "invalid_grant", "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.")
}
func codeExpired() *fault {
	return fail(70008, "invalid_grant", "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.")
}
func codeOfOtherTenant() *fault {
	return fail(700005, "invalid_grant", "Provided Authorization Code is intended to use against other tenant, thus rejected.")
}
func badGrant() *fault {
	return fail(70000, "invalid_grant", "Provided grant is invalid or malformed.")
}
func garbledGrant() *fault {
	return fail(9002313, "invalid_grant", "Invalid request. Request is malformed or invalid.")
}
func redirectMismatch(got, want string) *fault {
	// The service calls this the client's fault where RFC 6749 would say invalid_grant.
	return fail(500112, "invalid_client", "The reply address '%s' does not match the reply address '%s' provided when requesting Authorization code.", clip(got), want)
}
func missingVerifier() *fault {
	return fail(50148, "invalid_grant", "The code_verifier is missing; the authorization request sent a code_challenge.")
}
func badVerifier() *fault {
	return fail(501481, "invalid_grant", "The Code_Verifier does not match the code_challenge supplied in the authorization request.")
}
func originRequired() *fault {
	return fail(9002327, "invalid_request", "Tokens issued for the 'Single-Page Application' client-type may only be redeemed via cross-origin requests.")
}
func originRefused() *fault {
	return fail(9002326, "invalid_request", "Cross-origin token redemption is permitted only for the 'Single-Page Application' client-type.")
}
func inactiveRefresh() *fault {
	return fail(700082, "invalid_grant", "The refresh token has expired due to inactivity.")
}
func oldSPARefresh() *fault {
	return fail(700084, "invalid_grant", "The refresh token was issued to a single page app (SPA), and therefore has a fixed, limited lifetime of 1.00:00:00, which cannot be extended. It is now expired and a new sign in request must be sent by the SPA to the sign in page.")
}
func revokedGrant() *fault {
	return fail(50173, "invalid_grant", "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password.")
}
func userGone() *fault {
	return fail(50034, "invalid_grant", "The user account does not exist in the directory. To sign into this application, the account must be added to the directory.")
}
func userDisabled() *fault {
	return fail(50057, "invalid_grant", "The user account is disabled.")
}

// clip bounds what is echoed from a request.
func clip(s string) string {
	const most = 200
	if len(s) > most {
		s = s[:most] + "..."
	}
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}

// helpURI is the service's page about the error, for the errors that carry it:
// those that are about the request or the app, as far as answers of the service
// were seen.
func (f *fault) helpURI() string {
	switch f.Code {
	case 50027, 50049, 70011, 90002, 500011, 500112, 700016, 700021, 700023, 700024, 700025, 700027, 700211, 700212, 700213, 900144,
		7000215, 7000218, 7000222, 9002313:
		return fmt.Sprintf("https://login.microsoftonline.com/error?code=%d", f.Code)
	}
	return ""
}

func errorNumber(f *fault) string { return fmt.Sprintf("AADSTS%d", f.Code) }

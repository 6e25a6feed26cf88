package emulator

import (
	"net/http"
	"strings"
	"time"
)

// Client assertions.

func unsupportedAssertionType(got string) *fault {
	return fail(90023, "invalid_request", "Unsupported 'client_assertion_type' value: '%s'. Expected '%s'.", clip(got), assertionType)
}
func clientRefused(code int, format string, a ...any) *fault {
	return fail(code, "invalid_client", format, a...).status(http.StatusUnauthorized)
}
func badAssertion(why string) *fault {
	return clientRefused(50027, "JWT token is invalid or malformed. %s", why)
}
func assertionOfOther(app string) *fault {
	return clientRefused(700021, "Client assertion application identifier doesn't match 'client_id' parameter. Expected iss and sub '%s'.", app)
}
func unknownCertificate(thumbprint, app string) *fault {
	return clientRefused(700027, "The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found., Thumbprint of key used by client: '%s', app '%s']", clip(thumbprint), app)
}
func badAssertionSignature(app string) *fault {
	return clientRefused(700027, "Client assertion failed signature validation for app '%s'. [Reason - The key was found, but the signature is not its own.]", app)
}
func expiredCertificate(thumbprint string) *fault {
	return clientRefused(700027, "Client assertion failed signature validation. [Reason - The key used is expired., Thumbprint of key used by client: '%s']", thumbprint)
}
func assertionAudience(want string) *fault {
	return clientRefused(700023, "Client assertion audience claim does not match Realm issuer. Expected '%s'.", want)
}
func assertionTime(now time.Time, expiry string) *fault {
	return clientRefused(700024, "Client assertion is not within its valid time range. Current time: %s, expiry time of assertion %s.", now.UTC().Format(time.RFC3339), expiry)
}
func assertionReplayed() *fault {
	return clientRefused(50027, "JWT token is invalid or malformed. The client assertion was used before: its 'jti' must be new.")
}
func noFederatedIssuer(iss string) *fault {
	return clientRefused(700211, "No matching federated identity record found for presented assertion issuer '%s'.", clip(iss))
}
func noFederatedAudience(aud string) *fault {
	return clientRefused(700212, "No matching federated identity record found for presented assertion audience '%s'.", clip(aud))
}
func noFederatedSubject(sub string) *fault {
	return clientRefused(700213, "No matching federated identity record found for presented assertion subject '%s'.", clip(sub))
}

// Client credentials and on-behalf-of.

func notDefaultScope(scope string) *fault {
	return fail(1002012, "invalid_scope", "The provided value for scope %s is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).", clip(scope))
}
func unsupportedTokenUse(got string) *fault {
	return fail(90023, "invalid_request", "Unsupported 'requested_token_use' value: '%s'. Expected 'on_behalf_of'.", clip(got))
}
func userAssertionSignature(why string) *fault {
	return fail(50013, "invalid_grant", "Assertion failed signature validation. [Reason - %s]", why)
}
func userAssertionAudience(got []string, app string) *fault {
	return fail(500131, "invalid_grant", "Assertion audience does not match the Client app presenting the assertion. The audience in the assertion was '%s' and the expected audience is '%s' or one of the Application Uris of this application. The downstream client must request a token for the expected audience (the application that made the OBO request) and this application should use that token as the assertion.", clip(strings.Join(got, " ")), app)
}
func userAssertionTime() *fault {
	return fail(500133, "invalid_grant", "Assertion is not within its valid time range. Ensure that the access token is not expired before using it for user assertion, or request a new token.")
}
func userAssertionOfApp() *fault {
	return fail(7000114, "invalid_grant", "Application is not allowed to make application on-behalf-of calls. The assertion has no user.")
}

// Tokens from the authorization endpoint.

func missingNonce() *fault {
	return fail(90014, "invalid_request", "The required field 'nonce' is missing from the request. Ensure that you have all the necessary parameters for the request.")
}
func missingOpenID() *fault {
	return fail(70011, "invalid_scope", "The provided value for the input parameter 'scope' is not valid: a response_type with id_token needs the scope openid.")
}

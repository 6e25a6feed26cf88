package emulator

import "strings"

// The app.

func confidentialClient() *fault {
	return fail(550022, "invalid_client", "Confidential Client is not supported in Native Authentication API flow.")
}
func nativeDisabled(app string) *fault {
	return fail(70002, "invalid_client", "Native authentication is not enabled for the application '%s'. It needs isFallbackPublicClient: true and nativeAuthenticationApisEnabled: all.", app).sub("nativeauthapi_disabled")
}
func unlinkedApp(app string) *fault {
	return fail(131010, "access_denied", "The application '%s' is not linked to a user flow.", app)
}

// The request.

func badUsername() *fault {
	return fail(90100, "invalid_request", "username parameter is empty or not valid.")
}
func badParameter(name string) *fault {
	return fail(90100, "invalid_request", "%s parameter is empty or not valid.", name)
}
func noRedirectChallenge() *fault {
	return fail(901007, "unsupported_challenge_type", "The challenge_type list parameter does not include the 'redirect' type.")
}
func unknownChallenge() *fault {
	return fail(901001, "invalid_request", "The challenge_type list parameter contains an unsupported challenge type.")
}
func badContinuation() *fault {
	return fail(55200, "invalid_grant", "The continuation_token is invalid.")
}
func strayContinuation() *fault {
	return fail(55200, "invalid_grant", "The continuation_token provided is not valid for this endpoint.")
}
func expiredContinuation() *fault {
	return fail(552003, "expired_token", "The continuation_token is expired.")
}
func wrongContinueGrant(got, due string) *fault {
	return fail(55200, "invalid_grant", "The grant_type '%s' is not valid here; expected '%s'.", clip(got), due)
}

func unknownGrant(got string) *fault {
	return fail(70003, "invalid_grant", "The app requested an unsupported grant type '%s'.", clip(got))
}

// The user and what they prove.

func userNotFound(tenant string) *fault {
	return fail(50034, "user_not_found", "The user account {EUII Hidden} does not exist in the %s directory. To sign into this application, the account must be added to the directory.", tenant)
}
func userExists() *fault {
	return fail(1003037, "user_already_exists", "It looks like you may already have an account with us using this email address.")
}
func wrongPassword() *fault {
	return fail(50126, "invalid_grant", "Error validating credentials due to invalid username or password.")
}
func accountLocked() *fault {
	return fail(50053, "invalid_grant", "The account is locked, you've tried to sign in too many times with an incorrect user ID or password.")
}
func wrongCode(why string) *fault {
	return fail(50181, "invalid_grant", "%s", strings.TrimSpace("Unable to validate the otp. "+why)).sub("invalid_oob_value")
}
func tooManyCodes() *fault {
	return fail(90055, "invalid_request", "Too many one-time passcodes were requested in this flow. Start it again.")
}
func mfaRequired(app string) *fault {
	return fail(50076, "invalid_grant", "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access '%s'.", app).sub("mfa_required")
}
func registrationRequired(app string) *fault {
	return fail(50072, "invalid_grant", "Due to a configuration change made by your administrator, or because you moved to a new location, you must enroll in multi-factor authentication to access '%s'.", app).sub("registration_required")
}

// New accounts and passwords.

func signUpOff(flow string) *fault {
	return fail(901001, "invalid_request", "Sign-up is not allowed by the user flow '%s'.", flow)
}
func credentialRequired() *fault {
	return fail(55103, "credential_required", "Credential required.")
}
func attributesRequired(missing []requiredAttribute) *fault {
	f := fail(55106, "attributes_required", "User attributes required")
	f.Detail.RequiredAttributes = missing
	return f
}
func attributesInvalid(names []invalidAttribute) *fault {
	f := fail(901001, "invalid_grant", "Attribute validation failed").sub("attribute_validation_failed")
	f.Detail.InvalidAttributes = names
	return f
}
func passwordRefused(suberror, text string) *fault {
	return fail(399246, "invalid_grant", "%s", text).sub(suberror)
}
func noPasswordToReset() *fault {
	return fail(500222, "invalid_request", "The tenant or user does not support native credential recovery.")
}

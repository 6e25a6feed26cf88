package emulator

import "net/http"

// usualFailures are what the service sends with its numbers (Microsoft's page of
// authentication and authorization error codes), of all areas, for planned faults.
// The first one of an OAuth error is the one that a fault of that name alone gets.
func usualFailures() []*fault {
	const app, other = "your app", "the requested value"
	return []*fault{
		malformedRequest(), missingParameter("client_id"), wrongVerb("POST", "GET").status(http.StatusBadRequest), unknownTenant(other),
		unknownRedirect(other, app), unsupportedPrompt(other), originRequired(), originRefused(), challengeRequired(), missingNonce(),
		wrongSecret(app), expiredSecret(app), missingSecret(), secretOnPublicClient(), noSuchScope(app, other, graphAppID), nativeDisabled(app),
		unknownApp(other, "the tenant"),
		badGrant(), codeExpired(), codeRedeemed(), badVerifier(), revokedGrant(), inactiveRefresh(), oldSPARefresh(), userDisabled(),
		userAssertionTime(), userAssertionSignature("the signature does not fit the key"), wrongPassword(), accountLocked(), wrongCode(""), userGone(),
		badScope(other), mixedScopes(other), emptyScope(), notDefaultScope(other),
		unknownResource(other, "the tenant"), unsupportedGrant(other), unsupportedResponseType("id_token"), unsupportedResponseType(other),
		unknownInstance(other),
		loginRequired(), mfaDemanded(50076), mfaDemanded(50079), accountUnclear(),
		fail(53003, "interaction_required", "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance."),
		consentMissing("app", app), userCancelled(),
		serverError(),
		fail(90033, "temporarily_unavailable", "A transient error has occurred. Please try again.").status(http.StatusServiceUnavailable),
		throttled(),
		devicePending(), deviceTooFast(), deviceDeclined(), deviceUnknown(), deviceExpired(),
		userNotFound("requested"), userExists(), credentialRequired(), attributesRequired(nil), noRedirectChallenge(), expiredContinuation(),
	}
}

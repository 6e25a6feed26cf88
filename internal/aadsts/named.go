package aadsts

// Advice about codes without a number.
const (
	ciamAuthority = "The authority of an external tenant is https://<subdomain>.ciamlogin.com/, or with the tenant id behind it; " +
		"its keys are others than those of login.microsoftonline.com."
	lookForNumber = "The answer's error_description mostly has a number (AADSTS…), which says more."
)

// names are the codes without a number, sorted by name in lower case; a test holds them so.
var names = [...]named{
	{"AADB2C90063", "The identity service behind user flows had an internal error; in an external tenant it is met when Microsoft Graph makes an extension or an identity provider.", "Try again in some minutes: a new app or service principal may not have arrived everywhere yet.", b2cPage},
	{"AADB2C90088", "Azure AD B2C: the code or refresh token was sent to the token endpoint of another policy than the one that it is from.", "In B2C, redeem it with the policy that the sign-in went through. An external tenant has one token endpoint and no policies: take its authority, and let people sign in anew.", b2cPage},
	{"AADB2C90091", "Azure AD B2C: the person cancelled on a page of the policy.", "Offer the sign-in again. An external tenant does not send this code.", b2cPage},
	{"AADB2C90118", "Azure AD B2C: the person has forgotten the password, and the app is to open the policy for a reset.", "In B2C, open that policy. In an external tenant the reset is part of the sign-in pages, and the app has nothing to do: take this branch out of it.", b2cPage},
	{"access_denied", "The person cancelled or declined, or a policy does not let them in.", lookForNumber + " Without one, the person cancelled: sign in again.", rfc6749 + "#section-4.1.2.1"},
	{"account_selection_required", "A sign-in without any page was asked for, but the person has to choose an account.", "Sign in without --prompt none, or name the account with --login-hint.", oidcCore},
	{"attribute_validation_failed", "Native authentication: an attribute has a value that the user flow does not take; invalid_attributes names it.", "Correct the attribute.", nativePage},
	{"attributes_required", "Native authentication: the new account still needs attributes.", nativeAuth, nativePage},
	{"authorization_declined", "Device sign-in: the person declined.", "Start the device sign-in anew.", "https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code"},
	{"authorization_pending", "Device sign-in: the person has not finished yet. This is expected.", "Ask again after the interval that the tenant named.", rfc8628},
	{"bad_verification_code", "Device sign-in: the tenant does not know the device code.", "Start the device sign-in anew.", "https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code"},
	{"consent_required", "A sign-in without any page was asked for, but the app's permissions are not consented to.", grantAdmin, oidcCore},
	{"credential_required", "Native authentication: the new account still needs a password.", nativeAuth, nativePage},
	{"endpoints_resolution_error", "MSAL.js could not read the tenant's metadata, or did not accept them: newer versions check that the issuer's host is one they know, and the issuer of an external tenant is on <tenant id>.ciamlogin.com.", "List both <subdomain>.ciamlogin.com and <tenant id>.ciamlogin.com in knownAuthorities. If it stays, check the authority, the network and a proxy.", msalJS + "8592"},
	{"expired_token", "The device code or continuation token has expired.", "Start again.", rfc8628},
	{"IDX10503", "Microsoft.IdentityModel (.NET) found no key for the token's signature: the keys it has are of another tenant or host, or have changed.", ciamAuthority + " Set it as Authority in the API's settings. A token for Microsoft Graph can be verified by nobody but Graph: ask for a scope of your own API.", "https://github.com/AzureAD/microsoft-identity-web/issues/2917"},
	{"IDX20803", "Microsoft.IdentityModel (.NET) could not read the tenant's metadata; IDX20804 behind it says from where.", ciamAuthority + " Open the address of the message in a browser of that machine; a proxy, a firewall or a private certificate authority may be in between.", "https://github.com/openiddict/openiddict-core/issues/1459"},
	{"IDX20804", "Microsoft.IdentityModel (.NET) could not fetch a document: the address is wrong, or the network, a proxy or a certificate is in the way.", "Open the address of the message in a browser of the machine that said so.", "https://github.com/emonney/QuickApp/issues/150"},
	{"IDX40001", "Microsoft.Identity.Web (.NET) does not accept the issuer of the token: its settings name another tenant, host or version.", ciamAuthority + " The issuer of its tokens is https://<tenant id>.ciamlogin.com/<tenant id>/v2.0; an API with requestedAccessTokenVersion 1 or null gets another.", "https://github.com/dotnet/aspnetcore/issues/52283"},
	{"insufficient_scope", "An API says that the token lacks a scope.", "Ask for the scope that the API names, with --scope.", rfc6750},
	{"interaction_required", "A sign-in or renewal without any page was asked for, but the person has to do something.", "Sign in in the browser. " + lookForNumber, oidcCore},
	{"invalid_client", "The app could not prove itself, or may not sign in in this way.", lookForNumber + " Check the client id, and whether the app is public or has a secret.", rfc6749 + "#section-5.2"},
	{"invalid_grant", "The code, refresh token or password is not accepted: expired, used, revoked or wrong.", "Sign in again. " + lookForNumber, rfc6749 + "#section-5.2"},
	{"invalid_instance", "The address is of no sign-in host that the service knows.", tenantAuthority, codesPage},
	{"invalid_oob_value", "Native authentication: the one-time code is wrong.", "Type the code again, or have a new one sent.", nativePage},
	{"invalid_request", "A parameter is missing, wrong or there twice.", lookForNumber, rfc6749 + "#section-4.1.2.1"},
	{"invalid_resource", "The API that was asked for does not exist in this tenant.", checkScopes, codesPage},
	{"invalid_scope", "A scope is unknown, malformed or more than may be asked for.", checkScopes, rfc6749 + "#section-4.1.2.1"},
	{"invalid_token", "An API does not accept the token: expired, revoked, malformed or for another API.", "Look at the token's audience and times, and ask for a scope of that API.", rfc6750},
	{"login_required", "A sign-in without any page was asked for, but nobody is signed in in this browser.", "Sign in without --prompt none.", oidcCore},
	{"mfa_required", "Native authentication: a second factor is required.", "Send capabilities=mfa_required and follow the answer, or use the browser sign-in.", nativePage},
	{"nativeauthapi_disabled", "Native authentication is not switched on for the app.", "Entra admin center > App registrations > your app > Authentication > Advanced settings: set \"Enable native authentication\" and \"Allow public client flows\" to Yes.", nativePage},
	{"password_banned", "Native authentication: the new password has a word or pattern that is banned.", "Choose another password.", nativePage},
	{"password_is_invalid", "Native authentication: the new password has characters that are not permitted.", "Choose another password.", nativePage},
	{"password_recently_used", "Native authentication: the new password was used before.", "Choose another password.", nativePage},
	{"password_too_long", "Native authentication: the new password is longer than 256 characters.", "Choose another password.", nativePage},
	{"password_too_short", "Native authentication: the new password is shorter than 8 characters.", "Choose another password.", nativePage},
	{"password_too_weak", "Native authentication: the new password is too weak.", "Choose another password.", nativePage},
	{"registration_required", "Native authentication: the person must register a second factor first.", "Send capabilities=registration_required and follow the answer, or use the browser sign-in.", nativePage},
	{"server_error", "The tenant met a fault of its own.", tryAgain, rfc6749 + "#section-4.1.2.1"},
	{"slow_down", "Device sign-in: the tenant was asked too often.", "Wait five seconds longer between two requests.", rfc8628},
	{"temporarily_unavailable", "The tenant is overloaded or under repair.", tryAgain, rfc6749 + "#section-4.1.2.1"},
	{"unauthorized_client", "The app may not use this kind of request, or is not known in this tenant.", lookForNumber + " Check the client id and the tenant.", rfc6749 + "#section-4.1.2.1"},
	{"unsupported_challenge_type", "Native authentication: challenge_type lacks redirect.", "Send challenge_type with redirect in its list, such as \"oob password redirect\".", nativePage},
	{"unsupported_grant_type", "The token endpoint does not know this kind of request.", "External tenants know authorization_code, refresh_token, client_credentials, the device code, on-behalf-of and native authentication.", rfc6749 + "#section-5.2"},
	{"unsupported_response_type", "The authorize endpoint does not give this kind of answer to this app.", "Use response_type=code.", rfc6749 + "#section-4.1.2.1"},
	{"user_already_exists", "Native authentication: there is already an account with this email address.", "Sign in instead of signing up, or reset the password.", nativePage},
	{"user_not_found", "Native authentication: there is no such account.", rightAccount, nativePage},
}

package aadsts

// Advice that several codes share.
const (
	signInAgain = "Sign in again."
	grantAdmin  = "Let an administrator grant it: Entra admin center > App registrations > your app > API permissions > " +
		"Grant admin consent. openid and offline_access must show \"Granted\"."
	registerRedirect = "Add the exact redirect URI under Entra admin center > App registrations > your app > Authentication: " +
		"http://localhost for a command line (platform \"Mobile and desktop applications\"), " +
		"http://localhost:3000/auth/redirect for an app with a secret (platform \"Web\"). " +
		"Scheme, letter case and path must match; the port of localhost is ignored."
	newSecret = "Create a secret under Entra admin center > App registrations > your app > Certificates & secrets, " +
		"and copy its Value at once (not its Secret ID)."
	checkScopes = "Compare the scopes that were asked for with App registrations > your app > API permissions. " +
		"A scope of an API of your own is written api://<its client id>/<name>, and one request names scopes of one API only."
	checkTenant     = "Check the tenant's subdomain or tenant id: Entra admin center > Tenant overview, with the external tenant selected."
	tenantAuthority = "Use the tenant's own authority, https://<subdomain>.ciamlogin.com/<tenant id>, and not /common or /organizations."
	rightAccount    = "Use another account, or sign up first. If the account should exist, check that the profile names the right tenant."
	nativeAuth      = "This is a step of native authentication: follow the answer's suberror, or use the browser sign-in."
	ask             = "Ask the tenant's administrator, with the correlation id: Entra admin center > Monitoring & health > Sign-in logs."
)

// entries is sorted by code; a test holds it so. Constant data, so that it costs nothing at start.
//
// Sources: Microsoft Learn, "Microsoft Entra authentication and authorization error codes" and "Native authentication API
// reference"; for codes that neither lists, public issues of Microsoft's libraries and documents.
var entries = [...]Entry{
	{16000, "", "The account that is signed in in the browser does not exist in this tenant and cannot use the app.", rightAccount + " Signing out in the browser, or a private window, lets you choose."},
	{28002, "invalid_scope", "A scope that was asked for is empty or not valid.", checkScopes},
	{28003, "invalid_scope", "The scope was left empty when the code was exchanged for tokens.", checkScopes},
	{50011, "invalid_request", "The redirect URI that was sent is not registered for this app.", registerRedirect},
	{50020, "", "The account belongs to another tenant or identity provider and is not a user of this tenant.", rightAccount},
	{50034, "", "There is no such account in this tenant.", rightAccount},
	{50053, "", "The account is locked for now after too many failed attempts, or the sign-in came from an address with a bad reputation.", "Wait some minutes, then try again with the right password, or reset it on the sign-in page."},
	{50055, "", "The password has expired.", "Reset the password on the sign-in page."},
	{50057, "", "The account is disabled.", "An administrator can enable it: Entra admin center > Users > the user > Account status."},
	{50058, "login_required", "A sign-in without any page was asked for (prompt=none), but nobody is signed in in this browser.", "Sign in without --prompt none."},
	{50059, "", "The request does not say which tenant it is for.", tenantAuthority},
	{50061, "", "The sign-out request is not valid.", "Sign out again. If it stays, check that the post-logout redirect URI is registered as a redirect URI of the app."},
	{50068, "", "Signing out failed: the app that asked is not part of this session.", "Nothing is left to do at the tenant; remove the local tokens with --local if they are still there."},
	{50070, "", "Signing out failed: the app named by the request is not part of this session.", "Nothing is left to do at the tenant; remove the local tokens with --local if they are still there."},
	{50071, "", "The sign-out request has expired.", "Sign out again."},
	{50072, "interaction_required", "The person must register a second factor before going on.", "Sign in in the browser and follow the pages; a silent refresh cannot do this."},
	{50074, "interaction_required", "A second factor is required and was not given.", "Sign in in the browser and complete the second factor."},
	{50076, "interaction_required", "A policy of the tenant requires a second factor, because of a change or of where the sign-in comes from.", "Sign in in the browser and complete the second factor."},
	{50079, "interaction_required", "The person must register a second factor, because of a change or of where the sign-in comes from.", "Sign in in the browser and follow the pages; a silent refresh cannot do this."},
	{50089, "invalid_grant", "The sign-in session has expired.", signInAgain},
	{50105, "access_denied", "The app admits assigned people only, and this person is not assigned.", "Entra admin center > Enterprise applications > the app > Properties: set \"Assignment required\" to No. Assigning customers is not available in external tenants."},
	{50126, "invalid_grant", "The email address or the password is wrong.", "Try again, or reset the password on the sign-in page. A person without an account must sign up first."},
	{50132, "invalid_grant", "The session is no longer valid, because the password changed or the session was revoked.", signInAgain},
	{50133, "invalid_grant", "The session is no longer valid, because the password expired or was changed.", signInAgain},
	{50140, "", "The sign-in was interrupted to ask \"Stay signed in?\". This is expected.", "Answer the question in the browser; if it stays, start the sign-in again."},
	{50142, "", "The password must be reset before the sign-in can go on.", "Reset the password on the sign-in page."},
	{50146, "invalid_request", "The tenant adds mapped claims to the tokens of this app, but the app does not accept them.", "Set acceptMappedClaims to true (App registrations > your app > Manifest; in Microsoft Graph: application.api.acceptMappedClaims)."},
	{50147, "invalid_grant", "The PKCE code challenge is missing or not valid.", "Start the sign-in again. A program of your own must send code_challenge with code_challenge_method=S256."},
	{50158, "interaction_required", "A check outside of Entra has to be completed.", "Sign in in the browser and follow the pages."},
	{50173, "invalid_grant", "The refresh token was revoked: the password was changed or reset, or an administrator ended the sessions.", signInAgain},
	{50194, "invalid_request", "The app is for one tenant, but the request went to an address for all tenants.", tenantAuthority},
	{50199, "", "The person has to confirm the app before the sign-in goes on. This is expected.", "Confirm in the browser."},
	{51004, "", "There is no such account in this tenant's directory.", rightAccount},
	{53000, "access_denied", "A Conditional Access policy requires a managed device that meets the rules.", ask},
	{53003, "access_denied", "A Conditional Access policy blocks this sign-in.", ask},
	{54005, "invalid_grant", "The authorization code was used before; a code works once.", "Sign in again. Do not send a code twice, not even after a time-out."},
	{55103, "credential_required", "Native authentication: the new account still needs a password.", nativeAuth},
	{55106, "attributes_required", "Native authentication: the new account still needs attributes.", nativeAuth},
	{55200, "invalid_grant", "Native authentication: the continuation token is not valid.", "Start the sign-in or sign-up again."},
	{65001, "invalid_grant", "Nobody has consented to the permissions that the app asks for; customers cannot consent themselves.", grantAdmin},
	{65002, "invalid_request", "A Microsoft app asked for a Microsoft API that it is not pre-authorized for.", "Use an app registration of your own instead of a Microsoft client id."},
	{65004, "access_denied", "The person declined to consent to the app's permissions.", "Sign in again and accept, or let an administrator grant the permissions for everybody."},
	{65005, "invalid_resource", "The app asks for an API that its registration does not list.", checkScopes},
	{70000, "invalid_grant", "The code or refresh token is not valid.", signInAgain},
	{70001, "unauthorized_client", "The app is not known in this tenant, or it is disabled.", "Check client id and tenant. Entra admin center > Enterprise applications > the app > Properties: \"Enabled for users to sign in\" must be Yes."},
	{70002, "invalid_client", "The app's own credential was not accepted.", newSecret},
	{70003, "unsupported_grant_type", "The grant type is not supported.", "External tenants know authorization_code, refresh_token, client_credentials, device code and on-behalf-of. There is no password grant; use native authentication instead."},
	{70004, "invalid_request", "The redirect URI is not valid.", registerRedirect},
	{70005, "unsupported_response_type", "The response type is not supported, or not switched on for this app.", "Use response_type=code. For ID tokens straight from authorize: App registrations > your app > Authentication > Implicit grant."},
	{70007, "invalid_request", "The response mode is not supported for this request.", "Use form_post, query or fragment; query is not allowed when tokens come from authorize."},
	{70008, "invalid_grant", "The code or refresh token has expired or was revoked.", signInAgain},
	{70011, "invalid_scope", "A scope that was asked for is not valid.", checkScopes},
	{70016, "authorization_pending", "Device sign-in: the person has not finished yet. This is expected.", "Wait and ask again, no more often than the interval says."},
	{70018, "bad_verification_code", "Device sign-in: the code is wrong, because of a typing error or because it is old.", "Type the code again, or start the device sign-in anew."},
	{70019, "expired_token", "Device sign-in: the code has expired.", "Start the device sign-in anew."},
	{90002, "invalid_request", "There is no tenant of this name or id.", checkTenant},
	{90008, "", "The app lacks the permission to sign people in.", "Add openid under App registrations > your app > API permissions > Microsoft Graph > Delegated. " + grantAdmin},
	{90014, "invalid_request", "A required parameter is missing; the message names it.", "Add the parameter. If ciam sent the request, report it with the correlation id."},
	{90019, "", "The request does not say which tenant it is for.", tenantAuthority},
	{90023, "invalid_request", "The request is not valid; often a redirect URI of the single-page platform was used by a program that is not a page.", "Register the redirect URI under the platform \"Mobile and desktop applications\" or \"Web\" and remove it from \"Single-page application\"."},
	{90056, "invalid_request", "The authorization code was sent in the wrong way.", "Send the code with POST to the token endpoint of the same tenant."},
	{90094, "", "An administrator has to consent to the permissions that the app asks for.", grantAdmin},
	{90095, "", "An administrator has to consent to the permissions that the app asks for; a request can be sent to them.", grantAdmin},
	{90100, "invalid_request", "A parameter is empty or not valid, often the email address.", "Check what was typed or sent."},
	{90119, "bad_verification_code", "Device sign-in: the code is empty or malformed.", "Type the code again, or start the device sign-in anew."},
	{90124, "invalid_request", "The address for all tenants does not serve this app or grant.", tenantAuthority},
	{131010, "access_denied", "A condition of a policy does not let this person in; seen right after a sign-up.", "Check that the app is linked to the user flow (Entra admin center > External Identities > User flows > your flow > Applications) and which Conditional Access policies apply."},
	{399246, "invalid_grant", "Native authentication: the new password is too weak.", "Choose a longer password with different kinds of characters."},
	{399266, "invalid_grant", "The token was issued under another form of the tenant's address than it is used with, as happens with custom domains.", "Use one authority for all requests: always the custom domain, or always <subdomain>.ciamlogin.com."},
	{500011, "invalid_resource", "The API that was asked for does not exist in this tenant.", "Check the scope's spelling, and that the API is registered in this tenant (Entra admin center > Enterprise applications)."},
	{500207, "invalid_request", "This kind of account cannot be used for what was asked; seen when the address of a custom domain lacks /v2.0.", "End the authority of a custom domain with /v2.0 where a library asks for the issuer's address."},
	{500208, "invalid_request", "A customer's account was used at a sign-in page for employees (login.microsoftonline.com, microsoft.com/devicelogin).", "Use https://<subdomain>.ciamlogin.com; for the device code https://<subdomain>.ciamlogin.com/common/oauth2/deviceauth."},
	{501461, "invalid_request", "Mapped claims are accepted only when the token is for an app with a verified address or its own signing key.", "Set acceptMappedClaims to true (App registrations > your app > Manifest), and use the client id, or an api:// address, as the audience."},
	{501481, "invalid_grant", "The PKCE code verifier does not fit the challenge of the sign-in.", "Start the sign-in again. A program of your own must send the verifier that it made the challenge from."},
	{501491, "invalid_grant", "The PKCE code challenge is not of the right size.", "A verifier has 43 to 128 characters; with S256 the challenge has 43."},
	{530032, "access_denied", "A security policy of the tenant blocks this sign-in.", ask},
	{550022, "unauthorized_client", "Native authentication is not for apps with a secret.", "Use a public app: App registrations > your app > Authentication > Allow public client flows, and Enable native authentication."},
	{552003, "expired_token", "Native authentication: the continuation token has expired.", "Start the sign-in or sign-up again."},
	{650056, "invalid_client", "The app's registration is incomplete: it lists no permission for what it asks.", checkScopes + " " + grantAdmin},
	{650057, "invalid_resource", "The app asks for an API that its registration does not list.", checkScopes},
	{700005, "invalid_grant", "The authorization code belongs to another tenant.", "Use the same authority for the sign-in and for the exchange of the code."},
	{700016, "unauthorized_client", "There is no app with this client id in this tenant.", "Check the client id (Entra admin center > App registrations > your app > Application (client) ID) and the tenant. A placeholder of a sample left in the settings ends here too."},
	{700022, "invalid_scope", "The scopes that were asked for belong to more than one API.", "Ask for the scopes of one API at a time."},
	{700023, "invalid_scope", "The scope is empty, so there is nothing to issue a token for.", checkScopes},
	{700025, "invalid_client", "A secret was sent for an app that is registered as public.", "Remove the secret from the settings, or register the redirect URI under the platform \"Web\" to make it an app with a secret."},
	{700054, "unsupported_response_type", "ID tokens straight from authorize are not switched on for this app.", "Use response_type=code, or switch them on: App registrations > your app > Authentication > Implicit grant > ID tokens."},
	{700056, "", "There is no such customer account in this tenant.", "Sign in with the email address that was used at sign-up, not with a user principal name."},
	{700082, "invalid_grant", "The refresh token was not used for too long and has expired.", signInAgain},
	{700084, "invalid_grant", "The refresh token was issued to a single-page app and lives for 24 hours only.", "Sign in again. Registered under \"Mobile and desktop applications\" or \"Web\", refresh tokens live longer."},
	{900144, "invalid_request", "A required parameter is missing from the request's body; the message names it.", "Add the parameter, in application/x-www-form-urlencoded. If ciam sent the request, report it with the correlation id."},
	{900561, "invalid_request", "The endpoint was asked with the wrong HTTP method.", "The token endpoint takes POST only; authorize is opened in a browser."},
	{900971, "invalid_request", "There is no address to return to: the request has none, or the app has none registered.", registerRedirect},
	{901001, "invalid_request", "Native authentication: an input is not valid.", "Check what was typed or sent; the message names it."},
	{901007, "invalid_request", "Native authentication: challenge_type must contain redirect.", "Send challenge_type with redirect in its list, such as \"oob password redirect\"."},
	{1003037, "user_already_exists", "There is already an account with this email address.", "Sign in instead of signing up, or reset the password."},
	{1100001, "", "A custom authentication extension of the tenant (an API of yours that adds claims or checks attributes) could not be called or gave a wrong answer.", "Check the extension's address and sign-in, its log, and that it takes the keys of ciamlogin.com: Entra admin center > External Identities > Custom authentication extensions."},
	{7000112, "unauthorized_client", "The app is disabled.", "Entra admin center > Enterprise applications > the app > Properties: set \"Enabled for users to sign in\" to Yes."},
	{7000215, "invalid_client", "The client secret is wrong; often the Secret ID was copied instead of the Value.", newSecret},
	{7000218, "invalid_client", "The app must prove itself with a secret or certificate, and none was sent.", "For a command line without a secret: App registrations > your app > Authentication > Allow public client flows = Yes, with the redirect URI under \"Mobile and desktop applications\". For an app with a secret: set the secret."},
	{7000222, "invalid_client", "The client secret has expired.", newSecret},
	{9001023, "invalid_request", "The address for all tenants does not serve this grant.", tenantAuthority},
	{9002313, "invalid_request", "The request is malformed.", "Check the body's encoding (application/x-www-form-urlencoded, special characters escaped). If ciam sent the request, report it with the correlation id."},
	{9002325, "invalid_request", "A single-page app must use PKCE.", "Send code_challenge with code_challenge_method=S256, or register the redirect URI under another platform."},
	{9002326, "invalid_request", "A page of another origin exchanged the code, but the redirect URI is not of the single-page platform.", "Register the redirect URI under \"Single-page application\", or do the exchange outside of the browser."},
	{9002327, "invalid_request", "The redirect URI is registered for the single-page platform, but the code was exchanged by a program that is not a page.", "Remove the redirect URI from \"Single-page application\" and register it under \"Mobile and desktop applications\" (or \"Web\", with a secret): App registrations > your app > Authentication."},
}

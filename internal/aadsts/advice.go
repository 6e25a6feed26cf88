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
	tryAgain        = "Try again in some minutes. If it stays, ask the tenant's administrator, with the correlation id."
	checkAssertion  = "Check the client assertion: iss and sub are the client id, aud is the token endpoint or the tenant's issuer, and jti is new each time."
	checkFederation = "Compare issuer, subject and audience of the assertion with Entra admin center > App registrations > your app > " +
		"Certificates & secrets > Federated credentials, letter case included; audience is mostly api://AzureADTokenExchange."
)

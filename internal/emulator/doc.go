// Package emulator is the embedded tenant: a Microsoft Entra External ID
// external tenant on your own machine, in the real one's shape, so that an app
// can be tried, tested and demonstrated without a cloud account.
//
// It is the independent witness of this module and imports none of its other
// packages: what it knows about tokens it knows from the specifications
// (RFC 6749, 7636, 8252, 9700, OpenID Connect Core, Discovery and RP-Initiated
// Logout, OAuth 2.0 Form Post Response Mode) and Microsoft's own pages, not from
// the code it is there to test. It opens no socket, writes no log and reads no
// environment: a Server is an http.Handler, or a Transport that needs no socket.
//
// # Routes
//
// {tenant} is the tenant's GUID, its initial domain or its subdomain.
//
//	/{tenant}/v2.0/.well-known/openid-configuration ┐
//	/{tenant}/discovery/v2.0/keys                   ├ discovery.go
//	/common/discovery/instance                      ┘
//	/{tenant}/oauth2/v2.0/authorize   authorize.go ── session, prompt=none ──────► answer
//	        │ 303                                                                   ▲
//	        ▼                                                                       │
//	/{tenant}/userflow/sign-in ──► password ────────────────────────────────────────┤ formpost.go
//	        │   │    └─ forgot-password ──► code ──► new-password ──────────────────┤ redirect.go
//	        │   └─ code (an account without a password) ────────────────────────────┤ userflow*.go
//	        ▼                                                                       │
//	   sign-up ──► code ──► new-password ──► attributes ────────────────────────────┤
//	        pick-account ───────────────────────────────────────────────────────────┘
//	                                  hybrid.go: id_token and token beside a code or in its place
//	/{tenant}/oauth2/v2.0/token       token.go: a table of grants, in token_*.go, devicecode.go and native_token.go;
//	                                  what all of them owe is in grant.go, once; assertion.go, consent.go, scope.go, claims.go
//	/{tenant}/oauth2/v2.0/devicecode  devicecode.go, with its rows of the table
//	/common/oauth2/deviceauth         devicepages.go: user code ──► user flow ──► confirm ──► done
//	/{tenant}/openid/userinfo         userinfo.go, also as /oidc/userinfo
//	/{tenant}/oauth2/v2.0/initiate, challenge, introspect; signup/v1.0/*, resetpassword/v1.0/*,
//	/{tenant}/register/v1.0/*         native*.go: native authentication, no pages; native_flow.go has the steps
//	/graph/v1.0/…                     graph.go, package graph: Microsoft Graph, as far as a tenant is set up with it
//	/{tenant}/oauth2/v2.0/logout      logout*.go, with front-channel notices
//	everything else                   missing.go: says what is missing
//	/_emulator/…   control*.go: guard, users, tokens and sessions by one call, outbox, clock, keys, reset
//	/              landing.go: the page for people
//
// Requests to the tenants pass observe.go (the log) and inject.go (planned faults).
//
// An area of endpoints is a struct around *Server with a Mount method, in the
// file of its name. All failures with their AADSTS numbers are in fault.go and
// *_fault.go; all words of the pages are in web/strings*.go and the files of the
// other languages.
//
// # Parts
//
// The files are of five parts, put together by New in emulator.go: the protocol,
// and on it the pages (userflow*.go), native authentication (native*.go), device
// codes (device*.go), and what steers all of it (control*.go, landing*.go). The
// protocol knows none of the others: the start of a user flow, the rows of the
// token endpoint's table and the destination of a request are handed in. Below are
// rooms that take nothing from here: jws, passwords, memory, and directory and web
// beside them. A test in cmd/ciam holds the files to that.
//
// # State
//
// Users and keys are in one document (package directory), in memory or in a
// file that several processes may share. Refresh tokens are sealed and carried
// by the client, so they cost no write and outlive the process. Codes, flows,
// sessions, lockouts and the outbox are in memory, bounded, and end with it:
// package memory has them all, and a reset forgets them all.
//
// # Deliberate differences from a live tenant
//
//   - Mail is not sent: one-time codes are in the outbox, for tests to read.
//   - Tokens for Microsoft Graph (only OIDC scopes asked) are v2.0 tokens of this
//     issuer with Graph's audience; the real ones are opaque to clients anyway.
//   - Unless the seed says otherwise (adminConsent, grantedScopes) every app has
//     the administrator's consent for User.Read and the scopes of the tenant's
//     APIs. OpenID Connect's own scopes need no grant of their own.
//   - A reset password ends every earlier refresh token and session of the user;
//     the real service spares those of confidential clients.
//   - Whether one signs in with a password or a code is decided by whether the
//     account has a password.
//   - An app linked to no user flow can sign its users in but not up, and the page
//     says why; what the real service answers is not documented.
//   - Cancelling answers with AADSTS65004 and error_subcode=cancel; for customers
//     only the error and the sentence are documented.
//   - An authorization code that fails a check (verifier, redirect, client) stays
//     good for a correct attempt, so that a mistake can be mended while debugging.
//   - Sign-out shows no account picker: without logout_hint it ends all of the
//     browser's sessions with the tenant.
//     Without client_id or id_token_hint a redirect URI of any app will do.
//   - Sessions end with the process, so a restart signs browsers out, not apps.
//   - Nobody is asked whether to stay signed in.
//   - iat and nbf are the time of the answer, not some minutes before it.
//   - Rate limits are not applied.
//   - A client assertion may be sent again until it ends, as MSAL Node does, unless
//     the tenant has refuseAssertionReplay.
//   - The keys of a federated identity credential are in the seed, not fetched.
//   - Tokens of an app's own always carry idtyp, which is an optional claim.
//   - Declining at the device page is AADSTS65004 with authorization_declined, and
//     polling too fast AADSTS70016 with slow_down: only the OAuth errors are
//     documented. A device that polls too fast has to wait no longer for it.
//   - After a sign-out with front-channel notices the signed-out page goes back to
//     the app after two seconds, whether the apps have answered or not.
//   - Of banned passwords only the tenant's own list (bannedPasswords) is applied.
//   - Redirect URIs on 127.0.0.1 ignore the port like those on localhost.
//   - Of Microsoft Graph's permissions only User.Read, OpenID Connect's and those
//     for setting a tenant up exist; any other is AADSTS650053.
//   - Microsoft Graph is at the tenants' host; docs/emulator.md has its differences.
//   - error_uri comes with the numbers that it was seen with (fault.helpURI).
//   - Wrong one-time codes lock a person or an address as wrong passwords do.
//   - What is not here is a 404 with AADSTS90100 that names it (missing.go).
package emulator

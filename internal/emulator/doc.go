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
//	        │        ▲                                                              │ redirect.go
//	        ▼        │ userflow*.go                                                 │
//	   sign-up ──► code ──► new-password ──► attributes ────────────────────────────┤
//	        pick-account ───────────────────────────────────────────────────────────┘
//	/{tenant}/oauth2/v2.0/token       token*.go: code, refresh; scope.go, claims.go, sign.go
//	/{tenant}/oauth2/v2.0/logout      logout.go
//	/_emulator/outbox, /_emulator/health   control.go
//
// An area of endpoints is a struct around *Server with a Mount method, in the
// file of its name. All failures with their AADSTS numbers are in fault.go; all
// words of the pages are in web/strings.go.
//
// # State
//
// Users and keys are in one document (package directory), in memory or in a
// file that several processes may share. Refresh tokens are sealed and carried
// by the client, so they cost no write and outlive the process. Codes, flows,
// sessions, lockouts and the outbox are in memory, bounded, and end with it.
//
// # Deliberate differences from a live tenant
//
//   - Mail is not sent: one-time codes are in the outbox, for tests to read.
//   - Tokens for Microsoft Graph (only OIDC scopes asked) are v2.0 tokens of this
//     issuer with Graph's audience; the real ones are opaque to clients anyway.
//   - No consent is checked: openid, profile, email, offline_access, User.Read and
//     the scopes of the tenant's own APIs are granted to every app.
//   - An app linked to no user flow can sign its users in but not up, and the page
//     says why; what the real service answers is not documented.
//   - Cancelling answers with AADSTS65004 and error_subcode=cancel; for customers
//     only the error and the sentence are documented.
//   - An authorization code that fails a check (verifier, redirect, client) stays
//     good for a correct attempt, so that a mistake can be mended while debugging.
//   - Sign-out needs no account picker: a browser has one session per tenant here.
//     Without client_id or id_token_hint a redirect URI of any app will do.
//   - Sessions end with the process, so a restart signs browsers out, not apps.
//   - Nobody is asked whether to stay signed in.
//   - iat and nbf are the time of the answer, not some minutes before it.
//   - Rate limits are not applied.
//   - client_assertion is refused (AADSTS70002): the tenant keeps secrets only.
//   - Passwords have the length and class rules, without the banned-password list.
//   - Redirect URIs on 127.0.0.1 ignore the port like those on localhost.
package emulator

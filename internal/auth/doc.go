// Package auth holds the verbs of ciam: Login, Token and Logout. It decides and does not talk: what a person has to
// see or do is handed in as functions, and every outcome is a value or a typed error.
//
// It is the only room that builds MSAL clients. MSAL Go redeems codes, refreshes and keeps refresh tokens; what it
// lacks for External ID is done here or in the rooms below: authorities, the authorize request, the redirect
// listener, verification of the ID token, sign-out (docs/adr/0002).
//
//	Login   keychain read → discovery → listener → browser → code → MSAL redeems → ID token verified → one write
//	Token   keychain read → valid token, or: lock → read again → MSAL refreshes → ID token verified → one write
//	Logout  delete → end-session URL → browser → return
//
// Administration is beside them: the administrator who sets a tenant up is none of its customers, and is kept nowhere
// (docs/adr/0020).
package auth

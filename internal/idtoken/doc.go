// Package idtoken verifies tokens of an external tenant and explains their claims.
//
// Verify follows OpenID Connect Core 1.0, section 3.1.3.7, and RFC 8725, and is stricter where Entra's tokens allow it: RS256
// only, compact serialisation only, one string as audience, version 2.0, no member name twice. Checks that cost nothing come
// first and the tenant's keys are asked for last, so that a token that fails anyway never costs a request.
//
// Inspect makes the same checks of any token, for a person who wants to know what is wrong with one: all of them, whatever
// failed before, and what there is nothing to hold against is unknown. There is one set of checks, and a token that Inspect
// passes as an ID token is one that Verify accepts.
//
// What is not done: keys and key addresses that a token carries itself (jwk, jku, x5c, x5u) are never looked at; at_hash and
// c_hash are ignored, because code and token arrive from the token endpoint over TLS, where OpenID Connect Core makes them
// optional. A sign-in does not verify its access token, which is opaque to a client.
package idtoken

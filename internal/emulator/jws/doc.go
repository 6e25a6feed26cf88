// Package jws makes and reads the emulator's signed tokens: payloads that keep
// their order, one ring of signing keys per tenant with its rotation, tokens that
// are spoilt on purpose, and the reading of what comes from outside (RFC 7515,
// 7519, 8725).
//
// It is a ground room: it takes nothing from the emulator's other rooms, knows
// tenants as names only, and asks a Source where keys are kept.
package jws

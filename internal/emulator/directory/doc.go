// Package directory is the data of the embedded External ID tenant: its
// tenants, apps, user flows, users and keys, as one YAML document, and the
// Store that keeps that document whole on disk when several processes share it.
//
// A seed file and the kept state have the same format, so a state file can be
// edited, copied and used as a seed. Field names are those of Microsoft Graph
// where Graph has the thing (redirectUris, passwordCredentials, displayName,
// isSignUpAllowed).
package directory

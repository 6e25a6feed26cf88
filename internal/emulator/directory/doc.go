// Package directory is the data of the embedded External ID tenant: its
// tenants, apps, user flows, users and keys, as one YAML document, and the
// Store that answers for it in parts, changes it by what changes, and keeps it
// as a journal on disk that several processes share.
//
// A seed is a document, and so is what an export prints. Field names are those
// of Microsoft Graph where Graph has the thing (redirectUris,
// passwordCredentials, displayName, isSignUpAllowed).
package directory

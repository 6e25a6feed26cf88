// Package tokencache keeps what one profile has: its session with MSAL's cache inside, read once and written once
// per command, and locked across processes while a token is refreshed.
//
// Access tokens and the ID token are taken out of MSAL's blob and kept beside it, by the scope set they were asked
// for (docs/adr/0003): a valid token is then found without building MSAL, nothing is stored twice, and of two tokens
// with overlapping scopes the right one is chosen, which MSAL leaves to chance.
package tokencache

// Package render writes results to stdout: claims and facts as text for people, anything as JSON for scripts.
//
// Text fits the terminal it is written to. Where there is none, each row is one line, nothing is cut and nothing is
// wrapped, so that grep and diff work on it. All values pass through term.Plain: they come from tokens, and a token
// holds what a stranger typed into a sign-up form.
//
// JSON is the contract with scripts: two-space indent, keys in the order of the type, no HTML escapes, numbers as
// they came. Times are given twice, as RFC 3339 in UTC (…_at) and in seconds since 1970 (…_on).
package render

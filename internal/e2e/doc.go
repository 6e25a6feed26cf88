// Package e2e tests the built binary from outside, with a real Chromium at the pages and a real Secret Service for
// the tokens. It holds tests only; the programs under floor are what benchmarks compare with.
//
// What needs Chromium or a Secret Service is skipped with the line that installs it, and fails instead when
// CIAM_E2E=1 is set.
package e2e

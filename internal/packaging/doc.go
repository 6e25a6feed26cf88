// Package packaging holds what is shipped beside the binary, and nothing that the binary needs: the script that makes it
// (make), the image (Containerfile), and the test that gathers the licences of the libraries. .goreleaser.yaml says what goes
// where.
package packaging

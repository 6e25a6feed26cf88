package config

import (
	"io"
	"strings"

	"github.com/ciam-cli/ciam/internal/files"
)

const (
	// maxSecretFile bounds what is read of a secret's file: a secret of Entra has at most 64 characters.
	maxSecretFile = 4 << 10

	wantSecret = "the client secret on one line"
)

// ReadSecret reads a secret from r, for example stdin; where names r in errors, and reader nil reads without a word.
// One trailing line break is dropped. It returns *Error for an empty or an absurdly long secret.
func ReadSecret(reader *files.Reader, r io.Reader, where string) (Secret, error) {
	data, err := reader.ReadFrom(where, r, files.Options{Limit: maxSecretFile})
	if err != nil {
		return "", secretError(where, err, wantSecret)
	}
	return parseSecret(data, where)
}

// ReadSecretFile reads a secret from path, which may be a pipe; reader nil reads without a word. One trailing line break is
// dropped, since editors and echo add it.
func ReadSecretFile(reader *files.Reader, path string) (Secret, error) {
	data, err := reader.Read(path, files.Options{Limit: maxSecretFile, Pipes: true})
	if err != nil {
		return "", secretError(path, err, "a readable file that holds the client secret")
	}
	return parseSecret(data, path)
}

// secretError is a mistake in the setting, also when the file is missing: it was named.
func secretError(where string, err error, want string) error {
	e := FileError(where, err, want)
	e.IO = false
	return e
}

func parseSecret(data []byte, where string) (Secret, error) {
	secret := strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
	switch {
	case strings.TrimSpace(secret) == "":
		return "", &Error{Where: where, Problem: "it is empty", Want: wantSecret}
	case strings.ContainsAny(secret, "\r\n"):
		return "", &Error{Where: where, Problem: "it has several lines", Want: wantSecret}
	}
	return Secret(secret), nil
}

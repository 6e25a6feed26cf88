package config

import (
	"errors"
	"io"
	"io/fs"
	"strings"
)

// ReadSecret reads a secret from r, for example stdin; where names r in errors.
// One trailing line break is dropped. It returns *Error for an empty or an absurdly long secret.
func ReadSecret(r io.Reader, where string) (Secret, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxSecretFile+1))
	if err != nil {
		return "", &Error{Where: where, Problem: reason(err), Want: "the client secret on one line"}
	}
	secret := strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
	switch {
	case len(data) > maxSecretFile:
		return "", &Error{Where: where, Problem: "it is over 4 KB", Want: "the client secret on one line"}
	case strings.TrimSpace(secret) == "":
		return "", &Error{Where: where, Problem: "it is empty", Want: "the client secret on one line"}
	case strings.ContainsAny(secret, "\r\n"):
		return "", &Error{Where: where, Problem: "it has several lines", Want: "the client secret on one line"}
	}
	return Secret(secret), nil
}

// reason strips the path from a file system error: the message names the path already.
func reason(err error) string {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err.Error()
	}
	return err.Error()
}

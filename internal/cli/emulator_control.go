package cli

import (
	"fmt"
	"strings"

	"github.com/ciam-cli/ciam/internal/config"
	"github.com/ciam-cli/ciam/internal/emulator"
	"github.com/ciam-cli/ciam/internal/files"
)

// maxControlToken bounds a control token's file, in bytes.
const maxControlToken = 4 << 10

// controlToken is the token for the emulator's control area: that of a file, else the environment's, else "".
func (r *run) controlToken(file string) (config.Secret, error) {
	token, where := r.env.ControlToken, "CIAM_EMULATOR_CONTROL_TOKEN"
	if file != "" {
		where = "--control-token-file"
		data, err := r.readNamed(file, "a file with a control token on one line", files.Options{Limit: maxControlToken})
		if err != nil {
			return "", err
		}
		token = config.Secret(strings.TrimRight(string(data), "\r\n"))
	}
	return token, checkControlToken(where, token.Reveal())
}

// checkControlToken checks that a token can go into a header and is too long to be guessed; "" is none.
func checkControlToken(where, token string) error {
	problem := ""
	switch n := len(token); {
	case n == 0:
	case strings.ContainsFunc(token, func(c rune) bool { return c < '!' || c > '~' }):
		problem = "has characters other than visible ASCII"
	case n < emulator.MinControlToken:
		problem = fmt.Sprintf("has %d characters, at least %d are needed", n, emulator.MinControlToken)
	}
	if problem == "" {
		return nil
	}
	return &usageError{message: "the control token of " + where + " " + problem, hint: "`openssl rand -hex 32` makes one"}
}

package cli

import (
	"strings"

	"github.com/ciam-cli/ciam/internal/auth"
	"github.com/ciam-cli/ciam/internal/render"
)

// printJSON prints a result as JSON, through --jq when there is one.
func (r *run) printJSON(v any) error {
	out := r.Streams.Data()
	if err := render.JSON(out, v, r.global.jq); err != nil {
		_ = out.Flush() // what came before
		return err
	}
	return out.Flush()
}

// printLine prints a result that is one value, on a line.
func (r *run) printLine(text string) error { return r.printData([]byte(text + "\n")) }

// printData prints a result whose bytes count: a program gets them as they are, a terminal what it can show of them.
func (r *run) printData(data []byte) error {
	out := r.Streams.Data()
	if _, err := out.Write(data); err != nil {
		return err
	}
	return out.Flush()
}

// showLogin tells who signed in: on stderr for a person, on stdout as JSON for a script.
func (t *target) showLogin(result *auth.LoginResult) error {
	r := t.run
	view := t.view(result.Session, result.IDToken)
	if format, _ := r.format("text", "json"); format == "json" {
		return r.printJSON(loginView{view, false})
	}
	r.info("%s signed in as %s", r.Streams.Green("✓"), view.person)
	if r.passing {
		return nil
	}
	r.info("  the tokens are kept in %s; see `ciam claims%s`, `ciam token%s`", storeName(t.store), t.flag(), t.flag())
	return nil
}

// storeName is how a person is told where tokens are.
func storeName(kind string) string {
	switch kind {
	case "file":
		return "a sealed file"
	case demoStore:
		return "a plain file beside the demo's tenant, for want of a keychain (demo-file)"
	case "memory":
		return "memory, until this process ends"
	}
	return "the OS keychain"
}

// handOver gives the person the access token of a sign-in whose tokens could not be kept: it is all that is left of it.
func (r *run) handOver(result *auth.LoginResult, err error) error {
	if result != nil && result.AccessToken.Secret != "" {
		r.warn("the access token of this sign-in is printed once, since it could not be kept; it is valid " + expiry(result.AccessToken.ExpiresAt, r.Now()))
		if printErr := r.printLine(result.AccessToken.Secret); printErr != nil {
			r.warn("it could not be printed either: " + printErr.Error())
		}
	}
	return err
}

// shellWord is text as one word of a command line that a person may paste: quoted where a shell would read more into it.
func shellWord(text string) string {
	if text != "" && strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/@%+,=") == "" {
		return text
	}
	return shellQuote(text)
}

// shellQuote quotes text for a POSIX shell.
func shellQuote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

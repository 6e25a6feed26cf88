package cli

import (
	"strings"

	"github.com/ciam-cli/ciam/internal/appconfig"
)

// formatsTopic is `ciam help formats`.
func formatsTopic() string {
	var b strings.Builder
	b.WriteString("Results go to stdout, everything else to stderr: a pipe gets the result and no message.\n\n")
	table(&b, func(row func(a, b string)) {
		row("--output json", "JSON: fields keep name, type and meaning, new ones may come")
		row("--jq EXPRESSION", "that JSON through a jq expression; jq is built in")
		row("--quiet", "no messages but warnings and errors")
		row("--no-color", "no colours; so does the variable NO_COLOR")
	})
	b.WriteString("\nEvery command prints text, for people, which may change, or JSON. Others:\n\n")
	table(&b, func(row func(a, b string)) {
		row("token", strings.Join(tokenFormats(), ", "))
		row("profile export", strings.Join(appconfig.Formats(), ", ")+", json")
		row("claims NAME", "the value of one claim, and nothing else")
		row("claims --raw", "the claims as they are in the token, byte for byte")
	})
	b.WriteString(`
Times in JSON are RFC 3339 in UTC; expires_on is the same in epoch seconds. A string that
--jq finds is printed without quotation marks.

At a terminal tables fit its width, and foreign text cannot give it orders: control
characters are spelled out. In a pipe one value is exactly what it is.

With --output json or --jq an error is one line of JSON, the last of stderr:

  {"error":{"code":"login_required","message":"…","hint":"…","aadsts":null, …}}

error.code is for programs; ` + "`ciam help exit-codes`" + ` says what goes with it. All codes:
https://github.com/ciam-cli/ciam/blob/main/docs/errors.md
`)
	return b.String()
}

// ciTopic is `ciam help ci`.
func ciTopic() string {
	var b strings.Builder
	b.WriteString(`Nobody sits at a pipeline. Nothing is asked there and no browser opens; what cannot go on
without a person ends with exit code 4.

As the app itself, without a person (client credentials). CIAM_TENANT, CIAM_CLIENT_ID and
CIAM_SCOPES (API/.default) say which; CIAM_TOKEN_STORE is memory:

  ciam token --client-credentials --client-assertion-command ./assertion
  ciam token --client-credentials --client-secret-file FILE

As a test user, without a browser (native authentication). CIAM_SCOPES is a scope of your
API, since the token is for Microsoft Graph without; CIAM_TOKEN_STORE is file, and
CIAM_STORE_KEY_FILE a file of 32 random bytes:

  ciam login --native --email EMAIL --password-stdin
  ciam exec -- npm test

Against an external tenant on this machine, without any other:

  ciam emulator run -- npm test
  ciam emulator token --user ada@example.com --create-user

`)
	table(&b, func(row func(a, b string)) {
		row("CIAM_TOKEN_STORE", "memory lasts for one command; file for a job, sealed by CIAM_STORE_KEY_FILE")
		row("CIAM_NO_INPUT=1", "asks nothing at a terminal either")
		row("token -o github", "masks the token in the log of GitHub Actions and sets the step's outputs")
		row("logout --all --local --purge", "leaves nothing on a machine that stays")
	})
	b.WriteString(`
Secrets, passwords and assertions come from a file, a pipe, a command or the environment,
never from the value of a flag; no message and no log has them.

Whole pipelines for GitHub and GitLab:
https://github.com/ciam-cli/ciam/blob/main/docs/ci.md
`)
	return b.String()
}

package cli

import (
	"cmp"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/ciam-cli/ciam/internal/config"
)

// addHelpTopics adds the pages of `ciam help` that belong to no command. Their text is made by long, when it is read: every
// run of every command would pay for it.
func addHelpTopics(root *cobra.Command) {
	root.AddCommand(
		&cobra.Command{Use: "environment", Short: "Environment variables and the configuration file"},
		&cobra.Command{Use: "exit-codes", Short: "Exit codes"},
		&cobra.Command{Use: "formats", Short: "Output for people and for programs: text, JSON, jq"},
		&cobra.Command{Use: "ci", Short: "Pipelines: as an app, as a test user, without a tenant"},
	)
}

// long is the text of a command's or a topic's help.
func (s system) long(c *cobra.Command) string {
	if c.IsAdditionalHelpTopicCommand() {
		switch c.Name() {
		case "environment":
			return environmentTopic(s)
		case "exit-codes":
			return exitCodesTopic()
		case "formats":
			return formatsTopic()
		case "ci":
			return ciTopic()
		}
	}
	return cmp.Or(c.Long, c.Short)
}

func environmentTopic(on system) string {
	var b strings.Builder
	b.WriteString("Settings are taken in this order: flag, environment variable, profile, default.\n\nEnvironment variables:\n")
	table(&b, func(row func(a, b string)) {
		for _, v := range config.Variables() {
			row(v.Name, strings.ReplaceAll(v.Meaning, "`", ""))
		}
	})
	b.WriteString(`
The configuration file is ` + on.configFile() + `, unless --config or a variable says
otherwise. It holds no secret:

  current_profile: contoso
  profiles:
    contoso:
      tenant: contoso                 # any form that --tenant takes
      tenant_id: aaaabbbb-0000-cccc-1111-dddd2222eeee
      client_id: 00001111-aaaa-2222-bbbb-3333cccc4444
      redirect_uri: http://localhost  # the default of an app without a secret
      scopes: [api://11112222-bbbb-3333-cccc-4444dddd5555/orders.read]
      token_store: keychain           # keychain, file or memory
      # or client_certificate, client_assertion_file:
      client_secret_file: ` + on.secretFile() + `
      ca_file: ` + on.caFile() + `    # trusted for this tenant too
`)
	return b.String()
}

func exitCodesTopic() string {
	var b strings.Builder
	b.WriteString("Exit codes are the same for every command, but exec and emulator run, which pass on the program's, and emulator, which Ctrl-C and SIGTERM end with 0:\n")
	table(&b, func(row func(a, b string)) {
		for _, c := range exitCodes() {
			row(fmt.Sprint(c.Code), strings.ReplaceAll(c.Meaning, "`", ""))
		}
	})
	b.WriteString("\n" + exitCodesAdvice + "\n")
	return b.String()
}

// exitCodesAdvice is what a script makes of the exit codes, for the topic and the reference page.
const exitCodesAdvice = `A script knows by 4 that a person has to sign in: stdout is empty then. 5 is worth
another try, later. 6 is not: what arrived is not what it claims to be, nothing of
it was kept, and ` + "`ciam verify` or `ciam doctor`" + ` shows which check does not hold.`

func table(b *strings.Builder, fill func(row func(a, b string))) {
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fill(func(x, y string) { fmt.Fprintf(w, "  %s\t%s\n", x, y) })
	_ = w.Flush() // a strings.Builder takes everything
}

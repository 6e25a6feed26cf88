package cli

import (
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// newRootCmd builds the whole tree. Building it is all that happens before a command runs.
func newRootCmd(r *run) *cobra.Command {
	var version bool
	root := &cobra.Command{
		Use:   "ciam <command>",
		Short: "Sign in to a Microsoft Entra External ID tenant from a terminal",
		Long: `Sign in to a Microsoft Entra External ID external tenant from a terminal: through its
user flow in the browser, with the tokens kept in the OS keychain, the claims shown and
access tokens handed to scripts.

No tenant yet? The embedded one needs no account and no network:

    ciam demo

A tenant of your own, even an empty one, is made ready by ` + "`ciam setup`" + `. Where it has an
app already, ` + "`ciam profile add`" + ` takes that.`,
		Example: `  ciam setup --tenant contoso
  ciam profile add shop --tenant contoso --client-id 00001111-aaaa-2222-bbbb-3333cccc4444
  ciam login
  ciam claims
  ciam api https://api.contoso.com/orders
  ciam logout`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if version {
				return r.printVersion()
			}
			return r.greet()
		},
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			if err := emptyFlag(cmd); err != nil {
				return err
			}
			if err := r.checkFormat(cmd); err != nil {
				return err
			}
			return r.prepare()
		},
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	r.global.add(root)
	root.Flags().BoolVarP(&version, "version", "v", false, "show the version")
	root.SetFlagErrorFunc(flagError)
	root.SetHelpFunc(r.helpFunc)
	root.SetHelpCommand(newHelpCmd(r))
	root.SetHelpCommandGroupID("more")
	root.AddGroup(&cobra.Group{ID: "session", Title: "Sessions:"}, &cobra.Group{ID: "setup", Title: "Set-up:"}, &cobra.Group{ID: "more", Title: "More:"})
	add := func(group string, commands ...*cobra.Command) {
		for _, c := range commands {
			c.GroupID = group
			root.AddCommand(c)
		}
	}
	add("session", newLoginCmd(r), newWhoamiCmd(r), newClaimsCmd(r), newTokenCmd(r), newExecCmd(r), newAPICmd(r), newSwitchCmd(r), newLogoutCmd(r))
	add("setup", newDemoCmd(r), newProfileCmd(r), newSetupCmd(r), newTenantCmd(r), newEmulatorCmd(r))
	add("more", newDoctorCmd(r), newExplainCmd(r), newVerifyCmd(r), newVersionCmd(r), newCompletionCmd(r))
	addHelpTopics(root)
	return root
}

// noArgs refuses arguments with a usage error; cobra's own is a plain one. In a group they are commands that there are not.
func noArgs(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return nil
	case cmd.HasSubCommands():
		return unknownCommand(cmd, args)
	}
	return &usageError{message: "unexpected argument " + strconv.Quote(args[0]), hint: "see `" + cmd.CommandPath() + " --help`"}
}

// emptyFlag refuses a flag that was given without a value, as `--to-file "$UNSET"` gives it: what it would have named is
// never what is meant by leaving it out. An empty body is one.
func emptyFlag(cmd *cobra.Command) error {
	var empty string
	cmd.Flags().Visit(func(f *pflag.Flag) {
		value := f.Value.String()
		if list, ok := f.Value.(pflag.SliceValue); ok {
			value = "x"
			for _, v := range list.GetSlice() {
				if v == "" {
					value = ""
				}
			}
		}
		if value == "" && empty == "" && !annotated(f) {
			empty = f.Name
		}
	})
	if empty == "" {
		return nil
	}
	return &usageError{message: "--" + empty + " was given without a value", hint: "a variable that is not set? Leave the flag out, or give it a value"}
}

func annotated(f *pflag.Flag) bool {
	_, ok := f.Annotations[mayBeEmpty]
	return ok
}

// mayBeEmpty is the annotation of a flag whose empty value means something.
const mayBeEmpty = "ciam_may_be_empty"

package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ciam-cli/ciam/internal/term"
)

// newHelpCmd is `ciam help`: in place of cobra's, which answers a name that it does not know with the help of what it does.
func newHelpCmd(r *run) *cobra.Command {
	return &cobra.Command{
		Use:               "help [COMMAND...]",
		Short:             "Show the help of a command or a topic",
		Long:              "Show the help of a command, as --help does, or a topic that belongs to none: environment,\nexit-codes, formats, ci.",
		Example:           "  ciam help login\n  ciam help profile add\n  ciam help exit-codes",
		PersistentPreRunE: func(*cobra.Command, []string) error { return nil }, // help needs no settings that make sense
		RunE: func(cmd *cobra.Command, args []string) error {
			found := cmd.Root()
			for i, word := range args {
				next := child(found, word)
				switch {
				case next == nil && found.HasSubCommands():
					return unknownCommand(found, args[i:])
				case next == nil:
					return noArgs(found, args[i:])
				}
				found = next
			}
			return r.printHelp(found)
		},
	}
}

// child is the command called name below c, nil for none.
func child(c *cobra.Command, name string) *cobra.Command {
	for _, sub := range c.Commands() {
		if sub.Name() == name || sub.HasAlias(name) {
			return sub
		}
	}
	return nil
}

// helpFunc is what --help does, and a group without a command. cobra wants no error of it: Run looks at helpFailed.
func (r *run) helpFunc(cmd *cobra.Command, _ []string) {
	if words := cmd.Flags().Args(); len(words) > 0 && cmd.HasSubCommands() {
		r.helpFailed = unknownCommand(cmd, words)
		return
	}
	r.helpFailed = r.printHelp(cmd)
}

func (r *run) printHelp(c *cobra.Command) error {
	c.InitDefaultHelpFlag()
	return r.Streams.Print(helpText(r.system(), c, r.Streams.OutProse))
}

// helpText is the help of a command, laid out for a terminal of that width.
func helpText(on system, c *cobra.Command, width int) string {
	var b strings.Builder
	section := func(title, text string) {
		if text = strings.TrimRight(text, "\n "); text != "" {
			fmt.Fprintf(&b, "\n%s\n%s\n", title, text)
		}
	}
	b.WriteString(strings.TrimRight(term.Fill(on.long(c), width), "\n") + "\n")
	if !c.Runnable() && !c.HasSubCommands() {
		return b.String() // a topic
	}
	section("Usage:", usageLines(c))
	section("Examples:", c.Example)
	root := c.Root()
	for _, g := range c.Groups() {
		section(g.Title, commandTable(c, width, func(sub *cobra.Command) bool { return sub.GroupID == g.ID && sub.IsAvailableCommand() }))
	}
	if len(c.Groups()) == 0 {
		section("Commands:", commandTable(c, width, (*cobra.Command).IsAvailableCommand))
	}
	section("Flags:", flagUsages(c.LocalFlags(), width))
	section("Flags of every command:", flagUsages(c.InheritedFlags(), width))
	if c == root {
		section("Topics:", commandTable(c, width, (*cobra.Command).IsAdditionalHelpTopicCommand))
		b.WriteString("\n" + term.Wrap("`ciam <command> --help` says more of a command, `ciam help <topic>` of a topic.", width, 0) + "\n")
	}
	return b.String()
}

// switchValue is a bool flag's value without its syntax: pflag writes --quiet[=true|false] for it, which is noise to read.
type switchValue struct{ pflag.Value }

// flagUsages describes flags, laid out for a terminal of that width.
func flagUsages(flags *pflag.FlagSet, width int) string {
	var plain pflag.FlagSet
	flags.VisitAll(func(f *pflag.Flag) {
		shown := *f
		if f.Value.Type() == "bool" {
			shown.Value = switchValue{f.Value}
		}
		plain.AddFlag(&shown)
	})
	return plain.FlagUsagesWrapped(width)
}

// usageLines are the forms of a command: its own, and that of the commands below it.
func usageLines(c *cobra.Command) string {
	var b strings.Builder
	if c.Runnable() && c.HasParent() {
		fmt.Fprintf(&b, "  %s\n", c.UseLine())
	}
	if c.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "  %s <command> [flags]\n", c.CommandPath())
	}
	return b.String()
}

func commandTable(c *cobra.Command, width int, wanted func(*cobra.Command) bool) string {
	column := 0
	for _, sub := range c.Commands() {
		if wanted(sub) {
			column = max(column, len(sub.Name()))
		}
	}
	var b strings.Builder
	for _, sub := range c.Commands() {
		if wanted(sub) {
			b.WriteString(term.Fill(fmt.Sprintf("  %-*s  %s", column, sub.Name(), sub.Short), width) + "\n")
		}
	}
	return b.String()
}

// flagsOf visits the flags of a command that it tells of, its own and those of every command.
func flagsOf(c *cobra.Command, visit func(*pflag.Flag)) {
	c.InitDefaultHelpFlag()
	c.InheritedFlags() // which merges them
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden && f.Name != "help" {
			visit(f)
		}
	})
}

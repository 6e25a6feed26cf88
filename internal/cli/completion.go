package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

func newCompletionCmd(r *run) *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print the completion script for a shell",
		Long: `Print the completion script for bash, zsh, fish or PowerShell. It completes commands, flags and
their values: profiles, people, claims, scopes, formats, error codes, help topics, programs.
For that the configuration and the list of sessions are read; no keychain and no network is
asked.

For every shell that is started, put the line into its start-up file: for bash ~/.bashrc, for
zsh ~/.zshrc after compinit, for PowerShell the file that $PROFILE names. The package
bash-completion is not needed.`,
		Example: `  source <(ciam completion bash)
  source <(ciam completion zsh)
  ciam completion fish > ~/.config/fish/completions/ciam.fish
  ciam completion powershell | Out-String | Invoke-Expression`,
		ValidArgs: shells,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return &usageError{message: "name one shell", hint: "one of " + strings.Join(shells, ", ")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			root, out := cmd.Root(), cmd.OutOrStdout()
			switch args[0] {
			case "bash":
				if err := root.GenBashCompletionV2(out, true); err != nil {
					return err
				}
				return r.Streams.Print(bashWords)
			case "zsh":
				return root.GenZshCompletion(out)
			case "fish":
				return root.GenFishCompletion(out, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(out)
			}
			return &usageError{message: fmt.Sprintf("%q is no shell that ciam knows", args[0]), hint: "one of " + strings.Join(shells, ", ")}
		},
	}
}

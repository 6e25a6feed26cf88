package cli

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ciam-cli/ciam/internal/emulator"
)

// values gives what may be typed for a flag or an argument, each with a word about it after a tab. Whoever completes has no time
// and no mouth: nothing here asks a token store, the network or the person.
type values func(r *run, cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective)

// Completing reports whether args are a shell's question for completions. Nobody sees what is then written to stderr, and in
// the middle of a line nobody wants to.
func Completing(args []string) bool {
	return len(args) > 0 && (args[0] == cobra.ShellCompRequestCmd || args[0] == cobra.ShellCompNoDescRequestCmd)
}

// addCompletions says of each flag and argument what completes it. Only a run that completes pays for it.
func (r *run) addCompletions(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	walkCommands(root, func(c *cobra.Command) {
		own := argumentValues()[c.CommandPath()]
		if its := c.ValidArgsFunction; its != nil {
			own = func(_ *run, cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
				return its(cmd, args, typed)
			}
		}
		if own == nil {
			own = none
		}
		c.ValidArgs, c.ValidArgsFunction = nil, func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
			return r.complete(own, cmd, args, typed)
		}
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			of := valuesOf(c, f)
			if of == nil {
				of = none
			}
			// An error is of a flag that has one already: one of every command.
			_ = c.RegisterFlagCompletionFunc(f.Name, func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
				return r.complete(of, cmd, args, typed)
			})
		})
	})
}

// complete keeps of the values those that begin with what is typed, each once.
func (r *run) complete(of values, cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	all, directive := of(r, cmd, args, typed)
	seen := map[string]bool{}
	all = slices.DeleteFunc(slices.Clone(all), func(v string) bool {
		value, _, _ := strings.Cut(v, "\t")
		again := seen[value]
		seen[value] = true
		return again || !strings.HasPrefix(value, typed)
	})
	return all, directive
}

// valuesOf is what completes a flag's value; nil where it is the person's own, or there is none.
func valuesOf(c *cobra.Command, f *pflag.Flag) values {
	if of, ok := flagValues()[c.CommandPath()+" --"+f.Name]; ok {
		return of
	}
	return flagValues()["--"+f.Name]
}

// flagValues are what completes the flags, by name, or by command and name where that differs.
func flagValues() map[string]values {
	return map[string]values{
		"--profile": profiles, "--account": accounts, "--output": formats, "--config": file, "--ca-file": file, "--token-store": listed(
			"keychain\tof the system", "file\tsealed with a key of yours", "memory\tgone with this process"),
		"--tenant": tenants, "--client-id": clientIDs, "--scope": scopes,
		"--redirect-uri":       listed("http://localhost\tof an app without a secret", "http://localhost:3000/auth/redirect\tof an app with one"),
		"--client-secret-file": file, "--client-certificate": file, "--client-assertion-file": file, "--client-assertion-command": programs,
		"--prompt": listed("login\tasks for the password again", "select_account\tlets one choose the account", "create\tbegins with the sign-up page",
			"consent\tasks for consent again", "none\tshows no page at all"),
		"--response-mode": listed("form_post\tin the body of a request", "query\tin the address"),
		"--login-hint":    emails, "--email": emails, "--mfa-email": emails,
		"--domain-hint": listed("google", "facebook", "apple"), "--ui-locales": locales, "--attribute": attributes,
		"--password-file": file, "--code-command": programs,
		"--shell": listed("posix\tsh, bash, zsh", "powershell", "fish"), "--to-file": file,
		"--content-type": listed("application/json", "application/x-www-form-urlencoded", "application/merge-patch+json", "application/octet-stream", "text/plain"),
		"--listen":       addresses, "--url": listed("https://localhost:8765"), "--seed": file, "--ready-file": file, "--control-token-file": file, "--issuer": listed("guid\tas a live tenant's", "origin\tthe address asked"), "--app": apps,
		"--keys": file, "--audience": clientIDs, "--type": listed("access", "id", "refresh"), "--bad": listed(emulator.TokenFaults()...),
		"--file":                    file,
		"ciam setup --type":         listed("public\tdesktop, mobile, this program", "web\twith a secret", "spa\ta single-page app", "api"),
		"ciam setup --attribute":    listed("city", "country", "displayName", "givenName", "jobTitle", "postalCode", "state", "streetAddress", "surname", "extension_\tand a name of your own"),
		"--method":                  listed("password", "otp\ta code by mail"),
		"ciam emulator env --shell": listed(emulatorShells()...),
		"ciam emulator --data":      folder, "ciam emulator run --data": folder, "ciam emulator export --data": folder,
	}
}

// freeFlags are those whose value is the person's own: nothing can be listed.
func freeFlags() []string {
	return []string{"--jq", "--port", "--timeout", "--min-ttl", "--kill-after", "--env-var", "--header", "--host", "--section", "--user", "--role", "--claim", "--lifetime", "--issued-at", "--name", "--user-flow", "--client", "ciam api --data"}
}

// argumentValues are what completes the arguments, by command. A command that is not here takes none, or only the names of the
// commands below it.
func argumentValues() map[string]values {
	return map[string]values{
		"ciam claims": first(claimNames), "ciam claims assert": none, "ciam claims diff": first(file), "ciam switch": first(accounts), "ciam explain": codes, "ciam verify": first(file),
		"ciam completion":  first(listed("bash", "zsh", "fish", "powershell")),
		"ciam profile add": first(profiles), "ciam profile export": first(profiles), "ciam profile import": first(file), "ciam profile show": first(profiles), "ciam profile use": first(profiles), "ciam profile remove": first(profiles),
		"ciam api":  first(listed("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "https://")),
		"ciam help": topics, "ciam exec": command, "ciam emulator run": command,
	}
}

// listed is a list that is always the same.
func listed(all ...string) values {
	return func(*run, *cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return all, cobra.ShellCompDirectiveNoFileComp
	}
}

// first completes the first argument only.
func first(of values) values {
	return func(r *run, cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return of(r, cmd, args, typed)
	}
}

func none(*run, *cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveNoFileComp
}

// file leaves it to the shell, which knows files better.
func file(*run, *cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveDefault
}

func folder(*run, *cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs | cobra.ShellCompDirectiveNoFileComp
}

// command is a program and, after it, what the program takes: files, as far as is known.
func command(r *run, cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveDefault
	}
	return programs(r, cmd, args, typed)
}

// programs are those in the folders of PATH; a path is left to the shell.
func programs(r *run, _ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	if strings.ContainsAny(typed, `/\`) || strings.HasPrefix(typed, ".") || strings.HasPrefix(typed, "~") {
		return nil, cobra.ShellCompDirectiveDefault
	}
	var names []string
	for _, dir := range filepath.SplitList(r.Getenv("PATH")) {
		names = append(names, programsIn(dir, r.Getenv("PATHEXT"))...)
	}
	slices.Sort(names)
	return slices.Compact(names), cobra.ShellCompDirectiveNoFileComp
}

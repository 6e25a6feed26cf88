package cli

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// emulatorShells are the values of --shell.
func emulatorShells() []string { return []string{"sh", "fish", "powershell", "json"} }

func newEmulatorEnvCmd(r *run) *cobra.Command {
	var o emulatorPlace
	var shell, app string
	cmd := &cobra.Command{
		Use:   "env",
		Short: "Print the settings for a running emulator",
		Long: `Print the settings for a running emulator as commands of a shell, or as a JSON object: what
` + "`ciam emulator run`" + ` gives its program, without the client secret, which only the seed has.

` + placeHelp,
		Example: "  " + r.system().choose(`eval "$(ciam emulator env)"`, "ciam emulator env --shell powershell | Out-String | Invoke-Expression", "ciam emulator env --shell json") + `
  ciam emulator env --shell fish | source
  ciam emulator env --shell json --jq .CIAM_AUTHORITY`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runEmulatorEnv(cmd.Context(), r, o, shell, app) },
	}
	o.add(cmd)
	cmd.Flags().StringVar(&shell, "shell", "", "the `SHELL` that reads it: "+strings.Join(emulatorShells(), ", ")+" (default sh, on Windows powershell)")
	cmd.Flags().StringVar(&app, "app", "", "the app, by name or client `ID` (default the first)")
	return cmd
}

func runEmulatorEnv(ctx context.Context, r *run, o emulatorPlace, shell, app string) error {
	format, err := r.format("text", "json")
	if err != nil {
		return err
	}
	usual := r.system().choose("sh", "powershell", "")
	if format == "json" {
		usual = "json"
	}
	if shell = cmp.Or(shell, usual); !slices.Contains(emulatorShells(), shell) || format == "json" && shell != "json" {
		return &usageError{message: "--shell " + shell + " is none of " + strings.Join(emulatorShells(), ", ") + ", or does not go with JSON", hint: "see `ciam emulator env --help`"}
	}
	c, err := r.emulatorClient(o)
	if err != nil {
		return err
	}
	health, err := c.health(ctx)
	if err != nil {
		return err
	}
	about := health.ready()
	if err := about.choose(app); err != nil {
		return err
	}
	folder := ""
	if c.CAFile != "" {
		if folder, err = r.settingsFolder(c.CAFile); err != nil {
			return err
		}
	}
	set, err := r.emulatorEnvironment(c.CAFile, about, folder)
	if err != nil {
		return err
	}
	return r.printEnvironment(shell, set)
}

// ready is what the emulator says of itself in the form that the settings are made of.
func (h emulatorHealth) ready() ready {
	about := ready{URL: h.URL}
	for _, t := range h.Tenants {
		rt := readyTenant{ID: t.ID, Subdomain: t.Subdomain, DisplayName: t.DisplayName, Authority: h.URL + "/" + t.ID}
		for _, a := range t.Apps {
			rt.Apps = append(rt.Apps, readyApp{ClientID: a.ClientID, DisplayName: cmp.Or(a.DisplayName, a.ClientID)})
		}
		about.Tenants = append(about.Tenants, rt)
	}
	return about
}

// printEnvironment prints settings that a program's environment would get; empty ones there are for what the program's
// parent has.
func (r *run) printEnvironment(shell string, set []string) error {
	values := map[string]string{}
	var lines strings.Builder
	for _, entry := range set {
		name, value, _ := strings.Cut(entry, "=")
		if value == "" && r.Getenv(name) == "" {
			continue
		}
		values[name] = value
		lines.WriteString(assignment(shell, name, value) + "\n")
	}
	if shell == "json" {
		return r.printJSON(values)
	}
	return r.printData([]byte(lines.String()))
}

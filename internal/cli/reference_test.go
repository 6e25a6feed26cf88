package cli

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ciam-cli/ciam/internal/config"
	"github.com/ciam-cli/ciam/internal/term"
)

//go:generate go test -run "TestReference|TestScreens|TestDocs_topTwenty|TestManPages" -update .

var update = flag.Bool("update", false, "write docs/reference and the like instead of comparing with it")

// TestReference keeps docs/reference in step with the commands: it is made from the command tree, and differs from
// it nowhere.
func TestReference(t *testing.T) {
	pages := referencePages()
	dir := filepath.Join("..", "..", "docs", "reference")
	if *update {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range pages {
		path := filepath.Join(dir, name)
		if *update {
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("%s differs from the commands; run `go generate ./...` (%v)", path, err)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if _, ok := pages[e.Name()]; !ok {
			if *update {
				_ = os.Remove(filepath.Join(dir, e.Name()))
				continue
			}
			t.Errorf("%s belongs to no command", e.Name())
		}
	}
}

// referencePages are the pages by name, made from the command tree.
func referencePages() map[string]string {
	streams, _, _, _ := term.Test()
	pages := map[string]string{"environment.md": environmentPage(), "exit-codes.md": exitCodesPage(), "formats.md": topicPage("Formats", formatsTopic()), "ci.md": topicPage("Pipelines", ciTopic())}
	addPages(pages, newRootCmd(&run{Env: &Env{Streams: streams, GOOS: "linux"}})) // whatever it is made on
	return pages
}

func fileName(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") + ".md" }

func addPages(pages map[string]string, c *cobra.Command) {
	if c.Hidden || c.Name() == "help" || !c.Runnable() && !c.HasSubCommands() {
		return
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s\n\n%s\n\n", c.CommandPath(), c.Short)
	fmt.Fprintf(&b, "```\n%s\n```\n\n%s\n", c.UseLine(), c.Long)
	if c.Example != "" {
		fmt.Fprintf(&b, "\n## Examples\n\n```sh\n%s\n```\n", unindent(c.Example))
	}
	if c.HasAvailableLocalFlags() {
		fmt.Fprintf(&b, "\n## Flags\n\n%s", flagTable(c.LocalNonPersistentFlags()))
		if !c.HasParent() {
			fmt.Fprintf(&b, "\nThese go with every command:\n\n%s", flagTable(c.PersistentFlags()))
		}
	}
	var below []string
	for _, sub := range c.Commands() {
		addPages(pages, sub)
		if _, ok := pages[fileName(sub)]; ok {
			below = append(below, fmt.Sprintf("- [%s](%s): %s\n", sub.CommandPath(), fileName(sub), sub.Short))
		}
	}
	if len(below) > 0 {
		fmt.Fprintf(&b, "\n## Commands\n\n%s", strings.Join(below, ""))
	}
	if !c.HasParent() {
		b.WriteString("\nSee also [environment](environment.md), [exit codes](exit-codes.md), [formats](formats.md) and [pipelines](ci.md).\n")
	}
	pages[fileName(c)] = b.String()
}

func flagTable(flags *pflag.FlagSet) string {
	var rows []string
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		value, usage := pflag.UnquoteUsage(f)
		name := "`--" + f.Name
		if f.Shorthand != "" {
			name = "`-" + f.Shorthand + "`, " + name
		}
		if value != "" {
			name += " " + value
		}
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "0" && f.DefValue != "0s" && f.DefValue != "[]" {
			usage += " (default " + f.DefValue + ")"
		}
		rows = append(rows, fmt.Sprintf("| %s` | %s |\n", name, strings.ReplaceAll(usage, "|", "\\|")))
	})
	if len(rows) == 0 {
		return ""
	}
	return "| flag | meaning |\n|---|---|\n" + strings.Join(rows, "")
}

func unindent(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(line, "  ")
	}
	return strings.Join(lines, "\n")
}

func environmentPage() string {
	var b strings.Builder
	b.WriteString("# Environment\n\nSettings are taken in this order: flag, environment variable, profile, default.\n\n| variable | meaning |\n|---|---|\n")
	for _, v := range config.Variables() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", v.Name, v.Meaning)
	}
	_, file, _ := strings.Cut(environmentTopic(systemOf("linux", nil)), "The configuration file")
	fmt.Fprintf(&b, "\n## Configuration file\n\nThe configuration file%s", strings.Replace(file, "\n\n  ", "\n\n```yaml\n  ", 1)+"```\n")
	return b.String()
}

func exitCodesPage() string {
	var b strings.Builder
	b.WriteString("# Exit codes\n\nThey are the same for every command, but `ciam exec` and `ciam emulator run`, which pass on the program's, and `ciam emulator`, which\nCtrl-C and SIGTERM end with 0.\n\n| code | meaning |\n|---|---|\n")
	for _, c := range exitCodes() {
		fmt.Fprintf(&b, "| %d | %s |\n", c.Code, c.Meaning)
	}
	fmt.Fprintf(&b, "\n%s\n", exitCodesAdvice)
	return b.String()
}

// topicPage is a topic of `ciam help` as it is printed.
func topicPage(title, text string) string {
	return fmt.Sprintf("# %s\n\n```\n%s\n```\n", title, strings.TrimSpace(text))
}

// TestHelp checks what every command tells of itself, as a person would see it.
func TestHelp(t *testing.T) {
	streams, _, _, _ := term.Test()
	root := newRootCmd(&run{Env: &Env{Streams: streams, GOOS: "linux"}}) // TestSystem_help has the others
	var check func(c *cobra.Command)
	check = func(c *cobra.Command) {
		path := c.CommandPath()
		if c.Short == "" || strings.HasSuffix(c.Short, ".") || c.Short[0] < 'A' || c.Short[0] > 'Z' {
			t.Errorf("%s: short help %q: a capital letter and no full stop", path, c.Short)
		}
		if len(c.Short) > 80 {
			t.Errorf("%s: short help has %d characters", path, len(c.Short))
		}
		if c.Runnable() && (c.Long == "" || c.Example == "") {
			t.Errorf("%s: no long help or no example", path)
		}
		for _, width := range []int{80, 100} {
			checkWidth(t, c, width)
		}
		// An example that does not work is worse than none.
		commands := commandsIn(unindent(c.Example))
		if c.Runnable() && c.HasParent() && len(commands) == 0 {
			t.Errorf("%s: no command in its example", path)
		}
		for _, p := range passages(path, systemOf("", nil).long(c)) {
			for _, words := range commandsIn(p.text) {
				if err := checkMention(words); err != nil {
					t.Errorf("%s: its help mentions `ciam %s`: %v", path, strings.Join(words, " "), err)
				}
			}
		}
		for _, words := range commands {
			if err := checkCommand(words); err != nil {
				t.Errorf("%s: its help has `ciam %s`: %v", path, strings.Join(words, " "), err)
			}
		}
		for _, sub := range c.Commands() {
			check(sub)
		}
	}
	check(root)
}

// checkWidth sees that a command's help fits a terminal: all but its examples, and what Fill never breaks.
func checkWidth(t *testing.T, c *cobra.Command, width int) {
	text := helpText(systemOf("", nil), c, width)
	if strings.Count(text, "\nUsage:\n") != 1 && (c.Runnable() || c.HasSubCommands()) {
		t.Errorf("%s: not one usage section", c.CommandPath())
	}
	for _, line := range strings.Split(text, "\n") {
		if term.Columns(line) > width && !strings.Contains(c.Example, line) {
			t.Errorf("%s: at %d columns a line of %d: %s", c.CommandPath(), width, term.Columns(line), line)
		}
	}
}

// home is an environment with folders of the test's own and nothing else.
func home(t *testing.T) func(string) string {
	dir := t.TempDir()
	return func(name string) string {
		if strings.HasPrefix(name, "XDG_") {
			return filepath.Join(dir, strings.ToLower(name))
		}
		return ""
	}
}

// TestCompletion runs each completion script's generator.
func TestCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		streams, _, out, _ := term.Test()
		code := Run(context.Background(), &Env{Streams: streams, Getenv: home(t)}, []string{"completion", shell})
		if code != 0 || !strings.Contains(out.String(), "ciam") {
			t.Errorf("%s: exit %d, %d bytes", shell, code, out.Len())
		}
	}
}

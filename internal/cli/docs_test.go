package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"

	"github.com/ciam-cli/ciam/internal/config"
	"github.com/ciam-cli/ciam/internal/term"
)

// passage is a piece of a page: a code block, or a code span of a sentence.
type passage struct {
	page, language, text string
	line                 int // of the page
	block                bool
}

func (p passage) where() string { return fmt.Sprintf("%s:%d", p.page, p.line) }

// pages reads what people read: the README and docs/*.md, by their paths in the repository.
func pages(t *testing.T) map[string]string {
	t.Helper()
	root := filepath.Join("..", "..")
	paths, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, path := range append(paths, filepath.Join(root, "README.md")) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			t.Fatal(err)
		}
		texts[filepath.ToSlash(name)] = strings.ReplaceAll(string(data), "\r\n", "\n")
	}
	return texts
}

// passages cuts a page into its code blocks and code spans. A span ends within its paragraph.
func passages(page, text string) []passage {
	span := regexp.MustCompile("`([^`]+)`")
	var all []passage
	var block *passage
	var paragraph strings.Builder
	begin := 1
	flush := func(next int) {
		prose := paragraph.String()
		for _, at := range span.FindAllStringSubmatchIndex(prose, -1) {
			line := begin + strings.Count(prose[:at[0]], "\n")
			all = append(all, passage{page: page, line: line, text: strings.ReplaceAll(prose[at[2]:at[3]], "\n", " ")})
		}
		paragraph.Reset()
		begin = next
	}
	for i, line := range strings.Split(text, "\n") {
		fence, isFence := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case isFence && block == nil:
			flush(i + 2)
			block = &passage{page: page, language: fence, line: i + 2, block: true}
		case isFence:
			all = append(all, *block)
			block = nil
			flush(i + 2)
		case block != nil:
			block.text += line + "\n"
		case strings.TrimSpace(line) == "":
			flush(i + 2)
		default:
			paragraph.WriteString(line + "\n")
		}
	}
	flush(0)
	return all
}

// checkMention is checkCommand for sentences, where a command without anything is its name: `ciam exec`.
func checkMention(words []string) error {
	streams, _, _, _ := term.Test()
	root := newRootCmd(&run{Env: &Env{Streams: streams}})
	if found, rest, err := root.Find(words); err == nil && found != root && len(rest) == 0 {
		return nil
	}
	return checkCommand(words)
}

// checkCommand parses the words after the program's name as the program would: command, flags, arguments, and the values
// that all commands check alike.
func checkCommand(words []string) error {
	streams, _, _, _ := term.Test()
	root := newRootCmd(&run{Env: &Env{Streams: streams}})
	root.InitDefaultHelpCmd()
	found, rest, err := root.Find(words)
	if err != nil {
		return err
	}
	if found.Name() == "help" {
		if topic, _, err := root.Find(rest); len(rest) > 0 && (err != nil || topic == root) {
			return fmt.Errorf("there is no help on %v", rest)
		}
		return nil
	}
	found.InitDefaultHelpFlag()
	if err := found.ParseFlags(rest); err != nil {
		return err
	}
	args := found.Flags().Args()
	if len(args) > 0 && !found.Runnable() {
		return fmt.Errorf("%s has no command %q", found.CommandPath(), args[0])
	}
	if err := found.ValidateArgs(args); err != nil {
		return err
	}
	if o := found.Flag("output").Value.String(); o != "" && !slices.Contains(formatsOf(found), o) {
		return fmt.Errorf("%s has no output format %q", found.CommandPath(), o)
	}
	return config.CheckTokenStore(found.Flag("token-store").Value.String(), "--token-store")
}

// TestDocs_commands parses every command of the README and the pages, in code blocks and in sentences. The change log
// tells of commands as they were: only its blocks are parsed.
func TestDocs_commands(t *testing.T) {
	inBlocks := map[string]int{}
	for page, text := range pages(t) {
		for _, p := range passages(page, text) {
			if !p.block && page == "docs/CHANGELOG.md" {
				continue
			}
			commands := commandsIn(p.text)
			if p.language == "yaml" {
				commands = append(commands, pluginCommands(t, p)...)
			}
			check := checkMention
			if p.block {
				check = checkCommand
			}
			for _, words := range commands {
				if err := check(words); err != nil {
					t.Errorf("%s: ciam %s: %v", p.where(), strings.Join(words, " "), err)
				}
			}
			if p.block {
				inBlocks[page] += len(commands)
			}
		}
	}
	for page, least := range map[string]int{"README.md": 5, "docs/scripts.md": 20, "docs/emulator.md": 5, "docs/quickstart.md": 10, "docs/recipes.md": 8,
		"docs/ci.md": 10, "docs/testing.md": 10, "docs/troubleshooting.md": 15, "docs/tenant-setup.md": 10, "docs/people.md": 10} {
		if inBlocks[page] < least {
			t.Errorf("%s: %d commands found in its code blocks, expected %d at least: is the search broken?", page, inBlocks[page], least)
		}
	}
	t.Logf("commands in code blocks: %v", inBlocks)
}

// pluginCommands are commands that a block names as kubectl's configuration does: `command: ciam` and `args`.
func pluginCommands(t *testing.T, p passage) [][]string {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(p.text), &doc); err != nil {
		t.Errorf("%s: %v", p.where(), err)
	}
	var found [][]string
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		var plugin struct {
			Command string   `yaml:"command"`
			Args    []string `yaml:"args"`
		}
		if n.Kind == yaml.MappingNode && n.Decode(&plugin) == nil && plugin.Command == "ciam" {
			found = append(found, plugin.Args)
		}
		for _, child := range n.Content {
			walk(child)
		}
	}
	walk(&doc)
	return found
}

// TestDocs_flags checks the flags that sentences name by themselves: there is a command that has them.
func TestDocs_flags(t *testing.T) {
	foreign := []string{"--cacert", "--resolve", "--host-resolver-rules", "--oidc-issuer-url", "--oidc-client-id", "--oidc-username-claim"}
	known := map[string]bool{}
	streams, _, _, _ := term.Test()
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		note := func(f *pflag.Flag) { known["--"+f.Name] = true }
		c.LocalFlags().VisitAll(note)
		c.PersistentFlags().VisitAll(note)
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(newRootCmd(&run{Env: &Env{Streams: streams}}))
	checked := 0
	for page, text := range pages(t) {
		for _, p := range passages(page, text) {
			name := strings.FieldsFunc(p.text, func(c rune) bool { return c == ' ' || c == '=' })
			if p.block || page == "docs/CHANGELOG.md" || !strings.HasPrefix(p.text, "--") || slices.Contains(foreign, name[0]) {
				continue
			}
			if checked++; !known[name[0]] {
				t.Errorf("%s: no command has the flag %s", p.where(), name[0])
			}
		}
	}
	if checked < 50 {
		t.Errorf("%d flags found: is the search broken?", checked)
	}
}

// TestDocs_planted sees that the check of a command can fail.
func TestDocs_planted(t *testing.T) {
	for text, fits := range map[string]bool{
		"ciam token -o curl-config":                    true,
		"ciam token --no-such-flag":                    false,
		"ciam tokn":                                    false,
		"ciam profile ad shop":                         false,
		"ciam profile use":                             false,
		"ciam login --port":                            false,
		"ciam login --port high":                       false,
		"ciam login shop":                              false,
		"ciam api --client-credentials https://a.test": false, // a flag of `token` only
		"ciam api GET https://a.test surplus":          false,
		"ciam token -o curlconfig":                     false,
		"ciam whoami -o kubernetes":                    false,
		"ciam whoami --token-store disk":               false,
		"ciam exec":                                    false,
		"ciam exec -- ./program --its-own -o anything": true,
		"ciam help exit-codes":                         true,
		"ciam help exit-code":                          false,
		"ciam emulator run -- npm test":                true,
		"ciam emulator walk":                           false,
		"ciam --help":                                  true,
	} {
		commands := commandsIn(text)
		if len(commands) != 1 {
			t.Fatalf("%s: found %q", text, commands)
		}
		if err := checkCommand(commands[0]); (err == nil) != fits {
			t.Errorf("%s: got %v, expected it to parse: %t", text, err, fits)
		}
	}
	for text, fits := range map[string]bool{"ciam exec": true, "ciam profile use": true, "ciam tokn": false, "ciam profile ad": false, "ciam exec --no-such-flag": false} {
		if err := checkMention(commandsIn(text)[0]); (err == nil) != fits {
			t.Errorf("a mention of %s: got %v, expected it to be right: %t", text, err, fits)
		}
	}
}

// TestDocs_comparison: the README's table has rows of docs/comparison.md, word for word, so that the two never disagree.
func TestDocs_comparison(t *testing.T) {
	texts := pages(t)
	_, compared, _ := strings.Cut(texts["README.md"], "\n## Compared\n")
	compared, _, _ = strings.Cut(compared, "\n## ")
	rows := 0
	for line := range strings.Lines(compared) {
		if !strings.HasPrefix(line, "|") {
			continue
		}
		rows++
		if !strings.Contains(texts["docs/comparison.md"], "\n"+line) {
			t.Errorf("docs/comparison.md has no row %s", line)
		}
	}
	if rows < 8 {
		t.Errorf("%d rows in the README", rows)
	}
}

package cli

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ciam-cli/ciam/internal/term"
)

// The man pages are no part of the repository: internal/packaging/make has them made for a release, as of its day and version.
var (
	manDir     = flag.String("man", "", "write the man pages into this folder")
	manDate    = flag.String("man-date", "", "the day that they name")
	manVersion = flag.String("man-version", "ciam", "the version that they name")
)

// TestManPages makes the man pages, of the same tree as docs/reference, and sees that they say what they have to.
func TestManPages(t *testing.T) {
	streams, _, _, _ := term.Test()
	root := newRootCmd(&run{Env: &Env{Streams: streams, GOOS: "linux"}})
	pages := map[string]string{}
	addManPages(pages, root)
	if pages["ciam.1"] == "" || pages["ciam-profile-add.1"] == "" || pages["ciam-exit-codes.7"] == "" || len(pages) < 30 {
		t.Errorf("%d pages: is one of them missing?", len(pages))
	}
	for name, page := range pages {
		for _, line := range strings.Split(strings.TrimSuffix(page, "\n"), "\n")[1:] {
			if macro, _, _ := strings.Cut(line, " "); strings.HasPrefix(line, ".") && !slices.Contains([]string{".TH", ".SH", ".PP", ".TP", ".EX", ".EE", ".BR"}, macro) {
				t.Errorf("%s: %q is no macro of these pages", name, line)
			}
			if strings.HasPrefix(line, "'") || strings.TrimSpace(line) == "" {
				t.Errorf("%s: the line %q is a command to troff, or none at all", name, line)
			}
		}
		if *manDir != "" {
			if err := os.WriteFile(filepath.Join(*manDir, name), []byte(page), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	login := pages["ciam-login.1"]
	for _, want := range []string{`.TH "CIAM\-LOGIN" "1"`, "ciam\\-login \\- Sign in", "\\fB\\-\\-login\\-hint\\fR \\fI", "\n.BR ciam\\-exit\\-codes (7)"} {
		if !strings.Contains(login, want) {
			t.Errorf("ciam-login.1 has no %q:\n%s", want, login)
		}
	}
	checkCask(t, pages)
}

// checkCask sees that the Homebrew cask installs each page: a cask knows no patterns, so .goreleaser.yaml lists them.
func checkCask(t *testing.T, pages map[string]string) {
	t.Helper()
	path := filepath.Join("..", "..", ".goreleaser.yaml")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "    manpages: # made by go generate\n", "    # the end of the man pages\n"
	config := strings.ReplaceAll(string(data), "\r\n", "\n")
	head, rest, ok := strings.Cut(config, begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no list between %q and %q", path, begin, end)
	}
	var names []string
	for name := range pages {
		names = append(names, "      - man/"+name+"\n")
	}
	slices.Sort(names)
	want := head + begin + strings.Join(names, "") + end + tail
	if *update && want != config {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if want != config {
		t.Errorf("%s does not list the man pages that there are; run `go generate ./...`", path)
	}
}

func addManPages(pages map[string]string, c *cobra.Command) {
	topic := c.IsAdditionalHelpTopicCommand()
	if c.Hidden || c.Name() == "help" || !topic && !c.IsAvailableCommand() && c.HasParent() {
		return
	}
	pages[manName(c)+"."+manSection(c)] = manPage(c)
	for _, sub := range c.Commands() {
		addManPages(pages, sub)
	}
}

func manName(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") }

func manSection(c *cobra.Command) string {
	if c.IsAdditionalHelpTopicCommand() {
		return "7"
	}
	return "1"
}

func manPage(c *cobra.Command) string {
	on := systemOf("linux", nil)
	c.InitDefaultHelpFlag()
	var b strings.Builder
	section := func(title, body string) {
		if body = strings.Trim(body, "\n"); body != "" {
			fmt.Fprintf(&b, ".SH %s\n%s\n", title, body)
		}
	}
	b.WriteString(".\\\" Made of the commands by internal/cli/manpages_test.go.\n")
	fmt.Fprintf(&b, ".TH \"%s\" \"%s\" \"%s\" \"%s\" \"ciam\"\n", roff(strings.ToUpper(manName(c))), manSection(c), *manDate, roff(*manVersion))
	section("NAME", roff(manName(c))+" \\- "+roff(c.Short))
	if c.Runnable() || c.HasSubCommands() {
		section("SYNOPSIS", manVerbatim(cmp.Or(usageLines(c), "  "+c.UseLine())))
	}
	section("DESCRIPTION", manText(on.long(c)))
	if c.Example != "" {
		section("EXAMPLES", manVerbatim(c.Example))
	}
	section("COMMANDS", manCommands(c, (*cobra.Command).IsAvailableCommand))
	if manSection(c) == "1" {
		section("OPTIONS", manOptions(c.LocalFlags()))
		section("OPTIONS OF EVERY COMMAND", manOptions(c.InheritedFlags()))
	}
	section("SEE ALSO", manAlso(c))
	return b.String()
}

// manText is a help text: paragraphs are broken by troff, what is indented stays as it is.
func manText(text string) string {
	var b strings.Builder
	var prose, kept []string
	flush := func() {
		if len(prose) > 0 {
			fmt.Fprintf(&b, ".PP\n%s\n", roff(strings.Join(prose, "\n")))
		}
		if len(kept) > 0 {
			fmt.Fprintf(&b, ".PP\n%s\n", manVerbatim(strings.Join(kept, "\n")))
		}
		prose, kept = nil, nil
	}
	for _, line := range strings.Split(strings.Trim(term.Fill(text, 72), "\n"), "\n") {
		indented := strings.HasPrefix(line, " ")
		if line == "" || indented && len(prose) > 0 || !indented && len(kept) > 0 {
			flush()
		}
		switch {
		case indented:
			kept = append(kept, line)
		case line != "":
			prose = append(prose, line)
		}
	}
	flush()
	return strings.TrimPrefix(b.String(), ".PP\n")
}

func manVerbatim(text string) string {
	var lines []string
	for _, line := range strings.Split(strings.Trim(text, "\n"), "\n") {
		lines = append(lines, cmp.Or(roff(line), "\\&"))
	}
	return ".EX\n" + strings.Join(lines, "\n") + "\n.EE"
}

func manCommands(c *cobra.Command, wanted func(*cobra.Command) bool) string {
	var b strings.Builder
	for _, sub := range c.Commands() {
		if wanted(sub) && sub.Name() != "help" {
			fmt.Fprintf(&b, ".TP\n.BR %s (%s)\n%s\n", roff(manName(sub)), manSection(sub), roff(sub.Short))
		}
	}
	return b.String()
}

func manOptions(flags *pflag.FlagSet) string {
	var b strings.Builder
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		value, usage := pflag.UnquoteUsage(f)
		name := "\\fB" + roff("--"+f.Name) + "\\fR"
		if f.Shorthand != "" {
			name = "\\fB" + roff("-"+f.Shorthand) + "\\fR, " + name
		}
		if value != "" {
			name += " \\fI" + roff(value) + "\\fR"
		}
		if !slices.Contains([]string{"", "false", "0", "0s", "[]"}, f.DefValue) {
			usage += " (default " + f.DefValue + ")"
		}
		fmt.Fprintf(&b, ".TP\n%s\n%s\n", name, roff(usage))
	})
	return b.String()
}

// manAlso are the pages around this one, and where the rest is.
func manAlso(c *cobra.Command) string {
	also := []*cobra.Command{}
	if c.HasParent() {
		also = append(also, c.Parent())
	}
	for _, sub := range c.Root().Commands() {
		if sub.IsAdditionalHelpTopicCommand() && sub != c {
			also = append(also, sub)
		}
	}
	var b strings.Builder
	for _, other := range also {
		fmt.Fprintf(&b, ".BR %s (%s),\n", roff(manName(other)), manSection(other))
	}
	return b.String() + roff("https://github.com/ciam-cli/ciam")
}

// roff is text as troff takes it: nothing of it is a command, hyphens can be copied, and what is in backquotes is bold.
func roff(text string) string {
	lines := strings.Split(strings.NewReplacer(`\`, `\e`, "-", `\-`, "~", `\(ti`, "^", `\(ha`, "'", `\(aq`).Replace(text), "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") {
			lines[i] = `\&` + line
		}
	}
	pieces := strings.Split(strings.Join(lines, "\n"), "`")
	if len(pieces)%2 == 0 {
		return strings.Join(pieces, `\(ga`) // one that stands alone
	}
	var b strings.Builder
	for i, piece := range pieces {
		if i%2 == 1 {
			piece = `\fB` + piece + `\fR`
		}
		b.WriteString(piece)
	}
	return b.String()
}

func TestRoff(t *testing.T) {
	for text, want := range map[string]string{
		".hidden":             `\&.hidden`,
		"a\n.TH x":            "a\n\\&.TH x",
		"'quoted'":            `\(aqquoted\(aq`,
		`C:\x --y`:            `C:\ex \-\-y`,
		"see `ciam --help`":   `see \fBciam \-\-help\fR`,
		"one ` alone":         `one \(ga alone`,
		"~/.config, ^C":       `\(ti/.config, \(haC`,
		"`a\nb` over 2 lines": "\\fBa\nb\\fR over 2 lines",
	} {
		if got := roff(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

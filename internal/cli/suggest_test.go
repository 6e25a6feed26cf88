package cli

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ciam-cli/ciam/internal/term"
)

func testTree() *cobra.Command {
	streams, _, _, _ := term.Test()
	root := newRootCmd(&run{Env: &Env{Streams: streams}})
	root.InitDefaultHelpCmd()
	return root
}

// TestUnknownCommands: whatever stands where a command is expected, at every depth and however help is asked for, is exit 2
// with the next step, and stdout stays empty.
func TestUnknownCommands(t *testing.T) {
	for _, row := range []struct {
		words string
		hint  string
	}{
		{"nosuch", "see `ciam --help`"},
		{"clams", "did you mean `ciam claims`?"},
		{"lgoin", "did you mean `ciam login`?"},
		{"log", "did you mean `ciam login` or `ciam logout`?"},
		{"LOGIN", "did you mean `ciam login`?"},
		{"status", "did you mean `ciam whoami`?"},
		{"signup", "did you mean `ciam login --signup`?"},
		{"auth", "did you mean `ciam login`?"},
		{"refresh", "did you mean `ciam token --force-refresh`?"},
		{"signin", "did you mean `ciam login`?"},
		{"account", "did you mean `ciam whoami`?"},
		{"account get-access-token", "did you mean `ciam token`?"},
		{"get-token", "did you mean `ciam token`?"},
		{"me", "did you mean `ciam whoami`?"},
		{"auth status", "did you mean `ciam whoami`?"},
		{"config use-context contoso", "did you mean `ciam profile use`?"},
		{"use contoso", "did you mean `ciam profile use`?"},
		{"exit-code", "did you mean `ciam help exit-codes`?"},
		{"errors", "did you mean `ciam explain` or `ciam help exit-codes`?"},
		{"profile lst", "did you mean `ciam profile list`?"},
		{"profile delete", "did you mean `ciam profile remove`?"},
		{"profile nosuch", "see `ciam profile --help`"},
		{"profile login", "did you mean `ciam login`?"},
		{"emulator rn", "did you mean `ciam emulator run`?"},
		{"emulator start", "did you mean `ciam emulator`?"},
		{"\u202enosuch", "see `ciam --help`"},
	} {
		words := strings.Fields(row.words)
		with := func(before, after []string) []string { return slices.Concat(before, words, after) }
		for _, args := range [][]string{words, with(nil, []string{"--help"}), with(nil, []string{"-h"}), with([]string{"help"}, nil), with([]string{"-p", "x"}, nil), with(nil, []string{"-p", "x"})} {
			o := newMachine(t).run(args...)
			if o.code != exitUsage || o.stdout != "" || !strings.HasSuffix(strings.TrimSpace(o.stderr), row.hint) {
				t.Errorf("%q: exit %d, stdout %q, want hint %q\n%s", args, o.code, o.stdout, row.hint, o.stderr)
			}
		}
	}
}

// TestUnknownCommands_typos leaves out, doubles and exchanges letters of every command's name: the command is suggested.
func TestUnknownCommands_typos(t *testing.T) {
	tried := 0
	walkCommands(testTree(), func(c *cobra.Command) {
		name := c.Name()
		if !c.HasParent() || len(name) < 3 {
			return
		}
		for i := range len(name) - 1 {
			for _, typed := range []string{name[:i] + name[i+1:], name[:i+1] + name[i:], name[:i] + name[i+1:i+2] + name[i:i+1] + name[i+2:], strings.ToUpper(name)} {
				if _, other := otherWords()[strings.Join(append(strings.Fields(c.Parent().CommandPath())[1:], typed), " ")]; other || child(c.Parent(), typed) != nil {
					continue
				}
				tried++
				if got := suggestCommands(c.Parent(), []string{typed}); !slices.Contains(got, mention(c)) {
					t.Errorf("%s %s: suggests %v, not %s", c.Parent().CommandPath(), typed, got, mention(c))
				}
			}
		}
	})
	if tried < 200 {
		t.Errorf("only %d typing errors tried", tried)
	}
}

// TestOtherWords: what is suggested exists, and no word hides a command.
func TestOtherWords(t *testing.T) {
	root := testTree()
	for words, lines := range otherWords() {
		for line := range strings.SplitSeq(lines, "|") {
			if err := checkMention(strings.Fields(line)); err != nil {
				t.Errorf("%s: ciam %s: %v", words, line, err)
			}
		}
		c := root
		for _, w := range strings.Fields(words) {
			if c = child(c, w); c == nil {
				break
			}
		}
		if c != nil {
			t.Errorf("%q is a command of ciam: take it off the list", words)
		}
		if words != strings.ToLower(words) {
			t.Errorf("%q is not in lower case", words)
		}
	}
	known := map[string]bool{}
	walkCommands(root, func(c *cobra.Command) {
		flagsOf(c, func(f *pflag.Flag) {
			value, _ := pflag.UnquoteUsage(f)
			known[strings.TrimSpace("--"+f.Name+" "+value)] = true
		})
	})
	known["-o json"], known["--token-store file"] = true, true
	for name, lines := range otherFlags() {
		for _, line := range lines {
			if !known[line] && !known[strings.Replace(line, "DURATION", "duration", 1)] {
				t.Errorf("--%s: no command has a flag %s", name, line)
			}
		}
	}
}

// TestUnknownFlags: every flag of every command with a letter left out, doubled or exchanged suggests the flag; flags of other
// programs and of other commands lead to what is there; no value is shown.
func TestUnknownFlags(t *testing.T) {
	walkCommands(testTree(), func(c *cobra.Command) {
		if !c.Runnable() {
			return
		}
		flagsOf(c, func(f *pflag.Flag) {
			name := f.Name
			for i := range len(name) - 1 {
				for _, typed := range []string{name[:i] + name[i+1:], name[:i+1] + name[i:], name[:i] + name[i+1:i+2] + name[i:i+1] + name[i+2:]} {
					if len(typed) < 3 || c.Flag(typed) != nil || otherFlags()[typed] != nil {
						continue
					}
					if got := suggestFlags(c, typed); !slices.Contains(got, "--"+name) {
						t.Errorf("%s --%s: suggests %v, not --%s", c.CommandPath(), typed, got, name)
					}
				}
			}
		})
	})
	for _, row := range []struct {
		args string
		says []string
	}{
		{"login --profle secret-value", []string{"ciam login has no flag --profle", "did you mean `--profile`?"}},
		{"login --profle=secret-value", []string{"ciam login has no flag --profle", "did you mean `--profile`?"}},
		{"login --min-ttl secret-value", []string{"ciam login has no flag --min-ttl", "`ciam exec` or `ciam token` takes it"}},
		{"login --client-secret=secret-value", []string{"did you mean `--client-secret-file FILE`?"}},
		{"login --password=secret-value", []string{"did you mean `--password-stdin`?"}},
		{"whoami --client-secret secret-value", []string{"ciam whoami has no flag --client-secret"}},
		{"token --format json", []string{"did you mean `--output FORMAT`?"}},
		{"token --json", []string{"did you mean `-o json`?"}},
		{"token --verbose", []string{"did you mean `--debug`?"}},
		{"login --use-device-code", []string{"did you mean `--device-code`?"}},
		{"login -xsecret-value", []string{"ciam login has no flag -x"}},
		{"login -debug", []string{"-debug has one dash", "did you mean `--debug`?"}},
		{"-V", []string{"there is no flag -V", "did you mean `-v` (`--version`)?"}},
		{"--verison", []string{"there is no flag --verison", "did you mean `--version`?"}},
		{"profile --nosuch", []string{"ciam profile has no flag --nosuch", "see `ciam profile --help`"}},
		{"login --port high", []string{`--port "high" is no whole number`}},
		{"login --timeout 5", []string{`--timeout "5" is no duration such as 90s, 5m or 1h30m`}},
		{"login --debug=maybe", []string{`--debug "maybe" is neither true nor false`}},
		{"login --port", []string{"--port was given without a value", "write `--port PORT`"}},
		{"login -p", []string{"--profile was given without a value"}},
	} {
		o := newMachine(t).fails(exitUsage, row.says, strings.Fields(row.args)...)
		if strings.Contains(o.stderr, "secret-value") {
			t.Errorf("%s: shows the value: %s", row.args, o.stderr)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, row := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"login", "login", 0}, {"lgoin", "login", 1}, {"logn", "login", 1}, {"loggin", "login", 1}, {"lugin", "login", 1}, {"zoë", "zoe", 1}, {"kitten", "sitting", 3}, {strings.Repeat("x", 5000), "login", 5000}} {
		if got := distance(row.a, row.b); got != row.want {
			t.Errorf("distance(%.10q, %q) = %d, want %d", row.a, row.b, got, row.want)
		}
	}
}

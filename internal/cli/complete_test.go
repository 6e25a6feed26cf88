package cli

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ciam-cli/ciam/internal/keychain"
)

// TestCompletion_decided: of every flag of every command it is decided what completes its value; a new flag fails here until it
// stands in flagValues or freeFlags. What stands there exists.
func TestCompletion_decided(t *testing.T) {
	used := map[string]bool{}
	flags := 0
	walkCommands(testTree(), func(c *cobra.Command) {
		used[c.CommandPath()] = true
		_, arguments, _ := strings.Cut(c.Use, " ")
		if takes := c.Runnable() && strings.ContainsAny(arguments, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"); takes != (argumentValues()[c.CommandPath()] != nil || c.ValidArgsFunction != nil) {
			t.Errorf("%s takes arguments: %t; argumentValues says otherwise", c.CommandPath(), takes)
		}
		flagsOf(c, func(f *pflag.Flag) {
			if c.HasParent() && c.Root().PersistentFlags().Lookup(f.Name) == f {
				return // seen at the root
			}
			long, short := c.CommandPath()+" --"+f.Name, "--"+f.Name
			used[long], used[short] = true, true
			free := slices.Contains(freeFlags(), short) || slices.Contains(freeFlags(), long)
			switch completes := valuesOf(c, f) != nil; {
			case f.NoOptDefVal != "": // a switch
				if completes || free {
					t.Errorf("%s is a switch and takes no value", long)
				}
				return
			case completes && free:
				t.Errorf("%s is in flagValues and in freeFlags", long)
			case !completes && !free:
				t.Errorf("%s: decide what completes its value: flagValues or freeFlags", long)
			}
			flags++
		})
	})
	for _, name := range freeFlags() {
		if !used[name] {
			t.Errorf("freeFlags has %s, which no command has", name)
		}
	}
	for name := range flagValues() {
		if !used[name] {
			t.Errorf("flagValues has %s, which no command has", name)
		}
	}
	for path := range argumentValues() {
		if !used[path] {
			t.Errorf("argumentValues has %s, which is no command", path)
		}
	}
	if flags < 70 {
		t.Errorf("only %d flags found", flags)
	}
}

// completions asks as a shell does, and returns the values without what is said about them, and the directive.
func (m *machine) completions(line ...string) (values []string, directive string) {
	m.t.Helper()
	o := m.must(append([]string{cobra.ShellCompRequestCmd}, line...)...)
	lines := strings.Split(strings.TrimSuffix(o.stdout, "\n"), "\n")
	for _, l := range lines[:len(lines)-1] {
		value, _, _ := strings.Cut(l, "\t")
		values = append(values, value)
	}
	return values, lines[len(lines)-1]
}

// TestCompletion_every asks for the values of every flag and the arguments of every command, with a token store and a network
// that must not be asked.
func TestCompletion_every(t *testing.T) {
	m := newCases(t).signIn(bob, ada)
	m.wrap = func(keychain.Store) keychain.Store { panic("a token store was opened") }
	m.env["PATH"] = ""
	walkCommands(testTree(), func(c *cobra.Command) {
		path := strings.Fields(c.CommandPath())[1:]
		m.completions(append(slices.Clone(path), "")...)
		flagsOf(c, func(f *pflag.Flag) {
			if f.NoOptDefVal != "" {
				return
			}
			for _, line := range [][]string{{"--" + f.Name, ""}, {"--" + f.Name + "="}} {
				values, directive := m.completions(append(slices.Clone(path), line...)...)
				if free := valuesOf(c, f) == nil; free && (len(values) > 0 || directive != ":4") {
					t.Errorf("%s --%s is free, and completes %v %s", c.CommandPath(), f.Name, values, directive)
				}
			}
		})
	})
	if n := m.requests.Load() + m.reads.Load() + m.writes.Load() + m.browsers.Load(); n != 0 {
		t.Errorf("%d requests, reads, writes or browsers", n)
	}
}

// addProgram puts a program into PATH, beside a file that is none.
func (m *machine) addProgram(name string) {
	bin := m.t.TempDir()
	if runtime.GOOS == "windows" {
		m.env["PATHEXT"] = ".COM;.EXE"
		name += ".exe"
	}
	for file, mode := range map[string]os.FileMode{name: 0o755, "notes.txt": 0o644} {
		if err := os.WriteFile(filepath.Join(bin, file), nil, mode); err != nil {
			m.t.Fatal(err)
		}
	}
	m.env["PATH"] = strings.Join([]string{filepath.Join(bin, "missing"), bin}, string(filepath.ListSeparator))
}

func TestCompletion_values(t *testing.T) {
	m := newCases(t).signIn(bob, ada)
	m.addProgram("tool")
	const noFiles, files, folders, noSpace = ":4", ":0", ":20", ":6"
	for _, row := range []struct {
		line      string // the last word is being typed; _ is nothing
		want      []string
		directive string
		others    bool // there may be more
	}{
		{"profile use _", []string{"shop", "web", "demo"}, noFiles, false},
		{"profile use s", []string{"shop"}, noFiles, false},
		{"profile use shop _", nil, noFiles, false},
		{"profile remove _", []string{"shop", "web"}, noFiles, false},
		{"token -p w", []string{"web"}, noFiles, false},
		{"token --profile=w", []string{"web"}, noFiles, false},
		{"switch _", []string{ada, bob}, noFiles, false},
		{"switch -p web _", nil, noFiles, false},
		{"token --account b", []string{bob}, noFiles, false},
		{"login --login-hint a", []string{ada}, noFiles, false},
		{"claims fam", []string{"family_name"}, noFiles, false},
		{"claims _", []string{"email", "oid", "tid"}, noFiles, true},
		{"token -o _", tokenFormats(), ":36", false},
		{"whoami -o _", []string{"text", "json"}, ":36", false},
		{"demo -o _", []string{"text"}, ":36", false},
		{"login --token-store f", []string{"file"}, noFiles, false},
		{"login --prompt s", []string{"select_account"}, noFiles, false},
		{"login --response-mode _", []string{"form_post", "query"}, noFiles, false},
		{"token --shell p", []string{"posix", "powershell"}, noFiles, false},
		{"completion _", []string{"bash", "zsh", "fish", "powershell"}, noFiles, false},
		{"explain AADSTS5001", []string{"AADSTS50011"}, files, true},
		{"explain 50011", []string{"50011"}, files, true},
		{"explain aads", []string{"aadsTS50011"}, files, true},
		{"help exi", []string{"exit-codes"}, noFiles, false},
		{"help profile sh", []string{"show"}, noFiles, false},
		{"help nosuch _", nil, noFiles, false},
		{"exec -- to", []string{"tool"}, noFiles, false},
		{"exec no", nil, noFiles, false},
		{"exec -- ./to", nil, files, false},
		{"exec -- tool -", nil, files, false},
		{"emulator run -- to", []string{"tool"}, noFiles, false},
		{"emulator run -- tool _", nil, files, false},
		{"login --code-command to", []string{"tool"}, noFiles, false},
		{"emulator --data _", nil, folders, false},
		{"emulator --seed _", nil, files, false},
		{"emulator --issuer g", []string{"guid"}, noFiles, false},
		{"api P", []string{"POST", "PUT", "PATCH"}, noFiles, false},
		{"login --attribute display", []string{"displayName="}, noSpace, false},
		{"login --tenant con", []string{"contoso"}, noFiles, false},
		{"verify _", nil, files, false},
		{"doctor keyc", []string{"keychain"}, noFiles, false},
		{"emulator env --shell f", []string{"fish"}, noFiles, false},
		{"prof", []string{"profile"}, noFiles, false},
		{"profile l", []string{"list"}, noFiles, false},
		{"login --resp", []string{"--response-mode"}, noFiles, false},
		{"whoami _", nil, noFiles, false},
		{"login --nosuch _", nil, "", true},
	} {
		line := strings.Fields(row.line)
		if line[len(line)-1] == "_" {
			line[len(line)-1] = ""
		}
		got, directive := m.completions(line...)
		same := slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(row.want)))
		if row.others {
			same = !slices.ContainsFunc(row.want, func(v string) bool { return !slices.Contains(got, v) })
		}
		if !same || row.directive != "" && directive != row.directive {
			t.Errorf("%s: %v %s, want %v %s", row.line, got, directive, row.want, row.directive)
		}
	}
}

// TestCompletion_formats: each command completes the formats that it takes, and refuses any other before it does anything.
func TestCompletion_formats(t *testing.T) {
	m := newCases(t)
	walkCommands(testTree(), func(c *cobra.Command) {
		if !c.Runnable() || !c.HasParent() || c.Name() == "help" {
			return
		}
		path := strings.Fields(c.CommandPath())[1:]
		values, _ := m.completions(append(slices.Clone(path), "-o", "")...)
		_, hint, _ := strings.Cut(m.run(append(slices.Clone(path), append([]string{"-o", "nosuch"}, arguments(c)...)...)...).stderr, "choose one of ")
		if got := strings.Split(strings.TrimSpace(hint), ", "); !slices.Equal(got, values) {
			t.Errorf("%s completes %v, takes %v", c.CommandPath(), values, got)
		}
	})
}

// arguments are some that a command takes.
func arguments(c *cobra.Command) []string {
	switch {
	case c.ValidateArgs(nil) == nil:
		return nil
	case strings.Contains(c.Use, "URL"):
		return []string{"https://api.example/"}
	case c.Name() == "completion":
		return []string{"bash"}
	}
	return []string{"x"}
}

// TestCompletion_trouble: whatever is wrong on the machine or in the line, the answer is no values and no noise.
func TestCompletion_trouble(t *testing.T) {
	m := newCases(t)
	for _, line := range [][]string{{"profile", "use", ""}, {"token", "--account", ""}, {"login", "--tenant", ""}} {
		for name, spoil := range map[string]func(){
			"no home":    func() { m.noHome = true },
			"bad config": func() { m.env["CIAM_CONFIG"] = filepath.Join(t.TempDir(), "missing", "config.yaml") },
			"folder":     func() { m.env["CIAM_CONFIG"] = t.TempDir() },
		} {
			m.noHome = false
			delete(m.env, "CIAM_CONFIG")
			spoil()
			if _, directive := m.completions(line...); directive != ":4" {
				t.Errorf("%v, %s: %s", line, name, directive)
			}
		}
	}
}

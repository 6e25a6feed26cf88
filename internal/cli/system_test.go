package cli

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/ciam-cli/ciam/internal/files"
	"github.com/ciam-cli/ciam/internal/keychain"
	"github.com/ciam-cli/ciam/internal/term"
)

// systems are those that hints are told apart for, with what tells them.
func systems() []struct {
	name, goos string
	env        map[string]string
	want       system
} {
	const own, machines = `C:\Users\ada\Documents\WindowsPowerShell\Modules;C:\Windows\Modules`, `C:\Windows\Modules`
	return []struct {
		name, goos string
		env        map[string]string
		want       system
	}{
		{"Linux", "linux", nil, system{"linux", posix}},
		{"macOS", "darwin", map[string]string{"PROMPT": "%"}, system{"darwin", posix}}, // zsh's may be exported
		{"PowerShell on Linux", "linux", map[string]string{"PSModulePath": "/home/ada/.local/share/powershell/Modules"}, system{"linux", powershell}},
		{"PowerShell on macOS", "darwin", map[string]string{"PSModulePath": "/Users/ada/.local/share/powershell/Modules"}, system{"darwin", powershell}},
		{"PowerShell", "windows", map[string]string{"PSModulePath": own}, system{"windows", powershell}},
		{"PowerShell from cmd", "windows", map[string]string{"PSModulePath": own, "PROMPT": "$P$G"}, system{"windows", powershell}},
		{"cmd", "windows", map[string]string{"PSModulePath": machines, "PROMPT": "$P$G"}, system{"windows", cmdexe}},
		{"Windows, nothing known", "windows", nil, system{"windows", powershell}},
		{"Git Bash", "windows", map[string]string{"MSYSTEM": "MINGW64", "PROMPT": "$P$G", "PSModulePath": machines}, system{"windows", posix}},
	}
}

func TestSystemOf(t *testing.T) {
	for _, row := range systems() {
		if got := systemOf(row.goos, func(name string) string { return row.env[name] }); got != row.want {
			t.Errorf("%s: %+v, want %+v", row.name, got, row.want)
		}
	}
}

func TestSystem_words(t *testing.T) {
	sh, ps, cmd := system{"linux", posix}, system{"windows", powershell}, system{"windows", cmdexe}
	for _, row := range []struct{ got, want string }{
		{sh.quote("ada@example.com"), "ada@example.com"}, {sh.quote("Ada Example"), "'Ada Example'"}, {sh.quote("it's"), `'it'\''s'`}, {sh.quote("$x;y"), "'$x;y'"}, {sh.quote(""), "''"},
		{ps.quote("ada@example.com"), "ada@example.com"}, {ps.quote("@x"), "'@x'"}, {ps.quote("Ada Example"), "'Ada Example'"}, {ps.quote("it's"), "'it''s'"}, {ps.quote("a,b"), "'a,b'"}, {ps.quote(`C:\a\b`), `C:\a\b`}, {ps.quote("$x;y"), "'$x;y'"}, {ps.quote(""), "''"},
		{cmd.quote("ada@example.com"), "ada@example.com"}, {cmd.quote("Ada Example"), `"Ada Example"`}, {cmd.quote(`say "x"`), `"say \"x\""`}, {cmd.quote("a&b"), `"a&b"`}, {cmd.quote(`C:\a\b`), `C:\a\b`},
		{sh.setVariable("A", "x y"), "export A='x y'"}, {ps.setVariable("A", "it's"), "$env:A = 'it''s'"}, {cmd.setVariable("A", "x y"), `set "A=x y"`},
		{sh.variable("A"), "$A"}, {ps.variable("A"), "$env:A"}, {cmd.variable("A"), "%A%"},
		{sh.makePrivate("/a b", "700"), "chmod 700 '/a b'"}, {ps.makePrivate(`C:\a b`, "700"), `icacls 'C:\a b' /inheritance:r /grant:r "${env:USERNAME}:F"`}, {cmd.makePrivate(`C:\a b`, "700"), `icacls "C:\a b" /inheritance:r /grant:r "%USERNAME%:F"`},
		{sh.inFolder("tool"), "./tool"}, {ps.inFolder("tool"), `.\tool`}, {cmd.inFolder("tool"), `.\tool`},
		{sh.fromFile("ciam verify -", "t"), "ciam verify - < t"}, {ps.fromFile("ciam verify -", "t"), "Get-Content t | ciam verify -"}, {cmd.fromFile("ciam verify -", "t"), "ciam verify - < t"},
		{sh.configFile(), "~/.config/ciam/config.yaml"}, {cmd.configFile(), `%AppData%\ciam\config.yaml`}, {system{goos: "darwin"}.configFile(), "~/Library/Application Support/ciam/config.yaml"},
		{sh.setKeyFile(), "export CIAM_STORE_KEY_FILE=~/.ciam.key"}, {cmd.setKeyFile(), `set "CIAM_STORE_KEY_FILE=%USERPROFILE%\ciam.key"`},
	} {
		if row.got != row.want {
			t.Errorf("got %s, want %s", row.got, row.want)
		}
	}
}

// foreign finds in a text what the system it is shown on cannot do anything with.
func foreign(s system, text string) []string {
	unix := regexp.MustCompile(`\$\(|\beval |\bexport [A-Z]|/dev/|\bchmod |~/|\\\n|\bprintf |\bsh -c|\bhead -c|\bsudo |/usr/|/etc/|/run/`)
	ps := regexp.MustCompile("\\$env:|\\$\\{env:|Invoke-Expression|Get-Content|`\n|\\[byte")
	cmd := regexp.MustCompile(`%[A-Za-z]{3,}%|\bset "|\^\n`)
	windows := regexp.MustCompile(`[^a-z]icacls |w32tm|certutil|C:\\|\\ciam`)
	linux := regexp.MustCompile(`loginctl|gnome-keyring|timedatectl|systemd`)
	mac := regexp.MustCompile(`security unlock|/Library/|sntp`)
	var not []*regexp.Regexp
	switch s.goos {
	case "windows":
		not = append(not, linux, mac)
	case "darwin":
		not = append(not, linux, windows)
	default:
		not = append(not, mac, windows)
	}
	switch {
	case s.shell == posix:
		not = append(not, ps, cmd)
	case s.shell == cmdexe:
		text = strings.ReplaceAll(text, `powershell -NoProfile -Command "`+system{"windows", powershell}.makeKeyFile()+`"`, "")
		not = append(not, unix, ps)
	case s.goos == "windows":
		not = append(not, unix, cmd)
	default: // PowerShell where chmod and folders like /run are
		not = append(not, regexp.MustCompile(`\$\(|\beval |\bexport [A-Z]|\\\n`), cmd)
	}
	var found []string
	for _, r := range not {
		found = append(found, r.FindAllString(text, -1)...)
	}
	return found
}

// TestSystem_foreign: no help text and no hint has syntax, programs or folders of another system than the one it is shown on.
func TestSystem_foreign(t *testing.T) {
	for _, row := range systems() {
		getenv := func(name string) string { return row.env[name] }
		streams, _, _, _ := term.Test()
		r := &run{Env: &Env{Streams: streams, GOOS: row.goos, Getenv: getenv}}
		s := r.system()
		texts := map[string]string{}
		walkCommands(newRootCmd(r), func(c *cobra.Command) {
			if c.Name() == "completion" {
				return // tells of each shell by its name
			}
			text := helpText(s, c, 80)
			if c.Name() == "environment" {
				text = strings.NewReplacer("~/.config", "", "/run/secrets", "", "~/Library", "").Replace(text)
				if s.goos == "windows" {
					text = s.long(c)
				}
			}
			texts[c.CommandPath()+" --help"] = text
			if s.shell == cmdexe && strings.Contains(c.Example, "'") {
				t.Errorf("%s: %s has quotes that cmd does not know:\n%s", row.name, c.CommandPath(), c.Example)
			}
			for _, words := range commandsIn(unindent(strings.ReplaceAll(c.Example, s.next()+"\n", "\\\n"))) {
				if err := checkCommand(words); err != nil {
					t.Errorf("%s: %s has `ciam %s`: %v", row.name, c.CommandPath(), strings.Join(words, " "), err)
				}
			}
		})
		at := place{login: "ciam login", on: s}
		for _, state := range keychain.States() {
			if linuxOnly := state == keychain.NoBus || state == keychain.NoProvider || state == keychain.NoCollection; linuxOnly && s.goos != "linux" {
				continue
			}
			texts["store "+string(state)] = storeHint(&keychain.UnavailableError{State: state, Path: "x"}, at)
		}
		for _, kind := range []files.Kind{files.WorldWritable, files.WorldReadable, files.Silent, files.Foreign, files.Empty, files.Folder} {
			texts["file "+string(kind)] = fileHint(s, &files.Error{Kind: kind, Path: "x"})
		}
		texts["clock"] = s.clockNext()
		for _, c := range clientSettings(s, ready{Authority: "https://localhost:8765/x", URL: "https://localhost:8765", ClientID: "c", CAFile: "x y"}) {
			texts["emulator "+c.client] = strings.Join(c.lines, "\n")
		}
		r.global.noInput = true
		_, err := r.askPassphrase(t.Context())
		texts["no key"] = s.describe(err).hint
		for where, text := range texts {
			if found := foreign(s, text); len(found) > 0 {
				t.Errorf("%s: %s has %q", row.name, where, found)
			}
		}
		if len(texts) < 40 {
			t.Errorf("only %d texts", len(texts))
		}
	}
}

// TestSystem_foreign_finds plants each.
func TestSystem_foreign_finds(t *testing.T) {
	for _, row := range []struct {
		s    system
		text string
	}{
		{system{"windows", powershell}, `eval "$(ciam token -o env)"`}, {system{"windows", cmdexe}, "export A=b"}, {system{"windows", powershell}, "chmod 600 x"}, {system{"windows", powershell}, `set "A=b"`},
		{system{"linux", posix}, "$env:A = 'b'"}, {system{"linux", posix}, "icacls x"}, {system{"linux", posix}, "run `security unlock-keychain`"}, {system{"darwin", posix}, "timedatectl"}, {system{"linux", posix}, "echo %PASSWORD%"},
	} {
		if len(foreign(row.s, " "+row.text)) == 0 {
			t.Errorf("%+v: not found: %s", row.s, row.text)
		}
	}
}

// TestSystem_oneMechanism: in this room only system decides by the system what a person is told.
func TestSystem_oneMechanism(t *testing.T) {
	decides := map[string]string{
		"system.go": "the one", "version.go": "tells it", "http.go": "tells it", "doctor_settings.go": "tells it, and shortens a path",
		"program.go": "how a program is started", "emulator_run.go": "which variables a program reads", "verify.go": "how a terminal behaves",
	}
	syntax := regexp.MustCompile(`\bchmod \d|/dev/urandom|\bicacls |\$env:|\bexport [A-Z"]|Invoke-Expression`)
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, e.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && x.Name == "runtime" && n.Sel.Name == "GOOS" && decides[e.Name()] == "" {
					t.Errorf("%s: runtime.GOOS: ask system", fset.Position(n.Pos()))
				}
			case *ast.BasicLit:
				if n.Kind == token.STRING && syntax.MatchString(n.Value) && !slices.Contains([]string{"system.go", "tokenformat.go", "token.go", "emulator_env.go", "completion.go", "native_ask.go"}, e.Name()) {
					t.Errorf("%s: a shell's syntax: ask system: %s", fset.Position(n.Pos()), n.Value)
				}
			}
			return true
		})
	}
}

// TestSystem_keyFile follows the hint of a sealed store without a key to the letter.
func TestSystem_keyFile(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no sh: the commands are a POSIX shell's")
	}
	m := newMachine(t)
	m.realStores = true
	o := m.run("login", "--token-store", "file", "--no-input")
	commands := regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(o.stderr, -1)
	if o.code != exitUsage || len(commands) < 2 {
		t.Fatalf("exit %d: %s", o.code, o.stderr)
	}
	if systemOf("", nil).shell != posix {
		t.Skip("the hint is for another shell")
	}
	home := t.TempDir()
	cmd := exec.Command(sh, "-c", commands[0][1]+" && "+commands[1][1]+` && printf %s "$CIAM_STORE_KEY_FILE"`)
	cmd.Env = append(os.Environ(), "HOME="+home)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", cmd, err)
	}
	if want := filepath.Join(home, ".ciam.key"); string(out) != want {
		t.Fatalf("the variable is %q, want %q", out, want)
	}
	m.env["CIAM_STORE_KEY_FILE"] = string(out)
	m.must("login", "--token-store", "file", "--no-input")
}

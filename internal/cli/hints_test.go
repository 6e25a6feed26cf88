package cli

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestHints_parse takes every command out of every text of the program: none names a command or a flag that there is not.
func TestHints_parse(t *testing.T) {
	commands, places := 0, 0
	err := filepath.WalkDir("..", func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "test"+string(filepath.Separator)) {
			return err
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			text, err := strconv.Unquote(lit.Value)
			if err != nil {
				return true
			}
			if strings.Contains(text, "Entra admin center") {
				places++ // a place to go to, which no test can
			}
			if !strings.Contains(text, "`ciam ") {
				return true
			}
			if !strings.HasPrefix(filepath.ToSlash(path), "../cli/") {
				t.Errorf("%s: a leaf says what happened and advises nothing: %q", fset.Position(lit.Pos()), text)
			}
			for _, words := range commandsNamed(text) {
				if all := strings.Join(words, " "); strings.ContainsAny(all, "%<[…") || strings.HasSuffix(all, "--help") {
					continue // made of parts, which TestMeanings and TestHints_cure see whole
				}
				commands++
				if err := checkMention(words); err != nil {
					t.Errorf("%s: ciam %s: %v", fset.Position(lit.Pos()), strings.Join(words, " "), err)
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if commands < 25 || places < 10 {
		t.Errorf("%d commands and %d places found; the search is broken", commands, places)
	}
	t.Logf("%d commands, %d places in the admin center", commands, places)
}

// TestHints_cure follows hints to the letter: the command is run, with a person at the browser where it asks for one, and
// what had failed works.
func TestHints_cure(t *testing.T) {
	other := []string{"--tenant", "fabrikam", "--client-id", appC}
	for _, row := range []struct {
		name   string
		spoil  func(m *machine)
		failed []string
		code   int
		which  int      // of the hint's commands
		then   []string // what works afterwards; the failed command where it is nil
	}{
		{name: "nobody is signed in", failed: []string{"token"}, code: exitLogin},
		{name: "nobody is signed in, with a profile", failed: []string{"claims", "-p", "web"}, code: exitLogin},
		{name: "nobody is signed in, by CIAM_PROFILE", spoil: func(m *machine) { m.env["CIAM_PROFILE"] = "web" }, failed: []string{"whoami"}, code: exitLogin},
		{name: "nobody is signed in, by variables", spoil: func(m *machine) { m.env["CIAM_TENANT"], m.env["CIAM_CLIENT_ID"] = "fabrikam", appC }, failed: []string{"token"}, code: exitLogin},
		{name: "another app, by flags", failed: append([]string{"token"}, other...), code: exitLogin},
		{name: "a profile that is another app's", failed: append([]string{"login", "-p", "shop"}, other...), code: exitUsage, then: []string{"token", "-p", "shop"}},
		{name: "nobody is active", spoil: func(m *machine) { m.signIn(eve, bob, ada).must("logout", "--local") }, failed: []string{"token"}, code: exitLogin},
		{name: "nobody is active, by signing in", spoil: func(m *machine) { m.signIn(eve, bob, ada).must("logout", "--local") }, failed: []string{"token"}, code: exitLogin, which: 1},
		{name: "several to switch to", spoil: func(m *machine) { m.signIn(eve, bob, ada) }, failed: []string{"switch"}, code: exitUsage, then: []string{"token"}},
		{name: "nobody to switch to", spoil: func(m *machine) { m.signIn(ada).as(bob) }, failed: []string{"switch"}, code: exitUsage},
		{name: "no tenant", spoil: func(m *machine) { m.must("profile", "remove", "shop"); m.must("profile", "remove", "web") }, failed: []string{"token"}, code: exitLogin, which: 2, then: []string{"token"}},
		{name: "cancelled", spoil: func(m *machine) { m.visitor.Cancel = true }, failed: []string{"login"}, code: exitRefused},
		{name: "the tenant wants to see the person", spoil: func(m *machine) {
			m.signIn(ada)
			m.answer = only("/oauth2/v2.0/token", page(400, "application/json", `{"error":"invalid_grant","error_description":"AADSTS700082: The refresh token has expired."}`))
		}, failed: []string{"token", "--force-refresh"}, code: exitLogin},
		{name: "a corrupt item", spoil: func(m *machine) { m.signIn(ada); m.items.SetItem("shop", "rubbish") }, failed: []string{"token"}, code: exitStore},
		{name: "an item of a newer ciam", spoil: func(m *machine) { m.signIn(ada); m.put("shop", `{"v":99}`) }, failed: []string{"token"}, code: exitStore},
		{name: "no such profile", failed: []string{"profile", "use", "none"}, code: exitNotFound, then: []string{"profile", "list"}},
		{name: "a misspelt command", failed: []string{"clams"}, code: exitUsage, then: []string{"version"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			m := newCases(t)
			if row.spoil != nil {
				row.spoil(m)
			}
			o := m.run(row.failed...)
			_, hint, ok := strings.Cut(o.stderr, "hint: ")
			commands := commandsNamed(hint)
			if o.code != row.code || !ok || len(commands) <= row.which {
				t.Fatalf("exit %d, want %d; %d commands in %s", o.code, row.code, len(commands), o.stderr)
			}
			cure := commands[row.which]
			who := m.visitor.Email
			m.answer = nil
			m.as(who)
			if cure[0] == "login" && len(cure) > 1 && cure[1] == "--demo" {
				cure = append(cure, "--native", "--signup", "--email", "new@example.com", "--attribute", "displayName=New", "--password-file", m.passwordFile())
			}
			if row.name == "a misspelt command" {
				m.signIn(ada)
			}
			if o := m.run(cure...); o.code != 0 {
				t.Fatalf("the cure, ciam %s: exit %d\n%s", strings.Join(cure, " "), o.code, o.stderr)
			}
			then := row.then
			if then == nil {
				then = row.failed
			}
			if o := m.run(then...); o.code != 0 {
				t.Errorf("after ciam %s, ciam %s: exit %d\n%s", strings.Join(cure, " "), strings.Join(then, " "), o.code, o.stderr)
			}
		})
	}
}

// commandsNamed are the commands that a text names, each between backticks.
func commandsNamed(text string) [][]string {
	var all [][]string
	for i, span := range strings.Split(text, "`") {
		if rest, ok := strings.CutPrefix(span, "ciam "); ok && i%2 == 1 {
			all = append(all, shellWords(rest))
		}
	}
	return all
}

package cli

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/aadsts"
	"github.com/ciam-cli/ciam/internal/auth"
)

// codeUse is where the program gives an error a code for scripts, with the exit code that goes with it: -1 where it is decided
// elsewhere.
type codeUse struct {
	code  string
	exit  int
	where string
}

// codeUses finds the codes of all errors in the source: the rows of the table of meanings, what a row's function makes of them,
// and the errors that a command describes itself.
func codeUses(t *testing.T) []codeUse {
	t.Helper()
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	var uses []codeUse
	exits := exitConstants(t)
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(set, path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		note := func(code, exit ast.Expr) {
			lit, ok := code.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return
			}
			text, err := strconv.Unquote(lit.Value)
			if err != nil || text == "" {
				return
			}
			number := -1
			if name, ok := exit.(*ast.Ident); ok {
				if n, ok := exits[name.Name]; ok {
					number = n
				}
			}
			uses = append(uses, codeUse{text, number, set.Position(code.Pos()).String()})
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if at := rowArguments(n); at >= 0 && len(n.Args) > at+1 {
					note(n.Args[at], n.Args[at+1])
				}
			case *ast.CompositeLit:
				if name, ok := n.Type.(*ast.Ident); ok && (name.Name == "commandError" || name.Name == "failure") {
					note(field(n, "code"), field(n, "exit"))
				}
			case *ast.AssignStmt:
				note(assigned(n, "code"), assigned(n, "exit"))
			}
			return true
		})
	}
	return uses
}

// rowArguments is the position of the code among the arguments of a call that makes a row of the table; -1 for other calls.
func rowArguments(call *ast.CallExpr) int {
	fun := call.Fun
	if generic, ok := fun.(*ast.IndexExpr); ok {
		fun = generic.X
	}
	name, ok := fun.(*ast.Ident)
	switch {
	case ok && (name.Name == "kind" || name.Name == "hinted"):
		return 0
	case ok && name.Name == "value":
		return 1
	}
	return -1
}

// field is the value that a composite literal gives a field by name.
func field(lit *ast.CompositeLit, name string) ast.Expr {
	for _, element := range lit.Elts {
		if pair, ok := element.(*ast.KeyValueExpr); ok {
			if key, ok := pair.Key.(*ast.Ident); ok && key.Name == name {
				return pair.Value
			}
		}
	}
	return nil
}

// assigned is what a statement assigns to the field f.NAME.
func assigned(s *ast.AssignStmt, name string) ast.Expr {
	for i, left := range s.Lhs {
		if sel, ok := left.(*ast.SelectorExpr); ok && sel.Sel.Name == name && len(s.Rhs) == len(s.Lhs) {
			if of, ok := sel.X.(*ast.Ident); ok && of.Name == "f" {
				return s.Rhs[i]
			}
		}
	}
	return nil
}

// exitConstants are the values of the exit… constants by name.
func exitConstants(t *testing.T) map[string]int {
	t.Helper()
	found := map[string]int{}
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	constant := regexp.MustCompile(`(?m)^\t(exit[A-Z]\w+) += (\d+)`)
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range constant.FindAllStringSubmatch(string(text), -1) {
			found[m[1]], _ = strconv.Atoi(m[2])
		}
	}
	return found
}

// errorRows reads the table of codes in docs/errors.md: the exit codes of each code.
func errorRows(t *testing.T) map[string][]int {
	t.Helper()
	_, text, ok := strings.Cut(pages(t)["docs/errors.md"], "\n## All codes\n")
	if !ok {
		t.Fatal("docs/errors.md has no list of all codes")
	}
	rows := map[string][]int{}
	for _, line := range strings.Split(text, "\n") {
		cells := strings.Split(line, "|")
		if len(cells) < 5 {
			continue
		}
		var exits []int
		for _, n := range regexp.MustCompile(`\d+`).FindAllString(cells[2], -1) {
			exit, _ := strconv.Atoi(n)
			exits = append(exits, exit)
		}
		codes := regexp.MustCompile("`([a-z_]+)`").FindAllStringSubmatch(cells[1], -1)
		for i, code := range codes {
			if _, twice := rows[code[1]]; twice {
				t.Errorf("docs/errors.md has %s twice", code[1])
			}
			rows[code[1]] = exits
			if len(codes) == len(exits) && len(codes) > 1 { // one for each
				rows[code[1]] = exits[i : i+1]
			}
		}
	}
	return rows
}

// TestDocs_errors holds the table of docs/errors.md against the source: it has every code, with its exit codes, and no other.
func TestDocs_errors(t *testing.T) {
	rows, used := errorRows(t), map[string]bool{}
	uses := codeUses(t)
	for _, input := range []string{auth.InputCode, auth.InputPassword, auth.InputNewPassword, auth.InputAttributes} {
		uses = append(uses, codeUse{input + "_refused", exitRefused, "auth.InputError"})
	}
	if len(uses) < 80 {
		t.Errorf("%d codes found in the source: is the search broken?", len(uses))
	}
	known := map[string][]int{}
	for _, u := range uses {
		used[u.code] = true
		known[u.code] = append(known[u.code], u.exit)
		if exits, ok := rows[u.code]; !ok {
			t.Errorf("%s: docs/errors.md has no %s", u.where, u.code)
		} else if u.exit >= 0 && !slices.Contains(exits, u.exit) {
			t.Errorf("%s: %s is exit code %d, in docs/errors.md %v", u.where, u.code, u.exit, exits)
		}
	}
	for code, exits := range rows {
		if !used[code] {
			t.Errorf("docs/errors.md has %s, which no error has", code)
		}
		for _, exit := range exits {
			if !slices.Contains(known[code], exit) && !slices.Contains(known[code], -1) && code != "config" {
				t.Errorf("docs/errors.md has exit code %d for %s, in the source it is %v", exit, code, known[code])
			}
		}
	}
}

// topTwenty are the numbers that people meet most, by what threads about external tenants are about.
func topTwenty() []int {
	return []int{50011, 700016, 65001, 500208, 7000218, 9002327, 9002326, 7000215, 7000222, 700025, 50146, 131010, 650053, 70011, 50020, 50034, 50126, 65004, 50173, 90002}
}

// TestDocs_topTwenty keeps the table of docs/troubleshooting.md, with which the page ends, in step with the catalogue.
func TestDocs_topTwenty(t *testing.T) {
	const head = "| code | means | do |\n|---|---|---|\n"
	before, table, ok := strings.Cut(pages(t)["docs/troubleshooting.md"], head)
	if !ok {
		t.Fatal("docs/troubleshooting.md has no table of codes")
	}
	var want strings.Builder
	for _, number := range topTwenty() {
		e, ok := aadsts.Lookup(number)
		if !ok {
			t.Fatalf("the catalogue has no %d", number)
		}
		cell := strings.NewReplacer("|", "\\|", "<", "&lt;", ">", "&gt;")
		want.WriteString("| " + e.Name + " | " + cell.Replace(e.Meaning) + " | " + cell.Replace(e.Action) + " |\n")
	}
	if *update {
		if err := os.WriteFile(filepath.Join("..", "..", "docs", "troubleshooting.md"), []byte(before+head+want.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if table != want.String() {
		t.Error("docs/troubleshooting.md differs from the catalogue of codes; run `go generate ./...`")
	}
}

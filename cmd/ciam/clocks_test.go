package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// machineClock names the tests in a room with a pinned clock that need the machine's own, with the reason.
var machineClock = []struct{ file, reason string }{
	{"internal/emulator/msal_test.go", "MSAL Go takes no other clock"},
}

// fixedDay names the tests that may write a day down: what they test is given its time as an argument.
var fixedDay = []struct{ file, reason string }{
	{"internal/render/render_test.go", "prints a given time beside a given now"},
	{"internal/cli/verify_test.go", "the screens have times in them, beside a given now"},
}

// stopwatch are the variables that time.Now may be assigned to anywhere: they measure how long something takes.
var stopwatch = []string{"began", "begun", "begin", "start", "started", "deadline"}

// TestClocks checks that no test mixes the machine's clock with a pinned one: it would pass on the day it was written.
func TestClocks(t *testing.T) {
	pinned := map[string]bool{}
	var files []source
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(filepath.Join(root, "internal"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, path, nil, 0)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		s := source{path: rel, room: rel[:strings.LastIndex(rel, "/")], file: f, fset: fset}
		for _, i := range f.Imports {
			if i.Path.Value == `"`+module+`internal/clocktest"` {
				pinned[s.room] = true
			}
		}
		files = append(files, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(pinned) < 5 {
		t.Fatalf("%d rooms with a pinned clock; the walk is broken", len(pinned))
	}
	for _, s := range files {
		checkClock(t, s, pinned[s.room])
	}
}

func checkClock(t *testing.T, s source, pinned bool) {
	t.Helper()
	for _, rule := range slices.Concat(machineClock, fixedDay) {
		if rule.file == s.path {
			return
		}
	}
	measures := map[ast.Node]bool{}
	mark := func(n ast.Node) { ast.Inspect(n, func(n ast.Node) bool { measures[n] = true; return true }) }
	ast.Inspect(s.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if id, ok := n.Lhs[0].(*ast.Ident); ok && slices.Contains(stopwatch, id.Name) {
				mark(n.Rhs[0])
			}
		case *ast.CallExpr:
			switch name := callName(n); {
			case strings.HasSuffix(name, "Deadline"):
				for _, a := range n.Args {
					mark(a)
				}
			case name == "time.Date":
				t.Errorf("%s: a day of its own: take clocktest.Now", s.fset.Position(n.Pos()))
			case name == "time.Now" && pinned && !measures[n]:
				t.Errorf("%s: the machine's clock in a room whose tests pin it: take clocktest, or assign it to one of %v if it measures", s.fset.Position(n.Pos()), stopwatch)
			}
		}
		return true
	})
}

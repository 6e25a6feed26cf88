package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// childFiles are the files that may hand a stream to a program as it is, with the reason. What a program of the person's own
// choice prints is its own.
var childFiles = map[string]string{
	"internal/cli/exec.go":         "stdin, stdout and stderr are the program's own",
	"internal/cli/emulator_run.go": "stdin, stdout and stderr are the program's own",
	"internal/cli/credential.go":   "the command for an assertion may ask the person something",
	"internal/cli/native_code.go":  "the command for a code may tell the person something",
}

// TestStreams checks that there is one way to the streams: internal/term, which cleans what is written. A colour comes from
// there, or from render, which lays out text that it has cleaned.
func TestStreams(t *testing.T) {
	used := map[string]bool{}
	for _, s := range sources(t) {
		if !testOnly(s.room) {
			for _, problem := range streamProblems(s, used) {
				t.Error(problem)
			}
		}
	}
	for file := range childFiles {
		if !used[file] {
			t.Errorf("%s hands no stream to a program: take it off the list", file)
		}
	}
}

// TestStreams_finds plants each way around.
func TestStreams_finds(t *testing.T) {
	for _, line := range []string{
		`fmt.Println("x")`, `fmt.Printf("x")`, `println("x")`, `print("x")`,
		`fmt.Fprintln(os.Stderr, "x")`, `x := os.Stdout`, `log.Println("x")`, `log.Fatal("x")`, `log.SetOutput(os.Stderr)`, `slog.Info("x")`, `slog.SetDefault(nil)`,
		`fmt.Fprintf(r.Streams.Err, "x")`, `fmt.Fprint(r.Streams.Out, "x")`, `io.WriteString(r.Streams.Out, "x")`, `r.Streams.Out.Write(nil)`,
		`cmd.Stdout = r.Streams.Out`, `w := io.Writer(env.Streams.Err)`, `streams.Err.Write(nil)`, `cmd.Stderr = r.Streams.ChildErr()`, `f(s.ChildOut())`,
		`term.Print(w, "x")`, `x := term.Styled(name)`, `var s term.Styled = "x"`, `x := "\x1b[31m"`, "x := '\\x1b'", `x := "\u009b31m"`, `syscall.Write(1, nil)`, `x := os.NewFile(1, "out")`,
	} {
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, "internal/cli/planted.go", "package cli\nfunc f() {\n"+line+"\n}", 0)
		if err != nil {
			t.Fatal(err)
		}
		if len(streamProblems(source{path: "internal/cli/planted.go", room: "internal/cli", file: file, fset: fset}, map[string]bool{})) == 0 {
			t.Errorf("not found: %s", line)
		}
	}
}

// streamProblems are the ways around internal/term in a file. used notes which of childFiles have a reason to be there.
func streamProblems(s source, used map[string]bool) (problems []string) {
	if s.room == "internal/term" {
		return nil
	}
	report := func(n ast.Node, problem string) {
		problems = append(problems, s.fset.Position(n.Pos()).String()+": "+problem)
	}
	passed := map[ast.Node]bool{} // streams that go where they may
	ast.Inspect(s.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			name := callName(n)
			if mayTakeStream(name) {
				for _, a := range n.Args {
					passed[a] = true
				}
			}
			if printsByItself(name) && !(name == "os.NewFile" && s.room == "internal/files") {
				report(n, name+" goes past the streams: use Streams.Say, or the print helpers")
			}
		case *ast.SelectorExpr:
			if problem := streamSelector(s, n, passed[n], used); problem != "" {
				report(n, problem)
			}
		case *ast.BasicLit:
			if n.Kind != token.STRING && n.Kind != token.CHAR {
				return true
			}
			if text, err := strconv.Unquote(n.Value); err == nil && strings.ContainsAny(text, "\x1b\u009b") {
				report(n, "an escape sequence: only internal/term makes them")
			}
		}
		return true
	})
	return problems
}

// mayTakeStream knows the calls that are given a stream, all of whose writes it cleans.
func mayTakeStream(call string) bool {
	return strings.HasPrefix(call, "render.") || call == "root.SetOut" || call == "root.SetErr" || call == "slog.NewTextHandler" || call == "log.SetOutput"
}

// printsByItself knows the calls that find a stream themselves. os.NewFile may: internal/files alone gives it descriptors of
// its own.
func printsByItself(call string) bool {
	pkg, name, _ := strings.Cut(call, ".")
	switch pkg {
	case "print", "println":
		return name == ""
	case "fmt":
		return strings.HasPrefix(name, "Print") || strings.HasPrefix(name, "Scan")
	case "log":
		return name != "New" && name != "SetOutput" // which main calls with Streams.Err
	case "slog":
		return slices.Contains([]string{"Debug", "Info", "Warn", "Error", "Log", "LogAttrs", "Default", "SetDefault", "With"}, strings.TrimSuffix(name, "Context"))
	case "syscall":
		return name == "Write"
	case "os":
		return name == "NewFile"
	}
	return false
}

// streamSelector judges a.b.
func streamSelector(s source, n *ast.SelectorExpr, passed bool, used map[string]bool) string {
	name := n.Sel.Name
	of := ""
	switch x := n.X.(type) {
	case *ast.Ident:
		of = x.Name
	case *ast.SelectorExpr:
		of = x.Sel.Name
	}
	switch {
	case of == "os" && (name == "Stdout" || name == "Stderr" || name == "Stdin"):
		return "os." + name + " is internal/term's: ask Streams"
	case of == "term" && (name == "Styled" || name == "Print") && s.room != "internal/render":
		return "term." + name + " is for render, which answers for every byte"
	case strings.EqualFold(of, "streams") && (name == "Out" || name == "Err") && !passed:
		return "writing to Streams." + name + ": use Streams.Say, or the print helpers"
	case name == "ChildOut" || name == "ChildErr":
		if used[s.path] = true; childFiles[s.path] == "" {
			return name + " gives a stream away uncleaned: say in childFiles why"
		}
	}
	return ""
}

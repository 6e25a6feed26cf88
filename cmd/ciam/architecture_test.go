package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/ciam-cli/ciam/"

// exclusive names the rooms that may import a package from outside, with the reason.
var exclusive = []struct {
	pkg    string // import path or prefix
	rooms  []string
	reason string
}{
	{"github.com/spf13/cobra", []string{"internal/cli"}, "the command tree is one room; everything below it can be used without flags"},
	{"github.com/AzureAD/microsoft-authentication-library-for-go", []string{"internal/auth", "internal/tokencache"}, "MSAL's traps are handled in one place, and its errors hold secrets"},
	{"github.com/zalando/go-keyring", []string{"internal/keychain"}, "bare calls hang, leak daemons and have size limits"},
	{"github.com/godbus/dbus", []string{"internal/keychain"}, "only the keychain talks to D-Bus"},
	{"github.com/pkg/browser", []string{"internal/browser"}, "it writes to stdout unless told otherwise"},
	{"github.com/itchyny/gojq", []string{"internal/render"}, "--jq is a way to print"},
	{"golang.org/x/term", []string{"internal/term"}, "facts about the terminal are found once"},
	{"golang.org/x/net/http", []string{"internal/config"}, "which proxy is asked is decided once, and its password is seen by nobody else"},
	{"golang.org/x/net/html", []string{"internal/emulator/visitor"}, "only the visitor reads pages"},
	{"github.com/gofrs/flock", []string{"internal/tokencache", "internal/emulator"}, "one lock for sessions; the embedded tenant has its own, being independent"},
	{"github.com/chromedp/", []string{"internal/e2e"}, "a real browser is for the end-to-end tests"},
	{"golang.org/x/sys", []string{"internal/files"}, "access lists and shared deletion on Windows are known once"},
}

// allowed says which rooms of ours a room may import. A room that is missing here is a mistake, or needs a decision.
var allowed = map[string][]string{
	"cmd/ciam":                  {"internal/cli", "internal/term"},
	"internal/cli":              {"internal/aadsts", "internal/appconfig", "internal/auth", "internal/authority", "internal/browser", "internal/config", "internal/doctor", "internal/emulator", "internal/emulator/host", "internal/emulator/visitor", "internal/files", "internal/graph", "internal/idtoken", "internal/keychain", "internal/loopback", "internal/render", "internal/tenant", "internal/term", "internal/tokencache", "internal/wire"},
	"internal/auth":             {"internal/aadsts", "internal/authority", "internal/idtoken", "internal/keychain", "internal/loopback", "internal/strictjson", "internal/tokencache", "internal/wire"},
	"internal/render":           {"internal/idtoken", "internal/term"},
	"internal/tokencache":       {"internal/files"},
	"internal/authority":        {"internal/files", "internal/strictjson", "internal/wire"},
	"internal/idtoken":          {"internal/strictjson"},
	"internal/graph":            {"internal/strictjson", "internal/wire"},
	"internal/tenant":           {"internal/emulator/directory", "internal/graph", "internal/wire"},
	"internal/doctor":           nil,
	"internal/strictjson":       nil,
	"internal/appconfig":        nil,
	"internal/wire":             nil,
	"internal/aadsts":           nil,
	"internal/loopback":         nil,
	"internal/config":           {"internal/files"},
	"internal/files":            nil,
	"internal/term":             nil,
	"internal/keychain":         {"internal/files"},
	"internal/browser":          nil,
	"internal/emulator":         exceptions("internal/emulator"),
	"internal/emulator/visitor": nil,
	"internal/packaging":        nil,
}

// excepted are imports against the plan, each with the reason why it is none.
var excepted = []struct{ room, pkg, reason string }{
	{"internal/emulator", "internal/files", "the emulator is the independent witness of what the client says of the protocol; how a file is replaced is no part of that, and has to be right once"},
}

func exceptions(room string) (may []string) {
	for _, e := range excepted {
		if e.room == room && e.reason != "" {
			may = append(may, e.pkg)
		}
	}
	return may
}

// source is one Go file of the module, without tests.
type source struct {
	path, room string
	file       *ast.File
	fset       *token.FileSet
}

func sources(t *testing.T) []source {
	t.Helper()
	root := filepath.Join("..", "..")
	var all []source
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && path != root && (strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		all = append(all, source{path: rel, room: rel[:strings.LastIndex(rel, "/")], file: f, fset: fset})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 50 {
		t.Fatalf("found %d files; the walk is broken", len(all))
	}
	return all
}

// testOnly reports whether a room exists for tests: it is imported by test files and nothing else.
func testOnly(room string) bool {
	return strings.HasSuffix(room, "test") || strings.HasPrefix(room, "internal/e2e")
}

func TestImports(t *testing.T) {
	used := map[string]bool{}
	for _, s := range sources(t) {
		if testOnly(s.room) {
			continue
		}
		room := s.room
		for strings.HasPrefix(room, "internal/emulator/") && room != "internal/emulator/visitor" {
			room = room[:strings.LastIndex(room, "/")] // the tenant may be cut into pieces of its own
		}
		may, known := allowed[room]
		if !known {
			t.Errorf("%s: the room %s is not in the plan: add it to the table with what it may import", s.path, room)
		}
		used[room] = true
		for _, spec := range s.file.Imports {
			path := strings.Trim(spec.Path.Value, `"`)
			checkExclusive(t, s.path, room, path)
			if ours, ok := strings.CutPrefix(path, module); ok && !slices.Contains(may, ours) && !strings.HasPrefix(ours, room) && room != ours {
				if room == "internal/emulator" && strings.HasPrefix(ours, "internal/emulator/") {
					continue
				}
				t.Errorf("%s imports %s: imports go downwards only, and %s may import %v", s.path, ours, room, may)
			}
			if path == "testing" || strings.HasSuffix(path, "test") && path != "net/http/httptest" && strings.HasPrefix(path, module) {
				t.Errorf("%s imports %s, which belongs to tests", s.path, path)
			}
		}
	}
	for room := range allowed {
		if !used[room] {
			t.Errorf("the plan names the room %s, which does not exist", room)
		}
	}
}

func checkExclusive(t *testing.T, file, room, path string) {
	t.Helper()
	for _, rule := range exclusive {
		if strings.HasPrefix(path, rule.pkg) && !slices.Contains(rule.rooms, room) {
			t.Errorf("%s imports %s, which only %v may: %s", file, path, rule.rooms, rule.reason)
		}
	}
}

// TestHouseRules checks the rules of the design that a compiler does not.
func TestHouseRules(t *testing.T) {
	environmentRooms := []string{"internal/config", "internal/term", "cmd/ciam"}
	opened := map[string]bool{}
	for _, s := range sources(t) {
		if testOnly(s.room) {
			continue
		}
		for _, decl := range s.file.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil && d.Name.Name == "init" {
					t.Errorf("%s: init() runs before every `ciam token`; use a function", s.path)
				}
			case *ast.GenDecl:
				if d.Tok == token.VAR {
					checkPackageVariables(t, s, d)
				}
			}
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			pkg, ok := sel.X.(*ast.Ident)
			if ok && pkg.Name == "exec" && strings.HasPrefix(sel.Sel.Name, "Command") && s.room == "internal/cli" && s.path != "internal/cli/program.go" {
				t.Errorf("%s: exec.%s: programs that the user names are made in program.go, which knows what batch files do to arguments", s.path, sel.Sel.Name)
			}
			if !ok || pkg.Name != "os" {
				return true
			}
			switch sel.Sel.Name {
			case "Exit":
				if s.room != "cmd/ciam" {
					t.Errorf("%s: os.Exit outside main skips what was deferred; return an error", s.path)
				}
			case "Rename", "Open", "OpenFile", "ReadFile", "WriteFile", "Create", "CreateTemp", "Truncate", "Link", "Symlink":
				checkFileCall(t, s, sel.Sel.Name)
				opened[s.path] = true
			case "Getenv", "LookupEnv", "Environ", "ExpandEnv":
				if !slices.Contains(environmentRooms, s.room) {
					t.Errorf("%s: os.%s: the environment is read only in %v", s.path, sel.Sel.Name, environmentRooms)
				}
			}
			return true
		})
	}
	for _, o := range opens {
		if !opened[o.path] {
			t.Errorf("the plan lets %s open files, and it opens none", o.path)
		}
	}
}

// opens names the files outside internal/files that open a file themselves, with the reason.
var opens = []struct{ path, reason string }{
	{"internal/loopback/holder_linux.go", "/proc, which nobody names"},
	{"internal/cli/supervise_unix.go", "/dev/tty"},
	{"internal/browser/launch.go", "a nameless file for what a launcher prints, which outlives the process"},
	{"internal/tokencache/lock.go", "the note of who holds a lock, which is written at every turn and is worth nothing"},
}

// checkFileCall has files opened and replaced in one room, since each needs the same care: what a path names, what waits,
// what is on the disk when.
func checkFileCall(t *testing.T, s source, call string) {
	t.Helper()
	if s.room == "internal/files" {
		return
	}
	for _, o := range opens {
		if o.path == s.path && call != "Rename" {
			return
		}
	}
	t.Errorf("%s: os.%s: only internal/files opens and replaces files", s.path, call)
}

// checkPackageVariables refuses package variables that are built at start by a call: `ciam token` pays for each.
// Errors made with errors.New, embedded files and lazy values (sync.OnceValue…) cost nothing worth naming.
func checkPackageVariables(t *testing.T, s source, d *ast.GenDecl) {
	t.Helper()
	for _, spec := range d.Specs {
		for _, value := range spec.(*ast.ValueSpec).Values {
			switch v := value.(type) {
			case *ast.CallExpr:
				name := callName(v)
				if name != "errors.New" && !strings.HasPrefix(name, "sync.Once") {
					t.Errorf("%s: package variable built by %s at start; make it a function or a sync.OnceValue", s.fset.Position(v.Pos()), name)
				}
			case *ast.CompositeLit:
				if _, isMap := v.Type.(*ast.MapType); isMap {
					t.Errorf("%s: package map built at start; use a switch or a slice", s.fset.Position(v.Pos()))
				}
			}
		}
	}
}

func callName(c *ast.CallExpr) string {
	switch f := c.Fun.(type) {
	case *ast.SelectorExpr:
		if x, ok := f.X.(*ast.Ident); ok {
			return x.Name + "." + f.Sel.Name
		}
		return f.Sel.Name
	case *ast.Ident:
		return f.Name
	}
	return "a call"
}

// TestDocComments checks that every package and every exported name says what it is.
func TestDocComments(t *testing.T) {
	documented := map[string]bool{}
	for _, s := range sources(t) {
		if s.file.Doc != nil {
			documented[s.room] = true
		}
		for _, decl := range s.file.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && d.Doc == nil && exportedReceiver(d) && !wellKnown(d) {
					t.Errorf("%s: %s has no doc comment", s.fset.Position(d.Pos()), d.Name.Name)
				}
			case *ast.GenDecl:
				checkSpecs(t, s, d)
			}
		}
	}
	for _, s := range sources(t) {
		if !documented[s.room] {
			t.Errorf("package %s has no package comment", s.room)
			documented[s.room] = true
		}
	}
}

// wellKnown reports the methods of the error interface, whose comment could only repeat their names.
func wellKnown(d *ast.FuncDecl) bool {
	return d.Recv != nil && (d.Name.Name == "Error" || d.Name.Name == "Unwrap")
}

func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return true
	}
	typ := d.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	id, ok := typ.(*ast.Ident)
	return ok && id.IsExported()
}

func checkSpecs(t *testing.T, s source, d *ast.GenDecl) {
	t.Helper()
	for _, spec := range d.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			if spec.Name.IsExported() && d.Doc == nil && spec.Doc == nil {
				t.Errorf("%s: type %s has no doc comment", s.fset.Position(spec.Pos()), spec.Name.Name)
			}
		case *ast.ValueSpec:
			for _, name := range spec.Names {
				if name.IsExported() && d.Doc == nil && spec.Doc == nil && spec.Comment == nil {
					t.Errorf("%s: %s has no doc comment", s.fset.Position(name.Pos()), name.Name)
				}
			}
		}
	}
}

// TestNoForeignPaths checks that nothing in the tree depends on the machine it was written on.
func TestNoForeignPaths(t *testing.T) {
	for _, s := range sources(t) {
		data, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(s.path)))
		if err != nil {
			t.Fatal(err)
		}
		for _, bad := range []string{"/home/", "/Users/", "C:\\\\Users"} {
			if strings.Contains(string(data), bad) {
				t.Errorf("%s holds %q", s.path, bad)
			}
		}
	}
}

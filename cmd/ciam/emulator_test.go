package main

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const emulatorRoom = "internal/emulator"

// groundRooms are the emulator's rooms that take nothing of ours.
var groundRooms = []string{"jws", "memory", "passwords"}

// graphRoom is what administrators call. It changes the document and knows nothing of tokens and pages.
const graphRoom = "graph"

// emulatorParts cuts the room internal/emulator: the protocol, what stands on it, and where all is put together. A part may use
// itself and those named. Its files are those that begin with one of the names; a file of no other part is the protocol's.
var emulatorParts = []struct {
	name  string
	files []string
	may   []string
	why   string
}{
	{"protocol", nil, nil, "what RFCs and the service say has no pages, no native authentication, no device: those are handed in"},
	{"pages", []string{"userflow"}, []string{"protocol"}, "the pages end in a destination and know none of them"},
	{"native", []string{"native"}, []string{"protocol"}, "native authentication has no pages"},
	{"device", []string{"device"}, []string{"protocol"}, "a device is handed the start of a user flow"},
	{"graph", []string{"graph"}, []string{"protocol"}, "administrators have no pages of their own, and what they make is in the document"},
	{"control", []string{"control", "landing"}, []string{"protocol"}, "what tests and people steer with"},
	{"assembly", []string{"emulator"}, []string{"protocol", "pages", "native", "device", "control", "graph"}, "New puts all of it together"},
}

func partOf(file string) string {
	for _, p := range emulatorParts {
		if slices.ContainsFunc(p.files, func(name string) bool { return strings.HasPrefix(file, name) }) {
			return p.name
		}
	}
	return "protocol"
}

// ownPackages type-checks packages of this module and knows no others: what comes from outside has no type, and what is said with
// it is not looked at.
type ownPackages struct {
	fset   *token.FileSet
	loaded map[string]*types.Package
}

// Import implements types.Importer.
func (o *ownPackages) Import(name string) (*types.Package, error) {
	room, ours := strings.CutPrefix(name, module)
	if !ours {
		return nil, errors.New("not looked at")
	}
	if p := o.loaded[room]; p != nil {
		return p, nil
	}
	files, err := o.parse(room)
	if err != nil {
		return nil, err
	}
	p, _ := o.check(room, files, nil)
	o.loaded[room] = p
	return p, nil
}

func (o *ownPackages) parse(room string) ([]*ast.File, error) {
	dir := filepath.Join("..", "..", filepath.FromSlash(room))
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var files []*ast.File
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		f, err := parser.ParseFile(o.fset, filepath.Join(dir, e.Name()), nil, 0)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

func (o *ownPackages) check(room string, files []*ast.File, info *types.Info) (*types.Package, error) {
	config := types.Config{Importer: o, Error: func(error) {}}
	return config.Check(room, o.fset, files, info)
}

// TestEmulatorParts holds the inside of the emulator to the table: no arrow from the protocol to pages, native or device.
func TestEmulatorParts(t *testing.T) {
	o := &ownPackages{fset: token.NewFileSet(), loaded: map[string]*types.Package{}}
	files, err := o.parse(emulatorRoom)
	if err != nil {
		t.Fatal(err)
	}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	pkg, _ := o.check(emulatorRoom, files, info)
	at := func(pos token.Pos) (file, part string) {
		file = path.Base(filepath.ToSlash(o.fset.Position(pos).Filename))
		return file, partOf(file)
	}
	may := map[string][]string{}
	for _, p := range emulatorParts {
		may[p.name] = append([]string{p.name}, p.may...)
	}
	arrows := map[[2]string]int{}
	for id, used := range info.Uses {
		if used.Pkg() != pkg || used.Pos() == token.NoPos {
			continue
		}
		from, fromPart := at(id.Pos())
		to, toPart := at(used.Pos())
		if from == to {
			continue
		}
		arrows[[2]string{fromPart, toPart}]++
		if !slices.Contains(may[fromPart], toPart) {
			t.Errorf("%s uses %s of %s: the part %s may use %v", o.fset.Position(id.Pos()), id.Name, to, fromPart, may[fromPart])
		}
	}
	// The walk works: what is known to be used is seen, methods and fields too.
	for _, p := range emulatorParts {
		for _, other := range p.may {
			if arrows[[2]string{p.name, other}] == 0 {
				t.Errorf("no arrow from %s to %s was seen: the table or the walk is wrong", p.name, other)
			}
		}
	}
	if n := arrows[[2]string{"pages", "protocol"}]; n < 50 {
		t.Errorf("only %d uses of the protocol by the pages were seen", n)
	}
}

// TestEmulatorGround checks that the ground rooms take nothing of ours.
func TestEmulatorGround(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range sources(t) {
		room, inside := strings.CutPrefix(s.room, emulatorRoom+"/")
		if !inside || !slices.Contains(groundRooms, room) {
			continue
		}
		seen[room] = true
		for _, spec := range s.file.Imports {
			if strings.HasPrefix(strings.Trim(spec.Path.Value, `"`), module) {
				t.Errorf("%s imports %s: a ground room takes nothing from the others", s.path, spec.Path.Value)
			}
		}
	}
	if len(seen) != len(groundRooms) {
		t.Errorf("saw %v of %v", seen, groundRooms)
	}
}

// TestEmulatorGraph checks that the room of Microsoft Graph takes the directory and nothing else of ours.
func TestEmulatorGraph(t *testing.T) {
	seen := false
	for _, s := range sources(t) {
		if s.room != emulatorRoom+"/"+graphRoom {
			continue
		}
		for _, spec := range s.file.Imports {
			name, ours := strings.CutPrefix(strings.Trim(spec.Path.Value, `"`), module)
			if ours && name != emulatorRoom+"/directory" {
				t.Errorf("%s imports %s: who asks is handed in", s.path, name)
			}
			seen = seen || ours
		}
	}
	if !seen {
		t.Error("the room was not seen")
	}
}

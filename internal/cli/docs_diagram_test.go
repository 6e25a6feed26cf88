package cli

import (
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// roomImports are the rooms of the program, each with those that it imports.
func roomImports(t *testing.T) map[string][]string {
	t.Helper()
	rooms := map[string][]string{}
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		folder, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		room := strings.TrimPrefix(filepath.ToSlash(folder), "internal/")
		if _, ok := rooms[room]; !ok {
			rooms[room] = nil
		}
		for _, spec := range file.Imports {
			if to, ours := strings.CutPrefix(strings.Trim(spec.Path.Value, `"`), "github.com/ciam-cli/ciam/internal/"); ours && !slices.Contains(rooms[room], to) {
				rooms[room] = append(rooms[room], to)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return rooms
}

// TestDocs_diagram holds the rooms that docs/architecture.md draws against the imports: an arrow is an import, an import that it
// should draw is an arrow, and every room that cli stands on is there.
func TestDocs_diagram(t *testing.T) {
	_, text, _ := strings.Cut(pages(t)["docs/architecture.md"], "```mermaid\nflowchart LR\n")
	text, _, ok := strings.Cut(text, "```")
	if !ok {
		t.Fatal("docs/architecture.md draws no rooms")
	}
	drawn, ground, _ := strings.Cut(text, "subgraph ")
	room := map[string]string{} // by the diagram's name
	for _, m := range regexp.MustCompile(`(\w+)\["([\w/]+)<br>`).FindAllStringSubmatch(text, -1) {
		room[m[1]] = m[2]
	}
	var arrows []string
	for _, m := range regexp.MustCompile(`(?m)^ *(\w+)(?:\[.*?\])? --> (\w+)`).FindAllStringSubmatch(drawn, -1) {
		arrows = append(arrows, room[m[1]]+" > "+room[m[2]])
	}
	if _, signIn, _ := strings.Cut(pages(t)["docs/architecture.md"], "\nsequenceDiagram\n"); strings.Contains(strings.Split(signIn, "```")[0], ";") {
		t.Error("a semicolon ends a message of the second drawing: Mermaid draws nothing then")
	}
	imports := roomImports(t)
	for _, arrow := range arrows {
		from, to, _ := strings.Cut(arrow, " > ")
		if !slices.Contains(imports[from], to) {
			t.Errorf("it draws %s, which is no import", arrow)
		}
	}
	for from, all := range imports {
		if !slices.Contains(slices.Collect(maps.Values(room)), from) || from == "cli" || from == "cmd/ciam" || strings.HasPrefix(from, "emulator") && from != "emulator/host" { // the emulator has a drawing in words
			continue
		}
		for _, to := range all {
			if !strings.Contains(ground, `"`+to+"<br>") && !slices.Contains(arrows, from+" > "+to) {
				t.Errorf("it does not draw %s > %s", from, to)
			}
		}
	}
	for _, to := range imports["cli"] {
		if !strings.Contains(ground, `"`+to+"<br>") && !slices.ContainsFunc(arrows, func(a string) bool { return strings.HasSuffix(a, " > "+to) }) {
			t.Errorf("no arrow leads to %s", to)
		}
	}
	if len(arrows) < 20 {
		t.Errorf("%d arrows found: is the search broken?", len(arrows))
	}
}

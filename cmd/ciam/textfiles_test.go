package main

import (
	"go/ast"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// home is where the pages of the repository are for those who have only the program.
const home = "https://github.com/ciam-cli/ciam/blob/main/"

// fileProblem says what is wrong with a text of the program that names a file of the repository: who installed ciam has the
// program, so help, hints and errors name a page by its address, or `ciam help TOPIC`.
func fileProblem(text string) string {
	address := regexp.MustCompile(`https?://[^\s"<>` + "`" + `]+`)
	for _, a := range address.FindAllString(text, -1) {
		path, ours := strings.CutPrefix(strings.TrimRight(a, ".,;:)"), home)
		path, anchor, _ := strings.Cut(path, "#")
		if !ours {
			continue
		}
		page, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(path)))
		if err != nil {
			return a + " leads to no file"
		}
		if anchor != "" && !hasHeading(string(page), anchor) {
			return a + " leads to no heading"
		}
	}
	rest := address.ReplaceAllString(text, "")
	return regexp.MustCompile(`(?:^|[^/\w-])(?:docs|internal|cmd)/[\w./-]+|\b[\w-]+\.md\b`).FindString(rest)
}

// hasHeading reports whether a page has the heading of an anchor, as GitHub names it.
func hasHeading(page, anchor string) bool {
	dropped := regexp.MustCompile(`[^\p{L}\p{N}_ -]`)
	for _, line := range strings.Split(page, "\n") {
		_, heading, ok := strings.Cut(strings.TrimRight(line, "\r"), "# ")
		if ok && strings.HasPrefix(line, "#") && strings.ReplaceAll(dropped.ReplaceAllString(strings.ToLower(heading), ""), " ", "-") == anchor {
			return true
		}
	}
	return false
}

// TestTexts_files: no text of the program names a file that only the repository has.
func TestTexts_files(t *testing.T) {
	checked := 0
	for _, s := range sources(t) {
		if testOnly(s.room) {
			continue
		}
		imports := map[*ast.BasicLit]bool{}
		for _, spec := range s.file.Imports {
			imports[spec.Path] = true
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING || imports[lit] {
				return true
			}
			text, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			checked++
			if problem := fileProblem(text); problem != "" {
				t.Errorf("%s: a text of the program: %q: only the repository has it", s.fset.Position(lit.Pos()), strings.TrimSpace(problem))
			}
			return true
		})
	}
	if checked < 3000 {
		t.Errorf("%d texts found: is the search broken?", checked)
	}
}

func TestTexts_files_finds(t *testing.T) {
	for text, bad := range map[string]bool{
		"See docs/scripts.md.":                     true,
		"described in scripts.md":                  true,
		"(docs/adr/0002-x)":                        true,
		"see " + home + "docs/scripts.md.":         false,
		"see " + home + "docs/scripts-of-old.md":   true,
		home + "docs/emulator.md#control-api":      false,
		home + "docs/emulator.md#no-such-heading":  true,
		"https://github.com/x/docs/issues/4.":      false,
		"PUT /me/docs/readme":                      false,
		"MicrosoftDocs/entra-docs/issues/419":      false,
		"the document's keys: `ciam help formats`": false,
	} {
		if got := fileProblem(text); (got != "") != bad {
			t.Errorf("%q: got %q, expected a problem: %t", text, got, bad)
		}
	}
}

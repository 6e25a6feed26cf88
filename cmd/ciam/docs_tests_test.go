package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDocs_firstScript: the script that the page for contributors begins with is one that is run.
func TestDocs_firstScript(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "CONTRIBUTING.md"))
	if err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile(filepath.Join("testdata", "script", "first.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), "```txtar\n"+string(script)+"```\n") {
		t.Error("docs/CONTRIBUTING.md shows another script than first.txtar")
	}
}

// TestDocs_namedTests: a test that a page names as its evidence is there. A renamed one must not leave a claim without proof.
func TestDocs_namedTests(t *testing.T) {
	root := filepath.Join("..", "..")
	defined := map[string]bool{}
	definition := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)`)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range definition.FindAllStringSubmatch(string(text), -1) {
			defined[m[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	pages, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	adrs, err := filepath.Glob(filepath.Join(root, "docs", "adr", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	named, mention := 0, regexp.MustCompile("`((?:Test|Fuzz)[A-Z]\\w*)")
	for _, page := range append(pages, adrs...) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range mention.FindAllStringSubmatch(string(text), -1) {
			named++
			if !defined[m[1]] && !strings.HasSuffix(m[1], "_") { // TestFormats_… names a family
				t.Errorf("%s names %s, and there is no such test", page, m[1])
			}
		}
	}
	if named < 60 {
		t.Errorf("%d tests are named: is the search broken?", named)
	}
}

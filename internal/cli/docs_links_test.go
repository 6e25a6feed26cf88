package cli

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDocs_links follows the links of all pages within the repository: the file is there, and so is the heading.
func TestDocs_links(t *testing.T) {
	root := filepath.Join("..", "..")
	files := []string{filepath.Join(root, "README.md")}
	err := filepath.WalkDir(filepath.Join(root, "docs"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".md") {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	checked := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			checked++
			path, anchor, _ := strings.Cut(m[1], "#")
			target := file
			if path != "" {
				target = filepath.Join(filepath.Dir(file), filepath.FromSlash(path))
			}
			if !linkTarget(target, anchor) {
				t.Errorf("%s: the link %s leads nowhere", file, m[1])
			}
		}
	}
	if checked < 30 {
		t.Errorf("%d links found: is the search broken?", checked)
	}
	if linkTarget(files[0], "no-such-heading") || linkTarget(filepath.Join(root, "docs", "none.md"), "") {
		t.Error("a link that leads nowhere is not noticed")
	}
}

// linkTarget reports whether there is a file or folder at path, with a heading for the anchor, if any, as GitHub names it.
func linkTarget(path, anchor string) bool {
	if anchor == "" {
		_, err := os.Stat(path)
		return err == nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return false
	}
	dropped := regexp.MustCompile(`[^\p{L}\p{N}_ -]`)
	for _, line := range strings.Split(string(text), "\n") {
		_, heading, ok := strings.Cut(line, "# ")
		if ok && strings.HasPrefix(line, "#") && anchor == strings.ReplaceAll(dropped.ReplaceAllString(strings.ToLower(strings.TrimSpace(heading)), ""), " ", "-") {
			return true
		}
	}
	return false
}

// TestDocs_map sees that every page is found from docs/README.md.
func TestDocs_map(t *testing.T) {
	texts := pages(t)
	links := map[string]bool{"README.md": true}
	for _, m := range regexp.MustCompile(`\]\(([\w-]+\.md)`).FindAllStringSubmatch(texts["docs/README.md"], -1) {
		links[m[1]] = true
	}
	for page := range texts {
		if name, ok := strings.CutPrefix(page, "docs/"); ok && !links[name] {
			t.Errorf("docs/README.md leads to no %s", name)
		}
	}
}

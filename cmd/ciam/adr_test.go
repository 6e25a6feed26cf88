package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// decisionProblems says what is wrong with the record in a file: numbers that differ, no status, or the index without it.
func decisionProblems(file, text, index string) (problems []string) {
	title := regexp.MustCompile(`\A# (\d+)\. (.+)\n`).FindStringSubmatch(text)
	if title == nil {
		return []string{file + ": expected to begin with \"# NUMBER. TITLE\""}
	}
	if !strings.HasPrefix(file, fmt.Sprintf("%04s-", title[1])) {
		problems = append(problems, file+": its title has the number "+title[1])
	}
	status := regexp.MustCompile(`\A.*\n\nStatus: (accepted|replaced by ADR \d+), \d{4}-\d\d-\d\d(\. .*|\n)`)
	if !status.MatchString(text) {
		problems = append(problems, file+": expected \"Status: accepted, YYYY-MM-DD\", and after a full stop what there is to add")
	}
	if !strings.Contains(index, "| "+title[1]+" | ["+title[2]+"]("+file+") |") {
		problems = append(problems, file+": the index does not have it by its number and title")
	}
	for _, other := range regexp.MustCompile(`Amends ADR (\d+)`).FindAllStringSubmatch(text, -1) {
		paths, err := filepath.Glob(filepath.Join("..", "..", "docs", "adr", fmt.Sprintf("%04s-*.md", other[1])))
		if err != nil || len(paths) != 1 {
			problems = append(problems, fmt.Sprintf("%s amends ADR %s, of which there are %d", file, other[1], len(paths)))
			continue
		}
		if amended, err := os.ReadFile(paths[0]); err != nil || !strings.Contains(string(amended), "Amended by ADR "+title[1]) {
			problems = append(problems, file+" amends ADR "+other[1]+", whose status does not say so")
		}
	}
	return problems
}

// TestDecisions: records of decisions have numbers of their own, a status, and a line in the index.
func TestDecisions(t *testing.T) {
	folder := filepath.Join("..", "..", "docs", "adr")
	index, err := os.ReadFile(filepath.Join(folder, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(folder, "0*.md"))
	if err != nil || len(files) < 20 {
		t.Fatalf("%d records, %v", len(files), err)
	}
	numbers := map[string]string{}
	for _, path := range files {
		file := filepath.Base(path)
		if other := numbers[file[:4]]; other != "" {
			t.Errorf("%s and %s have one number", file, other)
		}
		numbers[file[:4]] = file
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, problem := range decisionProblems(file, strings.ReplaceAll(string(text), "\r\n", "\n"), string(index)) {
			t.Error(problem)
		}
	}
}

func TestDecisions_finds(t *testing.T) {
	const index = "| 7 | [A title](0007-a.md) | x |"
	for text, problems := range map[string]int{
		"# 7. A title\n\nStatus: accepted, 2026-11-24\n":                   0,
		"# 7. A title\n\nStatus: accepted, 2026-11-24. Not tried.\n":       0,
		"# 7. A title\n\nStatus: replaced by ADR 9, 2026-11-24\n":          0,
		"# 8. A title\n\nStatus: accepted, 2026-11-24\n":                   2,
		"# 7. Another\n\nStatus: accepted, 2026-11-24\n":                   1,
		"# 7. A title\n\n**Status.** Accepted.\n":                          1,
		"# 7. A title\n\nStatus: accepted, 2026-11-24. Amends ADR 1.\n":    1,
		"# 7. A title\n\nStatus: accepted, 2026-11-24. Amends ADR 9999.\n": 1,
		"A title\n\nStatus: accepted, 2026-11-24\n":                        1,
	} {
		if got := decisionProblems("0007-a.md", text, index); len(got) != problems {
			t.Errorf("%q: %q, want %d", text, got, problems)
		}
	}
}

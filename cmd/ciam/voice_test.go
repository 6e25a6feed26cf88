package main

import (
	"go/ast"
	"go/token"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// offVoice finds what does not belong into a text of ours: see "The voice" in the comment of package term.
func offVoice(text string) string {
	return regexp.MustCompile(`(?i)\b(?:please|sorry|oops|successfully|failed to|unable to)\b|[a-z]!+(?:\s|$)`).FindString(text)
}

// TestTexts_voice reads all texts of the program but the embedded tenant's, which are Microsoft's words.
func TestTexts_voice(t *testing.T) {
	read := 0
	for _, s := range sources(t) {
		if testOnly(s.room) || strings.HasPrefix(s.room, "internal/emulator") {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			text, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			read++
			if word := offVoice(text); word != "" {
				t.Errorf("%s: %q is not how the program speaks: see \"The voice\" in internal/term/doc.go", s.fset.Position(lit.Pos()), strings.TrimSpace(word))
			}
			return true
		})
	}
	if read < 2000 {
		t.Errorf("%d texts found: is the search broken?", read)
	}
}

func TestTexts_voice_finds(t *testing.T) {
	for text, bad := range map[string]bool{
		"Please try again":                true,
		"failed to open %s":               true,
		"You are signed in!":              true,
		"signed in successfully":          true,
		"unable to read the file":         true,
		"it is not so that the app fails": false,
		"`& | < > ^ % \" !`":              false,
		"a != b":                          false,
		"pleased":                         false,
	} {
		if got := offVoice(text); (got != "") != bad {
			t.Errorf("%q: got %q, expected a problem: %t", text, got, bad)
		}
	}
}

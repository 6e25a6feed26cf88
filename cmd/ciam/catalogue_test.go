package main

import (
	"go/ast"
	"go/token"
	"slices"
	"strconv"
	"testing"

	"github.com/ciam-cli/ciam/internal/aadsts"
)

// TestCatalogue_ofTheEmulator ties the two catalogues: whatever the embedded tenant can answer, `ciam explain` knows. Neither
// may import the other, so the emulator's source is read: every number that is long enough counts as a code, and every
// word that a fault has for its OAuth error or its suberror.
func TestCatalogue_ofTheEmulator(t *testing.T) {
	numbers, words := map[int]string{}, map[string]string{}
	for _, s := range sources(t) {
		if s.room != "internal/emulator" {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BasicLit:
				if code, err := strconv.Atoi(n.Value); n.Kind == token.INT && err == nil && code >= 10000 {
					numbers[code] = s.fset.Position(n.Pos()).String()
				}
			case *ast.CallExpr:
				if word := oauthWord(n); word != "" {
					words[word] = s.fset.Position(n.Pos()).String()
				}
			}
			return true
		})
	}
	if len(numbers) < 75 || len(words) < 20 {
		t.Fatalf("found %d numbers and %d words; the search is broken", len(numbers), len(words))
	}
	for code, where := range numbers {
		if _, ok := aadsts.Lookup(code); !ok {
			t.Errorf("%s: the emulator answers AADSTS%d, which is not in the catalogue of internal/aadsts (is it no code? Write it as what it is, such as 1 << 16)", where, code)
		}
	}
	for word, where := range words {
		if _, ok := aadsts.Find(word); !ok {
			t.Errorf("%s: the emulator answers %s, which is not in the catalogue of internal/aadsts", where, word)
		}
	}
	t.Logf("%d numbers, %d words", len(numbers), len(words))
}

// oauthWord is the word of a call that makes a fault: its OAuth error, or the suberror that is added.
func oauthWord(call *ast.CallExpr) string {
	at := slices.Index([]string{"sub", "fail"}, callName(call))
	if at < 0 || len(call.Args) <= at {
		return ""
	}
	lit, ok := call.Args[at].(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "" // a call that passes on what it was given
	}
	word, err := strconv.Unquote(lit.Value)
	if err != nil {
		return ""
	}
	return word
}

package cli

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/aadsts"
	"github.com/ciam-cli/ciam/internal/auth"
)

// TestAdvice tries every code of the catalogue, with and without a sentence of the tenant's, where a sign-in is the way on and
// where it is not: each thing is said once, and what the code means is said by somebody.
func TestAdvice(t *testing.T) {
	for _, entry := range aadsts.All() {
		if entry.Code == 0 {
			continue // no number comes with an answer of the tenant's that has it; `ciam explain` tells of it
		}
		for _, sentence := range []string{"", "The service says no."} {
			refused := &auth.RefusedError{During: "the sign-in", Code: "invalid_grant", Details: aadsts.Details{Code: entry.Code, Message: sentence}}
			for name, err := range map[string]error{"refused": refused, "login required": &auth.LoginRequiredError{Reason: "the tenant no longer accepts the session", Err: refused}} {
				f := describe(&locatedError{err: err, login: "ciam login -p web"})
				all := f.message + " " + f.hint
				where := fmt.Sprintf("AADSTS%d, %s, %q: %s / %s", entry.Code, name, sentence, f.message, f.hint)
				for _, never := range []string{"What to do", "Hidden}", "..", ".;", ".:"} {
					if strings.Contains(all, never) {
						t.Errorf("%s: has %q", where, never)
					}
				}
				if said := strings.Contains(f.message, "The service says no."); said == strings.Contains(all, strings.TrimSuffix(entry.Meaning, ".")) {
					t.Errorf("%s: what it means is not said once", where)
				}
				if n := strings.Count(f.hint, "ciam login -p web"); name == "login required" && n != 1 {
					t.Errorf("%s: the command is there %d times", where, n)
				}
				for _, words := range commandsNamed(f.hint) {
					if err := checkMention(words); err != nil {
						t.Errorf("%s: ciam %v: %v", where, words, err)
					}
				}
			}
		}
	}
}

package cli

import (
	"fmt"
	"testing"
)

// TestCases7_plan is the table "Finishing a sign-in anywhere": terminal × browser × flag × environment, every cell of it. The
// expectations are the rows of the table, in its words, not the decision's code.
func TestCases7_plan(t *testing.T) {
	type browser struct {
		name                        string
		configured, usable, display bool
	}
	browsers := []browser{
		{name: "none"}, {name: "a display", display: true}, {name: "a command", configured: true, usable: true},
		{name: "a command and a display", configured: true, usable: true, display: true},
		{name: "a command that cannot be run", configured: true, display: true},
	}
	places := map[string]facts{
		"here": {}, "ssh": {ssh: true}, "codespaces": {codespaces: true}, "vscode": {vscode: true}, "container": {container: true}, "wsl": {wsl: true}, "vscode on wsl": {vscode: true, wsl: true},
		"ssh in a container": {ssh: true, container: true}, "ssh to a codespace": {ssh: true, codespaces: true, container: true},
	}
	cells := 0
	for place, where := range places {
		for _, b := range browsers {
			for _, flag := range []string{"", "--no-browser", "--no-input", "--no-browser --no-input", "--response-mode form_post"} {
				for _, terminal := range []bool{true, false} {
					f := where
					f.terminal, f.configured, f.usable, f.system = terminal, b.configured, b.usable, b.display || where.wsl
					f.noBrowser = flag == "--no-browser" || flag == "--no-browser --no-input"
					f.noInput = flag == "--no-input" || flag == "--no-browser --no-input"
					f.formPost = flag == "--response-mode form_post"
					// "Browser there = a configured command that exists, or (display, WSL, macOS, Windows) and not SSH."
					there := b.usable || !b.configured && f.system && !where.ssh
					elsewhere := where.ssh || where.codespaces || where.container || where.vscode && !where.wsl
					var want way
					switch {
					case flag == "--no-browser --no-input", flag == "--no-browser" && !terminal:
						want = printAndWait // "prints and waits; paste only at a terminal"
					case flag == "--no-browser":
						want = printAndPaste
					case flag == "--no-input" && b.usable:
						want = open // "opens only an explicitly set browser"
					case flag == "--no-input":
						want = refuse // "else exit 4"
					case there && terminal && elsewhere && !f.formPost:
						want = openAndOffer
					case there:
						want = open // "opens it, form_post, waits", at any terminal or none
					case terminal && f.formPost:
						want = printAndWait // a form leaves no address to paste
					case terminal:
						want = printAndPaste
					default:
						want = refuse // "exit 4 before keychain and network"
					}
					name := fmt.Sprintf("%s, browser: %s, flag %q, terminal %t", place, b.name, flag, terminal)
					got := decide(f)
					if got.way != want || got.why == "" {
						t.Errorf("%s: %s because %q, want %s", name, got.way, got.why, want)
					}
					if got.way.pastes() && (f.noInput || !terminal) {
						t.Errorf("%s: reads stdin", name)
					}
					cells++
				}
			}
		}
	}
	t.Logf("%d cells", cells)
}

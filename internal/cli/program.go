package cli

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// program is the command for a program that the user names; the first word is its name. All of them are made here. A
// program that cannot be found is in Err, as of exec.Command. The error is a *usageError.
func program(ctx context.Context, words []string) (*exec.Cmd, error) {
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	if runtime.GOOS == "windows" && cmd.Err == nil {
		// A name without its extension may stand for a batch file.
		if path, err := exec.LookPath(cmd.Path); err == nil {
			cmd.Path = path
		}
		if err := checkBatch(cmd.Path, words); err != nil {
			return nil, err
		}
	}
	return cmd, nil
}

// checkBatch refuses words that cmd.exe, which Windows runs batch files with, takes for more than text. It looks for
// commands and variables where another program's quotes are, and what a batch file does with a word once more is its own
// matter, so that no way to quote them is safe.
func checkBatch(path string, words []string) error {
	if !isBatch(path) {
		return nil
	}
	for i, word := range words {
		special := "&|<>^%\"!\r\n\x00"
		if !strings.ContainsAny(word, " \t") {
			special += "()" // they end a batch file's block, unless Go puts the word in quotes for its blanks
		}
		at := strings.IndexAny(word, special)
		if at < 0 {
			continue
		}
		what := fmt.Sprintf("argument %d", i) // which may be a secret
		if i == 0 {
			what = "its name"
		}
		return &usageError{message: fmt.Sprintf("%s is a batch file, and Windows takes the %q in %s for more than text", path, word[at:at+1], what),
			hint: "hand such text over in an environment variable or a file, or name the program that the batch file runs"}
	}
	return nil
}

// isBatch reports whether Windows runs path with cmd.exe. It does not see blanks and dots at the end of a name.
func isBatch(path string) bool {
	extension := filepath.Ext(strings.TrimRight(path, " ."))
	return strings.EqualFold(extension, ".bat") || strings.EqualFold(extension, ".cmd")
}

package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/ciam-cli/ciam/internal/config"
)

// pathToKeep is the path of a file as a profile keeps it: whole, since later commands run elsewhere, and of an ordinary file,
// since nobody fills a pipe again.
func pathToKeep(path, flag string) (string, error) {
	if path == "" {
		return "", nil
	}
	whole, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", flag, path, err)
	}
	info, err := os.Stat(path)
	if err != nil {
		e := config.FileError(path, err, "a file that stays where it is")
		e.IO = false // it was named
		return "", e
	}
	// /dev/stdin may lead to an ordinary file, of this run.
	if !info.Mode().IsRegular() || strings.HasPrefix(whole, "/dev/") || strings.HasPrefix(whole, "/proc/") {
		return "", &usageError{message: fmt.Sprintf("%s: a profile keeps where the file is, and %s is no file that stays", flag, path), hint: "name an ordinary file, or leave the flag out and give it with each command"}
	}
	return whole, nil
}

// caFileToKeep is what a profile that is made in this run keeps of --ca-file. The environment's choice is not written down.
func (r *run) caFileToKeep() (string, error) { return pathToKeep(r.global.caFile, "--ca-file") }

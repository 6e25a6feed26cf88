package cli

import (
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func newVersionCmd(r *run) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Show the version",
		Long:    "Show the version of ciam, the commit it was built from and its date, and the Go and the system it was\nbuilt for. `ciam --version` and `ciam -v` show the same.",
		Example: "  ciam version\n  ciam version -o json",
		Args:    noArgs,
		RunE:    func(*cobra.Command, []string) error { return r.printVersion() },
	}
}

func (r *run) printVersion() error {
	format, err := r.format("text", "json")
	if err != nil {
		return err
	}
	if format == "json" {
		return r.printJSON(map[string]any{"version": r.Version, "commit": r.Commit, "commit_date": r.CommitDate, "modified": r.Modified,
			"go": runtime.Version(), "os": runtime.GOOS, "arch": runtime.GOARCH})
	}
	return r.printLine(fmt.Sprintf("ciam %s (%s)", r.Version, strings.Join(r.builtFrom(), ", ")))
}

// builtFrom are the facts about the build that are known.
func (r *run) builtFrom() []string {
	var facts []string
	if r.Commit != "" {
		commit := "commit " + r.Commit[:min(12, len(r.Commit))]
		if at, err := time.Parse(time.RFC3339, r.CommitDate); err == nil {
			commit += " of " + at.UTC().Format(time.DateOnly)
		}
		if r.Modified {
			commit += ", modified"
		}
		facts = append(facts, commit)
	}
	return append(facts, runtime.Version(), runtime.GOOS+"/"+runtime.GOARCH)
}

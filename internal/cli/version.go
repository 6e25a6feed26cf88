package cli

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"
)

func newVersionCmd(r *run) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Show the version",
		Long:    "Show the version of ciam, and of Go and the system it was built for.",
		Example: "  ciam version\n  ciam version -o json",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			format, err := r.format("text", "json")
			if err != nil {
				return err
			}
			if format == "json" {
				return r.printJSON(map[string]string{"version": r.Version, "go": runtime.Version(), "os": runtime.GOOS, "arch": runtime.GOARCH})
			}
			return r.printLine(fmt.Sprintf("ciam %s (%s, %s/%s)", r.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH))
		},
	}
}

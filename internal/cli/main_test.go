package cli

import (
	"os"
	"testing"

	"github.com/spf13/cobra"

	"github.com/ciam-cli/ciam/internal/programtest"
)

// TestMain lets this test binary be the programs that ciam runs; see programtest.Command.
func TestMain(m *testing.M) {
	programtest.Main()
	// On Windows cobra looks at all processes before each command, to tell somebody who clicked on the program in a folder.
	cobra.MousetrapHelpText = ""
	os.Exit(m.Run())
}

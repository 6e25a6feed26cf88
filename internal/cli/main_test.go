package cli

import (
	"os"
	"testing"

	"github.com/ciam-cli/ciam/internal/programtest"
)

// TestMain lets this test binary be the programs that ciam runs; see programtest.Command.
func TestMain(m *testing.M) {
	programtest.Main()
	os.Exit(m.Run())
}

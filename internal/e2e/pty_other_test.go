//go:build !linux

package e2e

import (
	"runtime"
	"testing"
)

// typing needs a pseudo-terminal, which each system has in a way of its own.
func (p *program) typing(t *testing.T, asked, line string, args ...string) *process {
	t.Helper()
	t.Skipf("a terminal to type %q at is made on Linux only, this is %s", asked, runtime.GOOS)
	return nil
}

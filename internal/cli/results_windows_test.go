package cli

import (
	"bytes"
	"os"
	"testing"
)

// TestResultLost_pipe: a pipe that nobody reads any more ends the program silently.
func TestResultLost_pipe(t *testing.T) {
	m, _ := signedIn(t)
	for _, args := range [][]string{{"--help"}, {"token"}, {"emulator", "export"}} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		_ = r.Close()
		cmd := m.program(args...)
		var errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = w, &errs
		_ = cmd.Run()
		_ = w.Close()
		if code := cmd.ProcessState.ExitCode(); code != exitOther || errs.Len() != 0 {
			t.Errorf("%v: exit %d, %q", args, code, errs.String())
		}
	}
}

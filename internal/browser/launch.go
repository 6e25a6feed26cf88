package browser

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// launch starts a program and watches it for as long as patience. The program outlives ctx and this process.
func launch(ctx context.Context, args []string, stderr io.Writer, patience time.Duration) error {
	// exec does not quote arguments for cmd.exe, where a URL's & and % would be commands and variables.
	path, err := exec.LookPath(args[0])
	if err != nil {
		return &LaunchError{Command: args[0], Err: err}
	}
	if isBatch(path) {
		return fmt.Errorf("%w: expected a program, got the batch file %q", ErrCommand, path)
	}
	out, done := output(stderr)
	defer done()
	cmd := exec.Command(path, args[1:]...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = detached()
	if err := cmd.Start(); err != nil {
		return &LaunchError{Command: args[0], Err: err}
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }() // also reaps it, however late
	return watch(ctx, args[0], ended, patience)
}

func isBatch(path string) bool {
	extension := filepath.Ext(path)
	return strings.EqualFold(extension, ".bat") || strings.EqualFold(extension, ".cmd")
}

// watch waits for a launcher's end, but not for long.
func watch(ctx context.Context, command string, ended <-chan error, patience time.Duration) error {
	enough := time.NewTimer(patience)
	defer enough.Stop()
	select {
	case err := <-ended:
		if err != nil {
			return &LaunchError{Command: command, Err: err}
		}
		return nil
	case <-enough.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// output returns where a launcher writes. A file is handed over as it is, since a pipe would break, and kill the browser
// with SIGPIPE, when this process ends. Any other writer is left alone once done was called.
func output(stderr io.Writer) (out io.Writer, done func()) {
	switch w := stderr.(type) {
	case nil:
		return nil, func() {}
	case *os.File:
		return w, func() {}
	}
	g := &gate{w: stderr}
	return g, g.shut
}

// gate passes writes on until it is shut, then discards them.
type gate struct {
	mu sync.Mutex
	w  io.Writer
}

func (g *gate) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.w == nil {
		return len(p), nil
	}
	return g.w.Write(p)
}

func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.w = nil
}

package browser

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// launch starts a program and watches it for as long as patience. The program outlives ctx and this process.
func launch(ctx context.Context, args []string, chatter func(string), patience time.Duration) error {
	// exec does not quote arguments for cmd.exe, where a URL's & and % would be commands and variables.
	path, err := exec.LookPath(args[0])
	if err != nil {
		return &LaunchError{Command: args[0], Err: err}
	}
	if isBatch(path) {
		return fmt.Errorf("%w: expected a program, got the batch file %q", ErrCommand, path)
	}
	out, done := output(chatter)
	defer done()
	cmd := exec.Command(path, args[1:]...)
	if out != nil { // not a nil *os.File in an interface
		cmd.Stdout, cmd.Stderr = out, out
	}
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

// maxChatter bounds what is told of a launcher's output, in bytes.
const maxChatter = 8 << 10

// output is where a launcher writes, nil for nowhere. done tells what it wrote. It is a file, since a pipe would break, and
// kill the browser with SIGPIPE, when this process ends.
func output(chatter func(string)) (out *os.File, done func()) {
	if chatter == nil {
		return nil, func() {}
	}
	out, err := os.CreateTemp("", "ciam-browser-")
	if err != nil {
		return nil, func() {}
	}
	_ = os.Remove(out.Name()) // on Windows below, or never while the browser has it
	return out, func() {
		text := make([]byte, maxChatter)
		n, _ := out.ReadAt(text, 0)
		_ = out.Close()
		_ = os.Remove(out.Name())
		if n > 0 {
			chatter(string(text[:n]))
		}
	}
}

// redact takes out of text the address that is opened, and what other addresses carry: launchers repeat them.
func redact(text, url string) string {
	text = strings.ReplaceAll(text, url, "[the address]")
	var b strings.Builder
	for {
		i := strings.Index(text, "?")
		if i < 0 {
			b.WriteString(text)
			return b.String()
		}
		b.WriteString(text[:i+1])
		text = text[i+1:]
		if end := strings.IndexAny(text, " \t\r\n\"'"); end != 0 && text != "" {
			if end < 0 {
				end = len(text)
			}
			b.WriteString("[redacted]")
			text = text[end:]
		}
	}
}

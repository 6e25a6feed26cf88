package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/needtest"
)

// installLimit bounds `npm ci`, scriptLimit what a client says next.
const (
	installLimit = 3 * time.Minute
	scriptLimit  = 30 * time.Second
)

// script is a running client that writes lines of JSON.
type script struct {
	t      *testing.T
	name   string
	lines  chan []byte
	stderr bytes.Buffer
	stdin  io.WriteCloser
	cmd    *exec.Cmd
}

// node starts a program of folder; the test's end ends it.
func node(t *testing.T, env []string, folder, name string) *script {
	t.Helper()
	return client(t, env, "node", filepath.Join(folder, name))
}

// client starts a program; the test's end ends it.
func client(t *testing.T, env []string, command string, args ...string) *script {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), serveLimit)
	s := &script{t: t, name: filepath.Base(append([]string{command}, args...)[min(len(args), 1)]), lines: make(chan []byte, 16), cmd: exec.CommandContext(ctx, command, args...)}
	s.cmd.Env, s.cmd.Stderr, s.cmd.WaitDelay = env, &s.stderr, 2*time.Second
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if s.stdin, err = s.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	read := make(chan struct{})
	go func() {
		defer close(read)
		defer close(s.lines)
		for in := bufio.NewScanner(out); in.Scan(); {
			s.lines <- bytes.Clone(in.Bytes())
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-read
		_ = s.cmd.Wait()
	})
	return s
}

// say writes a line to the script.
func (s *script) say(line string) {
	s.t.Helper()
	if _, err := io.WriteString(s.stdin, line+"\n"); err != nil {
		s.t.Errorf("%s does not listen: %v", s.name, err)
	}
}

// read waits for the line that says key, which has to be the next one.
func (s *script) read(key string, into any) {
	s.t.Helper()
	var line []byte
	var open bool
	select {
	case line, open = <-s.lines:
	case <-time.After(scriptLimit):
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait() // stderr is whole then
		s.t.Fatalf("%s said no %q within %s\n%s", s.name, key, scriptLimit, s.stderr.String())
	}
	if !open {
		err := s.cmd.Wait()
		s.t.Fatalf("%s ended before it said %q: %v\n%s", s.name, key, err, s.stderr.String())
	}
	var message map[string]json.RawMessage
	if err := json.Unmarshal(line, &message); err != nil || message[key] == nil {
		s.t.Fatalf("%s said %s, not %q", s.name, line, key)
	}
	if err := json.Unmarshal(message[key], into); err != nil {
		s.t.Fatalf("%s: %q: %v", s.name, key, err)
	}
}

// ended wants the script to end by itself, and well.
func (s *script) ended() {
	s.t.Helper()
	for line := range s.lines {
		s.t.Errorf("%s went on: %s", s.name, line)
	}
	if err := s.cmd.Wait(); err != nil {
		s.t.Errorf("%s: %v\n%s", s.name, err, s.stderr.String())
	}
}

// installed is the folder with the programs of clients and their packages, made once per test process.
var installed struct {
	once   sync.Once
	folder string
	err    error
}

// installClients copies the programs of clients and installs their packages from the lock file. It skips where Node
// or the registry is missing, and fails instead with CIAM_E2E=1.
func installClients(t *testing.T) string {
	t.Helper()
	needtest.Long(t, "runs clients on Node")
	for _, name := range []string{"node", "npm"} {
		needtest.Program(t, "apt-get install nodejs npm", name)
	}
	out, err := exec.Command("node", "--version").Output()
	major, _, _ := strings.Cut(strings.TrimPrefix(string(out), "v"), ".")
	if n, _ := strconv.Atoi(major); err != nil || n < 20 {
		needtest.Lacks(t, "Node is %q (%v): MSAL Node needs 20 or newer", out, err)
	}
	installed.once.Do(func() { installed.err = install() })
	if installed.err != nil {
		needtest.Lacks(t, "%v", installed.err)
	}
	return installed.folder
}

func install() (err error) {
	if installed.folder, err = os.MkdirTemp("", "ciam-clients-"); err != nil {
		return err
	}
	if err := os.CopyFS(installed.folder, os.DirFS("clients")); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), installLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error")
	cmd.Dir, cmd.WaitDelay = installed.folder, 2*time.Second
	text, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("npm ci, at most %s: %w\n%s", installLimit, err, text)
	}
	return nil
}

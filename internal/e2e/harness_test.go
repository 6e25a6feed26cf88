package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/visitor"
	"github.com/ciam-cli/ciam/internal/programtest"
)

// openerVariable makes the test binary play the browser's command: it hands the URL over to the test and ends.
const openerVariable = "CIAM_TEST_OPENER"

// personVariable makes the test binary play a browser with somebody in front of it, for benchmarks.
const personVariable = "CIAM_TEST_PERSON"

// codeVariable makes the test binary the command that reads one-time codes, from the outbox that it names.
const codeVariable = "CIAM_TEST_OUTBOX"

// binaryVariable names a binary that is built already, for a system on which there is no Go to build it.
const binaryVariable = "CIAM_TEST_BINARY"

func TestMain(m *testing.M) {
	programtest.Main()
	if outbox := os.Getenv(codeVariable); outbox != "" && len(os.Args) == 1 {
		if err := printNewestCode(outbox); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if os.Getenv(personVariable) != "" && len(os.Args) == 2 {
		if err := signUpWithoutBrowser(os.Args[1]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if address := os.Getenv(openerVariable); address != "" && len(os.Args) == 2 && strings.HasPrefix(os.Args[1], "http") {
		resp, err := http.PostForm(address, url.Values{"url": {os.Args[1]}})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		_ = resp.Body.Close()
		os.Exit(0)
	}
	runOtherRoles()
	code := m.Run()
	_ = os.RemoveAll(installed.folder) // "" is nothing
	os.Exit(code)
}

// buildOnce builds the binary once per test process, unless it is given.
var buildOnce = sync.OnceValues(func() (string, error) {
	if path := os.Getenv(binaryVariable); path != "" {
		return path, nil
	}
	dir, err := os.MkdirTemp("", "ciam-e2e-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "ciam")
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	cmd := exec.Command("go", "build", "-o", path, "github.com/ciam-cli/ciam/cmd/ciam")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
})

// program is the built binary with a home of its own.
type program struct {
	t       testing.TB
	path    string
	env     []string
	stdin   *os.File // nil is none
	browser *handover
}

// as is another binary with the same home.
func (p *program) as(path string) *program {
	other := *p
	other.path, other.env = path, slices.Clone(p.env)
	return &other
}

// setting returns the value of an environment variable of the program.
func (p *program) setting(name string) string {
	value := ""
	for _, v := range p.env {
		if rest, ok := strings.CutPrefix(v, name+"="); ok {
			value = rest // the last one counts
		}
	}
	return value
}

// newProgram returns the binary with an empty home. The keychain is the one of the test's own bus.
func newProgram(t testing.TB) *program {
	t.Helper()
	path, err := buildOnce()
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	p := &program{t: t, path: path, browser: newHandover(t)}
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "CIAM_") && !strings.HasPrefix(v, "XDG_CONFIG_HOME=") && !strings.HasPrefix(v, "XDG_CACHE_HOME=") && !strings.HasPrefix(v, "XDG_STATE_HOME=") {
			p.env = append(p.env, v)
		}
	}
	p.env = append(p.env, "HOME="+home, "XDG_CONFIG_HOME="+home+"/config", "XDG_CACHE_HOME="+home+"/cache", "XDG_STATE_HOME="+home+"/state",
		"CIAM_BROWSER="+os.Args[0], openerVariable+"="+p.browser.address, "NO_COLOR=1")
	return p
}

// useFile has the program keep its tokens in a sealed file, for tests of which the keychain is not the point.
func (p *program) useFile() {
	p.t.Helper()
	key := filepath.Join(p.t.TempDir(), "key")
	if err := os.WriteFile(key, []byte("0123456789abcdef0123456789abcdef"), 0o600); err != nil {
		p.t.Fatal(err)
	}
	p.env = append(p.env, "CIAM_TOKEN_STORE=file", "CIAM_STORE_KEY_FILE="+key)
}

// result is a finished run.
type result struct {
	stdout, stderr string
	code           int
}

// process is a run that may still go on.
type process struct {
	cmd            *exec.Cmd
	stdout, stderr output
	p              *program
	done           chan error
}

// output is what a process has written so far; it can be read while the process writes.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// runLimit bounds every run of the binary, serveLimit what serves others until the test ends.
const (
	runLimit   = 90 * time.Second
	serveLimit = 10 * time.Minute
)

func (p *program) start(args ...string) *process {
	p.t.Helper()
	return p.startFor(runLimit, args...)
}

// startFor is start with another limit.
func (p *program) startFor(limit time.Duration, args ...string) *process {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	p.t.Cleanup(cancel)
	r := &process{cmd: exec.CommandContext(ctx, p.path, args...), p: p, done: make(chan error, 1)}
	r.cmd.Env, r.cmd.Stdout, r.cmd.Stderr = p.env, &r.stdout, &r.stderr
	if p.stdin != nil {
		r.cmd.Stdin = p.stdin
	}
	r.cmd.WaitDelay = 2 * time.Second
	if err := r.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	go func() { r.done <- r.cmd.Wait() }()
	return r
}

// opened waits for the URL that the run wants opened.
func (r *process) opened() string {
	r.p.t.Helper()
	select {
	case u := <-r.p.browser.urls:
		return u
	case err := <-r.done:
		r.p.t.Fatalf("ended before it opened the browser: %v\n%s%s", err, r.stdout.String(), r.stderr.String())
	case <-time.After(30 * time.Second):
		r.p.t.Fatalf("opened no browser within 30 s")
	}
	return ""
}

func (r *process) wait() result {
	r.p.t.Helper()
	err := <-r.done
	res := result{stdout: r.stdout.String(), stderr: r.stderr.String()}
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		res.code = exit.ExitCode()
	case err != nil:
		r.p.t.Fatalf("%v: %v\n%s", r.cmd.Args[1:], err, res.stderr)
	}
	return res
}

// run runs the binary to its end.
func (p *program) run(args ...string) result {
	p.t.Helper()
	return p.start(args...).wait()
}

// must runs the binary and wants exit code 0.
func (p *program) must(args ...string) result {
	p.t.Helper()
	return p.start(args...).must()
}

func (r *process) must() result {
	r.p.t.Helper()
	res := r.wait()
	if res.code != 0 {
		r.p.t.Fatalf("%v: exit %d\nstdout: %s\nstderr: %s", r.cmd.Args[1:], res.code, res.stdout, res.stderr)
	}
	return res
}

// secretTool looks the item of a profile up as another program would.
func secretTool(t *testing.T, profile string) (string, bool) {
	t.Helper()
	out, err := exec.Command("secret-tool", "lookup", "service", "ciam", "username", profile).Output()
	return string(out), err == nil && len(out) > 0
}

func get(t *testing.T, address string) (int, string) {
	t.Helper()
	resp, err := http.Get(address)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return resp.StatusCode, string(body)
}

// signUpWithoutBrowser signs a new customer up at address.
func signUpWithoutBrowser(address string) error {
	v := visitor.New(http.DefaultTransport)
	v.Email, v.Password, v.SignUp = fmt.Sprintf("bench%d@example.com", os.Getpid()), password, true
	v.Code = func(_ context.Context, email string) (string, error) { return readCode(address, email) }
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, err := v.Visit(ctx, address)
	return err
}

// freePort is one that was free a moment ago, and that no system gives to a connection of its own choice.
func freePort(t *testing.T) int {
	t.Helper()
	for range 100 {
		port := 10_000 + rand.IntN(20_000)
		if l, err := net.Listen("tcp", ":"+strconv.Itoa(port)); err == nil {
			_ = l.Close()
			return port
		}
	}
	t.Fatal("no port is free")
	return 0
}

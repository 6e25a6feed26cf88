package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/ciam-cli/ciam/internal/emulator"
	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/host"
	"github.com/ciam-cli/ciam/internal/term/termtest"
)

// stage is a tenant and a home in which Ada is signed in.
type stage struct {
	tenant, home string
	env          []string
}

func newStage(t *testing.T) *stage {
	t.Helper()
	seed := emulator.DefaultSeed()
	for i := range seed.Tenants[0].Apps {
		seed.Tenants[0].Apps[i].NativeAuthenticationAPIsEnabled = directory.NativeAll
	}
	seed.Tenants[0].FixedOneTimeCode = "12345678"
	seed.Tenants[0].Users = []directory.User{{ID: "bbbbcccc-1111-dddd-2222-eeee3333ffff", Email: "ada@example.com", Password: "Correct-Horse-9"}}
	tenant, err := host.Start(host.Options{Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tenant.Stop() })
	s := &stage{tenant: tenant.URL(), home: t.TempDir()}
	secrets := t.TempDir()
	for name, text := range map[string]string{"key": "0123456789abcdef0123456789abcdef", "password": "Correct-Horse-9"} {
		if err := os.WriteFile(filepath.Join(secrets, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.env = append(os.Environ(), "GORACE=atexit_sleep_ms=0", "NO_COLOR=1", "CIAM_TOKEN_STORE=file", "CIAM_STORE_KEY_FILE="+filepath.Join(secrets, "key"),
		"CIAM_BROWSER=true", "CIAM_AUTHORITY="+tenant.URL()+"/"+directory.DefaultTenantID, "CIAM_CLIENT_ID="+directory.DefaultPublicApp)
	p := s.start(t, s.home, false, nil, "login", "--native", "--email", "ada@example.com", "--password-file", filepath.Join(secrets, "password"))
	if code, _ := p.wait(t, time.Minute); code != 0 {
		t.Fatalf("the sign-in ended with %d: %s", code, p.err)
	}
	return s
}

// api never answers /silent, floods whoever asks for /flood, and is a way to the tenant on which token requests are not
// answered. asked gets the paths of what is not.
func (s *stage) api(t *testing.T, asked chan<- string) string {
	target, _ := url.Parse(s.tenant)
	pass := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target); r.Out.Host = r.In.Host }}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/flood":
			asked <- r.URL.Path
			for r.Context().Err() == nil {
				_, _ = w.Write(make([]byte, 64<<10))
			}
		case r.URL.Path == "/silent", strings.HasSuffix(r.URL.Path, "/token"):
			_, _ = io.Copy(io.Discard, r.Body)
			asked <- r.URL.Path
			<-r.Context().Done()
		default:
			pass.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.CloseClientConnections)
	return server.URL
}

// copyHome is the stage's home for one process.
func (s *stage) copyHome(t *testing.T) string {
	t.Helper()
	home := t.TempDir()
	if out, err := exec.Command("cp", "-a", s.home+"/.", home).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return home
}

// process is a running ciam.
type process struct {
	cmd      *exec.Cmd
	err      *output
	out      *os.File
	keyboard *os.File // nil without a terminal
	tty      *os.File
	asked    chan string // paths for which it asked the API in vain
	ended    chan struct{}
}

// output collects a stream.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// start runs this test binary as ciam, which TestMain knows by that name. {api} and {home} in what it is given stand for an
// API of its own and its home. Its stdout is a pipe that nobody reads, unless the caller does.
func (s *stage) start(t *testing.T, home string, tty bool, env []string, args ...string) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return s.startProgram(t, self, home, tty, env, args...)
}

func (s *stage) startProgram(t *testing.T, path, home string, tty bool, env []string, args ...string) *process {
	t.Helper()
	p := &process{err: &output{}, asked: make(chan string, 10), ended: make(chan struct{})}
	fill := strings.NewReplacer("{api}", s.api(t, p.asked), "{home}", home)
	env, args = slices.Clone(env), slices.Clone(args)
	for _, list := range [][]string{env, args} {
		for i := range list {
			list[i] = fill.Replace(list[i])
		}
	}
	p.cmd = s.command(t, path, home, env, args...)
	p.cmd.Stderr = p.err
	if tty {
		p.keyboard, p.tty = termtest.Open(t)
		p.cmd.Stdin, p.cmd.SysProcAttr.Setctty = p.tty, true
	}
	out, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p.out, p.cmd.Stdout = out, w
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	go func() { _ = p.cmd.Wait(); close(p.ended) }()
	t.Cleanup(func() { _ = p.cmd.Process.Kill(); <-p.ended; _ = out.Close() })
	return p
}

func (s *stage) command(t *testing.T, path, home string, env []string, args ...string) *exec.Cmd {
	t.Helper()
	if err := os.MkdirAll(home+"/tmp", 0o700); err != nil {
		t.Fatal(err)
	}
	env = append(append(slices.Clone(s.env), "HOME="+home, "TMPDIR="+home+"/tmp", "XDG_CONFIG_HOME="+home+"/config", "XDG_CACHE_HOME="+home+"/cache", "XDG_STATE_HOME="+home+"/state"), env...)
	return &exec.Cmd{Path: path, Args: append([]string{"ciam"}, args...), Env: env, Dir: home, WaitDelay: time.Second,
		SysProcAttr: &syscall.SysProcAttr{Setsid: true}} // away from the terminal that the tests may have
}

// wait waits for the end; the code of a process that a signal ended is 1000 and its number.
func (p *process) wait(t *testing.T, limit time.Duration) (code int, took time.Duration) {
	t.Helper()
	began := time.Now()
	select {
	case <-p.ended:
	case <-time.After(limit):
		t.Fatalf("it goes on after %s; stderr: %s", limit, p.err)
	}
	return exitCodeOf(p.cmd), time.Since(began)
}

func exitCodeOf(cmd *exec.Cmd) int {
	if status := cmd.ProcessState.Sys().(syscall.WaitStatus); status.Signaled() {
		return 1000 + int(status.Signal())
	}
	return cmd.ProcessState.ExitCode()
}

// says waits for a text on stderr.
func (p *process) says(t *testing.T, text string) {
	t.Helper()
	until(t, fmt.Sprintf("it says %q", text), func() bool { return strings.Contains(p.err.String(), text) }, p)
}

// until waits for a condition while a process runs.
func until(t *testing.T, what string, holds func() bool, p *process) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); time.Sleep(10 * time.Millisecond) {
		select {
		case <-p.ended:
			t.Fatalf("it ended before %s; stderr: %s", what, p.err)
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("it takes too long until %s; stderr: %s", what, p.err)
		}
	}
}

// echoes reports whether the terminal shows what is typed.
func (p *process) echoes(t *testing.T) bool {
	t.Helper()
	var settings syscall.Termios
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, p.tty.Fd(), syscall.TCGETS, uintptr(unsafe.Pointer(&settings))); errno != 0 {
		t.Fatal(errno)
	}
	return settings.Lflag&syscall.ECHO != 0
}

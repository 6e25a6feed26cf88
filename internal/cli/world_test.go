package cli

import (
	"bytes"
	"context"
	"crypto/rand"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/clocktest"
	"github.com/ciam-cli/ciam/internal/emulator"
	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/visitor"
	"github.com/ciam-cli/ciam/internal/keychain"
	"github.com/ciam-cli/ciam/internal/term"
)

// tenantKey is made once: it takes 100 ms.
var tenantKey = sync.OnceValues(func() (directory.Key, error) { return directory.GenerateKey(clocktest.Running()()) })

// machine is a computer with a keychain, a person with a browser, and the internet, in which every
// *.ciamlogin.com name leads to the embedded tenant. Nothing on it knows that the tenant is embedded.
type machine struct {
	t       *testing.T
	home    string
	env     map[string]string
	items   keychain.Map
	tenant  *emulator.Server
	visitor *visitor.Visitor
	base    func() time.Time
	clock   time.Duration
	// answer, when set, takes the place of the internet for the requests it wants.
	answer func(*http.Request) *http.Response
	// network, when set, takes the place of the internet altogether.
	network http.RoundTripper
	// stdin is what the next run reads.
	stdin string
	// terminal makes stdin one.
	terminal bool

	programs                                    sync.Mutex // one at a time is set up as a process of its own
	requests, reads, writes, removals, browsers atomic.Int32
}

// outcome is one run of the program.
type outcome struct {
	code           int
	stdout, stderr string
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	key, err := tenantKey()
	if err != nil {
		t.Fatal(err)
	}
	seed := emulator.DefaultSeed()
	seed.Tenants[0].Keys = []directory.Key{key}
	seed.Tenants[0].Users = []directory.User{{ID: "bbbbcccc-1111-dddd-2222-eeee3333ffff", Email: "ada@example.com", Password: "Correct-Horse-9", Attributes: map[string]string{"displayName": "Ada Example"}}}
	m := &machine{t: t, base: clocktest.Running(), home: t.TempDir(), env: map[string]string{"CIAM_TENANT": "contoso", "CIAM_CLIENT_ID": directory.DefaultPublicApp}}
	m.tenant, err = emulator.New(emulator.Options{Seed: seed, PasswordCost: 4, RecordSecrets: true, Now: m.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.tenant.Close() })
	m.newBrowser()
	return m
}

func (m *machine) now() time.Time { return m.base().Add(m.clock) }

// newBrowser gives the person a browser without cookies.
func (m *machine) newBrowser() {
	m.visitor = visitor.New(browserNetwork{m})
	m.visitor.Email, m.visitor.Password = "ada@example.com", "Correct-Horse-9"
}

// browserNetwork is the internet and, through sockets, the machine itself.
type browserNetwork struct{ m *machine }

func (n browserNetwork) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Hostname() == "localhost" {
		return http.DefaultTransport.RoundTrip(req)
	}
	return n.m.tenant.Transport().RoundTrip(req)
}

// internet counts the program's own requests.
type internet struct{ m *machine }

func (i internet) RoundTrip(req *http.Request) (*http.Response, error) {
	i.m.requests.Add(1)
	if i.m.network != nil {
		return i.m.network.RoundTrip(req)
	}
	if i.m.answer != nil {
		if resp := i.m.answer(req); resp != nil {
			resp.Request = req
			return resp, nil
		}
	}
	return i.m.tenant.Transport().RoundTrip(req)
}

func (m *machine) observe(op keychain.Op) {
	switch op.Kind {
	case keychain.Read:
		m.reads.Add(1)
	case keychain.Write:
		m.writes.Add(1)
	default:
		m.removals.Add(1)
	}
}

// run is one process: a new token store on the machine's keychain, counters at zero.
func (m *machine) run(args ...string) outcome {
	m.t.Helper()
	return m.runContext(m.t.Context(), args...)
}

func (m *machine) runContext(ctx context.Context, args ...string) outcome {
	m.t.Helper()
	for _, c := range []*atomic.Int32{&m.requests, &m.reads, &m.writes, &m.removals, &m.browsers} {
		c.Store(0)
	}
	streams, in, out, errs := term.Test()
	in.WriteString(m.stdin)
	streams.InTTY = m.terminal
	guardedErr := &syncBuffer{b: errs}
	streams.Err = guardedErr
	code := Run(ctx, &Env{
		Streams: streams, Version: "test", Now: m.now, Rand: rand.Reader, Transport: internet{m},
		Getenv: func(name string) string {
			switch name {
			case "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME":
				return filepath.Join(m.home, strings.ToLower(name))
			}
			return m.env[name]
		},
		OpenStore: func(string) (keychain.Store, error) {
			return keychain.NewMemory(keychain.MemoryOptions{Map: &m.items, Observe: m.observe}), nil
		},
		OpenBrowser: func(_ context.Context, url string) error {
			m.browsers.Add(1)
			go func() {
				if _, err := m.visitor.Visit(m.t.Context(), url); err != nil && m.t.Context().Err() == nil {
					m.t.Errorf("visit: %v", err)
				}
			}()
			return nil
		},
	}, args)
	return outcome{code: code, stdout: out.String(), stderr: guardedErr.String()}
}

// put stores a payload for the default profile through the codec, as another version of ciam would.
func (m *machine) put(payload string) {
	m.t.Helper()
	if err := keychain.NewMemory(keychain.MemoryOptions{Map: &m.items}).Set(m.t.Context(), defaultProfile, []byte(payload)); err != nil {
		m.t.Fatal(err)
	}
}

// must is run with exit code 0.
func (m *machine) must(args ...string) outcome {
	m.t.Helper()
	o := m.run(args...)
	if o.code != 0 {
		m.t.Fatalf("%v: exit %d\nstdout: %s\nstderr: %s", args, o.code, o.stdout, o.stderr)
	}
	return o
}

// fails runs the program and checks its exit code, that stdout stays empty, and what stderr says.
func (m *machine) fails(code int, says []string, args ...string) outcome {
	m.t.Helper()
	o := m.run(args...)
	if o.code != code || o.stdout != "" {
		m.t.Errorf("%v: exit %d, want %d\nstdout: %q\nstderr: %s", args, o.code, code, o.stdout, o.stderr)
	}
	for _, want := range append(says, "ciam: ", "hint: ") {
		if !strings.Contains(o.stderr, want) {
			m.t.Errorf("%v: stderr lacks %q:\n%s", args, want, o.stderr)
		}
	}
	return o
}

// syncBuffer takes writes from the listener's goroutines too.
type syncBuffer struct {
	mu sync.Mutex
	b  *bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

package cli

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/ciam-cli/ciam/internal/clocktest"
	"github.com/ciam-cli/ciam/internal/emulator"
	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/visitor"
	"github.com/ciam-cli/ciam/internal/keychain"
	"github.com/ciam-cli/ciam/internal/term"
	"github.com/ciam-cli/ciam/internal/tokencache"
)

// tenantKey is made once: it takes 100 ms.
var tenantKey = sync.OnceValues(func() (directory.Key, error) { return directory.GenerateKey(clocktest.Running()()) })

// machine is a computer with a keychain, a person with a browser, and the internet, in which every
// *.ciamlogin.com name leads to the embedded tenant. Nothing on it knows that the tenant is embedded.
type machine struct {
	t      *testing.T
	home   string
	env    map[string]string
	items  *keychain.Map // of the keychain
	sealed *keychain.Map // of the sealed files
	// noHome says that the user has no folders.
	noHome bool
	// realStores are those of the program: sealed files, in the machine's home.
	realStores bool
	// wrap, when set, stands before each token store.
	wrap    func(keychain.Store) keychain.Store
	tenant  *emulator.Server
	visitor *visitor.Visitor
	base    func() time.Time
	clock   time.Duration
	// answer, when set, takes the place of the internet for the requests it wants.
	answer func(*http.Request) *http.Response
	// network, when set, takes the place of the internet altogether.
	network http.RoundTripper
	// transport, when set, is the program's own way to the network, uncounted.
	transport http.RoundTripper
	// real makes the network that of the system.
	real bool
	// stdin is what the next run reads.
	stdin string
	// terminal makes stdin one.
	terminal bool
	// screen makes stdout and stderr terminals, of width columns; 0 means 80.
	screen bool
	width  int
	// columns is how wide prose may be there; 0 wraps none.
	columns int
	// goos is the system that hints are for; "" is this one.
	goos string
	// open, when set, is the person's browser.
	open func(url string)
	// noOpener says that the program looks for a browser itself: the machine has none.
	noOpener bool
	// openFails, when set, is a launcher that fails.
	openFails func(url string)
	// live, when set, makes stderr a terminal of so many columns whose last line can change.
	live int
	// keys, when set, is stdin, and watch sees stderr as it grows.
	keys  io.Reader
	watch func(screen func() string)
	// rests are how long the program has left Microsoft Graph alone; none of it takes time.
	rests []time.Duration
	// tree, when set, makes the tree of commands.
	tree func(*run) *cobra.Command

	programs                                    sync.Mutex // one at a time is set up as a process of its own
	requests, reads, writes, removals, browsers atomic.Int32
}

// outcome is one run of the program.
type outcome struct {
	code           int
	stdout, stderr string
}

func newMachine(t *testing.T, edit ...func(*emulator.Seed)) *machine {
	t.Helper()
	key, err := tenantKey()
	if err != nil {
		t.Fatal(err)
	}
	seed := emulator.DefaultSeed()
	seed.Tenants[0].Keys = []directory.Key{key}
	seed.Tenants[0].Users = []directory.User{{ID: "bbbbcccc-1111-dddd-2222-eeee3333ffff", Email: "ada@example.com", Password: "Correct-Horse-9", Attributes: map[string]string{"displayName": "Ada Example"}}}
	for _, e := range edit {
		e(seed)
	}
	m := &machine{t: t, base: clocktest.Running(), items: &keychain.Map{}, sealed: &keychain.Map{}, home: t.TempDir(), env: map[string]string{"CIAM_TENANT": "contoso", "CIAM_CLIENT_ID": directory.DefaultPublicApp}}
	m.tenant, err = emulator.New(emulator.Options{Seed: seed, PasswordCost: 4, RecordSecrets: true, Now: m.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.tenant.Close() })
	m.newBrowser()
	return m
}

func (m *machine) now() time.Time { return m.base().Add(m.clock) }

// item is where the session that the machine's environment sets up is kept, or that of the profile default without one.
func (m *machine) item() string {
	if m.env["CIAM_CLIENT_ID"] == "" {
		return defaultProfile
	}
	return tokencache.SlotItem("", directory.DefaultTenantID, m.env["CIAM_CLIENT_ID"], tokencache.EnvironmentSlot)
}

// process is another process on the same machine, with counters and a browser of its own.
func (m *machine) process() *machine {
	p := &machine{t: m.t, base: m.base, clock: m.clock, home: m.home, env: maps.Clone(m.env), items: m.items, sealed: m.sealed, tenant: m.tenant}
	p.newBrowser()
	return p
}

// claimOf is one claim of a token, unverified.
func (m *machine) claimOf(token, name string) string {
	m.t.Helper()
	parts := strings.Split(strings.TrimSpace(token), ".")
	var claims map[string]any
	payload, err := base64.RawURLEncoding.DecodeString(parts[min(1, len(parts)-1)])
	if err == nil {
		err = json.Unmarshal(payload, &claims)
	}
	if err != nil {
		m.t.Fatalf("%q is no token: %v", token, err)
	}
	text, _ := claims[name].(string)
	return text
}

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
	streams.InTTY, streams.OutTTY, streams.ErrTTY = m.terminal, m.screen, m.screen
	if m.screen {
		streams.Width = cmp.Or(m.width, 80)
	}
	streams.OutProse, streams.ErrProse = m.columns, m.columns
	guardedErr := &syncBuffer{b: errs}
	streams.Err = term.NewWriter(guardedErr)
	if m.live > 0 {
		streams.Err = term.NewTerminal(guardedErr, func() int { return m.live })
	}
	if m.keys != nil {
		streams.In = m.keys
	}
	if m.watch != nil {
		go m.watch(guardedErr.String)
	}
	env := &Env{
		Streams: streams, Version: "test", GOOS: m.goos, UserHome: func() string { return "" }, Now: m.now, Rand: rand.Reader, Transport: internet{m},
		Pause: func(ctx context.Context, d time.Duration) error {
			m.rests = append(m.rests, d)
			return ctx.Err()
		},
		Machine: func() Machine { return Machine{Name: "build-07", User: "ada"} },
		Getenv: func(name string) string {
			if m.noHome {
				return m.env[name]
			}
			switch name {
			case "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME":
				return filepath.Join(m.home, strings.ToLower(name))
			}
			return m.env[name]
		},
		OpenStore: func(kind string) (keychain.Store, error) {
			o := keychain.MemoryOptions{Map: m.items, Observe: m.observe, Kind: kind}
			switch kind {
			case "file":
				o.Map = m.sealed
			case "memory":
				o.Map = nil
			}
			store := keychain.NewMemory(o)
			if m.wrap != nil {
				store = m.wrap(store)
			}
			return store, nil
		},
		OpenBrowser: func(_ context.Context, url string) error {
			m.browsers.Add(1)
			if m.openFails != nil {
				m.openFails(url)
				return errors.New("it does not work")
			}
			if m.open != nil {
				m.open(url)
				return nil
			}
			go func() {
				if _, err := m.visitor.Visit(m.t.Context(), url); err != nil && m.t.Context().Err() == nil {
					m.t.Errorf("visit: %v", err)
				}
			}()
			return nil
		},
	}
	if m.real {
		env.Transport = nil
	}
	if m.realStores {
		env.OpenStore = nil
	}
	if m.transport != nil {
		env.Transport = m.transport
	}
	if m.noOpener {
		env.OpenBrowser = nil
	}
	tree := newRootCmd
	if m.tree != nil {
		tree = m.tree
	}
	code := runTree(ctx, env, args, tree)
	return outcome{code: code, stdout: out.String(), stderr: guardedErr.String()}
}

// record is what the keychain holds in an item.
func (m *machine) record(item string) (tokencache.Record, error) {
	return tokencache.Load(m.t.Context(), keychain.NewMemory(keychain.MemoryOptions{Map: m.items}), item)
}

// keychain is the machine's, as a program sees it.
func (m *machine) keychain() keychain.Store {
	return keychain.NewMemory(keychain.MemoryOptions{Map: m.items})
}

// put stores a payload through the codec, as another version of ciam would.
func (m *machine) put(item, payload string) {
	m.t.Helper()
	if err := m.keychain().Set(m.t.Context(), item, []byte(payload)); err != nil {
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

// describe is what an error means on this system.
func describe(err error) failure { return systemOf("", nil).describe(err) }

// reportOf is what the program prints of an error.
func (m *machine) reportOf(err error, output string) (exit int, stderr string) {
	streams, _, _, errs := term.Test()
	r := &run{Env: &Env{Streams: streams}, global: globalOptions{output: output}}
	return r.report(err), errs.String()
}

// notThere is what this system says of a file that is not there.
func notThere(t *testing.T) string {
	t.Helper()
	_, err := os.Stat(filepath.Join(t.TempDir(), "missing"))
	var e *fs.PathError
	if !errors.As(err, &e) {
		t.Fatal(err)
	}
	return e.Err.Error()
}

// hasNoBrowser has the program look for a browser itself, and find none. It is for the test's own goroutine.
func (m *machine) hasNoBrowser() {
	m.t.Helper()
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		m.t.Skip("this system always has a browser")
	}
	m.noOpener = true
}

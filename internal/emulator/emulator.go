package emulator

import (
	"context"
	"crypto/cipher"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/jws"
	"github.com/ciam-cli/ciam/internal/emulator/passwords"
	"github.com/ciam-cli/ciam/internal/emulator/web"
)

// Seed describes tenants; see package directory for its fields and its YAML form.
type Seed = directory.Document

// IssuerMode chooses the issuer that discovery publishes and tokens carry.
type IssuerMode int

const (
	// IssuerGUID is what a live tenant publishes, whatever host was asked:
	// https://<tid>.ciamlogin.com/<tid>/v2.0.
	IssuerGUID IssuerMode = iota
	// IssuerOrigin is <scheme>://<host asked>/<tid>/v2.0, for OIDC libraries
	// that insist on the issuer being where they looked.
	IssuerOrigin
)

// Options configure a Server. The zero value is a fresh default tenant in memory.
type Options struct {
	// DataFile keeps users and keys between runs, in the seed's format, mode
	// 0600. Several processes may share it. "" keeps everything in memory.
	DataFile string
	// Seed is the first state; nil means DefaultSeed(). A DataFile that
	// exists already is the state, and Seed is then not looked at.
	Seed *Seed
	// Issuer is IssuerGUID unless set.
	Issuer IssuerMode
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Rand is the source of codes, ids and nonces; nil means crypto/rand.
	// Signing keys always come from crypto/rand.
	Rand io.Reader
	// PasswordCost is the bcrypt cost of kept passwords that people choose; 0
	// means directory.DefaultPasswordCost. Tests set 4.
	PasswordCost int
	// CAFile is the path that the landing page tells clients to trust; "" when
	// there is none. It is not read.
	CAFile string
	// CA returns the certificate authority's certificate, PEM, for clients to
	// fetch; nil when there is none.
	CA func() []byte
	// Hosts are further names and addresses that requests may be made to, as
	// directory.HostName returns them.
	Hosts []string
	// ControlToken, at least MinControlToken characters, is what a program on
	// another machine sends to use the control area; "" keeps it to this machine.
	ControlToken string
	// RecordSecrets makes IssuedSecrets work. For tests only.
	RecordSecrets bool
}

// Server is the embedded tenant. It is an http.Handler and safe for concurrent use.
type Server struct {
	store    *directory.Store
	pages    *web.Renderer
	issuer   IssuerMode
	now      func() time.Time
	rand     io.Reader
	cost     int
	seal     cipher.AEAD
	subjects []byte // key of pairwise subjects
	ring     *jws.Ring
	mux      *http.ServeMux

	flows      *shelf[*flow]
	codes      *shelf[*grant]
	devices    *shelf[*deviceGrant] // by device code
	userCodes  *shelf[*deviceGrant]
	visits     *shelf[*deviceVisit]
	assertions *shelf[struct{}] // used jtis
	sessions   *shelf[*session]
	natives    *shelf[*nativeFlow]
	outbox     outbox
	passwords  *passwords.Checker
	secrets    recorder

	controls *http.ServeMux // of the control area
	seed     *Seed          // for Reset
	requests requestLog
	faults   faults
	fixed    fixedCodes
	clock    *movableClock
	caFile   string
	access   access
	hashing  *hashing      // nil in memory
	ended    chan struct{} // closed when nothing is to wait any more
	end      func()
}

// DefaultSeed is the tenant that exists when no seed is given: see
// directory.Default for what it holds.
func DefaultSeed() *Seed { return directory.Default() }

// EmptySeed is that tenant with nothing in it.
func EmptySeed() *Seed { return directory.Empty() }

// ParseSeed reads and checks a YAML seed. The error is a *directory.FormatError
// with the line, what is wrong and what is expected.
func ParseSeed(data []byte) (*Seed, error) { return directory.Parse(data) }

// New opens the tenant. It returns at once: a missing signing key is generated
// beside the first requests, which wait for it only if they need it. Errors are
// those of the state file (*directory.FormatError, *directory.BusyError, file
// errors) and of a seed that is not valid.
func New(o Options) (*Server, error) {
	seeded := o.Seed != nil
	if !seeded {
		o.Seed = DefaultSeed()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	clock := &movableClock{base: o.Now}
	o.Now = clock.now
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.PasswordCost == 0 {
		o.PasswordCost = directory.DefaultPasswordCost
	}
	store, err := directory.Open(context.Background(), o.DataFile, o.Seed)
	if err != nil {
		return nil, err
	}
	pages, err := web.New()
	if err != nil {
		return nil, err
	}
	s := &Server{
		store: store, pages: pages, issuer: o.Issuer, now: o.Now, cost: o.PasswordCost,
		rand: &lockedReader{r: o.Rand}, ring: jws.NewRing(keptKeys{store, o.Now}, o.Now),
		flows: newShelf[*flow](maxFlows, flowLife, o.Now), codes: newShelf[*grant](maxCodes, codeMemory, o.Now),
		devices: newShelf[*deviceGrant](maxDevices, codeMemory, o.Now), userCodes: newShelf[*deviceGrant](maxDevices, deviceLife, o.Now),
		visits: newShelf[*deviceVisit](maxDevices, codeMemory, o.Now), assertions: newShelf[struct{}](maxAssertions, assertionMemory, o.Now),
		sessions: newShelf[*session](maxSessions, sessionLife, o.Now),
		natives:  newShelf[*nativeFlow](maxNativeFlows, codeMemory, o.Now),
		secrets:  recorder{on: o.RecordSecrets}, passwords: passwords.NewChecker(),
		caFile: o.CAFile, access: newAccess(o), clock: clock, seed: o.Seed.Clone(),
		ended: make(chan struct{}),
	}
	if !seeded {
		s.seed = startState(store)
	}
	s.end = sync.OnceFunc(func() { close(s.ended) })
	if err := s.deriveKeys(store.View().SealingKey); err != nil {
		return nil, err
	}
	s.mux = http.NewServeMux()
	for _, area := range []interface{ Mount(*http.ServeMux) }{
		discovery{s}, authorize{s}, userFlow{s}, native{s}, token{s}, deviceCode{s}, userinfo{s}, logout{s},
	} {
		area.Mount(s.mux)
	}
	s.controls = http.NewServeMux()
	control{s}.Mount(s.controls)
	s.ring.Start()
	if o.DataFile != "" {
		s.hashing = newHashing(store)
	}
	return s, nil
}

// EndWaits has what waits on purpose answered at once, now and from now on: calls
// of the outbox with ?wait=, and the delays of planned faults.
func (s *Server) EndWaits() { s.end() }

// Close waits for a signing key that is still being generated, so that it is
// kept, and returns the error of keeping it. Requests may still be running.
func (s *Server) Close() error {
	s.hashing.end()
	return s.ring.Wait()
}

// Outbox returns the one-time codes sent so far, oldest first; the newest 200.
func (s *Server) Outbox() []Message { return s.outbox.list("") }

// IssuedSecrets returns every secret that went out or came in so far: codes,
// tokens, one-time codes, passwords, client secrets, verifiers, cookies. It is
// empty unless Options.RecordSecrets was set.
func (s *Server) IssuedSecrets() []string { return s.secrets.list() }

// lockedReader makes any random source safe for concurrent use.
type lockedReader struct {
	mu sync.Mutex
	r  io.Reader
}

func (l *lockedReader) Read(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, err := io.ReadFull(l.r, p)
	if err != nil {
		return n, fmt.Errorf("random source: %w", err)
	}
	return n, nil
}

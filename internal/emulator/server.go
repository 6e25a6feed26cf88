package emulator

import (
	"crypto/cipher"
	"io"
	"net/http"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/jws"
	"github.com/ciam-cli/ciam/internal/emulator/memory"
	"github.com/ciam-cli/ciam/internal/emulator/passwords"
	"github.com/ciam-cli/ciam/internal/emulator/web"
)

// Seed describes tenants; see package directory for its fields and its YAML form.
type Seed = directory.Document

// StateError says that the file of a kept tenant cannot be read.
type StateError = directory.StateError

// DefaultSeed is the tenant that exists when no seed is given: see
// directory.Default for what it holds.
func DefaultSeed() *Seed { return directory.Default() }

// EmptySeed is that tenant with nothing in it but an administrator.
func EmptySeed() *Seed { return directory.Empty() }

// ParseSeed reads and checks a YAML seed. The error is a *directory.FormatError
// with the line, what is wrong and what is expected.
func ParseSeed(data []byte) (*Seed, error) { return directory.Parse(data) }

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

// Server is the embedded tenant. It is an http.Handler and safe for concurrent use.
type Server struct {
	tenancy
	remembered
	supervision
}

// tenancy is what answers are made from.
type tenancy struct {
	store    *directory.Store
	pages    *web.Renderer
	issuer   IssuerMode
	now      func() time.Time
	rand     io.Reader
	cost     int // of hashing a password
	seal     cipher.AEAD
	subjects []byte // key of pairwise subjects
	keyring  *jws.Keyring
	caFile   string
	hashing  *hashing // nil in memory
}

// remembered is what the protocol keeps between requests. The areas beside it
// have shelves of their own on the same memory.
type remembered struct {
	memory     *memory.Memory
	codes      *memory.Shelf[*codeGrant]
	assertions *memory.Shelf[struct{}] // used jtis
	sessions   *memory.Shelf[*session]
	outbox     *memory.Outbox
	passwords  *passwords.Checker
	fixed      *fixedCodes
	secrets    *memory.Secrets
}

// supervision is what people and programs that test with the tenant see and change.
type supervision struct {
	mux, controls *http.ServeMux // of the tenants, of the control area
	seed          func() *Seed   // for Reset
	requests      *memory.Ring[Request]
	faults        faults
	usual         func() []*fault // what the service sends with its numbers
	access        access          // who may use the control area
	clock         *movableClock
	stop          func()        // nil: see Options.Stop
	ended         chan struct{} // closed when nothing is to wait any more
	end           func()
}

// Limits of what is kept in memory.
const (
	maxCodes    = 10_000
	maxSessions = 10_000

	codeLife    = 10 * time.Minute // as the real service
	codeMemory  = time.Hour        // how long a dead code is still told apart from garbage
	sessionLife = 24 * time.Hour   // the real session cookie is not persistent, 24 h
)

// remember makes the protocol's memory, which is forgotten at once.
func remember(now func() time.Time, recordSecrets bool) remembered {
	m := memory.New(now)
	r := remembered{
		memory:     m,
		codes:      memory.NewShelf[*codeGrant](m, maxCodes, codeMemory),
		assertions: memory.NewShelf[struct{}](m, maxAssertions, assertionMemory),
		sessions:   memory.NewShelf[*session](m, maxSessions, sessionLife),
		outbox:     memory.NewOutbox(m), passwords: passwords.NewChecker(),
		fixed: &fixedCodes{}, secrets: &memory.Secrets{On: recordSecrets},
	}
	m.OnForget(r.passwords.Forget)
	m.OnForget(r.fixed.clear)
	return r
}

// Message is one mail the tenant would have sent.
type Message = memory.Message

// EndWaits has what waits on purpose answered at once, now and from now on: calls
// of the outbox with ?wait=, and the delays of planned faults.
func (s *Server) EndWaits() { s.end() }

// Close waits for a signing key that is still being generated, so that it is
// kept, and returns the error of keeping it. Requests may still be running.
func (s *Server) Close() error {
	s.hashing.end()
	return s.keyring.Wait()
}

// Outbox returns the one-time codes sent so far, oldest first; the newest 200.
func (s *Server) Outbox() []Message { return s.outbox.List("") }

// IssuedSecrets returns every secret that went out or came in so far: codes,
// tokens, one-time codes, passwords, client secrets, verifiers, cookies. It is
// empty unless Options.RecordSecrets was set.
func (s *Server) IssuedSecrets() []string { return s.secrets.List() }

// Tenants returns the tenants with their users as they are now, which costs as
// much as there are. They are shared and must not be changed.
func (s *Server) Tenants() []directory.Tenant { return s.store.View().Tenants }

// Configuration is Tenants without the users.
func (s *Server) Configuration() []directory.Tenant { return s.store.Configuration().Tenants }

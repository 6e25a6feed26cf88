package emulator

import (
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/jws"
	"github.com/ciam-cli/ciam/internal/emulator/memory"
	"github.com/ciam-cli/ciam/internal/emulator/web"
)

// Options configure a Server. The zero value is a fresh default tenant in memory.
type Options struct {
	// DataFile keeps users and keys between runs, mode 0600. Several processes
	// may share it. "" keeps everything in memory.
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
	// Stop asks for the end of the program that serves; nil when that is not for
	// the control area to ask. It returns at once.
	Stop func()
	// RecordSecrets makes IssuedSecrets work. For tests only.
	RecordSecrets bool
}

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
		tenancy: tenancy{
			store: store, pages: pages, issuer: o.Issuer, now: o.Now, rand: &lockedReader{r: o.Rand}, cost: o.PasswordCost,
			keyring: jws.NewKeyring(keptKeys{store, o.Now}, o.Now), caFile: o.CAFile,
		},
		remembered:  remember(o.Now, o.RecordSecrets),
		supervision: supervision{clock: clock, access: newAccess(o.Hosts, o.ControlToken, o.CA), stop: o.Stop, seed: o.Seed.Clone().Clone, ended: make(chan struct{})},
	}
	if !seeded {
		s.seed = startState(store)
	}
	s.requests = memory.NewRing[Request](s.memory, maxRequests)
	s.usual = usualFailures
	s.end = sync.OnceFunc(func() { close(s.ended) })
	s.memory.OnForget(s.ClearFaults)
	s.memory.OnForget(func() { s.SetClockOffset(0) })
	if err := s.deriveKeys(store.Configuration().SealingKey); err != nil {
		return nil, err
	}
	s.mount()
	s.keyring.Start()
	if o.DataFile != "" {
		s.hashing = newHashing(store)
	}
	return s, nil
}

// mount puts the areas together. They know the protocol, and it knows none of
// them: what it needs of them is handed in here.
func (s *Server) mount() {
	flows, natives := newUserFlow(s), newNative(s)
	devices := newDevice(s, flows.start)
	grants := slices.Concat([]grantType{byCode(), byRefreshToken(), forApp(), onBehalfOf()}, devices.grants(), natives.grants())
	s.mux, s.controls = http.NewServeMux(), http.NewServeMux()
	graphs := newGraph(s)
	for _, area := range []interface{ Mount(*http.ServeMux) }{
		discovery{s}, authorize{s, flows.start}, flows, natives, token{s, grants}, devices, userinfo{s}, logout{s}, graphs, missing{s},
	} {
		area.Mount(s.mux)
	}
	control{s}.Mount(s.controls)
}

package emulator

import (
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/jws"
	"github.com/ciam-cli/ciam/internal/emulator/memory"
	"github.com/ciam-cli/ciam/internal/emulator/web"
)

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
		supervision: supervision{access: newAccess(o), clock: clock, seed: o.Seed.Clone(), ended: make(chan struct{})},
	}
	if !seeded {
		s.seed = startState(store)
	}
	s.requests = memory.NewRing[Request](s.memory, maxRequests)
	s.usual = usualFailures
	s.end = sync.OnceFunc(func() { close(s.ended) })
	s.memory.OnForget(s.ClearFaults)
	s.memory.OnForget(func() { s.SetClockOffset(0) })
	if err := s.deriveKeys(store.View().SealingKey); err != nil {
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
	for _, area := range []interface{ Mount(*http.ServeMux) }{
		discovery{s}, authorize{s, flows.start}, flows, natives, token{s, grants}, devices, userinfo{s}, logout{s}, missing{s},
	} {
		area.Mount(s.mux)
	}
	control{s}.Mount(s.controls)
}

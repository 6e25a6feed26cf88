package auth

import (
	"cmp"
	"context"
	"io"
	"net/http"
	"time"

	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/keychain"
	"github.com/ciam-cli/ciam/internal/tokencache"
)

// Service carries what the verbs need. All fields but Index, Timeout and Warn are required.
type Service struct {
	// HTTP reaches the tenant. Each verb adds its own time limits.
	HTTP *http.Client
	// Authorities finds the tenant's endpoints and keys.
	Authorities *authority.Resolver
	// Store keeps the session.
	Store keychain.Store
	// Locks serialises processes on one profile.
	Locks tokencache.Lock
	// Index lists what is kept; nil keeps no list.
	Index *tokencache.Index
	// Now is the clock.
	Now func() time.Time
	// Rand is the source of state, nonce and code verifier; crypto/rand.Reader outside tests.
	Rand io.Reader
	// Timeout bounds one request to the token endpoint; 0 means 30 seconds.
	Timeout time.Duration
	// Warn is told what a person should know although the verb goes on; nil drops it.
	Warn func(message string)

	budgets struct{ short, long time.Duration } // of a renewal; tests shorten them
}

// App is one app registration in one tenant, as a profile describes it.
type App struct {
	// Profile is the profile's name, "" for a session that the environment sets up without one.
	Profile string
	// Slot is where the token store keeps the person's session; zero is the active person of Profile.
	Slot Slot
	// Claim, if set, is called with a session that was verified, under the lock and before anything is stored: it writes
	// down what the profile gains by the sign-in. Its error keeps the session out.
	Claim func(tokencache.Session) error
	// Replace says that the profile was another app's: what is kept for that goes when the sign-in has verified.
	Replace bool
	// Force lets a sign-in replace what only another key or a newer ciam can read.
	Force bool
	// Authority is the tenant.
	Authority authority.Authority
	// TenantID pins the tenant; "" learns it from the validated issuer.
	TenantID string
	// ClientID is the application (client) ID.
	ClientID string
	// Credential is that of a confidential client, given or named by the profile; it wins over a stored secret.
	Credential Credential
	// Owner is the profile's own app and tenant, which a secret in the token store is for, whatever this run asks.
	Owner Owner
	// Scopes are the API scopes to ask for beside the OpenID Connect ones.
	Scopes []string
}

// requestTimeout bounds one request to the tenant, whatever the verb's own limit.
const requestTimeout = 30 * time.Second

func (s *Service) timeout() time.Duration { return cmp.Or(s.Timeout, requestTimeout) }

// refreshing is the purpose of the lock under which what the store keeps for a profile is changed.
const refreshing = "refreshing"

// settleTimeout is how long a lock is held on for a keychain call that was given up on: it may still write.
const settleTimeout = 5 * time.Second

// lockStore takes the lock for changing what the store keeps for the profile of app. The release waits for calls that hang.
func (s *Service) lockStore(ctx context.Context, app App) (release func(), err error) {
	unlock, err := s.Locks.Acquire(ctx, app.slot().Lock, refreshing)
	if err != nil {
		return nil, err
	}
	return s.settling(unlock), nil
}

// settling is a release that waits for keychain calls which hang.
func (s *Service) settling(unlock func()) func() {
	return func() {
		limited, cancel := context.WithTimeout(context.Background(), settleTimeout)
		defer cancel()
		_ = s.Store.Settle(limited) // its limit was the last resort
		unlock()
	}
}

func (s *Service) warn(message string) {
	if s.Warn != nil {
		s.Warn(message)
	}
}

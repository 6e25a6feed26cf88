package emulator

import (
	"strings"
	"sync"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/passwords"
)

// What a one-time code is for; Message.Purpose says it too.
const (
	forSignUp = "sign-up"
	forSignIn = "sign-in"
	forReset  = "password-reset"

	// In native authentication only.
	forMFA          = "mfa"
	forRegistration = "mfa-registration"
)

// fixedCodes are the fixed one-time codes that were set while running, by
// tenant id; they go before the seed's.
type fixedCodes struct {
	mu    sync.Mutex
	codes map[string]string
}

// FixOneTimeCode makes every further one-time code of a tenant the same; ""
// makes them random, or the seed's, again. It reports false for an unknown
// tenant and for what is no code (passwords.IsCode). Process memory only.
func (s *Server) FixOneTimeCode(tenant, code string) bool {
	t := s.store.Tenant(tenant)
	if t == nil || code != "" && !passwords.IsCode(code) {
		return false
	}
	s.fixed.mu.Lock()
	defer s.fixed.mu.Unlock()
	if s.fixed.codes == nil {
		s.fixed.codes = map[string]string{}
	}
	s.fixed.codes[strings.ToLower(t.ID)] = code
	return true
}

// clear makes all codes random, or the seed's, again.
func (c *fixedCodes) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.codes)
}

// fixedCode is the tenant's fixed one-time code; "" when codes are random.
func (s *Server) fixedCode(t *directory.Tenant) string {
	s.fixed.mu.Lock()
	defer s.fixed.mu.Unlock()
	if c := s.fixed.codes[strings.ToLower(t.ID)]; c != "" {
		return c
	}
	return t.FixedOneTimeCode
}

// sendCode puts a tenant's new one-time code in the outbox.
func (x *exchange) sendCode(to, purpose string) passwords.Code {
	c := passwords.Code{Value: x.fixedCode(x.tenant), SentAt: x.now}
	if c.Value == "" {
		c.Value = passwords.NewCode(x.randomBelow)
	}
	x.secrets.Add(c.Value)
	x.outbox.Send(Message{To: to, Code: c.Value, Purpose: purpose, SentAt: x.now.UTC()})
	return c
}

// account is what package passwords has to know of a user.
func account(u *directory.User) passwords.Account {
	return passwords.Account{ID: u.ID, Secret: u.PasswordHash + "\x00" + u.Password, Verify: u.CheckPassword}
}

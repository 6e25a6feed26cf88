package emulator

import (
	"crypto/subtle"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// fixedCodes are the fixed one-time codes that were set while running, by
// tenant id; they go before the seed's.
type fixedCodes struct {
	mu    sync.Mutex
	codes map[string]string
}

// FixOneTimeCode makes every further one-time code of a tenant the same, 8
// digits; "" makes them random, or the seed's, again. It reports false for an
// unknown tenant and for anything but 8 digits. Process memory only.
func (s *Server) FixOneTimeCode(tenant, code string) bool {
	t := s.store.View().Tenant(tenant)
	if t == nil || code != "" && !directory.IsOneTimeCode(code) {
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

// fixedCode is the tenant's fixed one-time code; "" when codes are random.
func (s *Server) fixedCode(t *directory.Tenant) string {
	s.fixed.mu.Lock()
	defer s.fixed.mu.Unlock()
	if c := s.fixed.codes[strings.ToLower(t.ID)]; c != "" {
		return c
	}
	return t.FixedOneTimeCode
}

// oneTimeCode is the tenant's next one-time code: 8 digits.
func (s *Server) oneTimeCode(t *directory.Tenant) string {
	if c := s.fixedCode(t); c != "" {
		return c
	}
	return fmt.Sprintf("%08d", s.randomBelow(100_000_000))
}

// openCode is a one-time code that was sent and has not come back; the zero
// value is none.
type openCode struct {
	code   string
	sentAt time.Time
	tries  int
}

// sendCode puts a new one-time code in the outbox.
func (x *exchange) sendCode(to, purpose string) openCode {
	c := openCode{code: x.oneTimeCode(x.tenant), sentAt: x.now}
	x.secrets.add(c.code)
	x.outbox.send(Message{To: to, Code: c.code, Purpose: purpose, SentAt: x.now.UTC()})
	return c
}

// What comes of trying a one-time code.
const (
	otpRight  = iota
	otpWrong  // one more is counted
	otpUsedUp // tried too often, or not open
	otpTooOld // older than otpLife
	otpLocked // too many wrong ones for the account, over all flows
)

// codeFailures is the lockout key of an account's wrong codes. It is not the
// passwords' own, or who knows a password could start the count of the second
// factor's codes again at will.
func codeFailures(userID string) string { return "code " + userID }

// tryCode checks a code that came back; a right one is closed. Wrong ones are
// counted, for the account too when there is one.
func (x *exchange) tryCode(c *openCode, userID, got string) int {
	account := codeFailures(userID)
	switch {
	case userID != "" && x.passwords.locked(account, x.now):
		return otpLocked
	case c.code == "" || c.tries >= otpTries:
		return otpUsedUp
	case x.now.Sub(c.sentAt) >= otpLife:
		return otpTooOld
	}
	c.tries++
	if subtle.ConstantTimeCompare([]byte(got), []byte(c.code)) == 1 {
		c.code = ""
		return otpRight
	}
	if userID != "" {
		x.passwords.fail(account, x.now)
	}
	return otpWrong
}

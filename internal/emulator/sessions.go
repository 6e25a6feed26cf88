package emulator

import (
	"strings"

	"github.com/ciam-cli/ciam/internal/emulator/web"
)

// maxAccounts is how many accounts of a tenant a browser is signed in with at
// most; the one not used for longest goes first.
const maxAccounts = 5

// A browser's session cookie lists the ids of its sessions, the one used last
// first, separated by dots: base64url has none.

// sessionsHere returns the browser's sessions with the tenant, the one used last
// first, one per account. Those whose user is gone or disabled or that were
// revoked are left out.
func (x *exchange) sessionsHere() []*session {
	c, err := x.r.Cookie(sessionCookie(x.tenant))
	if err != nil {
		return nil
	}
	var out []*session
	users := map[string]bool{}
	for i, id := range strings.SplitN(c.Value, ".", maxAccounts+1) {
		s, ok := x.sessions.Get(id)
		if i == maxAccounts || !ok || s.tenantID != x.tenant.ID || users[s.userID] {
			continue
		}
		u := x.store.User(x.tenant.ID, s.userID)
		if u == nil || u.Disabled || s.authTime.Before(u.RevokedBefore) {
			continue
		}
		users[s.userID] = true
		out = append(out, s)
	}
	return out
}

// sessionFor is the session that a login_hint or logout_hint means; with no hint
// the one used last; nil when there is none.
func (x *exchange) sessionFor(hint string) *session {
	for _, s := range x.sessionsHere() {
		if hint == "" || s.matchesHint(hint) {
			return s
		}
	}
	return nil
}

// cookieWith is the cookie's value when a session is the one used last.
func (x *exchange) cookieWith(s *session) string {
	ids := []string{s.id}
	for _, other := range x.sessionsHere() {
		if other.userID != s.userID && len(ids) < maxAccounts {
			ids = append(ids, other.id)
		}
	}
	return strings.Join(ids, ".")
}

// cookieWithout is the cookie's value after sessions have ended; "" for none.
func (x *exchange) cookieWithout(ended ...*session) string {
	var ids []string
	for _, s := range x.sessionsHere() {
		gone := false
		for _, e := range ended {
			gone = gone || e.id == s.id
		}
		if !gone {
			ids = append(ids, s.id)
		}
	}
	return strings.Join(ids, ".")
}

// severalSessions reports whether the person has to say which account they mean.
func (q *authRequest) severalSessions(x *exchange) bool {
	return q.loginHint == "" && (q.prompt == "" || q.prompt == "none") && len(x.sessionsHere()) > 1
}

// words are the pages' strings for an ui_locales value, else for what the
// browser prefers.
func (x *exchange) words(locales string) *web.Strings {
	return web.For(locales, x.r.Header.Get("Accept-Language"))
}

package emulator

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// session is a browser's single sign-on session with one tenant.
type session struct {
	id       string // cookie value
	tenantID string
	userID   string // oid
	email    string
	sid      string // sid claim and session_state
	authTime time.Time

	mu   sync.Mutex
	apps []string // signed in to, for sign-out
}

func (s *session) addApp(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.apps {
		if a == id {
			return
		}
	}
	s.apps = append(s.apps, id)
}

// matchesHint reports whether a login_hint or logout_hint means this session's
// account: its address, its object id, or its login_hint claim.
func (s *session) matchesHint(hint string) bool {
	if strings.EqualFold(hint, s.email) || strings.EqualFold(hint, s.userID) {
		return true
	}
	return loginHintUser(hint) == s.userID
}

func sessionCookie(t *directory.Tenant) string { return "ciam-emulator-session-" + t.Subdomain }

// session returns the browser's session that was used last, nil when there is
// none.
func (x *exchange) session() *session { return x.sessionFor("") }

// signIn starts a session for a user who has just proved who they are. The id
// is always new, so an id planted before the sign-in is worth nothing.
func (x *exchange) signIn(u *directory.User) *session {
	for _, old := range x.sessionsHere() {
		if old.userID == u.ID {
			x.sessions.Drop(old.id)
		}
	}
	s := &session{
		id: x.randomID(32), tenantID: x.tenant.ID, userID: u.ID, email: u.Email,
		sid: x.guid(), authTime: x.now,
	}
	x.sessions.Put(s.id, s)
	x.secrets.Add(s.id)
	return s
}

// sendSession sets the session cookie. Over https it is sent from other sites'
// frames as well, as the real one is; over http browsers allow only Lax.
func (x *exchange) sendSession(s *session) { http.SetCookie(x.w, x.cookieOf(s)) }

func (x *exchange) cookieOf(s *session) *http.Cookie {
	c := &http.Cookie{Name: sessionCookie(x.tenant), Value: x.cookieWith(s), Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if x.r.TLS != nil {
		c.Secure, c.SameSite = true, http.SameSiteNoneMode
	}
	return c
}

// endSessions forgets the sessions listed; the cookie goes with the last one.
func (x *exchange) endSessions(ended ...*session) {
	if len(ended) == 0 {
		return
	}
	rest := x.cookieWithout(ended...)
	for _, s := range ended {
		x.sessions.Drop(s.id)
	}
	age := -1
	if rest != "" {
		age = 0
	}
	http.SetCookie(x.w, &http.Cookie{
		Name: sessionCookie(x.tenant), Value: rest, Path: "/", MaxAge: age, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: x.r.TLS != nil,
	})
}

// hintPrefix marks the opaque login_hint claim, as the service's own begin.
const hintPrefix = "O."

// loginHintClaim is the value of the login_hint optional claim: opaque to apps,
// and good as login_hint and logout_hint.
func loginHintClaim(u *directory.User, tenantID string) string {
	b, err := json.Marshal(map[string]string{"oid": u.ID, "tid": tenantID, "upn": u.Email})
	if err != nil {
		return ""
	}
	return hintPrefix + base64.RawURLEncoding.EncodeToString(b)
}

// loginHintUser returns the object id in a login_hint claim, "" for anything else.
func loginHintUser(hint string) string {
	oid, _ := openLoginHint(hint)
	return oid
}

func openLoginHint(hint string) (oid, email string) {
	rest, ok := strings.CutPrefix(hint, hintPrefix)
	if !ok || len(rest) > 4096 {
		return "", ""
	}
	b, err := base64.RawURLEncoding.DecodeString(rest)
	if err != nil {
		return "", ""
	}
	var v struct{ OID, UPN string }
	if json.Unmarshal(b, &v) != nil {
		return "", ""
	}
	return v.OID, v.UPN
}

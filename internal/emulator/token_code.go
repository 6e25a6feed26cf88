package emulator

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/url"
	"strings"
	"sync"
	"time"
)

// grant is what an authorization code stands for.
type grant struct {
	req      authRequest
	userID   string
	sid      string
	authTime time.Time
	issued   time.Time

	mu   sync.Mutex
	used bool
}

// redeemCode exchanges an authorization code (RFC 6749 section 4.1.3, RFC 7636
// section 4.6). A request that fails a check does not use the code up.
func (t token) redeemCode(x *exchange, c clientCredentials, v url.Values) error {
	code := v.Get("code")
	x.secrets.add(code, v.Get("code_verifier"))
	if code == "" {
		return missingParameter("code")
	}
	if v.Get("redirect_uri") == "" {
		return missingParameter("redirect_uri")
	}
	g, ok := t.codes.get(code)
	if !ok {
		// The client is judged even so: a wrong secret must not read as a bad code.
		if err := c.authenticate(x, c.likelyPlatform()); err != nil {
			return err
		}
		if !strings.HasPrefix(code, "1.A") {
			return garbledGrant()
		}
		return badGrant()
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	s, err := t.checkCode(x, c, v, g)
	if err != nil {
		return err
	}
	g.used = true
	return t.issue(x, s, g.req.clientInfo || v.Get("client_info") == "1", g.issued)
}

// checkCode makes every check of a code's redemption and returns the subject.
func (t token) checkCode(x *exchange, c clientCredentials, v url.Values, g *grant) (subject, error) {
	q := &g.req
	if q.tenantID != x.tenant.ID {
		return subject{}, codeOfOtherTenant()
	}
	if q.appID != c.app.AppID {
		return subject{}, badGrant()
	}
	if err := c.authenticate(x, q.platform); err != nil {
		return subject{}, err
	}
	if err := checkOrigin(x, q.platform); err != nil {
		return subject{}, err
	}
	if g.used {
		return subject{}, codeRedeemed()
	}
	if x.now.Sub(g.issued) >= codeLife {
		return subject{}, codeExpired()
	}
	if v.Get("redirect_uri") != q.redirectURI {
		return subject{}, redirectMismatch(v.Get("redirect_uri"), q.redirectURI)
	}
	if err := q.checkVerifier(v.Get("code_verifier")); err != nil {
		return subject{}, err
	}
	scope := v.Get("scope")
	if strings.TrimSpace(scope) == "" {
		scope = q.scope
	}
	scopes, err := parseScopes(x.tenant, scope, true)
	if err != nil {
		return subject{}, err
	}
	if err := scopes.consent(x.tenant, c.app); err != nil {
		return subject{}, err
	}
	user, err := x.activeUser(g.userID, g.issued)
	if err != nil {
		return subject{}, err
	}
	return subject{
		app: c.app, user: user, scopes: scopes, nonce: q.nonce, sid: g.sid,
		authTime: g.authTime, platform: q.platform, secret: c.presented, asserted: c.assertion,
	}, nil
}

// checkVerifier compares a code verifier with the challenge.
func (q *authRequest) checkVerifier(verifier string) error {
	if q.challenge == "" {
		if verifier != "" {
			return badVerifier() // RFC 9700 section 2.1.1: a downgrade
		}
		return nil
	}
	if verifier == "" {
		return missingVerifier()
	}
	derived := verifier
	if q.challengeMethod == "S256" {
		sum := sha256.Sum256([]byte(verifier))
		derived = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	if !isVerifier(verifier) || subtle.ConstantTimeCompare([]byte(derived), []byte(q.challenge)) != 1 {
		return badVerifier()
	}
	return nil
}

// likelyPlatform is the platform to judge a client by when its code says nothing.
func (c clientCredentials) likelyPlatform() platform {
	switch {
	case c.app.HasCredentials() && len(c.app.Web.RedirectURIs) > 0 && !c.app.IsFallbackPublicClient:
		return platformWeb
	case len(c.app.SPA.RedirectURIs) > 0:
		return platformSPA
	}
	return platformPublic
}

package emulator

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// codeGrant is what an authorization code stands for.
type codeGrant struct {
	req      authRequest
	userID   string
	sid      string
	authTime time.Time
	issued   time.Time

	mu   sync.Mutex
	used bool
}

// byCode exchanges an authorization code (RFC 6749 section 4.1.3, RFC 7636
// section 4.6). A request that fails a check does not use the code up.
func byCode() grantType { return grantType{name: "authorization_code", open: openCode} }

func openCode(x *exchange, c clientCredentials, v url.Values) (*presented, error) {
	code := v.Get("code")
	x.secrets.Add(code, v.Get("code_verifier"))
	if code == "" {
		return nil, missingParameter("code")
	}
	if v.Get("redirect_uri") == "" {
		return nil, missingParameter("redirect_uri")
	}
	g, ok := x.codes.Get(code)
	switch {
	case !ok && !strings.HasPrefix(code, "1.A"):
		return c.unknown(garbledGrant()), nil
	case !ok:
		return c.unknown(badGrant()), nil
	case g.req.tenantID != x.tenant.ID:
		return c.unknown(codeOfOtherTenant()), nil
	case g.req.appID != c.app.AppID:
		return c.unknown(badGrant()), nil
	}
	g.mu.Lock()
	return &presented{
		platform: g.req.platform, release: g.mu.Unlock,
		check:  func() error { return g.check(x, v) },
		userID: g.userID, since: g.issued, scope: g.req.scope,
		spend: func(*directory.User) error { g.used = true; return nil },
		nonce: g.req.nonce, sid: g.sid, authTime: g.authTime, first: g.issued, clientInfo: g.req.clientInfo,
	}, nil
}

// check makes the checks of a code's redemption that are its own; g.mu is held.
func (g *codeGrant) check(x *exchange, v url.Values) error {
	switch q := &g.req; {
	case g.used:
		return codeRedeemed()
	case x.now.Sub(g.issued) >= codeLife:
		return codeExpired()
	case v.Get("redirect_uri") != q.redirectURI:
		return redirectMismatch(v.Get("redirect_uri"), q.redirectURI)
	default:
		return q.checkVerifier(v.Get("code_verifier"))
	}
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

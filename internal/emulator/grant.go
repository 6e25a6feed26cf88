package emulator

import (
	"net/url"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// grantType is a row of the token endpoint's table: what a grant_type of its
// name presents. A row judges that and nothing else. What every grant owes (the
// rule of origins, the client's authentication, an active user, scopes, consent)
// is done by exchange.redeem, in one order, so that no row can leave it out.
type grantType struct {
	name  string
	takes func(v url.Values) bool // whether a request of that name is meant; nil: every one
	open  func(x *exchange, c clientCredentials, v url.Values) (*presented, error)
}

// presented is what a request for tokens presents, such as a code. A row's open
// says what it is; check, once the client is known, whether it is good, and may
// complete the rest.
type presented struct {
	platform platform   // it was given to: how the client proves itself
	origin   originRule // whether a web page may present it
	check    func() error
	release  func() // ends what open holds; nil: nothing

	ownApp bool                          // the tokens are the app's own, and what follows is of no use
	userID string                        // whom it is about
	since  time.Time                     // a revocation of the user after this ends it
	scope  string                        // for a request that names none
	spend  func(u *directory.User) error // uses it up, when nothing else can refuse any more; nil: it stays good

	// Of the tokens.
	nonce, sid      string
	authTime, first time.Time // of the sign-in, of this chain of refresh tokens
	offline         bool      // give a refresh token, whatever was asked for
	clientInfo      bool      // asked for earlier than in this request
}

// originRule says which requests may come from a web page.
type originRule int

const (
	originByPlatform originRule = iota // single-page apps have to, all others must not
	anyOrigin                          // whoever it is
)

// unknown presents something that is no grant of this client. The client is
// judged even so, as well as can be: a wrong secret must not read as a bad code.
func (c clientCredentials) unknown(f *fault) *presented {
	return &presented{platform: c.likelyPlatform(), origin: anyOrigin, check: func() error { return f }}
}

// redeem goes through what all grants owe and answers with tokens. Origins come
// first, as with the real service: an app on the wrong platform is told so
// (AADSTS9002326, 9002327), whatever is wrong with its secret.
func (x *exchange) redeem(c clientCredentials, v url.Values, p *presented) error {
	if p.release != nil {
		defer p.release()
	}
	if p.origin == originByPlatform {
		if err := checkOrigin(x, p.platform); err != nil {
			return err
		}
	}
	if err := c.authenticate(x, p.platform); err != nil {
		return err
	}
	if p.check != nil {
		if err := p.check(); err != nil {
			return err
		}
	}
	if p.ownApp {
		return x.issueForApp(c, v.Get("scope"))
	}
	user, err := x.activeUser(p.userID, p.since)
	if err != nil {
		return err
	}
	scope := v.Get("scope")
	if strings.TrimSpace(scope) == "" {
		scope = p.scope
	}
	scopes, err := parseScopes(x.tenant, c.app, scope, true)
	if err != nil {
		return err
	}
	if err := scopes.consent(x.tenant, c.app); err != nil {
		return err
	}
	scopes.offline = scopes.offline || p.offline
	if p.spend != nil {
		if err := p.spend(user); err != nil {
			return err
		}
	}
	return x.issue(subject{
		app: c.app, user: user, scopes: scopes, nonce: p.nonce, sid: p.sid, authTime: p.authTime,
		platform: p.platform, secret: c.presented, asserted: c.assertion,
	}, p.clientInfo || wantsClientInfo(v), p.first)
}

// wantsClientInfo knows both spellings: MSAL's native clients send true.
func wantsClientInfo(v url.Values) bool {
	return v.Get("client_info") == "1" || v.Get("client_info") == "true"
}

// activeUser finds the user of a grant and refuses one who is gone, disabled or
// whose grants were revoked after this one was issued.
func (x *exchange) activeUser(id string, issued time.Time) (*directory.User, error) {
	u := x.store.User(x.tenant.ID, id)
	switch {
	case u == nil:
		return nil, userGone()
	case u.Disabled:
		return nil, userDisabled()
	case issued.Before(u.RevokedBefore):
		return nil, revokedGrant()
	}
	return u, nil
}

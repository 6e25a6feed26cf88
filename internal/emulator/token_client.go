package emulator

import (
	"net/url"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// clientCredentials is how a client presented itself at the token endpoint.
type clientCredentials struct {
	app       *directory.App
	secret    string
	presented bool // a secret was sent, even an empty Basic one
	assertion bool
	form      url.Values // the request, for what belongs to the assertion
}

// readClientCredentials reads client_id and secret from the body or from Basic
// (RFC 6749 section 2.3.1) and finds the app. It does not judge the secret:
// whether one is owed depends on the grant.
func readClientCredentials(x *exchange, v url.Values) (clientCredentials, error) {
	id := v.Get("client_id")
	c := clientCredentials{secret: v.Get("client_secret"), presented: v.Get("client_secret") != "", assertion: v.Get("client_assertion") != "", form: v}
	if user, password, ok := x.r.BasicAuth(); ok {
		// Both parts are form-encoded before they go into the header.
		name, errN := url.QueryUnescape(user)
		secret, errS := url.QueryUnescape(password)
		if errN != nil || errS != nil || id != "" && id != name || c.presented {
			return c, malformedRequest()
		}
		id, c.secret, c.presented = name, secret, true
	}
	x.secrets.Add(c.secret, v.Get("client_assertion"))
	if id == "" {
		return c, missingParameter("client_id")
	}
	if c.app = x.tenant.App(id); c.app == nil {
		return c, unknownApp(id, x.tenant.Name())
	}
	return c, nil
}

// authenticate judges the client for a grant that began on a platform: web
// clients owe a secret or an assertion, the others must not have one.
func (c clientCredentials) authenticate(x *exchange, p platform) error {
	if p != platformWeb {
		if c.presented || c.assertion {
			return secretOnPublicClient()
		}
		return nil
	}
	if c.assertion {
		if c.presented {
			return malformedRequest() // RFC 6749 section 2.3: one method only
		}
		return x.checkAssertion(c.app, c.form)
	}
	if !c.presented {
		return missingSecret()
	}
	switch match, expired := c.app.CheckSecret(c.secret, x.now); {
	case !match:
		return wrongSecret(c.app.AppID)
	case expired:
		return expiredSecret(c.app.AppID)
	}
	return nil
}

// checkOrigin applies the cross-origin rule: single-page apps redeem with an
// Origin header, all others without one.
func checkOrigin(x *exchange, p platform) error {
	has := x.r.Header.Get("Origin") != ""
	if p == platformSPA && !has {
		return originRequired()
	}
	if p != platformSPA && has {
		return originRefused()
	}
	return nil
}

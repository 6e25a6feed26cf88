package emulator

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/jws"
)

// appTokenResponse is the answer to client credentials: no scope, no refresh
// token (RFC 6749 section 4.4.3), no ID token.
type appTokenResponse struct {
	TokenType    string `json:"token_type"`
	ExpiresIn    int64  `json:"expires_in"`
	ExtExpiresIn int64  `json:"ext_expires_in"`
	AccessToken  string `json:"access_token"`
}

// forApp answers client credentials (RFC 6749 section 4.4): a token that is the
// app's own, with the app roles it was assigned.
func forApp() grantType {
	return grantType{name: "client_credentials", open: func(*exchange, clientCredentials, url.Values) (*presented, error) {
		return &presented{platform: platformWeb, ownApp: true}, nil
	}}
}

// issueForApp signs and sends the token of an app's own.
func (x *exchange) issueForApp(c clientCredentials, scope string) error {
	audience, err := appScope(x.tenant, c.app, scope)
	if err != nil {
		return err
	}
	life := lifetime(x.accessLife(), c.app.Lifetimes.AccessToken, x.tenant.Lifetimes.AccessToken)
	out := appTokenResponse{TokenType: "Bearer", ExpiresIn: int64(life / time.Second), ExtExpiresIn: int64(life / time.Second)}
	if out.AccessToken, err = x.sign(x.appClaims(c, audience, x.now.Add(life))); err != nil {
		return err
	}
	x.secrets.Add(out.AccessToken)
	return x.sendJSON(http.StatusOK, out)
}

// accessLife is the service's default lifetime of an access token: 60 to 90 minutes.
func (x *exchange) accessLife() time.Duration {
	return 60*time.Minute + time.Duration(x.randomBelow(31))*time.Minute
}

// appScope finds the one resource of a scope parameter; each resource has to be
// asked for as <resource>/.default. MSAL Go adds OpenID Connect's scopes, which
// mean nothing here.
func appScope(t *directory.Tenant, app *directory.App, scope string) (audience string, err error) {
	if strings.TrimSpace(scope) == "" {
		return "", missingParameter("scope")
	}
	for s := range strings.FieldsSeq(scope) {
		switch s {
		case "openid", "profile", "email", "offline_access":
			continue
		}
		if !strings.HasSuffix(s, "/.default") {
			return "", notDefaultScope(s)
		}
		resource, _, err := resourceScope(t, app, s)
		if err != nil {
			return "", err
		}
		if audience != "" && audience != resource {
			return "", badScope(scope)
		}
		audience = resource
	}
	if audience == "" {
		return "", notDefaultScope(scope)
	}
	return audience, nil
}

// appClaims are the claims of an access token without a user.
func (x *exchange) appClaims(c clientCredentials, audience string, expires time.Time) jws.Payload {
	self := x.servicePrincipal(c.app.AppID)
	var out jws.Payload
	out.Set("ver", "2.0")
	out.Set("iss", x.issuerURL())
	out.Set("sub", self)
	out.Set("aud", audience)
	out.Set("exp", expires.Unix())
	out.Set("iat", x.now.Unix())
	out.Set("nbf", x.now.Unix())
	out.Set("azp", c.app.AppID)
	out.Set("azpacr", "1")
	if c.assertion {
		out.Set("azpacr", "2")
	}
	out.Set("idtyp", "app")
	out.Set("oid", self)
	out.Set("tid", x.tenant.ID)
	if roles := c.app.RolesFor(audience); len(roles) > 0 {
		slices.Sort(roles)
		out.Set("roles", roles)
	}
	x.internals(&out, subject{app: c.app})
	return out
}

// servicePrincipal is the object id of an app in the tenant: the same for ever,
// and of no user.
func (s *Server) servicePrincipal(appID string) string {
	m := hmac.New(sha256.New, s.subjects)
	io.WriteString(m, "service principal\x00"+strings.ToLower(appID))
	b := m.Sum(nil)[:16]
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80 // RFC 9562 version 8
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

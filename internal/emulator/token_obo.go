package emulator

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/jws"
)

// onBehalfOfGrantType is RFC 7523's grant, which Microsoft uses for on-behalf-of.
const onBehalfOfGrantType = "urn:ietf:params:oauth:grant-type:jwt-bearer"

// onBehalfOf exchanges a user's access token for this API for one for an API
// behind it (Microsoft Learn, "OAuth 2.0 On-Behalf-Of flow").
func (t token) onBehalfOf(x *exchange, c clientCredentials, v url.Values) error {
	raw := v.Get("assertion")
	x.secrets.add(raw)
	if err := checkOrigin(x, platformWeb); err != nil {
		return err
	}
	if err := c.authenticate(x, platformWeb); err != nil {
		return err
	}
	switch use := v.Get("requested_token_use"); {
	case raw == "":
		return missingParameter("assertion")
	case use == "":
		return missingParameter("requested_token_use")
	case use != "on_behalf_of":
		return unsupportedTokenUse(use)
	}
	user, in, err := x.userAssertion(c.app, raw)
	if err != nil {
		return err
	}
	scope := v.Get("scope")
	if strings.TrimSpace(scope) == "" {
		return missingParameter("scope")
	}
	scopes, err := parseScopes(x.tenant, scope, true)
	if err != nil {
		return err
	}
	if err := scopes.consent(x.tenant, c.app); err != nil {
		return err
	}
	return t.issue(x, subject{
		app: c.app, user: user, scopes: scopes, sid: in.SID, authTime: time.Unix(int64(in.Issued), 0),
		platform: platformWeb, secret: c.presented, asserted: c.assertion,
	}, v.Get("client_info") == "1", x.now)
}

// userAssertion judges the access token of an on-behalf-of request: this
// tenant's, for this app, in time, and a user's.
func (x *exchange) userAssertion(app *directory.App, raw string) (*directory.User, jws.Received, error) {
	in, err := x.openOwn(raw)
	switch {
	case errors.Is(err, jws.ErrUntimely):
		return nil, in, userAssertionTime()
	case errors.Is(err, jws.ErrNotJWT), errors.Is(err, jws.ErrUnknownKey), errors.Is(err, jws.ErrSignature):
		return nil, in, userAssertionSignature(err.Error())
	case err != nil:
		return nil, in, err
	}
	if !slices.ContainsFunc(in.Audience, func(aud string) bool { return strings.EqualFold(aud, app.AppID) }) {
		return nil, in, userAssertionAudience(in.Audience, app.AppID)
	}
	if in.Kind == "app" {
		return nil, in, userAssertionOfApp()
	}
	if in.Scopes == "" || in.Object == "" {
		return nil, in, userAssertionSignature("expected an access token, this one has no scp")
	}
	user, err := x.activeUser(in.Object, time.Unix(int64(in.Issued), 0))
	return user, in, err
}

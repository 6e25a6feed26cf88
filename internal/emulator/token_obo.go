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
func onBehalfOf() grantType { return grantType{name: onBehalfOfGrantType, open: openUserAssertion} }

func openUserAssertion(x *exchange, c clientCredentials, v url.Values) (*presented, error) {
	raw := v.Get("assertion")
	x.secrets.Add(raw)
	p := &presented{platform: platformWeb, first: x.now}
	p.check = func() error {
		switch use := v.Get("requested_token_use"); {
		case raw == "":
			return missingParameter("assertion")
		case use == "":
			return missingParameter("requested_token_use")
		case use != "on_behalf_of":
			return unsupportedTokenUse(use)
		}
		in, err := x.userAssertion(c.app, raw)
		if err != nil {
			return err
		}
		if strings.TrimSpace(v.Get("scope")) == "" {
			return missingParameter("scope")
		}
		issued := time.Unix(int64(in.Issued), 0)
		p.userID, p.since, p.sid, p.authTime = in.Object, issued, in.SID, issued
		return nil
	}
	return p, nil
}

// userAssertion judges the access token of an on-behalf-of request: this
// tenant's, for this app, in time, and a user's.
func (x *exchange) userAssertion(app *directory.App, raw string) (jws.Received, error) {
	in, err := x.openOwn(raw)
	switch {
	case errors.Is(err, jws.ErrUntimely):
		return in, userAssertionTime()
	case errors.Is(err, jws.ErrNotJWT), errors.Is(err, jws.ErrUnknownKey), errors.Is(err, jws.ErrSignature):
		return in, userAssertionSignature(err.Error())
	case err != nil:
		return in, err
	}
	if !slices.ContainsFunc(in.Audience, func(aud string) bool { return strings.EqualFold(aud, app.AppID) }) {
		return in, userAssertionAudience(in.Audience, app.AppID)
	}
	if in.Kind == "app" {
		return in, userAssertionOfApp()
	}
	if in.Scopes == "" || in.Object == "" {
		return in, userAssertionSignature("expected an access token, this one has no scp")
	}
	return in, nil
}

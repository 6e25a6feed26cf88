package emulator

import (
	"net/url"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

const (
	refreshLife    = 90 * 24 * time.Hour // slides: each refresh gives a new token
	refreshLifeSPA = 24 * time.Hour      // does not slide
)

// refreshGrant is what a refresh token carries. It is sealed, not stored: it
// outlives the process and costs no write.
type refreshGrant struct {
	Tenant   string   `json:"t"`
	App      string   `json:"a"`
	User     string   `json:"u"`
	Scope    string   `json:"s"`
	SID      string   `json:"sid"`
	Platform platform `json:"p"`
	Issued   int64    `json:"i"` // Unix milliseconds, this token
	First    int64    `json:"f"` // Unix milliseconds, the sign-in's token
	AuthTime int64    `json:"at"`
}

const refreshPrefix = "1.A"

func (x *exchange) newRefreshToken(s subject, first time.Time) (string, error) {
	sealed, err := x.sealJSON("refresh token", refreshGrant{
		Tenant: x.tenant.ID, App: s.app.AppID, User: s.user.ID, Scope: strings.Join(s.scopes.asked, " "), SID: s.sid, Platform: s.platform,
		Issued: x.now.UnixMilli(), First: first.UnixMilli(), AuthTime: s.authTime.Unix(),
	})
	return refreshPrefix + sealed, err
}

// refresh exchanges a refresh token (RFC 6749 section 6). The answer has a new
// one; the old one stays good, as with the real service.
func (t token) refresh(x *exchange, c clientCredentials, v url.Values) error {
	raw := v.Get("refresh_token")
	x.secrets.add(raw)
	if raw == "" {
		return missingParameter("refresh_token")
	}
	var g refreshGrant
	sealed, ok := strings.CutPrefix(raw, refreshPrefix)
	if !ok || t.openJSON("refresh token", sealed, &g) != nil {
		if err := c.authenticate(x, c.likelyPlatform()); err != nil {
			return err
		}
		if !ok {
			return garbledGrant()
		}
		return badGrant()
	}
	if g.Tenant != x.tenant.ID || g.App != c.app.AppID {
		return badGrant()
	}
	if err := c.authenticate(x, g.Platform); err != nil {
		return err
	}
	if err := checkOrigin(x, g.Platform); err != nil {
		return err
	}
	issued, first := time.UnixMilli(g.Issued), time.UnixMilli(g.First)
	if err := x.checkRefreshAge(c.app, g.Platform, issued, first); err != nil {
		return err
	}
	user, err := x.activeUser(g.User, issued)
	if err != nil {
		return err
	}
	scope := v.Get("scope")
	if strings.TrimSpace(scope) == "" {
		scope = g.Scope
	}
	scopes, err := parseScopes(x.tenant, scope, true)
	if err != nil {
		return err
	}
	if err := scopes.consent(x.tenant, c.app); err != nil {
		return err
	}
	scopes.offline = true // a refresh token begets a refresh token, whatever was asked
	return t.issue(x, subject{
		app: c.app, user: user, scopes: scopes, sid: g.SID, authTime: time.Unix(g.AuthTime, 0), platform: g.Platform, secret: c.presented, asserted: c.assertion,
	}, v.Get("client_info") == "1", first)
}

func (x *exchange) checkRefreshAge(app *directory.App, p platform, issued, first time.Time) error {
	if p == platformSPA {
		if x.now.Sub(first) >= refreshLifeSPA {
			return oldSPARefresh()
		}
		return nil
	}
	if x.now.Sub(issued) >= lifetime(refreshLife, app.Lifetimes.RefreshToken, x.tenant.Lifetimes.RefreshToken) {
		return inactiveRefresh()
	}
	return nil
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

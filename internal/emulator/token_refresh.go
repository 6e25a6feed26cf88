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

// byRefreshToken exchanges a refresh token (RFC 6749 section 6). The answer has a
// new one; the old one stays good, as with the real service.
func byRefreshToken() grantType { return grantType{name: "refresh_token", open: openRefreshToken} }

func openRefreshToken(x *exchange, c clientCredentials, v url.Values) (*presented, error) {
	raw := v.Get("refresh_token")
	x.secrets.Add(raw)
	if raw == "" {
		return nil, missingParameter("refresh_token")
	}
	sealed, ok := strings.CutPrefix(raw, refreshPrefix)
	if !ok {
		return c.unknown(garbledGrant()), nil
	}
	var g refreshGrant
	if x.openJSON("refresh token", sealed, &g) != nil || g.Tenant != x.tenant.ID || g.App != c.app.AppID {
		return c.unknown(badGrant()), nil
	}
	issued, first := time.UnixMilli(g.Issued), time.UnixMilli(g.First)
	return &presented{
		platform: g.Platform, check: func() error { return x.checkRefreshAge(c.app, g.Platform, issued, first) },
		userID: g.User, since: issued, scope: g.Scope,
		sid: g.SID, authTime: time.Unix(g.AuthTime, 0), first: first, offline: true,
	}, nil
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

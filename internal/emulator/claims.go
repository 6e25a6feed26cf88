package emulator

import (
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
	"github.com/ciam-cli/ciam/internal/emulator/jws"
)

// subject is who a token is about and how they signed in.
type subject struct {
	app      *directory.App
	user     *directory.User
	scopes   scopeSet
	nonce    string // ID token of a code only
	sid      string
	authTime time.Time
	platform platform
	secret   bool // the client proved itself with a secret
	asserted bool // or with a client assertion
}

// idClaims are the claims of a v2.0 ID token of an external tenant.
func (x *exchange) idClaims(s subject, expires time.Time) jws.Payload {
	var c jws.Payload
	c.Set("ver", "2.0")
	c.Set("iss", x.issuerURL())
	c.Set("sub", x.pairwise(x.tenant.ID, s.app.AppID, s.user.ID))
	c.Set("aud", s.app.AppID)
	c.Set("exp", expires.Unix())
	c.Set("iat", x.now.Unix())
	c.Set("nbf", x.now.Unix())
	if s.scopes.profile {
		c.Set("name", displayName(s.user))
		c.Set("preferred_username", s.user.Email)
		c.Set("oid", s.user.ID)
	}
	if s.scopes.email {
		c.Set("email", s.user.Email)
	}
	c.Set("tid", x.tenant.ID)
	c.Set("nonce", s.nonce)
	x.internals(&c, s)
	for _, m := range s.app.ClaimMappings {
		c.Set(m.Claim, x.tenant.AttributeValue(s.user, m.Attribute))
	}
	for _, name := range s.app.OptionalClaims.IDToken {
		c.Set(name, x.optional(name, s))
	}
	return c
}

// accessClaims are the claims of a v2.0 access token.
func (x *exchange) accessClaims(s subject, expires time.Time) jws.Payload {
	var c jws.Payload
	c.Set("ver", "2.0")
	c.Set("iss", x.issuerURL())
	c.Set("sub", x.pairwise(x.tenant.ID, s.scopes.audience, s.user.ID))
	c.Set("aud", s.scopes.audience)
	c.Set("exp", expires.Unix())
	c.Set("iat", x.now.Unix())
	c.Set("nbf", x.now.Unix())
	c.Set("azp", s.app.AppID)
	c.Set("azpacr", "0")
	if s.secret {
		c.Set("azpacr", "1")
	}
	if s.asserted {
		c.Set("azpacr", "2")
	}
	c.Set("name", displayName(s.user))
	c.Set("preferred_username", s.user.Email)
	c.Set("oid", s.user.ID)
	c.Set("tid", x.tenant.ID)
	c.Set("scp", strings.Join(s.scopes.names, " "))
	if roles := s.user.RoleTemplates(); len(roles) > 0 && s.scopes.audience == graphAppID {
		c.Set("wids", roles)
	}
	x.internals(&c, s)
	return c
}

// internals are the claims Microsoft keeps for itself: present, well formed,
// and without a meaning for anybody.
func (x *exchange) internals(c *jws.Payload, s subject) {
	c.Set("sid", s.sid)
	c.Set("rh", "1.A"+strings.TrimRight(base64.RawURLEncoding.EncodeToString([]byte(x.tenant.ID[:8]+s.app.AppID)), "=")+".")
	c.Set("uti", x.randomID(16))
	c.Set("aio", x.randomID(48))
}

// optional is the value of an optional claim; nil when the tenant has none.
func (x *exchange) optional(name string, s subject) any {
	switch name {
	case "login_hint":
		return loginHintClaim(s.user, x.tenant.ID)
	case "auth_time":
		return s.authTime.Unix()
	case "acct":
		return 0
	case "email", "upn":
		return s.user.Email
	case "xms_edov":
		return true // the address was proven with a code
	case "given_name":
		return s.user.Attribute("givenName")
	case "family_name":
		return s.user.Attribute("surname")
	case "ctry":
		return s.user.Attribute("country")
	case "tenant_region_scope":
		if x.tenant.Region == "" {
			return "EU"
		}
		return x.tenant.Region
	}
	return nil
}

// displayName is what the service shows when the flow did not collect a name.
func displayName(u *directory.User) string {
	if n := u.Attribute("displayName"); n != "" {
		return n
	}
	return "unknown"
}

// clientInfo is MSAL's client_info: who and which tenant, unsigned.
func clientInfo(userID, tenantID string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(`{"uid":"` + userID + `","utid":"` + tenantID + `"}`))
}

// lifetime is the first duration that is set: the app's, the tenant's, the default.
func lifetime(def time.Duration, set ...directory.Duration) time.Duration {
	if i := slices.IndexFunc(set, func(d directory.Duration) bool { return d > 0 }); i >= 0 {
		return time.Duration(set[i])
	}
	return def
}

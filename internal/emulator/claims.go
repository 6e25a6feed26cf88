package emulator

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// claims is a JWT payload that keeps its order.
type claims []claim

type claim struct {
	name  string
	value any
}

// set adds a claim or replaces the one of that name; "" and nil are left out.
func (c *claims) set(name string, value any) {
	if value == nil || value == "" {
		return
	}
	for i := range *c {
		if (*c)[i].name == name {
			(*c)[i].value = value
			return
		}
	}
	*c = append(*c, claim{name, value})
}

// MarshalJSON implements json.Marshaler.
func (c claims) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, cl := range c {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(cl.name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(cl.value)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

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
func (x *exchange) idClaims(s subject, expires time.Time) claims {
	var c claims
	c.set("ver", "2.0")
	c.set("iss", x.issuerURL())
	c.set("sub", x.pairwise(x.tenant.ID, s.app.AppID, s.user.ID))
	c.set("aud", s.app.AppID)
	c.set("exp", expires.Unix())
	c.set("iat", x.now.Unix())
	c.set("nbf", x.now.Unix())
	if s.scopes.profile {
		c.set("name", displayName(s.user))
		c.set("preferred_username", s.user.Email)
		c.set("oid", s.user.ID)
	}
	if s.scopes.email {
		c.set("email", s.user.Email)
	}
	c.set("tid", x.tenant.ID)
	c.set("nonce", s.nonce)
	x.internals(&c, s)
	for _, m := range s.app.ClaimMappings {
		c.set(m.Claim, x.tenant.AttributeValue(s.user, m.Attribute))
	}
	for _, name := range s.app.OptionalClaims.IDToken {
		c.set(name, x.optional(name, s))
	}
	return c
}

// accessClaims are the claims of a v2.0 access token.
func (x *exchange) accessClaims(s subject, expires time.Time) claims {
	var c claims
	c.set("ver", "2.0")
	c.set("iss", x.issuerURL())
	c.set("sub", x.pairwise(x.tenant.ID, s.scopes.audience, s.user.ID))
	c.set("aud", s.scopes.audience)
	c.set("exp", expires.Unix())
	c.set("iat", x.now.Unix())
	c.set("nbf", x.now.Unix())
	c.set("azp", s.app.AppID)
	c.set("azpacr", "0")
	if s.secret {
		c.set("azpacr", "1")
	}
	if s.asserted {
		c.set("azpacr", "2")
	}
	c.set("name", displayName(s.user))
	c.set("preferred_username", s.user.Email)
	c.set("oid", s.user.ID)
	c.set("tid", x.tenant.ID)
	c.set("scp", strings.Join(s.scopes.names, " "))
	x.internals(&c, s)
	return c
}

// internals are the claims Microsoft keeps for itself: present, well formed,
// and without a meaning for anybody.
func (x *exchange) internals(c *claims, s subject) {
	c.set("sid", s.sid)
	c.set("rh", "1.A"+strings.TrimRight(base64.RawURLEncoding.EncodeToString([]byte(x.tenant.ID[:8]+s.app.AppID)), "=")+".")
	c.set("uti", x.randomID(16))
	c.set("aio", x.randomID(48))
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

package emulator

import (
	"net/http"
	"strings"
)

// signInOrder is the body of POST sign-in.
type signInOrder struct {
	Tenant     string            `json:"tenant"`
	User       string            `json:"user"` // id or address
	CreateUser bool              `json:"create_user"`
	Attributes map[string]string `json:"attributes"` // of a user who is made
	App        string            `json:"app"`        // client id or name: the app that is signed in to
	Host       string            `json:"host"`       // host, with the port, that the app knows the tenant by; "" is the one asked
	For        string            `json:"for"`        // "msal-browser" for the entries of its cache as well
	Scopes     []string          `json:"scopes"`     // of the access token in that cache
}

// browserCookieView is a cookie in the form in which drivers of browsers take it
// (Playwright's addCookies, Puppeteer's setCookie, CDP's Network.setCookie).
type browserCookieView struct {
	Name     string `json:"name"`
	Value    string `json:"value"`
	Domain   string `json:"domain"`
	Path     string `json:"path"`
	HTTPOnly bool   `json:"httpOnly"`
	Secure   bool   `json:"secure"`
	SameSite string `json:"sameSite"`
}

// signInReply is the answer; its cookies are in its headers too.
type signInReply struct {
	TenantID       string              `json:"tenant_id"`
	ClientID       string              `json:"client_id"` // "" when no app was named
	User           userView            `json:"user"`
	Created        bool                `json:"user_created,omitempty"`
	SID            string              `json:"sid"`
	Cookies        []browserCookieView `json:"cookies"`
	SessionStorage map[string]string   `json:"session_storage,omitempty"` // of the app's origin
}

// signInAs starts a browser's session for a user, as the pages would have.
func (c control) signInAs(x *exchange) (any, error) {
	if _, err := x.query(); err != nil {
		return nil, err
	}
	var in signInOrder
	if err := x.body(&in); err != nil {
		return nil, err
	}
	if in.For != "" && in.For != forMSALBrowser {
		return nil, badField("for", "expected %s, got %q", forMSALBrowser, clip(in.For))
	}
	if in.User == "" {
		return nil, badField("user", "required")
	}
	if in.Host == "" {
		in.Host = x.r.Host
	}
	if !c.knownHost(in.Host) {
		return nil, badField("host", "expected localhost or a name of the tenant's, got %q", clip(in.Host))
	}
	t, err := c.oneTenant(in.Tenant)
	if err != nil {
		return nil, err
	}
	x.tenant = t
	app, err := appNamed(t, in.App)
	if err != nil {
		return nil, err
	}
	user, made, err := c.person(x, &personOrder{in.User, in.CreateUser, in.Attributes})
	if err != nil {
		return nil, err
	}
	if user.Disabled {
		return nil, refuse(http.StatusConflict, "disabled", "the user %s is disabled", clip(user.Email))
	}
	out := signInReply{TenantID: t.ID, User: viewUser(t, user), Created: made}
	if in.For == forMSALBrowser {
		if out.SessionStorage, err = x.msalCache(&in, app, user); err != nil {
			return nil, err
		}
	}
	s := x.signIn(user)
	if in.App != "" || in.For != "" {
		s.addApp(app.AppID)
		out.ClientID = app.AppID
	}
	cookie := x.cookieOf(s)
	http.SetCookie(x.w, cookie)
	out.SID, out.Cookies = s.sid, []browserCookieView{viewCookie(cookie, hostName(in.Host))}
	return created{out}, nil
}

func viewCookie(c *http.Cookie, domain string) browserCookieView {
	v := browserCookieView{Name: c.Name, Value: c.Value, Domain: domain, Path: c.Path, HTTPOnly: c.HttpOnly, Secure: c.Secure, SameSite: "Lax"}
	if c.SameSite == http.SameSiteNoneMode {
		v.SameSite = "None"
	}
	if strings.Contains(v.Domain, ":") {
		v.Domain = "[" + v.Domain + "]"
	}
	return v
}

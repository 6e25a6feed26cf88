package emulator

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/ciam-cli/ciam/internal/emulator/web"
)

// logout is the area of sign-out (OpenID Connect RP-Initiated Logout 1.0).
type logout struct{ *Server }

// Mount adds the area's routes.
func (l logout) Mount(mux *http.ServeMux) {
	l.page(mux, "/{tenant}/oauth2/v2.0/logout", only(l.serve, http.MethodGet, http.MethodPost))
}

// serve ends the browser's session and goes back to the app when it names a
// registered redirect URI, else shows that the user is signed out. A
// logout_hint for somebody else leaves the session alone. Refresh tokens stay
// good, as with the real service.
func (l logout) serve(x *exchange) error {
	v := url.Values{}
	if x.r.Method == http.MethodGet || x.r.ContentLength != 0 {
		var err error
		if v, err = x.form(); err != nil {
			return err
		}
	}
	if x.r.Method == http.MethodPost {
		for name, values := range x.r.URL.Query() { // a form may post to an address with a query
			if !v.Has(name) {
				v[name] = values[:1]
			}
		}
	}
	l.secrets.Add(v.Get("id_token_hint"))
	var ended []*session
	if hint := v.Get("logout_hint"); hint == "" {
		ended = x.sessionsHere()
	} else if s := x.sessionFor(hint); s != nil {
		ended = []*session{s}
	}
	x.endSessions(ended...)
	frames := x.logoutFrames(ended)
	uri := v.Get("post_logout_redirect_uri")
	if uri != "" && l.registered(x, uri, v) {
		a := answer{redirectURI: uri, mode: "query"}
		if v.Has("state") {
			a.params = []web.Row{{Name: "state", Value: v.Get("state")}}
		}
		if len(frames) == 0 {
			return x.deliver(a)
		}
		return l.linger(x, v, a, frames)
	}
	x.show(l.signedOut(x, v, frames))
	return nil
}

func (l logout) signedOut(x *exchange, v url.Values, frames []string) *web.Page {
	t := x.words(v.Get("ui_locales"))
	return &web.Page{
		Name: web.SignedOut, T: t, Tenant: x.tenant.Name(), Domain: x.tenant.Domain(),
		Heading: t.SignedOutHeading, Text: []string{t.SignedOutText}, Frames: frames,
	}
}

// registered reports whether an app may send its users to a URI after sign-out.
// The app is named by client_id or by id_token_hint's audience; without either,
// as in Microsoft's samples, any app of the tenant will do.
func (l logout) registered(x *exchange, uri string, v url.Values) bool {
	id := v.Get("client_id")
	if id == "" {
		id = audienceOf(v.Get("id_token_hint"))
	}
	for i := range x.tenant.Apps {
		app := &x.tenant.Apps[i]
		if id != "" && !strings.EqualFold(app.AppID, id) {
			continue
		}
		if _, ok := findRedirect(app, uri); ok {
			return true
		}
	}
	return false
}

// audienceOf reads aud of an id_token_hint. The signature does not matter: the
// claim only narrows the redirect URIs that are allowed.
func audienceOf(idToken string) string {
	parts := strings.Split(idToken, ".")
	if len(parts) != 3 {
		return ""
	}
	b, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return ""
	}
	var c struct {
		Aud string `json:"aud"`
	}
	if json.Unmarshal(b, &c) != nil {
		return ""
	}
	return c.Aud
}

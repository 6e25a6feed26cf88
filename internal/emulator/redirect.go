package emulator

import (
	"net/url"
	"strings"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// platform is the kind of client a redirect URI is registered for. It decides
// how the code may be redeemed.
type platform string

const (
	platformWeb    platform = "web"          // confidential: must authenticate
	platformSPA    platform = "spa"          // public, cross-origin, PKCE required
	platformPublic platform = "publicClient" // public: must not send a secret
)

// findRedirect finds the platform a redirect URI is registered on. An exact
// registration wins over one that matches by the loopback rule.
func findRedirect(app *directory.App, uri string) (platform, bool) {
	for _, exact := range []bool{true, false} {
		for _, p := range []struct {
			platform platform
			uris     []string
		}{{platformWeb, app.Web.RedirectURIs}, {platformSPA, app.SPA.RedirectURIs}, {platformPublic, app.PublicClient.RedirectURIs}} {
			for _, registered := range p.uris {
				if exact && registered == uri || !exact && sameRedirect(registered, uri) {
					return p.platform, true
				}
			}
		}
	}
	return "", false
}

// sameRedirect compares a registered redirect URI with one from a request:
// scheme and host without case, path and query exactly, an empty path like "/".
// On localhost and 127.0.0.1 the port does not count (RFC 8252 section 7.3, and
// Microsoft's reply-url page, which names no platform). Fragments and user
// names never match.
func sameRedirect(registered, got string) bool {
	if len(got) > 2048 || strings.ContainsAny(got, "#\\ \t\r\n") {
		return false
	}
	a, errA := url.Parse(registered)
	b, errB := url.Parse(got)
	if errA != nil || errB != nil || a.Opaque != b.Opaque || b.User != nil {
		return false
	}
	if !strings.EqualFold(a.Scheme, b.Scheme) || !strings.EqualFold(a.Hostname(), b.Hostname()) {
		return false
	}
	if h := strings.ToLower(b.Hostname()); h != "localhost" && h != "127.0.0.1" && a.Port() != b.Port() {
		return false
	}
	return rootedPath(a) == rootedPath(b) && a.RawQuery == b.RawQuery
}

func rootedPath(u *url.URL) string {
	if p := u.EscapedPath(); p != "" || u.Opaque != "" {
		return p
	}
	return "/"
}

// formTargets are the CSP form-action sources that let a form's answer be
// redirected to the app. Browsers hold the whole chain of redirects against
// form-action, and an app on loopback may well send its user on to another
// port, so such an app may use all of loopback.
func formTargets(redirectURI string) []string {
	u, err := url.Parse(redirectURI)
	if err != nil || u.Scheme == "" {
		return nil
	}
	switch h := strings.ToLower(u.Hostname()); {
	case h == "localhost" || h == "127.0.0.1":
		return []string{"http://localhost:*", "https://localhost:*", "http://127.0.0.1:*", "https://127.0.0.1:*"}
	case u.Scheme == "http" || u.Scheme == "https":
		return []string{u.Scheme + "://" + u.Host}
	}
	return []string{u.Scheme + ":"}
}

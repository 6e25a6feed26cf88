package tenant

import (
	"fmt"
	"net/url"
	"strings"
)

// checkRedirects refuses what Microsoft refuses of the platforms that a browser serves; the emulator takes more.
func (w *Wanted) checkRedirects(data []byte) error {
	for i := range w.tenant.Apps {
		a := &w.tenant.Apps[i]
		for _, p := range []struct {
			name string
			uris []string
		}{{"web", a.Web.RedirectURIs}, {"spa", a.SPA.RedirectURIs}} {
			for j, uri := range p.uris {
				u, err := url.Parse(uri)
				if err != nil || u.Scheme != "https" && (u.Scheme != "http" || u.Hostname() != "localhost" && u.Hostname() != "127.0.0.1") {
					return bad(data, fmt.Sprintf("%sapps[%d].%s.redirectUris[%d]", below, i, p.name, j), "expected https, or http on localhost, got %q", uri)
				}
			}
		}
	}
	return nil
}

// checkAttributes refuses a name that is neither a built-in one nor said to be a custom one: a typing error would make an
// attribute, which is there for good.
func (w *Wanted) checkAttributes(data []byte) error {
	var known []string
	for _, a := range builtIn()[1:] { // every flow has email
		known = append(known, a[0])
	}
	for i := range w.tenant.UserFlows {
		for j, a := range w.tenant.UserFlows[i].Attributes {
			if isCustom(a.Name) && !strings.HasPrefix(a.Name, customPrefix) {
				return bad(data, fmt.Sprintf("%suserFlows[%d].attributes[%d].name", below, i, j), "expected %s, or %s and a name of your own, got %q", strings.Join(known, ", "), customPrefix, a.Name)
			}
		}
	}
	return nil
}

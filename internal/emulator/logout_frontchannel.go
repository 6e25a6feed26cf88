package emulator

import (
	"net/url"
	"slices"

	"github.com/ciam-cli/ciam/internal/emulator/web"
)

// logoutPause is how long the signed-out page stays before it goes back to the
// app, in seconds: the other apps' frames load meanwhile.
const logoutPause = "2"

// logoutFrames are the addresses that tell the apps of ended sessions about the
// sign-out (OpenID Connect Front-Channel Logout 1.0 section 3).
func (x *exchange) logoutFrames(ended []*session) []string {
	var frames []string
	for _, s := range ended {
		for _, id := range s.signedInTo() {
			app := x.tenant.App(id)
			if app == nil || app.Web.LogoutURL == "" {
				continue
			}
			u, err := url.Parse(app.Web.LogoutURL)
			if err != nil {
				continue
			}
			notice := url.Values{"sid": {s.sid}, "iss": {x.issuerURL()}}.Encode()
			if u.RawQuery != "" {
				notice = u.RawQuery + "&" + notice
			}
			u.RawQuery = notice
			if f := u.String(); !slices.Contains(frames, f) {
				frames = append(frames, f)
			}
		}
	}
	return frames
}

// signedInTo are the client ids of the apps that the session signed in to.
func (s *session) signedInTo() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.apps)
}

// linger shows the signed-out page with its frames and then goes back to the app.
func (l logout) linger(x *exchange, v url.Values, a answer, frames []string) error {
	target, err := a.location()
	if err != nil {
		return err
	}
	p := l.signedOut(x, v, frames)
	p.Links = []web.Link{{ID: "continue", Text: p.T.Continue, Href: target}}
	x.w.Header().Set("Refresh", logoutPause+"; url="+target)
	x.show(p)
	return nil
}

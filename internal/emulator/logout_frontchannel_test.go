package emulator

import (
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// frames are the addresses of a page's hidden frames.
func frames(t *testing.T, body string) []*url.URL {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	var out []*url.URL
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode || n.Data != "iframe" {
			continue
		}
		for _, a := range n.Attr {
			if a.Key == "src" {
				u, err := url.Parse(a.Val)
				if err != nil {
					t.Fatal(err)
				}
				out = append(out, u)
			}
		}
	}
	return out
}

func TestLogout_frontChannel(t *testing.T) {
	f := newProtocolFixture(t, func(d *directory.Tenant) {
		d.Apps[0].Web.LogoutURL = "https://one.example/signed-out?app=1"
		d.Apps[1].Web.LogoutURL = "http://localhost:3000/front"
		d.Apps[2].Web.LogoutURL = "https://never.example/signed-out"
	})
	v := f.visitor(t)
	sid := v.signIn().Get("session_state")
	v.get(authorizeURL("client_id", webApp, "redirect_uri", webCallback))
	v.get(base + "/" + tid + "/oauth2/v2.0/logout")
	v.want("signed-out")
	got := frames(t, v.page.body)
	if len(got) != 2 {
		t.Fatalf("frames %v", got)
	}
	for i, want := range []string{"https://one.example/signed-out", "http://localhost:3000/front"} {
		q := got[i].Query()
		if !strings.HasPrefix(got[i].String(), want+"?") || q.Get("sid") != sid || q.Get("iss") != "https://"+tid+".ciamlogin.com/"+tid+"/v2.0" {
			t.Errorf("frame %s", got[i])
		}
	}
	if got[0].Query().Get("app") != "1" {
		t.Errorf("the URL's own query is gone: %s", got[0])
	}
	csp := v.page.header.Get("Content-Security-Policy")
	if !strings.Contains(csp, "; frame-src https://one.example/signed-out http://localhost:3000/front;") {
		t.Errorf("CSP %s", csp)
	}
	v.get(base + "/" + tid + "/oauth2/v2.0/logout")
	if again := frames(t, v.page.body); len(again) != 0 || strings.Contains(v.page.header.Get("Content-Security-Policy"), "frame-src") {
		t.Errorf("nobody was signed in: %v", again)
	}

	v.signIn()
	v.get(base + "/" + tid + "/oauth2/v2.0/logout?state=bye&post_logout_redirect_uri=" + url.QueryEscape(callback))
	v.want("signed-out")
	if len(frames(t, v.page.body)) != 1 || v.page.header.Get("Refresh") != "2; url=http://localhost:3000/?state=bye" || v.page.links["continue"] != "http://localhost:3000/?state=bye" {
		t.Errorf("Refresh %q, links %v", v.page.header.Get("Refresh"), v.page.links)
	}
	v.signIn()
	v.get(base + "/" + tid + "/oauth2/v2.0/logout?post_logout_redirect_uri=https%3A%2F%2Fevil.example")
	if v.page.header.Get("Refresh") != "" || v.page.links["continue"] != "" {
		t.Error("an address that is not registered")
	}
}

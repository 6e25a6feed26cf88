package loopback

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// TestListener_Offer is the short address: who may use it, and what it tells.
func TestListener_Offer(t *testing.T) {
	const target = "https://contoso.ciamlogin.com/t/oauth2/v2.0/authorize?state=" + testState
	from := func(site string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", site) }
	}
	f := start(t, "/auth/redirect", Options{})
	visits := 0
	short := f.Offer(target, func() { visits++ })
	u, err := url.Parse(short)
	if err != nil || u.Hostname() != "localhost" || !regexp.MustCompile("^/[a-z2-7]{8}$").MatchString(u.Path) {
		t.Fatalf("%s, %v", short, err)
	}
	get := func(path string, edit ...func(*http.Request)) reply {
		return f.send(http.MethodGet, path, "", "", edit...)
	}
	for name, c := range map[string]struct {
		got  reply
		want int
	}{
		"typed":                   {get(u.Path, from("none")), 302},
		"by an old browser":       {get(u.Path), 302},
		"again":                   {get(u.Path, from("none")), 302},
		"by a page of the web":    {get(u.Path, from("cross-site")), 404},
		"by a page on this host":  {get(u.Path, from("same-site")), 404},
		"by our own page":         {get(u.Path, from("same-origin")), 404},
		"HEAD":                    {f.send(http.MethodHead, u.Path, "", ""), 404},
		"POST":                    {f.send(http.MethodPost, u.Path, form, ""), 404},
		"by a foreign name":       {get(u.Path, func(r *http.Request) { r.Host = "evil.example" }), 421},
		"the root":                {get("/"), 404},
		"longer":                  {get(u.Path + "a"), 404},
		"in a folder":             {get("/x" + u.Path), 404},
		"in capitals":             {get(strings.ToUpper(u.Path)), 404},
		"another, of that length": {get("/abcdefg2"), 404},
	} {
		location := c.got.header.Get("Location")
		if c.got.err != nil || c.got.status != c.want || (location == target) != (c.want == 302) || (location == "") != (c.want != 302) || strings.Contains(c.got.body, testState) {
			t.Errorf("%s: %d, Location %q, %v; expected %d", name, c.got.status, location, c.got.err, c.want)
		}
	}
	if visits != 3 {
		t.Errorf("%d visits told, expected 3", visits)
	}
	second := f.Offer(target, nil)
	if second == short || get(u.Path).status != 404 {
		t.Error("a new offer leaves the old one")
	}
	if u, err = url.Parse(second); err != nil || get(u.Path).status != 302 {
		t.Errorf("the new one: %v", err)
	}
	if r := f.post(right); r.status != http.StatusSeeOther {
		t.Fatal(r.status)
	}
	if r := get(u.Path); r.status != 404 {
		t.Errorf("after the answer: %d", r.status)
	}
}

// TestListener_Offer_guesses: twenty wrong ones turn it off. What every browser asks for is no guess.
func TestListener_Offer_guesses(t *testing.T) {
	f := start(t, "/", Options{})
	u, _ := url.Parse(f.Offer("https://contoso.ciamlogin.com/", nil))
	get := func(path string) int { return f.send(http.MethodGet, path, "", "").status }
	for range 30 {
		get("/favicon.ico")
		get("/a")
	}
	for range maxGuesses - 1 {
		get("/aaaaaaa2")
	}
	if got := get(u.Path); got != 302 {
		t.Fatalf("after %d guesses: %d", maxGuesses-1, got)
	}
	get("/aaaaaaa2")
	if got := get(u.Path); got != 404 {
		t.Errorf("after %d guesses: %d", maxGuesses, got)
	}
	if r := f.post(right); r.status != http.StatusSeeOther {
		t.Errorf("the answer: %d", r.status)
	}
}

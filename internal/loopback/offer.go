package loopback

import (
	"crypto/rand"
	"crypto/subtle"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
)

const (
	shortLength = 8  // of 32 letters each: 40 bits
	maxGuesses  = 20 // wrong ones; then the short address is off
)

// offer is a short address that leads to the tenant.
type offer struct {
	path, target string
	visited      func()
	guesses      atomic.Int32
}

// Offer returns a short address of this listener that sends a browser on to address, for a person to type or to click. Who
// does not know it learns nothing: it is not the root, which any local user could ask, and sign himself in with our state,
// nonce and challenge; wrong ones are counted, and no page of the web can lead to it (Fetch Metadata: Sec-Fetch-Site). It
// works until the answer is there. visited is told of each use; nil is fine. A later Offer takes the place of an earlier one.
func (l *Listener) Offer(address string, visited func()) string {
	o := &offer{path: "/" + strings.ToLower(rand.Text()[:shortLength]), target: address, visited: visited}
	l.offered.Store(o)
	short := l.uri
	short.Path, short.RawPath = o.path, ""
	return short.String()
}

// elsewhere answers a request for another path than the one that the answer comes to.
func (l *Listener) elsewhere(w http.ResponseWriter, r *http.Request) {
	o := l.offered.Load()
	if o == nil || !o.admits(r) || l.outcome.isExpected() {
		l.refuse(w, &refusal{http.StatusNotFound, "a request for " + quote(r.URL.Path), "There is nothing at this address."})
		return
	}
	if o.visited != nil {
		o.visited()
	}
	header(w)
	w.Header().Set("Location", o.target)
	w.WriteHeader(http.StatusFound)
}

// admits reports whether a request is one for the short address by the person: typed, or clicked outside a browser.
func (o *offer) admits(r *http.Request) bool {
	if len(r.URL.Path) != len(o.path) {
		return false // a favicon, no guess
	}
	if subtle.ConstantTimeCompare([]byte(r.URL.Path), []byte(o.path)) != 1 {
		o.guesses.Add(1)
		return false
	}
	site := r.Header.Get("Sec-Fetch-Site")
	return r.Method == http.MethodGet && o.guesses.Load() < maxGuesses && (site == "" || site == "none")
}

// isOffered reports whether text is the short address.
func (l *Listener) isOffered(text string) bool {
	o := l.offered.Load()
	if o == nil {
		return false
	}
	u, err := url.Parse(text)
	return err == nil && u.Path == o.path
}

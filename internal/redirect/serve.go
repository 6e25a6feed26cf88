package loopback

import (
	"crypto/subtle"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"time"
)

// serve judges one request; the table in the package comment is its specification.
func (l *Listener) serve(w http.ResponseWriter, r *http.Request) {
	switch {
	case !l.ownHost(r.Host):
		l.refuse(w, http.StatusMisdirectedRequest, "a request for the host name "+strconv.Quote(clip(r.Host)), "This address answers for localhost only.")
	case r.URL.Path == l.result && r.Method == http.MethodGet:
		l.serveResult(w, r)
	case r.URL.Path != l.path():
		l.refuse(w, http.StatusNotFound, "a request for "+strconv.Quote(clip(r.URL.Path)), "There is nothing at this address. ciam is waiting for a sign-in on another one.")
	default:
		l.serveAnswer(w, r)
	}
}

// ownHost guards against DNS rebinding: a foreign name that resolves to this machine.
func (l *Listener) ownHost(host string) bool {
	port := strconv.Itoa(l.port)
	for _, name := range []string{"localhost", "127.0.0.1", "::1"} {
		if host == net.JoinHostPort(name, port) || port == "80" && host == name {
			return true
		}
	}
	return false
}

func (l *Listener) path() string {
	if p := l.options.RedirectURI.Path; p != "" {
		return p
	}
	return "/"
}

// refusal is a request that is not the answer.
type refusal struct {
	status        int
	reason, words string
}

func (l *Listener) serveAnswer(w http.ResponseWriter, r *http.Request) {
	values, refused := l.parameters(w, r)
	if refused == nil {
		refused = l.judge(values)
	}
	if refused != nil {
		l.refuse(w, refused.status, refused.reason, refused.words)
		return
	}
	a := &Answer{Code: values.Get("code"), Error: values.Get("error"), ErrorDescription: values.Get("error_description"),
		ErrorURI: values.Get("error_uri"), ErrorSubcode: values.Get("error_subcode"), listener: l}
	if !l.take(a) {
		l.refuse(w, http.StatusConflict, "a second answer", "This sign-in has been answered already. You can close this tab.")
		return
	}
	headers(w)
	w.Header().Set("Location", l.result)
	w.WriteHeader(http.StatusSeeOther)
}

// parameters reads the answer's parameters from the query or the posted form.
func (l *Listener) parameters(w http.ResponseWriter, r *http.Request) (url.Values, *refusal) {
	bad := &refusal{http.StatusBadRequest, "a request that cannot be parsed", "This request cannot be understood."}
	switch {
	case r.Method == http.MethodGet:
		values, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil {
			return nil, bad
		}
		return values, nil
	case r.Method != http.MethodPost || l.options.AnyReturn:
		w.Header().Set("Allow", "GET, POST")
		return nil, &refusal{http.StatusMethodNotAllowed, "a " + strconv.Quote(clip(r.Method)) + " request", "This address takes the tenant's answer only."}
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, &refusal{http.StatusUnsupportedMediaType, "a POST that is not a form", "This address takes the tenant's form only."}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, &refusal{http.StatusRequestEntityTooLarge, "a POST of over 64 KB", "This request is too large."}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, &refusal{http.StatusRequestTimeout, "a POST that did not end", "This request took too long."}
	case err != nil:
		return nil, bad
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, bad
	}
	return values, nil
}

// judge compares the state before anything else is believed (RFC 6749 section 10.12), then refuses repeated
// parameters (section 3.1).
func (l *Listener) judge(values url.Values) *refusal {
	states := values["state"]
	if len(states) == 0 && l.options.AnyReturn {
		return nil
	}
	words := "This is not the answer to the sign-in that is waiting. If you have just signed in, start again from the terminal."
	switch {
	case len(states) == 0:
		return &refusal{http.StatusBadRequest, "a request without state", words}
	case len(states) > 1:
		return &refusal{http.StatusBadRequest, "a request with several states", words}
	case subtle.ConstantTimeCompare([]byte(states[0]), []byte(l.options.State)) != 1:
		return &refusal{http.StatusBadRequest, "a request with the state of another sign-in", words}
	}
	for name, v := range values {
		if len(v) > 1 {
			return &refusal{http.StatusBadRequest, "a request with the parameter " + strconv.Quote(clip(name)) + " twice", "This request repeats a parameter."}
		}
	}
	return nil
}

// serveResult holds the browser until the page is there.
func (l *Listener) serveResult(w http.ResponseWriter, r *http.Request) {
	wait := time.NewTimer(resultTimeout)
	defer wait.Stop()
	page := Page{Status: http.StatusGatewayTimeout, Title: "Not finished", Tone: Failure, Heading: "The sign-in is taking too long", Paragraphs: []string{"The terminal says how it ends."}}
	select {
	case <-l.ready:
		l.mu.Lock()
		page = l.page
		l.mu.Unlock()
	case <-wait.C:
	case <-r.Context().Done():
		return
	}
	write(w, page)
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-l.shown:
	default:
		close(l.shown)
	}
}

// refuse answers a request that is not the answer; the wait goes on.
func (l *Listener) refuse(w http.ResponseWriter, status int, reason, words string) {
	l.stray(reason)
	write(w, Page{Status: status, Title: "Nothing to do here", Tone: Notice, Heading: "Nothing to do here", Paragraphs: []string{words}})
}

// clip bounds what a stranger can make a message hold.
func clip(text string) string {
	if len(text) > 80 {
		return text[:80] + "…"
	}
	return text
}

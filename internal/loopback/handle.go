package loopback

import (
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// handle judges one request. The table in the package comment is its specification.
func (l *Listener) handle(w http.ResponseWriter, r *http.Request) {
	serving(r, r.Body == http.NoBody)
	defer serving(r, false)
	switch {
	case !l.isOwnHost(r.Host):
		l.refuse(w, &refusal{http.StatusMisdirectedRequest, "a request for the host " + quote(r.Host), "This address answers for localhost only."})
	case r.Method == http.MethodGet && l.outcome.isPath(r.URL.Path):
		l.showOutcome(w, r)
	case r.URL.EscapedPath() != l.path():
		l.elsewhere(w, r)
	case l.outcome.isExpected():
		l.refuse(w, secondAnswer())
	default:
		l.take(w, r)
	}
}

// take makes the request the answer, if it is one.
func (l *Listener) take(w http.ResponseWriter, r *http.Request) {
	answer, refused := l.expected.read(w, r)
	if refused == nil && !l.outcome.expect() {
		refused = secondAnswer() // another one overtook it
	}
	if refused != nil {
		l.refuse(w, refused)
		return
	}
	keep(r)
	l.outcome.fetched.Store(true)
	answer.outcome = l.outcome
	l.answers <- answer
	header(w)
	w.Header().Set("Location", l.outcome.path)
	w.WriteHeader(http.StatusSeeOther)
}

func secondAnswer() *refusal {
	return &refusal{http.StatusConflict, "a second answer", "This has been answered already. You can close this tab and go back to the terminal."}
}

// showOutcome holds the browser until the result is known.
func (l *Listener) showOutcome(w http.ResponseWriter, r *http.Request) {
	keep(r)
	control := http.NewResponseController(w)
	control.SetWriteDeadline(time.Time{}) // the server's is for strangers, and one that has passed cannot be extended
	patience := time.NewTimer(l.limits.result)
	defer patience.Stop()
	page := slowPage()
	pageTemplate() // parsed while the result is awaited, not after
	select {
	case <-l.outcome.ready:
		page = l.outcome.page
	case <-patience.C:
	case <-r.Context().Done():
		return // the tab was closed, or reloaded and asks again
	}
	control.SetWriteDeadline(time.Now().Add(l.limits.write))
	w.Header().Set("Connection", "close")
	writePage(w, page)
	if control.Flush() == nil {
		l.outcome.markShown()
	}
}

// refuse answers a request that is not the answer; the wait goes on.
func (l *Listener) refuse(w http.ResponseWriter, refused *refusal) {
	l.stray(refused.reason)
	w.Header().Set("Connection", "close")
	writePage(w, Page{Status: refused.status, Title: "Nothing to do here", Tone: Notice, Heading: "Nothing to do here", Paragraphs: []string{refused.words}})
}

func (l *Listener) path() string {
	if path := l.uri.EscapedPath(); path != "" {
		return path
	}
	return "/"
}

// isOwnHost tells a request for this machine and port from one for a foreign name that resolves to it.
func (l *Listener) isOwnHost(host string) bool {
	name, port, err := net.SplitHostPort(host)
	if err != nil { // no port: that of the scheme
		name, port = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"), "80"
	}
	return port == strconv.Itoa(l.binding.port) && isLoopbackName(name)
}

// isLoopbackName knows the names under which the listener can be reached.
func isLoopbackName(name string) bool {
	return strings.EqualFold(name, "localhost") || name == "127.0.0.1" || name == "::1"
}

// quote bounds what a stranger puts into a message, and makes it safe to print.
func quote(text string) string {
	const most = 80
	if len(text) > most {
		return strconv.QuoteToASCII(text[:most]) + "…"
	}
	return strconv.QuoteToASCII(text)
}
